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
	Per       string           `toml:"per" range:"gpu|host|nic|link|rack|pod|job" help:"how many there are: one for each GPU, host, NIC that training uses, cable (of a NIC; of a torus between hosts), rack, pod of the network, or one for the whole job"`
	MTBF      run.Distribution `toml:"mtbf" unit:"distribution" usual:"h" law:"exponential" range:"(0,)" default:"0 s" help:"time from one failure of a part to its next; exponential unless another law is named; without it, it fails only where a trace says so"`
	Age       string           `toml:"age" range:"new|stationary" default:"stationary" help:"of parts at the start: new, or any age as after years of operation; exponential lives do not care"`
	Effect    string           `toml:"effect" range:"stop|planned|flap|corrupt" default:"stop" help:"stop: the job stops; planned: it is told, saves a checkpoint and stops; flap: a link is away for outage; corrupt: results are wrong until detection"`
	Takes     string           `toml:"takes" range:"nothing|host|rack|pod" default:"host" help:"hosts that leave for repair: none, its host, or all of its rack or pod"`
	Detection run.Distribution `toml:"detection" unit:"distribution" range:"[0,)" default:"-1 s" help:"from the failure until the job knows of it; without it, that of [recovery]"`
	Outage    run.Distribution `toml:"outage" unit:"distribution" range:"[0,)" default:"-1 s" help:"how long a flap lasts; one beyond recovery.timeout stops the job"`
	Repair    run.Distribution `toml:"repair" unit:"distribution" usual:"h" range:"[0,)" default:"-1 s" help:"until its hosts are back; without it, as [repair] says"`
}

// FailureEvent is a failure at a given time.
type FailureEvent struct {
	At        engine.Time `toml:"at" unit:"time" usual:"h" required:"yes" help:"when it happens"`
	Component string      `toml:"component" required:"yes" help:"name of a [[failures.component]]"`
	Host      int32       `toml:"host" range:"[0,)" default:"0" help:"host that fails: those of the job from 0 on, then the spares"`
}

// effects and scopes are the words of a component, as package run numbers them.
var (
	effects = []string{run.Stop: "stop", run.Planned: "planned", run.Flap: "flap", run.Corrupt: "corrupt"}
	scopes  = []string{run.TakesNothing: "nothing", run.TakesHost: "host", run.TakesRack: "rack", run.TakesPod: "pod"}
)

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
	}
	for i := range f.Event {
		if key, m := l.eventMistake(&f.Event[i]); m != nil {
			l.report(fmt.Sprintf("failures.event[%d].%s", i, key), false, m)
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
