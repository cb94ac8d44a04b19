package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// Failures is section [failures]: what fails, how often, and what that takes along.
type Failures struct {
	Name      string         // of the preset
	Scale     float64        `toml:"scale" range:"[0,)" default:"1" help:"times the rate of every component"`
	Trace     string         `toml:"trace" default:"" help:"CSV file of failures to replay, with columns at_s (or at, with a unit), component and host; its path is relative to the scenario"`
	Component []Component    `toml:"component" help:"what fails; one section [[failures.component]] for each; one with the name of a component of the preset replaces single keys of it"`
	Event     []FailureEvent `toml:"event" help:"a failure to replay beside those drawn; one section [[failures.event]] for each"`
}

// Component is one kind of part that fails.
type Component struct {
	Name      string           `toml:"name" required:"yes" help:"what the results call it"`
	Per       string           `toml:"per" range:"gpu|host|supply|nic|link|rack|pod|row|ups|site|job" help:"how many there are: one for each GPU, host, power supply, NIC that training uses, cable (of a NIC; of a torus between hosts), rack, pod of the network, row or UPS of [power], or one for the whole site or job"`
	MTBF      run.Distribution `toml:"mtbf" unit:"distribution" usual:"h" law:"exponential" range:"(0,)" default:"0 s" help:"time from one failure of a part to its next; exponential unless another law is named; without it, it fails only where a trace says so"`
	Age       string           `toml:"age" range:"new|stationary" default:"stationary" help:"of parts at the start: new, or any age as after years of operation; exponential lives do not care"`
	Effect    string           `toml:"effect" range:"stop|planned|flap|corrupt|weaken" default:"stop" help:"stop: the job stops; planned: it is told, saves a checkpoint and stops; flap: a link is away for outage; corrupt: results are wrong until detection; weaken: hosts lose supplies until repair, which [power] answers; one without any is down"`
	Takes     string           `toml:"takes" range:"nothing|host|rack|pod|row|ups|site" default:"host" help:"hosts that leave for repair, or with weaken lose supplies: none, its host, all of its rack or pod, of its row or UPS of [power], or all"`
	Supplies  int              `toml:"supplies" range:"[0,1000]" default:"0" help:"supplies that each of these hosts loses, where it weakens; without it, 1; 3 of 6 where one of two feeds of a rack fails"`
	Crews     int              `toml:"crews" range:"[0,1000000]" default:"0" help:"that replace them, one failure each at a time; 0: any number"`
	Detection run.Distribution `toml:"detection" unit:"distribution" range:"[0,)" default:"-1 s" help:"from the failure until the job knows of it; without it, that of [recovery]"`
	Outage    run.Distribution `toml:"outage" unit:"distribution" range:"[0,)" default:"-1 s" help:"how long a flap lasts; one beyond recovery.timeout stops the job"`
	Repair    run.Distribution `toml:"repair" unit:"distribution" usual:"h" range:"[0,)" default:"-1 s" help:"until its hosts are back; without it, as [repair] says. Until supplies are replaced; without it, exponential 1 d (assumed)"`
}

// FailureEvent is a failure at a given time.
type FailureEvent struct {
	At        engine.Time `toml:"at" unit:"time" usual:"h" required:"yes" help:"when it happens"`
	Component string      `toml:"component" required:"yes" help:"name of a [[failures.component]]"`
	Host      int32       `toml:"host" range:"[0,)" default:"0" help:"host that fails: those of the job from 0 on, then the spares"`
}

// effects and scopes are the words of a component, as package run numbers them.
var (
	effects = []string{run.Stop: "stop", run.Planned: "planned", run.Flap: "flap", run.Corrupt: "corrupt", run.Weaken: weaken}
	scopes  = []string{run.TakesNothing: "nothing", run.TakesHost: "host", run.TakesRack: "rack", run.TakesPod: "pod",
		run.TakesRow: "row", run.TakesUPS: "ups", run.TakesSite: "site"}
)

// weaken is the effect of what takes supplies of hosts.
const weaken = "weaken"

// isSet tells whether a scenario gives a distribution whose mean may be 0.
func isSet(d run.Distribution) bool { return d.Mean >= 0 }

// checkFailures checks names and what a trace refers to.
func (l *loader) checkFailures() {
	f := &l.doc.Failures
	for i := range f.Component {
		k, path := &f.Component[i], l.componentPath(i)
		for j := range i {
			if f.Component[j].Name == k.Name {
				l.report(path+".name", false, wrong("%q is there twice", k.Name))
			}
		}
		if (k.Effect == "flap") != isSet(k.Outage) {
			l.report(path+".effect", false, wrong("a flap and an outage belong together").or(`write effect = "flap" with outage = "uniform 2 min"`))
		}
		l.checkWeakening(k, path)
		l.checkDomain(k.Per, path+".per")
		l.checkDomain(k.Takes, path+".takes")
	}
	for i := range f.Event {
		if key, m := l.eventMistake(&f.Event[i]); m != nil {
			l.report(fmt.Sprintf("failures.event[%d].%s", i, key), false, m)
		}
	}
}

// checkWeakening checks what takes supplies.
func (l *loader) checkWeakening(k *Component, path string) {
	switch {
	case k.Effect != weaken && k.Crews > 0:
		l.report(path+".crews", false, wrong("replace supplies, and hosts lose none").or("repair.crews are those of hosts"))
	case k.Effect != weaken && k.Supplies > 0:
		l.report(path+".supplies", false, wrong("hosts lose no supplies").or(`write effect = "weaken"`))
	case k.Effect != weaken:
	case !l.doc.Feeds.Enabled:
		l.report("power.enabled", false, wrong("false, and supplies are to fail").or("leave it out"))
	case k.Takes == "nothing":
		l.report(path+".takes", false, wrong("no host loses a supply").or("leave it out, or write rack, pod, row, ups or site"))
	case k.Supplies > l.doc.Host.Supplies:
		l.report(path+".supplies", false, wrong("a host has %d supplies", l.doc.Host.Supplies).or(fmt.Sprintf("write 1 to %d", l.doc.Host.Supplies)))
	case k.Per == "supply" && k.Supplies > 1:
		l.report(path+".supplies", false, wrong("a supply that fails is one").or(`leave it out, or write per = "host"`))
	}
}

// checkDomain checks that it is known which hosts hang on a row or UPS.
func (l *loader) checkDomain(word, path string) {
	for _, level := range l.doc.Feeds.levels() {
		if level.name == word && (word == "row" || word == "ups") && level.Hosts == 0 {
			l.report(path, false, wrong("which hosts hang on one %s is not known", word).or("write power."+word+".hosts"))
		}
	}
}

// eventMistake tells what a failure to replay refers to that is not there.
func (l *loader) eventMistake(e *FailureEvent) (key string, m *mistake) {
	components := l.doc.Failures.Component
	if !slices.ContainsFunc(components, func(k Component) bool { return k.Name == e.Component }) {
		names := make([]string, len(components))
		for i := range names {
			names[i] = components[i].Name
		}
		return "component", wrong("there is no component %q", e.Component).or(cmp.Or(Suggest(e.Component, names), "write [[failures.component]] with that name"))
	}
	if hosts := ceilDiv(l.doc.Layout.Ranks(), l.doc.Host.GPUs) + l.doc.Machine.Spares; int(e.Host) >= hosts {
		return "host", wrong("there is no host %d", e.Host).or(fmt.Sprintf("hosts of the job and spares are 0 to %d", hosts-1))
	}
	return "", nil
}

// componentPath returns where component i is described: in the text, else where
// the preset is named.
func (l *loader) componentPath(i int) string {
	table, _ := l.raw["failures"].(map[string]any)
	list, _ := table["component"].([]any)
	for j := range list {
		if m, ok := list[j].(map[string]any); ok && m["name"] == l.doc.Failures.Component[i].Name {
			return fmt.Sprintf("failures.component[%d]", j)
		}
	}
	return "failures.preset"
}
