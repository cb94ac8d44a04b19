package scenario

import (
	"fmt"
	"math"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// PowerCap holds GPUs back: one, those of a host or of a stage, or all of them. At
// most one of GPU, Host and Stage is set (others -1).
type PowerCap struct {
	GPU   int             `toml:"gpu" range:"[0,)" default:"-1" help:"GPU that is held back, counted over all hosts; without gpu, host and stage: all GPUs"`
	Host  int             `toml:"host" range:"[0,)" default:"-1" help:"host whose GPUs are held back"`
	Stage int             `toml:"stage" range:"[0,)" default:"-1" help:"pipeline stage whose GPUs are held back"`
	Power float64         `toml:"power" unit:"power" range:"[0,)" default:"0 W" help:"most that each of them draws: kernels run at the highest clock that keeps to it; 0: no cap"`
	Clock float64         `toml:"clock" unit:"ratio" range:"(0,1]" default:"100 %" help:"highest clock, as a share of that at which the part's efficiencies were measured"`
	Phase string          `toml:"phase" range:"all|forward|recompute|backward|update" default:"all" help:"part of a step whose kernels are held back"`
	At    engine.Time     `toml:"at" unit:"time" default:"0 s" range:"[0,31536000]" help:"when it begins"`
	For   engine.Duration `toml:"for" unit:"duration" default:"0 s" range:"[0,31536000]" help:"how long it lasts; 0: to the end"`
	Every engine.Duration `toml:"every" unit:"duration" default:"0 s" range:"[0,31536000]" help:"begins again after this; 0: once"`
}

// phasesOf are the phases of operations that the words for them stand for.
var phasesOf = map[string][]workload.Phase{
	"forward": {workload.Forward}, "recompute": {workload.Recompute}, "update": {workload.Update},
	"backward": {workload.Backward, workload.WeightGrad},
}

// names returns how many things c names.
func (c *PowerCap) names() (n int) {
	for _, id := range []int{c.GPU, c.Host, c.Stage} {
		if id >= 0 {
			n++
		}
	}
	return n
}

// resolve turns words into ids.
func (c *PowerCap) resolve() training.Cap {
	out := training.Cap{Target: training.TargetAll, Phases: phasesOf[c.Phase], At: c.At, For: c.For, Every: c.Every,
		Hold: training.Hold{Power: int64(math.Round(c.Power * 1000))}}
	if c.Clock < 1 {
		out.Clock = cluster.SpeedOf(c.Clock)
	}
	switch {
	case c.GPU >= 0:
		out.Target, out.ID = training.TargetGPU, int32(c.GPU)
	case c.Host >= 0:
		out.Target, out.ID = training.TargetHost, int32(c.Host)
	case c.Stage >= 0:
		out.Target, out.ID = training.TargetStage, int32(c.Stage)
	}
	return out
}

// hold adds what holds the GPUs of a job back, and what parts they are.
func (c *Config) hold(j *training.Job) {
	for i := range c.PowerCap {
		j.Caps = append(j.Caps, c.PowerCap[i].resolve())
	}
	if c.GPU.Variation > 0 {
		j.Draw = c.GPU.Parts(uint64(c.Run.Seed), int(slices.Max(j.GPUs))+1)
	}
}

// scaledCaps returns the caps that a machine of another size has too.
func (c *Config) scaledCaps() []PowerCap {
	return slices.DeleteFunc(slices.Clone(c.PowerCap), func(p PowerCap) bool { return p.GPU >= 0 || p.Host >= 0 })
}

// checkPowerCaps checks that each cap holds something that works to something that
// can be kept.
func (l *loader) checkPowerCaps() {
	doc := &l.doc
	l.checkCapPower(doc.GPU.PowerCap, "gpu.power_cap")
	ranks := doc.Layout.Ranks()
	busy := ceilDiv(ranks, doc.Host.GPUs)
	for i := range doc.PowerCap {
		c := &doc.PowerCap[i]
		path := fmt.Sprintf("power_cap[%d]", i)
		if n := c.names(); n > 1 {
			l.report(path, true, wrong("names %d things", n).or("give at most one of gpu, host, stage; without them it holds all GPUs"))
			continue
		}
		for _, part := range []struct {
			key        string
			id, number int
		}{{"gpu", c.GPU, ranks}, {"host", c.Host, busy}, {"stage", c.Stage, doc.Layout.Pipeline}} {
			if part.id >= part.number {
				l.report(path+"."+part.key, false, wrong("there is no %s %d", part.key, part.id).or(fmt.Sprintf("0 to %d are at work", part.number-1)))
			}
		}
		l.checkCapPower(c.Power, path+".power")
		l.checkCapCourse(c, path)
	}
}

// checkCapPower checks that a part can keep a cap of so many watts.
func (l *loader) checkCapPower(watts float64, path string) {
	g := &l.doc.GPU
	switch {
	case watts > g.PowerLimit:
		l.report(path, false, wrong("above the limit of the part, %g W", g.PowerLimit).or("write less, or raise gpu.power_limit"))
	case watts > 0 && watts <= g.PowerIdle:
		l.report(path, false, wrong("not above idle power, %g W", g.PowerIdle).or("no clock is low enough for it"))
	}
}

// checkCapCourse checks what a cap changes, and when.
func (l *loader) checkCapCourse(c *PowerCap, path string) {
	if c.Power == 0 && c.Clock == 1 {
		l.report(path, true, wrong("changes nothing").or("give power or clock"))
	}
	if c.Every > 0 && (c.For == 0 || c.For >= c.Every) {
		l.report(path+".every", false, wrong("begins again before it has ended").or("give for, shorter than every"))
	}
	if l.doc.long && (c.At > 0 || c.For > 0) {
		l.report(path, true, wrong("begins or ends, and a long run simulates one step for many").or("leave out at and for: the cap holds all the time"))
	}
}
