package training

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// issue enqueues a message on stream k of node i.
func (s *simulation) issue(i int32, k workload.Stream, msg int32, now engine.Time) {
	st := s.streamOf(i, k)
	st.issued++
	s.inFlight++
	if st.active < 0 {
		s.post(i, k, msg, s.nodes[i].task, now)
		return
	}
	q := s.free
	if q < 0 {
		s.pending = append(s.pending, queued{})
		q = int32(len(s.pending) - 1)
	} else {
		s.free = s.pending[q].next
	}
	s.pending[q] = queued{message: msg, task: s.nodes[i].task, next: -1}
	if st.tail >= 0 {
		s.pending[st.tail].next = q
	} else {
		st.head = q
	}
	st.tail = q
}

// post makes node i arrive at its communicator; the last to arrive starts the
// transfer. Members meet in program order, as NCCL's do.
func (s *simulation) post(i int32, k workload.Stream, msg, task int32, now engine.Time) {
	st := s.streamOf(i, k)
	st.active, st.task, st.posted = msg, task, now
	m := &s.code.messages[msg]
	g := s.plan.group[m.comm][i]
	if g < 0 {
		s.fail(fmt.Errorf("rank %d of stage %d has no %v communicator", s.plan.rankOf(i), s.nodes[i].stage, m.comm))
		return
	}
	j := &s.joins[g]
	if j.message < 0 {
		j.message = msg
	} else if o := &s.code.messages[j.message]; o.size != m.size ||
		o.kind != m.kind && collective(o.kind) != collective(m.kind) {
		s.fail(fmt.Errorf("%v of %d bytes meets %v of %d bytes in the %v communicator of rank %d",
			m.kind, m.size, o.kind, o.size, m.comm, s.plan.rankOf(i)))
		return
	}
	s.nodes[i].waits++
	if s.wide(m) {
		s.nodes[i].wide++
	}
	s.touch(i)
	j.arrived += s.arrivals(g, i, m.comm)
	if j.arrived == s.plan.groupSize[g] {
		s.launch(g, now)
	}
}

// arrivals returns how many members of communicator g node i stands for.
func (s *simulation) arrivals(g, i int32, c workload.Comm) int32 {
	if s.plan.count[i] == 1 {
		return 1
	}
	for _, m := range s.plan.membersOf(g) {
		if m.node == i && m.comm == c {
			return m.count
		}
	}
	panic("training: a node posted to a communicator it is not a member of")
}

// launch starts the transfer of communicator g: all members are there.
func (s *simulation) launch(g int32, now engine.Time) {
	j := &s.joins[g]
	j.running, j.started = true, now
	c := s.costOf(g, j.message)
	var computing int32
	for _, m := range s.plan.membersOf(g) {
		n := &s.nodes[m.node]
		n.waits--
		n.transfers++
		s.touch(m.node)
		if s.kernels(n) {
			computing += m.count
		}
	}
	if s.company != nil {
		s.escort(g, computing, now, c.Latency)
	}
	s.net.Start(now, g, c.Wire, c.Latency)
}

// delivered ends the transfer of communicator g: every member's stream goes on
// with its next message, and members blocked on it resume.
func (s *simulation) delivered(g int32, now engine.Time) {
	j := &s.joins[g]
	started := j.started
	last := transfer{ended: now, took: now.Sub(started), message: j.message}
	s.count(g, j.message, last.took)
	*j = join{message: -1, carried: j.carried + s.costOf(g, j.message).Wire, last: last}
	if s.company != nil {
		s.leave(g, now)
	}
	members := s.plan.membersOf(g)
	for _, m := range members {
		s.finish(m.node, s.code.stream[m.comm], started, now)
	}
	for _, m := range members {
		n := &s.nodes[m.node]
		if n.blocked && n.waitOn == s.code.stream[m.comm] && s.streamOf(m.node, n.waitOn).done >= n.waitFor {
			n.blocked = false
			s.touch(m.node)
			s.advance(m.node, now)
		}
	}
}

// finish ends the message in progress on stream k of node i.
func (s *simulation) finish(i int32, k workload.Stream, started, now engine.Time) {
	n, st := &s.nodes[i], s.streamOf(i, k)
	count := s.plan.count[i]
	st.done++
	s.inFlight--
	s.operations += count
	s.digest.Add(now, uint32(n.stage)|uint32(k)<<24, uint32(st.done), uint64(count))
	if s.job.observeFinish != nil {
		s.job.observeFinish(s, i, now, uint32(k), uint32(st.done))
	}
	if n.recorded {
		s.recordMessage(i, k, started, now)
	}
	n.transfers--
	if s.wide(&s.code.messages[st.active]) {
		n.wide--
	}
	st.active = -1
	s.touch(i)
	if q := st.head; q >= 0 {
		next := s.pending[q]
		s.pending[q].next, s.free = s.free, q
		if st.head = next.next; st.head < 0 {
			st.tail = -1
		}
		s.post(i, k, next.message, next.task, now)
	}
}

// lostToSharing returns how much longer the transfer that communicator g ended
// last took than alone on its links as they are now, beside the same kernels.
func (s *simulation) lostToSharing(g int32) engine.Duration {
	last := &s.joins[g].last
	c := s.costOf(g, last.message)
	rate := s.net.Alone(g)
	return max(0, last.took-c.Latency-network.Transfer(c.Wire, rate)-s.lostToKernels(g, rate))
}

// costOf returns the cost of a message of communicator g.
func (s *simulation) costOf(g, msg int32) *network.Cost {
	return &s.cost[int(s.plan.groupShape[g])*len(s.code.messages)+int(msg)]
}
