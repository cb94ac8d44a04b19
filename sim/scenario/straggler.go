package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/run"
)

// Straggler is one kind of part that becomes slow for a while, or is slow all the
// time.
type Straggler struct {
	Name      string           `toml:"name" default:"" help:"what the results call it; without it, the component"`
	Component string           `toml:"component" range:"gpu|host|nic" help:"what is slow: one GPU, all GPUs of a host, or both directions of a NIC"`
	MTBF      float64          `toml:"mtbf" unit:"duration" usual:"h" range:"(0,)" default:"0 s" help:"mean time from one episode of a part to its next, exponential; without it, no episodes begin"`
	Lasts     run.Distribution `toml:"lasts" unit:"distribution" range:"(0,)" default:"exponential 1 h" help:"how long an episode lasts (FALCON, arXiv 2410.12588: tens of seconds to 10 h)"`
	Share     float64          `toml:"share" unit:"ratio" range:"[0,1]" default:"0" help:"of the parts that are slow all the time (MegaScale, arXiv 2402.15627: 0.5 % of the hosts, by 10 %)"`
	Severity  []float64        `toml:"severity" unit:"ratio" range:"[0,1)" required:"yes" help:"share of its speed that a slow part loses: one value, or the least and the most of a uniform draw, such as [\"1 %\", \"20 %\"]"`
	Grain     float64          `toml:"grain" unit:"ratio" range:"(0,1)" default:"1 %" help:"severities are rounded to multiples of this, so that states of health recur"`
}

// Eviction is section [eviction]: what is done about slow parts.
type Eviction struct {
	Enabled bool             `toml:"enabled" default:"false" help:"replace the host of a slow part by a spare; true where there is a section [eviction]"`
	Detect  run.Distribution `toml:"detect" unit:"distribution" range:"[0,)" default:"10 min" help:"from the beginning of an episode (assumed)"`
	Above   float64          `toml:"above" unit:"ratio" default:"5 %" help:"least loss of speed that is acted upon (assumed)"`
}

// targets are the words for what is slow, as package run numbers them.
var targets = []string{run.TargetGPU: "gpu", run.TargetHost: "host", run.TargetNIC: "nic"}

// checkStragglers checks what single keys cannot show.
func (l *loader) checkStragglers() {
	for i := range l.doc.Straggler {
		s := &l.doc.Straggler[i]
		path := fmt.Sprintf("straggler[%d]", i)
		if n := len(s.Severity); n == 0 || n > 2 || s.Severity[0] > s.Severity[n-1] {
			l.report(path+".severity", false, wrong("must be one value, or the least and the most").or(`such as ["1 %", "20 %"]`))
		}
		if s.MTBF == 0 && s.Share == 0 {
			l.report(path, true, wrong("is never slow").or("give mtbf, share or both"))
		}
		if s.Component == targets[run.TargetNIC] && l.doc.Fabric.Topology == "graph" {
			l.report(path+".component", false, wrong("a graph has no NICs").or("its links are slow with [[degrade]]"))
		}
	}
}

// addSlowdowns adds the parts that are slow from or for a given time to a long run, each
// a kind of its own.
func (c *Config) addSlowdowns(s *run.Spec) {
	for i := range c.Degrade {
		d := &c.Degrade[i]
		if !d.midway() {
			continue
		}
		slow := run.Slowdown{At: d.At, Lasts: d.For, Kind: int32(len(s.Stragglers)), Host: int32(d.Host), Speed: int32(cluster.SpeedOf(d.Speed))}
		kind := run.Straggler{Name: d.Name(), Target: run.TargetHost}
		if d.GPU >= 0 {
			kind.Target, slow.Host, slow.Part = run.TargetGPU, int32(d.GPU/c.Host.GPUs), int32(d.GPU%c.Host.GPUs)
		}
		slow.Host = c.Slots([]int32{slow.Host})[0]
		s.Stragglers, s.Slowdowns = append(s.Stragglers, kind), append(s.Slowdowns, slow)
	}
	slices.SortStableFunc(s.Slowdowns, func(a, b run.Slowdown) int { return cmp.Compare(a.At, b.At) })
}

// SlowdownKind returns the kind of straggler that degrade i is in a long run, −1 where
// it is wrong in every step.
func (c *Config) SlowdownKind(i int) int32 {
	kind := int32(len(c.Straggler))
	for d := range c.Degrade[:i] {
		if c.Degrade[d].midway() {
			kind++
		}
	}
	if !c.long || !c.Degrade[i].midway() {
		return -1
	}
	return kind
}

// spec returns s for a machine of so many hosts.
func (s *Straggler) spec(c *Config, hosts int) run.Straggler {
	return run.Straggler{Name: cmp.Or(s.Name, s.Component), Target: run.Target(slices.Index(targets, s.Component)),
		Parts: int64(c.parts(s.Component, hosts)), Between: run.Distribution{Law: run.Exponential, Mean: s.MTBF}, Lasts: s.Lasts, Share: s.Share,
		Severity: run.Severity{Low: s.Severity[0], High: s.Severity[len(s.Severity)-1], Grain: s.Grain}}
}
