package training

import (
	"math"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// balanced returns a simulation that has run and whose books balance.
func balanced(t *testing.T) (*simulation, *Result) {
	t.Helper()
	j := newJob(t, small(), smallLayout(2, 2, 2, 4), realFabric())
	j.GPU = poweredGPU()
	j.record()
	s := mustPrepare(t, j).Runner().simulation(nil, j.Trace)
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
	r, err := s.result()
	if err != nil {
		t.Fatal(err)
	}
	return s, r
}

// TestBrokenBooks: one nanosecond, one operation or one mW·ns too many in one
// book is found.
func TestBrokenBooks(t *testing.T) {
	one := engine.Total{Lo: 1}
	for _, c := range []struct {
		name, want string
		spoil      func(*simulation, *Result)
	}{
		{"time of a bucket", "buckets of stage 1", func(s *simulation, r *Result) { r.Buckets.Time[len(r.Buckets.Time)-1].AddTotal(one) }},
		{"time of another bucket", "buckets of stage 0", func(s *simulation, r *Result) { r.Buckets.Time[0].AddTotal(one) }},
		{"energy of a bucket", "buckets hold", func(s *simulation, r *Result) { r.Buckets.Energy[3].AddTotal(one) }},
		{"time of a power state", "power states hold", func(s *simulation, r *Result) { r.States.Time[trace.Transfer].AddTotal(one) }},
		{"energy of a power state", "power states hold", func(s *simulation, r *Result) { r.States.Energy[trace.LaunchGaps].AddTotal(one) }},
		{"energy of a power state in the steady step", "steady step", func(s *simulation, r *Result) { r.Steady.States.Energy[0].AddTotal(one) }},
		{"operations", "operations finished", func(s *simulation, r *Result) { r.Operations++ }},
		{"energy of the GPUs", "buckets hold", func(s *simulation, r *Result) { s.gpuPower.Bins()[0].AddTotal(one) }},
		{"energy of the mains", "components hold", func(s *simulation, r *Result) { s.total.Bins()[0].AddTotal(one) }},
		{"meter of the mains", "components hold", func(s *simulation, r *Result) { s.mains.energy.AddTotal(one) }},
		{"energy of the hosts", "components hold", func(s *simulation, r *Result) {
			for _, x := range s.job.Trace.Series {
				if x.Name == "power" && x.Part == "host" {
					x.Bins()[0].AddTotal(one)
				}
			}
		}},
		{"a series left out", "components hold", func(s *simulation, r *Result) {
			for _, x := range s.job.Trace.Series {
				if x.Name == "power" && x.Part == "supply loss" {
					x.Name = "lost"
				}
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, r := balanced(t)
			c.spoil(s, r)
			err := s.check(r)
			if err == nil || !strings.Contains(err.Error(), "the books do not balance") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say that the books do not balance, %q", err, c.want)
			}
		})
	}
}

// TestEnergyByHand adds up the energy of two GPUs, idle at 60 W, limited to
// 400 W. Streaming at the full rate of HBM draws 0.2 + 0.4 of the 340 W between:
// 264 W in all. Waiting draws 130 W and moving bytes 170 W, 110 W on top of a kernel.
func TestEnergyByHand(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000} // 2.5 ms at 240 GB/s
	start := workload.Instr{Code: workload.Start, Stream: workload.StreamTensor, First: 1}
	wait := workload.Instr{Code: workload.Wait, Stream: workload.StreamTensor}
	for _, c := range []struct {
		name   string
		code   []workload.Instr
		change func(*Job)
		watts  []float64 // each for half a millisecond of one GPU
	}{
		{"one after the other", []workload.Instr{run(0, 1), sync(1)}, nil,
			[]float64{264, 264, 170, 170, 170, 170, 170, 264, 264, 170, 170, 170, 170, 170}},
		{"beside each other", []workload.Instr{start, run(0, 1), wait}, nil,
			[]float64{374, 374, 170, 170, 170, 374, 374, 170, 170, 170}},
		{"beside each other, at the limit", []workload.Instr{start, run(0, 1), wait}, func(j *Job) { j.GPU.PowerHBM = 0.6 },
			[]float64{400, 400, 170, 170, 170, 400, 400, 170, 170, 170}},
		{"GPU 1 at half speed", []workload.Instr{run(0, 1), sync(1)}, func(j *Job) {
			j.Degrade = []Degrade{{Target: TargetGPU, ID: 1, Speed: 500_000}}
		}, []float64{264, 264, 130, 130, 170, 170, 170, 170, 170, 264, 264, 264, 264, 170, 170, 170, 170, 170}},
	} {
		j := handJob(2, []workload.Op{work(1), reduce}, c.code...)
		j.GPU = poweredGPU()
		j.GPU.LaunchGap, j.GPU.IssueTime = 0, 0
		j.Fabric = realFabric()
		j.Fabric.NVLinkLatency = 0
		j.Topology = j.Fabric.Build(1, 8)
		if c.change != nil {
			c.change(j)
		}
		r := mustRun(t, j)
		var got, want float64
		_, energy := r.Buckets.Sum()
		for _, e := range energy {
			got += e.Float()
		}
		for _, w := range c.watts {
			want += w * 1000 * 0.5e6
		}
		if got != want {
			t.Errorf("%s: GPUs take %g mW·ns, want %g", c.name, got, want)
		}
	}
}

// TestStatesByHand: in a segment of two kernels that take the host 4 ms to issue, a
// product at the peak draws 0.2 + 0.6 of 340 W above idle for 1 ms, a copy at the rate
// of HBM 0.2 + 0.4, and the gaps of 0.1 ms after each 0.2; nothing runs for the 1.8 ms
// that are left. Then bytes move for 2.5 ms, and beside kernels draw 110 W more.
func TestStatesByHand(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	start := workload.Instr{Code: workload.Start, Stream: workload.StreamTensor, First: 2}
	wait := workload.Instr{Code: workload.Wait, Stream: workload.StreamTensor}
	type want struct{ ms, mJ float64 } // of one GPU
	for _, c := range []struct {
		name string
		code []workload.Instr
		want map[trace.State]want
	}{
		{"after each other", []workload.Instr{run(0, 2), sync(2)}, map[trace.State]want{trace.ComputeBound: {1, 60 + 272}, trace.MemoryBound: {1, 60 + 204},
			trace.LaunchGaps: {2, 120 + 13.6}, trace.Transfer: {2.5, 2.5 * 170}}},
		{"beside each other", []workload.Instr{start, run(0, 2), wait}, map[trace.State]want{trace.ComputeBound: {1, 60 + 272}, trace.MemoryBound: {1, 60 + 204},
			trace.LaunchGaps: {2, 120 + 13.6}, trace.BesideTransfer: {0, 2.5 * 110}}},
	} {
		j := handJob(2, []workload.Op{product(1), work(1), reduce}, c.code...)
		j.GPU = poweredGPU()
		j.GPU.LaunchGap, j.GPU.IssueTime = 100*engine.Microsecond, 2*engine.Millisecond
		j.Fabric = realFabric()
		j.Fabric.NVLinkLatency = 0
		j.Topology = j.Fabric.Build(1, 8)
		r := mustRun(t, j)
		for s := range trace.State(trace.NumStates) {
			w := c.want[s]
			if ms, mJ := r.States.Time[s].Float()/2e6, r.States.Energy[s].Float()/2e9; !within(ms, w.ms, 1e-5) || !within(mJ, w.mJ, 1e-5) {
				t.Errorf("%s: %v takes %g ms and %g mJ, want %g and %g", c.name, s, ms, mJ, w.ms, w.mJ)
			}
		}
	}
}

// within tells whether two numbers differ by no more than a share, or by no more than
// that share of 1.
func within(a, b, share float64) bool { return math.Abs(a-b) <= share*max(1, math.Abs(b)) }
