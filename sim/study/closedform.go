package study

import (
	"trainsim/sim/budget"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// closedFormStepTime is what a planner would write down: the slowest stage's
// time per microbatch through a pipeline of equal stages (budget.PipelineTime),
// then gradient reduction and update. Nothing is wrong with any part, messages
// between stages are free, nothing overlaps, links are idle.
func closedFormStepTime(l *workload.Layout, profile []training.Share) float64 {
	work := make([]float64, l.Pipeline)
	update := make([]float64, l.Pipeline)
	for _, p := range profile {
		switch {
		case p.Phase == workload.Update:
			update[p.Stage] += p.Seconds
		case !p.Kind.IsCommunication() || !p.Comm.IsPipeline():
			work[p.Stage] += p.Seconds
		}
	}
	var slowest, last float64
	for stage := range work {
		slowest, last = max(slowest, work[stage]), max(last, update[stage])
	}
	m := float64(l.Microbatches())
	return budget.PipelineTime(float64(l.Pipeline), m, float64(max(l.VirtualPipeline, 1)), slowest/m, 0) + last
}
