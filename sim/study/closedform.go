package study

import (
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// closedFormStepTime is what a planner would write down: the slowest stage's
// time per microbatch, m + (p−1)/v of them (Narayanan et al., arXiv 2104.04473,
// §2.2), then gradient reduction and update. Messages between stages are free,
// nothing overlaps, links are idle.
func closedFormStepTime(l workload.Layout, profile []training.Share) float64 {
	work := make([]float64, l.Pipeline)
	update := make([]float64, l.Pipeline)
	for _, p := range profile {
		switch {
		case p.Phase == workload.Update:
			update[p.Stage] += p.Seconds
		case p.Comm.IsPipeline() && p.Kind.IsCommunication():
		default:
			work[p.Stage] += p.Seconds
		}
	}
	var slowest, last float64
	for stage := range work {
		slowest, last = max(slowest, work[stage]), max(last, update[stage])
	}
	m := float64(l.Microbatches())
	return slowest/m*(m+float64(l.Pipeline-1)/float64(max(l.VirtualPipeline, 1))) + last
}
