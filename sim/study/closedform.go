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
	var all []stageWork // by program
	for _, p := range profile {
		for len(all) <= p.Role {
			all = append(all, stageWork{})
		}
		w := &all[p.Role]
		switch {
		case p.Phase == workload.Update:
			w.update += p.Seconds
		case p.Kind.IsCommunication() && p.Comm.IsPipeline():
		case p.Phase == workload.Forward:
			w.forward += p.Seconds
		case p.Phase == workload.WeightGrad:
			w.weight += p.Seconds
		default:
			w.backward += p.Seconds
		}
	}
	var slowest stageWork
	last := 0.0
	for _, w := range all {
		if w.passes() > slowest.passes() {
			slowest = w
		}
		last = max(last, w.update)
	}
	p, m := float64(l.Pipeline), float64(l.Microbatches())
	if l.Schedule.SplitsBackward() {
		return budget.ZeroBubbleTime(p, m, slowest.forward/m, slowest.backward/m, slowest.weight/m, l.Schedule == workload.ZBH2) + last
	}
	return budget.PipelineTime(p, m, float64(max(l.VirtualPipeline, 1)), slowest.passes()/m, 0) + last
}

// stageWork is what a rank of a stage does in a step, in seconds.
type stageWork struct{ forward, backward, weight, update float64 }

func (w stageWork) passes() float64 { return w.forward + w.backward + w.weight }
