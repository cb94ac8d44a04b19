package report

import "trainsim/sim/engine"

// task is the work of one rank on one microbatch in one direction, from its
// first kernel to its last: what a schedule orders.
type task struct {
	start, end engine.Time
	microbatch int32
	chunk      int16
	group      group
}

// group is the direction of a task; recomputation belongs to the backward pass.
type group uint8

const (
	groupForward group = iota
	groupBackward
	groupWeight
	groupUpdate
)

func groupOf(phase string) group {
	switch phase {
	case "forward":
		return groupForward
	case "recompute", "backward":
		return groupBackward
	case "weight_grad":
		return groupWeight
	}
	return groupUpdate
}

// tasks returns what a row did in a step, in order.
func (v *view) tasks(row int, step int32) []task {
	var list []task
	for _, i := range v.compute(row) {
		s := &v.run.Spans[i]
		if s.Step != step || v.isWait(s) {
			continue
		}
		g := groupOf(v.phase(s))
		if n := len(list) - 1; n >= 0 && list[n].microbatch == s.Microbatch && list[n].chunk == s.Chunk && sameTask(list[n].group, g) {
			list[n].end = s.End
			list[n].group = min(list[n].group, g)
			continue
		}
		list = append(list, task{start: s.Start, end: s.End, microbatch: s.Microbatch, chunk: s.Chunk, group: g})
	}
	return list
}

// sameTask tells whether work of two groups on one microbatch, one right after
// the other, is one task: a backward pass may compute the gradients of the weights
// as it goes.
func sameTask(a, b group) bool {
	return a == b || a == groupBackward && b == groupWeight || a == groupWeight && b == groupBackward
}

// only returns the tasks of a group, in order.
func only(list []task, g group) []task {
	var some []task
	for _, t := range list {
		if t.group == g {
			some = append(some, t)
		}
	}
	return some
}

// window is a part of a step worth a picture.
type window struct {
	extents
	name   string // of the figure's files
	title  string // headline, after the scenario
	lead   string
	period engine.Duration // steady: the time from one microbatch to the next
}

// windows finds the warm-up, two periods of the steady phase in the middle, and
// the tail of the last step; those that the schedule does not have are left out.
func (v *view) windows() []window {
	step, when := v.last()
	bottom := v.tasks(len(v.rows)-1, step)
	top := v.tasks(0, step)
	forward, backward := only(bottom, groupForward), only(bottom, groupBackward)
	first := only(top, groupBackward)
	if len(forward) == 0 || len(backward) == 0 || len(first) == 0 {
		return nil
	}
	full := "pipeline full after " + quantity(timeScales, forward[0].start.Sub(when.start).Seconds())
	drained := "pipeline drains, gradients are reduced, weights updated"
	if len(v.rows) == 1 {
		full = "first microbatch done after " + quantity(timeScales, first[0].end.Sub(when.start).Seconds())
		drained = "last backward pass, gradients are reduced, weights updated"
	}
	list := []window{{
		extents: extents{when.start, first[0].end}, name: "timeline-warmup",
		title: full,
		lead:  "Warm-up: from the start of the step to the end of the first backward pass on the first stage.",
	}}
	chunks := chunksOf(forward, forward[len(forward)/2].microbatch)
	if middle := len(forward) / 2 / chunks * chunks; len(forward) >= 4*chunks && middle+2*chunks < len(forward) {
		start, end := forward[middle].start, forward[middle+2*chunks].start
		period := end.Sub(start) / 2
		list = append(list, window{
			extents: extents{start, end}, name: "timeline-steady", period: period,
			title: "a microbatch every " + quantity(timeScales, period.Seconds()),
			lead:  "Steady phase: two microbatches on the last stage, in the middle of the step.",
		})
	}
	if v.run.Dropped > 0 && int(step) == len(v.steps)-1 {
		return list // the end of this step was not kept
	}
	last := backward[len(backward)-1]
	lead := engine.Duration(when.end-last.start) / 20
	tail := extents{max(when.start, last.start.Add(-lead)), when.end}
	list = append(list, window{
		extents: tail, name: "timeline-tail",
		title: "the last " + quantity(timeScales, tail.length()) + ": " + drained,
		lead:  "Tail: from the last backward pass on the last stage to the end of the step.",
	})
	return list
}

// chunksOf counts the tasks of a microbatch.
func chunksOf(list []task, microbatch int32) int {
	n := 0
	for _, t := range list {
		if t.microbatch == microbatch {
			n++
		}
	}
	return n
}
