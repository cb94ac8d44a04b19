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
	var work, update []float64 // by program
	for _, p := range profile {
		for len(work) <= p.Role {
			work, update = append(work, 0), append(update, 0)
		}
		switch {
		case p.Phase == workload.Update:
			update[p.Role] += p.Seconds
		case !p.Kind.IsCommunication() || !p.Comm.IsPipeline():
			work[p.Role] += p.Seconds
		}
	}
	var slowest, last float64
	for role := range work {
		slowest, last = max(slowest, work[role]), max(last, update[role])
	}
	m := float64(l.Microbatches())
	return budget.PipelineTime(float64(l.Pipeline), m, float64(max(l.VirtualPipeline, 1)), slowest/m, 0) + last
}
