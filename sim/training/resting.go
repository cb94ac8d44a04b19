package training

import "trainsim/sim/workload"

// A warm start begins where hours of steps like the first leave the clocks. The first
// step tells what a GPU draws at the clock that its caps leave it; what a lower clock
// makes of that follows from its program, with everything that it waits for as it was.
// Where that is not so, the looks that follow go on from there.

// resting is what the compute of one step takes and draws at some level.
type resting struct {
	time   float64 // ns
	energy float64 // mW·ns above idle
}

// restingStep returns the step of throttling at which the GPU of node i draws what is
// nearest to what its coolant carries away, if the first step of training took so many ns.
func (s *simulation) restingStep(i int32, ns float64) int16 {
	h := s.thermal
	b := &h.bodies[i]
	want, mean := float64(b.coolant.Carries(h.Throttle.Middle())), float64(b.coolant.Carries(b.settles))
	level := s.levelOf(i)
	free, above := s.restingAt(i, level), mean
	for step := range int16(len(h.clocks)) {
		low := s.restingAt(i, s.throttledBy(step+1, level))
		longer := low.time - free.time
		power := (mean*ns + low.energy - free.energy + float64(s.idle)*longer) / (ns + longer)
		switch {
		case power > want:
			above = power
		case want-power < above-want:
			return step + 1
		default:
			return step
		}
	}
	return int16(len(h.clocks))
}

// restingAt returns what the compute of a step of node i is at some level.
func (s *simulation) restingAt(i int32, level int16) (r resting) {
	c, n := s.code, &s.nodes[i]
	base := c.base(s.plan.gradeOf(i), level)
	if known, ok := s.thermal.resting[[2]int32{n.role, base}]; ok {
		return known
	}
	for in := range c.executed(n.role) {
		if in.code == workload.Run {
			seg := &c.segments[base+in.arg]
			ns := max(float64(seg.work), float64(seg.issue))
			r.time += ns
			r.energy += ns * float64(seg.power)
		}
	}
	s.thermal.resting[[2]int32{n.role, base}] = r
	return r
}
