package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// advance executes instructions of node i until it computes, blocks or has
// finished its last step.
func (s *simulation) advance(i int32, now engine.Time) {
	n := &s.nodes[i]
	for {
		in := &s.code.code[n.pc]
		n.pc++
		switch in.code {
		case workload.Run:
			s.compute(i, n.base+in.arg, now)
			return
		case workload.Start:
			s.issue(i, in.stream, in.arg, now)
		case workload.Wait:
			if s.block(i, in.stream, in.lag) {
				return
			}
		case workload.Sync:
			s.issue(i, in.stream, in.arg, now)
			if s.block(i, in.stream, 0) {
				return
			}
		case codeEnd:
			if s.nextTask(i, now) {
				return
			}
		}
	}
}

// compute starts a segment.
func (s *simulation) compute(i, seg int32, now engine.Time) {
	n := &s.nodes[i]
	n.seg = seg
	n.begun, n.resumed = now, now
	work := s.code.segments[seg].work
	if s.noise != nil {
		work = s.disturb(i, work)
	}
	n.left = work * uint64(cluster.Nominal)
	n.rate = s.rateOf(i)
	s.arm(i, now)
	if n.transfers > 0 && s.company != nil {
		s.accompany(i, 1)
	}
	s.touch(i)
}

// arm pushes the completion of the running segment: when the device is done at
// its present speed, and not before the host has issued every kernel.
func (s *simulation) arm(i int32, now engine.Time) {
	n := &s.nodes[i]
	at := now.Add(engine.Duration((n.left + uint64(n.rate) - 1) / uint64(n.rate)))
	at = max(at, n.begun.Add(s.code.segments[n.seg].issue))
	s.queue.Push(at, eventSegment, i, n.gen)
}

// computed ends the running segment.
func (s *simulation) computed(i int32, now engine.Time) {
	n := &s.nodes[i]
	if n.seg != s.code.pause {
		s.countSegment(i, now)
	}
	if n.recorded {
		s.recordSegment(i, now)
	}
	if n.transfers > 0 && s.company != nil {
		s.accompany(i, -1)
	}
	n.seg = -1
	s.touch(i)
	s.advance(i, now)
}

// countSegment notes that the running segment has finished.
func (s *simulation) countSegment(i int32, now engine.Time) {
	n := &s.nodes[i]
	seg := &s.code.segments[n.seg]
	count := s.plan.count[i]
	s.operations += count * int64(seg.last-seg.first)
	n.seq++
	s.digest.Add(now, uint32(n.stage), n.seq, uint64(count))
	if s.job.observeFinish != nil {
		s.job.observeFinish(s, i, now, 0, n.seq)
	}
}

// rateOf returns the speed at which node i computes now: what its health allows
// and noise makes of it, less what communication beside it takes.
func (s *simulation) rateOf(i int32) cluster.Speed {
	n := &s.nodes[i]
	if n.waits == 0 && n.transfers == 0 {
		return n.own()
	}
	return n.own().Times(s.slowdown(i))
}

// setRate changes the rate of node i; what runs keeps its work done.
func (s *simulation) setRate(i int32, rate cluster.Speed, now engine.Time) {
	n := &s.nodes[i]
	n.left -= min(n.left, uint64(now.Sub(n.resumed))*uint64(n.rate))
	n.resumed, n.rate = now, rate
	n.gen = engine.Next(n.gen)
	s.arm(i, now)
}

// block tells whether node i must wait until at most lag of the operations
// issued on stream k are unfinished, and notes what it waits for.
func (s *simulation) block(i int32, k workload.Stream, lag int32) bool {
	st := s.streamOf(i, k)
	target := st.issued - lag
	if st.done >= target {
		return false
	}
	n := &s.nodes[i]
	n.blocked, n.waitOn, n.waitFor = true, k, target
	s.touch(i)
	return true
}

// nextTask moves node i to its next task and tells whether it has finished, or
// pauses first.
func (s *simulation) nextTask(i int32, now engine.Time) bool {
	n := &s.nodes[i]
	s.remember(i, -s.code.tasks[n.task].free, now)
	n.task++
	if n.task == s.code.firstTask[n.role+1] {
		if s.endStep(i, now) {
			return true
		}
		n.task = s.code.firstTask[n.role]
	}
	return s.begin(i, now)
}

// begin puts node i before its task and tells whether it pauses first.
func (s *simulation) begin(i int32, now engine.Time) (pauses bool) {
	n := &s.nodes[i]
	t := &s.code.tasks[n.task]
	n.pc = t.code
	s.remember(i, t.alloc, now)
	if s.noise == nil || !s.disturbTask(i, t) {
		return false
	}
	s.compute(i, s.code.pause, now)
	return true
}

// endStep closes a step of node i and tells whether it was the last.
func (s *simulation) endStep(i int32, now engine.Time) bool {
	n := &s.nodes[i]
	s.stepLeft[n.step] -= s.plan.count[i]
	if s.stepLeft[n.step] == 0 {
		s.stepEnd[n.step] = now
		s.balanceDue = s.balanceDue || s.keeps(int(n.step))
		if s.thermal != nil {
			s.thermal.due = s.thermal.waits
		}
	}
	n.step++
	if int(n.step) < s.job.Steps {
		return false
	}
	n.finished = true
	s.touch(i)
	return true
}

// remember follows the memory in use on the node that stands for its stage.
func (s *simulation) remember(i int32, delta int64, now engine.Time) {
	if delta == 0 || s.job.Trace == nil {
		return
	}
	stage := s.nodes[i].stage
	if s.memoryNode[stage] != i {
		return
	}
	s.memory[stage] += delta
	s.job.Trace.SetMemory(stage, now, s.memory[stage])
}

// touch marks node i for the settling of this instant.
func (s *simulation) touch(i int32) {
	if n := &s.nodes[i]; !n.dirty {
		n.dirty = true
		s.dirty = append(s.dirty, i)
	}
}
