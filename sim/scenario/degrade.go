package scenario

import (
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/training"
)

// Degrade is one thing that is wrong: a GPU, a host, or links that are slower
// than they should be. Exactly one of GPU, Host, Link, Switch and Rail is set
// (others -1 or "").
type Degrade struct {
	GPU    int             `toml:"gpu" range:"[0,)" default:"-1" help:"GPU that is slow, counted over all hosts"`
	Host   int             `toml:"host" range:"[0,)" default:"-1" help:"host whose GPUs are slow"`
	Link   string          `toml:"link" default:"" help:"link that is slow, such as nic_up[17], or several: nic_*[17] both ways, nic_up[0:8] those of 0 to 7"`
	Switch string          `toml:"switch" default:"" help:"switch whose links are all slow, such as leaf[3], where routes are hashed spine[0] or core[0], or a node of a graph"`
	Rail   int             `toml:"rail" range:"[0,)" default:"-1" help:"rail whose leaf switches, in every pod, have slow links"`
	Speed  float64         `toml:"speed" unit:"ratio" range:"(0,1]" default:"100 %" help:"speed that is left, as a share of nominal"`
	Loss   float64         `toml:"loss" unit:"ratio" range:"[0,1)" default:"0" help:"share of the packets that links lose and that are sent again, with network.loss_window"`
	Dead   bool            `toml:"dead" default:"false" help:"links that carry nothing; network.reroute_time later, traffic takes another path where there is one"`
	At     engine.Time     `toml:"at" unit:"time" default:"0 s" range:"[0,31536000]" help:"when it begins; in a long run, of a host or GPU, with the next step"`
	For    engine.Duration `toml:"for" unit:"duration" default:"0 s" range:"[0,31536000]" help:"how long it lasts; 0: to the end"`
	Every  engine.Duration `toml:"every" unit:"duration" default:"0 s" range:"[0,31536000]" help:"begins again after this, as a link that flaps; 0: once"`
}

// ofLinks tells whether links are degraded, not GPUs.
func (d *Degrade) ofLinks() bool { return d.Link != "" || d.Switch != "" || d.Rail >= 0 }

// midway tells whether the part is slow from or for a time within a long run, and not
// now and again in every step.
func (d *Degrade) midway() bool { return (d.At > 0 || d.For > 0) && d.Every == 0 }

// names returns how many things d names.
func (d *Degrade) names() (n int) {
	for _, set := range []bool{d.GPU >= 0, d.Host >= 0, d.Link != "", d.Switch != "", d.Rail >= 0} {
		if set {
			n++
		}
	}
	return n
}

// links returns the links that d degrades, and the key that names them. The
// error says what there is.
func (d *Degrade) links(t *network.Topology) (links []int32, key string, err error) {
	switch {
	case d.Link != "":
		links, err = t.LinksByName(d.Link)
		return links, "link", err
	case d.Switch != "":
		links, err = t.SwitchLinks(d.Switch)
		return links, "switch", err
	}
	links, err = t.RailLinks(d.Rail)
	return links, "rail", err
}

// Name says in a few words what is degraded.
func (d *Degrade) Name() string {
	switch {
	case d.GPU >= 0:
		return fmt.Sprintf("GPU %d", d.GPU)
	case d.Host >= 0:
		return fmt.Sprintf("host %d", d.Host)
	case d.Rail >= 0:
		return fmt.Sprintf("rail %d", d.Rail)
	}
	return d.Switch + d.Link
}

// Wrong returns what degrade number i does to a network like that of the scenario.
func (c *Config) Wrong(i int, t *network.Topology) ([]training.Degrade, error) {
	return c.Degrade[i].resolve(t, &c.Fabric)
}

// resolve turns names into ids: one degrade of each link, in order, or one of a
// GPU or host.
func (d *Degrade) resolve(t *network.Topology, f *network.Fabric) ([]training.Degrade, error) {
	out := training.Degrade{Speed: cluster.SpeedOf(d.Speed * f.Goodput(d.Loss)), At: d.At, For: d.For, Every: d.Every}
	if d.Dead {
		out.Speed = 0
	}
	if d.Host >= 0 {
		out.Target, out.ID = training.TargetHost, int32(d.Host)
		return []training.Degrade{out}, nil
	}
	if d.GPU >= 0 {
		out.Target, out.ID = training.TargetGPU, int32(d.GPU)
		return []training.Degrade{out}, nil
	}
	links, key, err := d.links(t)
	if err != nil {
		return nil, fmt.Errorf("degrade: %s: %w", key, err)
	}
	switch {
	case d.Switch != "":
		out.Part = d.Switch
	case d.Link == "":
		out.Part = fmt.Sprintf("rail %d", d.Rail)
	case len(links) > 1:
		out.Part = d.Link
	}
	all := make([]training.Degrade, len(links))
	for i, l := range links {
		all[i] = out
		all[i].Target, all[i].ID = training.TargetLink, l
	}
	return all, nil
}

// checkDegrade checks that each disturbance names exactly one thing, that works.
func (l *loader) checkDegrade() {
	doc := &l.doc
	for i := range doc.Degrade {
		d := &doc.Degrade[i]
		path := fmt.Sprintf("degrade[%d]", i)
		if n := d.names(); n != 1 {
			l.report(path, true, wrong("names %d things", n).or("give exactly one of gpu, host, link, switch, rail"))
			continue
		}
		l.checkHarm(d, path)
		if d.GPU >= 0 {
			l.checkBusyGPU(d.GPU, path+".gpu")
		}
		if d.Host >= 0 {
			l.checkBusyHost(d.Host, path+".host")
		}
		if doc.long && d.midway() && d.ofLinks() {
			l.report(path, true, wrong("links that are slow from or for a time in a long run are not simulated").or("leave out at and for, name a gpu or host, or write [[straggler]] with component = \"nic\""))
		}
		if d.ofLinks() {
			if _, key, err := d.links(doc.topology()); err != nil {
				l.report(path+"."+key, false, wrong("%s", err.Error()))
			}
		}
	}
}

// checkBusyHost checks that ranks run on a host of the machine.
func (l *loader) checkBusyHost(host int, path string) {
	doc := &l.doc
	busy := ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs) // hosts that ranks fill
	list := doc.Machine.HostList
	switch {
	case len(list) > 0 && !slices.Contains(list[:min(busy, len(list))], int32(host)):
		l.report(path, false, wrong("no rank runs on host %d", host).or("those of machine.host_list are at work"))
	case len(list) == 0 && host >= busy:
		l.report(path, false, wrong("no rank runs on host %d", host).or(fmt.Sprintf("hosts 0 to %d are at work", busy-1)))
	}
}

// checkBusyGPU checks that a rank runs on a GPU of the machine.
func (l *loader) checkBusyGPU(gpu int, path string) {
	doc := &l.doc
	slot, each := gpu/doc.Host.GPUs, doc.Host.GPUs
	if list := doc.Machine.HostList; len(list) > 0 {
		if slot = slices.Index(list, int32(slot)); slot < 0 || slot*each+gpu%each >= doc.Layout.Ranks() {
			l.report(path, false, wrong("no rank runs on GPU %d", gpu).or("those of the hosts of machine.host_list are at work"))
		}
		return
	}
	if gpu >= doc.Layout.Ranks() {
		l.report(path, false, wrong("no rank runs on GPU %d", gpu).or(fmt.Sprintf("GPUs 0 to %d are at work", doc.Layout.Ranks()-1)))
	}
}

// checkHarm checks what is wrong with the thing, and when.
func (l *loader) checkHarm(d *Degrade, path string) {
	if d.Dead && !d.ofLinks() {
		l.report(path+".dead", false, wrong("only links can be dead").or("give speed"))
	}
	if d.Loss > 0 && !d.ofLinks() {
		l.report(path+".loss", false, wrong("only links can lose packets").or("give speed"))
	}
	if d.Loss > 0 && d.Dead {
		l.report(path+".loss", false, wrong("a dead link carries nothing to lose").or("give loss or dead"))
	}
	if d.Speed == 1 && !d.Dead && d.Loss == 0 {
		l.report(path, true, wrong("changes nothing").or("give speed, or for links loss, or dead = true"))
	}
	if d.Every > 0 && (d.For == 0 || d.For >= d.Every) {
		l.report(path+".every", false, wrong("begins again before it has ended").or("give for, shorter than every"))
	}
}
