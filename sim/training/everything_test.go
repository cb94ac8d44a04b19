package training

import (
	"testing"
	"time"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/power"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// BenchmarkEverything is a step with all that is told of power (caps that hold and one
// that comes and goes, parts of several grades, supplies, racks, rows and a site with
// limits that they pass, power management of what the recorder saw) beside the same step
// with nothing but the power of parts, recorded and bare: 1,024 ranks unfolded, alike and
// unlike, and the demo on 16,384 folded, prepared each time. Unlike parts stand beside
// parts that are given as many speeds.
func BenchmarkEverything(b *testing.B) {
	few := func() *Job { return newJob(b, gpt3(), megatron(8, 8, 16, 8), realFabric()) }
	demo := func() *Job {
		j := newJob(b, gpt3(), megatron(8, 16, 128, 192), realFabric())
		j.Fold = true
		return j
	}
	for _, c := range []struct {
		name   string
		build  func() *Job
		unlike bool
	}{{"unfolded", few, false}, {"unlike", few, true}, {"demo", demo, false}} {
		b.Run(c.name, func(b *testing.B) {
			// The least of each: caches are shared with others.
			bare, recorded, all := time.Hour, time.Hour, time.Hour
			for b.Loop() {
				step := timeOf(b, &bare, plain(c.build(), c.unlike, nil))
				timeOf(b, &recorded, plain(c.build(), c.unlike, &trace.Recorder{}))
				timeOf(b, &all, everything(c.build(), step, c.unlike))
			}
			b.ReportMetric(all.Seconds(), "cpu-s")
			b.ReportMetric(all.Seconds()/recorded.Seconds(), "×recorded")
			b.ReportMetric(all.Seconds()/bare.Seconds(), "×bare")
		})
	}
}

// timeOf runs a job, and what power management does of what was recorded, and returns
// how long a step takes; least becomes the processor time if it took less.
func timeOf(b *testing.B, least *time.Duration, j *Job) engine.Duration {
	began := cpuTime()
	r := mustRun(b, j)
	if j.Power != nil {
		manage(j, r)
	}
	*least = min(*least, cpuTime()-began)
	return r.End.Sub(0)
}

// plain returns a job with nothing but the power of parts.
func plain(j *Job, unlike bool, rec *trace.Recorder) *Job {
	j.GPU, j.Trace = quickGPU(), rec
	if unlike {
		nineSpeeds(j)
	}
	return j
}

// quickGPU draws power that differs by what it does, and is as fast as an A100.
func quickGPU() *cluster.GPU {
	g := poweredGPU()
	g.PeakHalf, g.HBMBandwidth = 312e12, 2e12
	return g
}

// nineSpeeds gives ranks nine speeds.
func nineSpeeds(j *Job) {
	for r := range j.Role {
		j.Degrade = append(j.Degrade, Degrade{Target: TargetGPU, ID: int32(r), Speed: cluster.Nominal - cluster.Speed(10_000*(r*7%9))})
	}
}

// everything asks for all that is told of the power of a job whose step takes so long
// without.
func everything(j *Job, step engine.Duration, unlike bool) *Job {
	j.GPU = cubicGPU()
	hang(j, 0.95, 1.08)
	for l := range j.Power.Levels {
		g := &j.Power.Levels[l].Guard
		g.Delay, g.After = step/20, step/10
	}
	j.GPU, j.Trace = quickGPU(), &trace.Recorder{}
	j.GPU.PowerCap = 350
	j.Caps = []Cap{{Target: TargetAll, Hold: Hold{Power: 250_000}, For: step / 50, Every: step / 10},
		{Target: TargetStage, ID: 1, Hold: Hold{Clock: 900_000}, Phases: []workload.Phase{workload.Forward}}}
	if unlike {
		for r := range j.Role {
			j.Draw = append(j.Draw, cluster.Nominal+cluster.Speed(10_000*(r*7%9)))
		}
	}
	return j
}

// manage does what is done about the swings of a job, and finds those that are left.
func manage(j *Job, r *Result) {
	for _, s := range j.Trace.Series {
		if s.Name == "power_total" {
			load := power.OfBins(s, r.Steady.From, r.Steady.To)
			p := power.Policy{Floor: load.Target() / 2, Up: 1e9, Down: 1e9, Stair: max(engine.Millisecond, s.Width())}
			managed, _ := p.Steady(&load)
			managed.Wave.Spectrum(0, 20)
		}
	}
}
