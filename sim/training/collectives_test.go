package training

import (
	"math"
	"slices"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// Folded or not, the collectives are the same, and each is counted as often as
// the programs hold it.
func TestCollectivesOfFoldedAndWhole(t *testing.T) {
	var lists [2][]Collective
	for i, fold := range []bool{false, true} {
		j := newJob(t, small(), smallLayout(2, 4, 2, 8), realFabric())
		j.Fold, j.Trace = fold, &trace.Recorder{}
		r := mustRun(t, j)
		lists[i] = r.Collectives
		programs := map[workload.Comm]bool{}
		for _, c := range r.Collectives {
			programs[c.Comm] = true
			if c.Count != math.Trunc(c.Count) || c.Count < 1 || c.MeanSeconds > c.MaxSeconds*(1+1e-12) || c.IdealSeconds <= 0 {
				t.Errorf("%+v", c)
			}
			if c.Comm == workload.CommSendForward && (c.Count != 8 || c.Ranks != 2) {
				t.Errorf("%g messages of 8 microbatches between %d stages", c.Count, c.Ranks)
			}
		}
		if !programs[workload.CommTensor] || !programs[workload.CommData] || !programs[workload.CommSendBackward] || programs[workload.CommRecvForward] {
			t.Errorf("communicators %v", programs)
		}
	}
	if !slices.Equal(lists[0], lists[1]) {
		t.Errorf("whole\n%+v\nfolded\n%+v", lists[0], lists[1])
	}
}

// On links of its own a collective takes what the fabric says.
func TestCollectivesAloneAreIdeal(t *testing.T) {
	j := newJob(t, small(), smallLayout(8, 1, 1, 2), realFabric())
	r := mustRun(t, j)
	if len(r.Collectives) == 0 {
		t.Fatal("none")
	}
	for _, c := range r.Collectives {
		if math.Abs(c.MeanSeconds-c.IdealSeconds) > 2e-9 || math.Abs(c.MaxSeconds-c.MeanSeconds) > 1e-12 {
			t.Errorf("%+v", c)
		}
	}
}

// The rates of a link over time add up to the bytes it carried, to the last
// nanosecond of each transfer, which is counted whole.
func TestHottestLinksOverTime(t *testing.T) {
	j := newJob(t, small(), smallLayout(2, 4, 2, 8), realFabric())
	j.Fold, j.Trace = true, &trace.Recorder{}
	r := mustRun(t, j)
	transfers := 0.0
	for _, c := range r.Collectives {
		transfers += c.Count * float64(j.Steps)
	}
	for _, l := range r.HottestLinks {
		sum, more := 0.0, transfers*float64(l.Capacity)/1e9
		for b, rate := range l.Rate {
			start := engine.Time(b) * engine.Time(l.Width)
			sum += rate * min(l.Width, r.End.Sub(start)).Seconds()
		}
		if l.Rate == nil || sum < float64(l.Bytes)-1 || sum > float64(l.Bytes)+more || l.Capacity <= 0 {
			t.Errorf("%s: %g bytes over time, %d in all", l.Name, sum, l.Bytes)
		}
	}
}
