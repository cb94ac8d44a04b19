package training

import (
	"testing"

	"trainsim/sim/workload"
)

// TestLoopAllocates: once everything is laid out, a run allocates for what is
// pending at once, and nothing for each event: eight times the microbatches are
// eight times the events and not one allocation more.
func TestLoopAllocates(t *testing.T) {
	for _, c := range []struct {
		name   string
		layout func(*workload.Layout)
	}{
		{"blocking", func(l *workload.Layout) {}},
		{"overlapped", func(l *workload.Layout) {
			l.OverlapPipeline, l.OverlapTensor, l.OverlapGrad, l.OverlapParam, l.ZeRO = true, true, true, true, 1
		}},
		{"interleaved", func(l *workload.Layout) {
			l.Schedule, l.VirtualPipeline, l.ScatterGather = workload.Interleaved, 2, true
		}},
	} {
		for _, fold := range []bool{false, true} {
			few, fewEvents := loopAllocations(t, 8, fold, c.layout)
			many, manyEvents := loopAllocations(t, 64, fold, c.layout)
			t.Logf("%s, fold %v: %g allocations in %d events, %g in %d", c.name, fold, few, fewEvents, many, manyEvents)
			if manyEvents < 6*fewEvents {
				t.Errorf("%s: %d events with 8 microbatches and %d with 64", c.name, fewEvents, manyEvents)
			}
			if many > few {
				t.Errorf("%s, fold %v: the loop allocates %g times with 8 microbatches and %g times with 64", c.name, fold, few, many)
			}
		}
	}
}

// loopAllocations counts the allocations of the event loop alone.
func loopAllocations(t *testing.T, microbatches int, fold bool, layout func(*workload.Layout)) (float64, int64) {
	t.Helper()
	const runs = 3
	var ready []*simulation
	for range runs + 1 { // AllocsPerRun warms up once
		l := smallLayout(2, 4, 2, microbatches)
		layout(&l)
		j := newJob(t, small(), l, realFabric())
		j.Fold = fold
		ready = append(ready, mustPrepare(t, j).Runner().simulation(nil, nil))
	}
	next := 0
	allocations := testing.AllocsPerRun(runs, func() {
		if err := ready[next].run(); err != nil {
			t.Fatal(err)
		}
		next++
	})
	return allocations, ready[0].events
}
