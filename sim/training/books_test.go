package training

import (
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// balanced returns a simulation that has run and whose books balance.
func balanced(t *testing.T) (*simulation, *Result) {
	t.Helper()
	j := newJob(t, small(), smallLayout(2, 2, 2, 4), realFabric())
	j.GPU = poweredGPU()
	j.record()
	code, err := compile(j)
	if err != nil {
		t.Fatal(err)
	}
	p, err := layOut(j)
	if err != nil {
		t.Fatal(err)
	}
	s := newSimulation(j, p, code)
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
		{"operations", "operations finished", func(s *simulation, r *Result) { r.Operations++ }},
		{"energy of the GPUs", "buckets hold", func(s *simulation, r *Result) { s.gpuPower.Bins()[0].AddTotal(one) }},
		{"energy of the mains", "components hold", func(s *simulation, r *Result) { s.total.Bins()[0].AddTotal(one) }},
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

// TestEnergyByHand: 1 ms of streaming at the full rate of HBM draws 0.2 + 0.4 of
// the 340 W between idle and limit, 264 W in all; then a reduction of 600 MB over 2
// ranks at 240 GB/s is 2.5 ms at 170 W. Two GPUs: 2 × (0.264 + 0.425) J.
func TestEnergyByHand(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	j := handJob(2, []workload.Op{work(1), reduce}, run(0, 1), sync(1))
	j.GPU = poweredGPU()
	j.GPU.LaunchGap, j.GPU.IssueTime = 0, 0
	j.Fabric = realFabric()
	j.Fabric.NVLinkLatency = 0
	j.Topology = j.Fabric.Build(1, 8)
	j.record()
	r := mustRun(t, j)
	_, energy := r.Buckets.Sum()
	var all engine.Total
	for _, e := range energy {
		all.AddTotal(e)
	}
	if got, want := all.Float(), 2*(264_000*1e6+170_000*2.5e6); got != want {
		t.Errorf("GPUs took %g mW·ns, want %g", got, want)
	}
}
