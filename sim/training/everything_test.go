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
// with nothing but the power of parts: 1,024 ranks unfolded, alike and unlike, and the
// demo on 16,384 folded. Unlike parts stand beside parts that are given as many speeds.
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
			without, has := time.Hour, time.Hour // the least: caches are shared with others
			for b.Loop() {
				plain := c.build()
				plain.GPU, plain.Trace = quickGPU(), &trace.Recorder{}
				if c.unlike {
					nineSpeeds(plain)
				}
				began := cpuTime()
				step := mustRun(b, plain).End.Sub(0)
				without = min(without, cpuTime()-began)

				all := c.build()
				everything(all, step, c.unlike)
				began = cpuTime()
				manage(all, mustRun(b, all))
				has = min(has, cpuTime()-began)
			}
			b.ReportMetric(without.Seconds(), "without-cpu-s")
			b.ReportMetric(has.Seconds(), "cpu-s")
			b.ReportMetric(has.Seconds()/without.Seconds(), "times")
		})
	}
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
func everything(j *Job, step engine.Duration, unlike bool) {
	fed(j, 0.95, 1.08)
	j.Power.Failures = j.Power.Failures[:0]
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
