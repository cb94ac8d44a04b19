package study

import (
	"math"
	"testing"

	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// Two stages and four microbatches. The slower stage takes 4, 6 and 2 s forward, backward
// and for weights in a step, 12 in all, and the update 1 s. The bubble is a microbatch of
// it, 12/4 s, less two weight passes of 0.5 s with zb-h1 and three with zb-h2
// (arXiv 2401.10241, table 1).
func TestClosedFormOfSchedules(t *testing.T) {
	profile := []training.Share{
		{Role: 0, Phase: workload.Forward, Seconds: 3}, {Role: 0, Phase: workload.Backward, Seconds: 6},
		{Role: 1, Phase: workload.Forward, Seconds: 4}, {Role: 1, Phase: workload.Backward, Seconds: 6},
		{Role: 1, Phase: workload.WeightGrad, Seconds: 2}, {Role: 1, Phase: workload.Update, Seconds: 1},
	}
	for schedule, bubble := range map[workload.Schedule]float64{workload.OneFOneB: 3, workload.ZBH1: 2, workload.ZBH2: 1.5} {
		l := workload.Layout{Pipeline: 2, Data: 1, MicroBatch: 1, GlobalBatch: 4, Schedule: schedule}
		if got, want := closedFormStepTime(&l, profile), 12+1+bubble; math.Abs(got-want) > 1e-12 {
			t.Errorf("%s: %v s, want %v", schedule, got, want)
		}
	}
}
