package training

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// gpt3 is GPT-3 175B of arXiv 2104.04473.
func gpt3() workload.Model {
	return workload.Model{Name: "gpt3-175b", Layers: 96, Hidden: 12288, Heads: 96, KVHeads: 96, FFN: 49152, Vocab: 51200, SeqLen: 2048,
		Bias: true, Tied: true, Dropout: true}
}

func megatron(t, p, d, m int) workload.Layout {
	l := smallLayout(t, p, d, m)
	l.Precision, l.Recompute, l.ScatterGather, l.LossScale, l.GradClip = workload.FP16, workload.RecomputeFull, true, true, true
	return l
}

// ownSpeeds gives every rank a speed of its own.
func ownSpeeds(j *Job) {
	for r := range j.Role {
		j.Degrade = append(j.Degrade, Degrade{Target: TargetGPU, ID: int32(r), Speed: cluster.Nominal - cluster.Speed(r%100_000)})
	}
}

// cpuTime returns the processor time of this process, which other processes on
// the machine do not lengthen.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchmark runs a job and reports operations per second and classes.
func benchmark(b *testing.B, build func() *Job) {
	b.ReportAllocs()
	var ops, classes int64
	var cpu time.Duration
	for b.Loop() {
		j := build()
		began := cpuTime()
		r := mustRun(b, j)
		cpu += cpuTime() - began
		ops, classes = r.Operations, r.Classes
	}
	perOp := float64(cpu.Nanoseconds()) / float64(b.N) / float64(ops)
	b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-s")
	b.ReportMetric(perOp, "cpu-ns/operation")
	b.ReportMetric(1e3/perOp, "Mops/cpu-s")
	b.ReportMetric(float64(ops)/1e6, "Mops")
	b.ReportMetric(float64(classes), "classes")
}

// BenchmarkDemo is the demo scenario: GPT-3 175B on 1,024 A100, about 50 M operations.
func BenchmarkDemo(b *testing.B) {
	for _, fold := range []bool{true, false} {
		b.Run(fmt.Sprintf("fold=%v", fold), func(b *testing.B) {
			benchmark(b, func() *Job {
				j := newJob(b, gpt3(), megatron(8, 16, 8, 192), realFabric())
				j.Fold, j.Trace = fold, &trace.Recorder{}
				return j
			})
		})
	}
}

// BenchmarkPeer is GPT-3 175B, tensor 8, pipeline 8, data 16, 8 microbatches:
// the run for which a public peer is timed in docs/performance.md.
func BenchmarkPeer(b *testing.B) {
	benchmark(b, func() *Job {
		j := newJob(b, gpt3(), megatron(8, 8, 16, 8), realFabric())
		j.Trace = &trace.Recorder{}
		return j
	})
}

// BenchmarkUnfolded is one step of about 4,000 operations on many ranks.
func BenchmarkUnfolded(b *testing.B) {
	for _, c := range []struct {
		data int
		own  bool
		bins bool
	}{{128, false, true}, {128, true, true}, {128, false, false}, {784, false, true}} {
		b.Run(fmt.Sprintf("ranks=%d/own_speeds=%v/bins=%v", 128*c.data, c.own, c.bins), func(b *testing.B) {
			if testing.Short() && c.data > 128 {
				b.Skip("short")
			}
			benchmark(b, func() *Job {
				j := newJob(b, gpt3(), megatron(8, 16, c.data, 13), realFabric())
				if c.bins {
					j.Trace = &trace.Recorder{}
				}
				if c.own {
					ownSpeeds(j)
				}
				return j
			})
		})
	}
}

// BenchmarkFault is a step, folded, of a job that is prepared already, with one
// part that is slow: what another state of health costs. Pods of 20 hosts are
// those of a DGX A100 cluster, of 32 those of a DGX H100.
func BenchmarkFault(b *testing.B) {
	for _, data := range []int{128, 784} {
		for _, pod := range []int{20, 32} {
			f := realFabric()
			f.HostsPerPod = pod
			j := newJob(b, gpt3(), megatron(8, 16, data, 10), f)
			j.Fold = true
			began := cpuTime()
			runner := mustPrepare(b, j).Runner()
			prepared := cpuTime() - began
			l, _ := j.Topology.LinkByName("nic_up[3]")
			for _, c := range []struct {
				what  string
				wrong []Degrade
			}{
				{"nothing", nil},
				{"GPU", []Degrade{{Target: TargetGPU, ID: 3, Speed: cluster.Nominal / 2}}},
				{"NIC", []Degrade{{Target: TargetLink, ID: l, Speed: cluster.Nominal / 2}}},
			} {
				b.Run(fmt.Sprintf("ranks=%d/pod=%d/%s", 128*data, pod, c.what), func(b *testing.B) {
					benchmarkState(b, runner, c.wrong)
					b.ReportMetric(prepared.Seconds(), "prepare-cpu-s")
				})
			}
		}
	}
}

// BenchmarkCaps is a step of 16,384 ranks, unfolded, under power caps beside the same
// without: caps that hold all alike, of which one comes and goes, or unlike parts, beside
// as many speeds that are given.
func BenchmarkCaps(b *testing.B) {
	var step engine.Duration // without caps
	timed := func(change func(*Job)) time.Duration {
		j := newJob(b, gpt3(), megatron(8, 16, 128, 13), realFabric())
		j.Trace, j.GPU = &trace.Recorder{}, poweredGPU()
		change(j)
		began := cpuTime()
		r := mustRun(b, j)
		if step == 0 {
			step = r.End.Sub(0)
		}
		return cpuTime() - began
	}
	for _, c := range []struct {
		name         string
		without, has func(*Job)
	}{
		{"alike", func(*Job) {}, func(j *Job) {
			j.GPU.PowerCap, j.Caps = 350, []Cap{{Target: TargetAll, Hold: Hold{Power: 250_000}, For: step / 50, Every: step / 10}}
		}},
		{"unlike", func(j *Job) {
			for r := range j.Role {
				j.Degrade = append(j.Degrade, Degrade{Target: TargetGPU, ID: int32(r), Speed: cluster.Nominal - cluster.Speed(10_000*(r*7%9))})
			}
		}, func(j *Job) {
			j.GPU.PowerCap = 250
			for r := range j.Role {
				j.Draw = append(j.Draw, cluster.Nominal+cluster.Speed(10_000*(r*7%9)))
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			without, has := time.Hour, time.Hour // the least: caches are shared with others
			for b.Loop() {
				without, has = min(without, timed(c.without)), min(has, timed(c.has))
			}
			b.ReportMetric(without.Seconds(), "without-cpu-s")
			b.ReportMetric(has.Seconds(), "cpu-s")
			b.ReportMetric(has.Seconds()/without.Seconds(), "times")
		})
	}
}

// benchmarkState runs a prepared job in one state of health.
func benchmarkState(b *testing.B, runner *Runner, wrong []Degrade) {
	var classes int64
	var fold, all time.Duration
	other := []Degrade{{Target: TargetHost, ID: 1, Speed: cluster.Nominal / 3}}
	for b.Loop() {
		runner.Fingerprint(other) // a runner remembers the classes of its last state
		began := cpuTime()
		s := runner.simulation(wrong, nil)
		fold += cpuTime() - began
		r, err := s.simulate()
		if err != nil {
			b.Fatal(err)
		}
		all += cpuTime() - began
		classes = r.Classes
	}
	b.ReportMetric(float64(classes), "classes")
	b.ReportMetric(fold.Seconds()/float64(b.N)*1e3, "fold-cpu-ms")
	b.ReportMetric((all-fold).Seconds()/float64(b.N)*1e3, "loop-cpu-ms")
}

// BenchmarkJitter is a step of 16,384 ranks, unfolded, whose segments all differ,
// beside the same in lockstep.
func BenchmarkJitter(b *testing.B) {
	timed := func(noise *Noise) time.Duration {
		j := newJob(b, gpt3(), megatron(8, 16, 128, 13), realFabric())
		j.Trace, j.Noise = &trace.Recorder{}, noise
		if noise != nil {
			noise.Replica = replicas(j, 8, 128)
		}
		began := cpuTime()
		mustRun(b, j)
		return cpuTime() - began
	}
	for _, c := range []struct {
		name  string
		noise Noise
	}{
		{"normal", Noise{Jitter: 0.01}}, {"exponential", Noise{Jitter: 0.01, Exponential: true}},
		{"all", Noise{Jitter: 0.01, Imbalance: 0.1, Pause: 300 * engine.Millisecond, PauseEvery: 500}},
	} {
		b.Run(c.name, func(b *testing.B) {
			lockstep, noisy := time.Hour, time.Hour // the least: caches are shared with others
			for b.Loop() {
				lockstep, noisy = min(lockstep, timed(nil)), min(noisy, timed(&c.noise))
			}
			b.ReportMetric(noisy.Seconds(), "cpu-s")
			b.ReportMetric(float64(noisy)/float64(lockstep), "×lockstep")
		})
	}
}

// BenchmarkFeeds is BenchmarkPeer on parts with real power, at unlike speeds, with
// nothing above its supplies, and below racks, rows and a site with losses and limits.
func BenchmarkFeeds(b *testing.B) {
	for _, feeds := range []bool{false, true} {
		b.Run(fmt.Sprintf("feeds=%v", feeds), func(b *testing.B) {
			benchmark(b, func() *Job {
				j := newJob(b, gpt3(), megatron(8, 8, 16, 8), realFabric())
				j.Trace = &trace.Recorder{}
				ownSpeeds(j)
				fed(j, 2, 2)
				j.GPU, j.Degrade = poweredGPU(), nil
				if !feeds {
					j.Power = nil
				}
				return j
			})
		})
	}
}

// BenchmarkCooling is two steps of 1,024 ranks at unlike speeds with temperatures that are
// looked at every second beside the same without, and where some are so hot that clocks
// are lowered.
func BenchmarkCooling(b *testing.B) {
	timed := func(resistance int64) time.Duration {
		j := newJob(b, gpt3(), megatron(8, 8, 16, 8), realFabric())
		j.Trace, j.GPU, j.Steps = &trace.Recorder{}, poweredGPU(), 2
		ownSpeeds(j)
		if resistance > 0 {
			j.Cooling = &Cooling{Coolant: cluster.Coolant{Inlet: cluster.Celsius(27), Resistance: resistance}, Capacity: 312, Warm: true,
				Throttle: cluster.Throttle{Above: cluster.Celsius(87), Hysteresis: 2 * cluster.Degree}, Shutdown: cluster.Celsius(195), Interval: engine.Second}
		}
		began := cpuTime()
		mustRun(b, j)
		return cpuTime() - began
	}
	for _, resistance := range []int64{64_000, 200_000} {
		b.Run(fmt.Sprintf("resistance=%d", resistance), func(b *testing.B) {
			without, has := time.Hour, time.Hour // the least: caches are shared with others
			for b.Loop() {
				without, has = min(without, timed(0)), min(has, timed(resistance))
			}
			b.ReportMetric(without.Seconds(), "without-cpu-s")
			b.ReportMetric(has.Seconds(), "cpu-s")
			b.ReportMetric(has.Seconds()/without.Seconds(), "times")
		})
	}
}
