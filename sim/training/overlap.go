package training

import (
	"math/bits"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// Communication and kernels of one GPU slow each other (cluster.Overlap). What
// decides is well ordered within the settling of an instant: whether kernels run
// bounds the rates of transfers, then these rates set how fast kernels run.

// speedBeside returns the speed of the segment beside a crowd of communication that
// leaves a share of HBM to it: work at nominal speed over what it takes then.
func (seg *segment) speedBeside(crowd int, left cluster.Speed) cluster.Speed {
	b := &seg.beside[crowd]
	if b.work == 0 {
		return cluster.Nominal
	}
	takes := b.work + b.memory*uint64(cluster.Nominal-left)/uint64(left)
	return max(1, cluster.Speed(seg.work*uint64(cluster.Nominal)/takes))
}

// slowdown returns the speed at which the kernels of node i run beside its
// communication: it takes SMs once it is posted, and HBM as fast as it moves.
func (s *simulation) slowdown(i int32) cluster.Speed {
	n := &s.nodes[i]
	return s.code.segments[n.seg].speedBeside(n.crowd(), s.overlap.HBMLeft(s.moving(i)))
}

// crowd tells what takes SMs from node n.
func (n *node) crowd() int {
	if n.wide > 0 {
		return crowdOfAny
	}
	return crowdOfSends
}

// wide tells whether a message takes as many SMs as a collective does: all but sends
// and receives of pipelines that span hosts. The channels that NCCL gives a peer are as
// few as the slowest pair of a communicator has, which is that of the whole pipeline.
func (s *simulation) wide(m *message) bool {
	return m.kind != workload.Send && m.kind != workload.Recv || !s.spans
}

// pipelineSpans tells whether stages lie on different hosts.
func (p *plan) pipelineSpans() bool {
	for g, c := range p.groupComm {
		if c.IsPipeline() && p.shapes[p.groupShape[g]].Hosts > 1 {
			return true
		}
	}
	return false
}

// own returns the speed of node n without communication beside it.
func (n *node) own() cluster.Speed {
	if n.pace == cluster.Nominal {
		return n.speed
	}
	return n.speed.Times(n.pace)
}

// takenNow returns the share of its speed that communication takes from a node, in
// parts per million.
func (n *node) takenNow() int32 {
	if own := n.own(); n.seg >= 0 && n.rate < own {
		return int32(cluster.Nominal - n.rate*cluster.Nominal/own)
	}
	return 0
}

// kernels tells whether kernels run on node n.
func (s *simulation) kernels(n *node) bool { return n.seg >= 0 && n.seg != s.code.pause }

// moving returns the bytes/s that the transfers of node i move, as its links of
// weight one see them.
func (s *simulation) moving(i int32) (rate int64) {
	if s.nodes[i].transfers == 0 || s.overlap.PerMillion == 0 {
		return 0
	}
	for k := range workload.NumStreams {
		if m := s.streamOf(i, k).active; m >= 0 {
			rate += s.net.Rate(s.plan.group[s.code.messages[m].comm][i])
		}
	}
	return rate
}

// touchMoved marks the nodes whose kernels run beside a transfer that changed
// its rate.
func (s *simulation) touchMoved() {
	for _, g := range s.net.Changed() {
		if s.company[g].members == 0 {
			continue
		}
		for _, m := range s.plan.membersOf(g) {
			if s.kernels(&s.nodes[m.node]) {
				s.touch(m.node)
			}
		}
	}
}

// company is the members of a transfer that compute beside it. All move as fast
// as the slowest, so one is enough to bound its rate.
type company struct {
	members int32
	bound   bool            // by the last instant that was settled
	since   engine.Time     // it is bound, if its bytes move
	moves   engine.Time     // when they do: after its latency
	beside  engine.Duration // that they moved while it was bound before
	last    engine.Duration // the same of the transfer before, which has ended
}

// accompany notes that node i begins to compute beside its transfers, or ends.
func (s *simulation) accompany(i, members int32) {
	if !s.kernels(&s.nodes[i]) {
		return
	}
	for k := range workload.NumStreams {
		m := s.streamOf(i, k).active
		if m < 0 {
			continue
		}
		c := s.code.messages[m].comm
		if g := s.plan.group[c][i]; s.joins[g].running {
			s.company[g].members += members * s.arrivals(g, i, c)
			s.joined = append(s.joined, g)
		}
	}
}

// escort notes how many members compute as transfer g starts.
func (s *simulation) escort(g, members int32, now engine.Time, latency engine.Duration) {
	c := &s.company[g]
	*c = company{members: members, bound: members > 0, since: now, moves: now.Add(latency), last: c.last}
	s.limitTransfer(g)
}

// leave ends the company of transfer g.
func (s *simulation) leave(g int32, now engine.Time) {
	c := &s.company[g]
	*c = company{last: c.moved(now)}
}

// boundTransfers bounds the transfers whose company came or went in this instant.
func (s *simulation) boundTransfers(now engine.Time) {
	for _, g := range s.joined {
		c := &s.company[g]
		if c.bound == (c.members > 0) {
			continue
		}
		c.beside = c.moved(now)
		c.bound, c.since = !c.bound, now
		s.limitTransfer(g)
	}
	s.joined = s.joined[:0]
}

// limitTransfer gives transfer g the rate that its company leaves it.
func (s *simulation) limitTransfer(g int32) {
	if s.company[g].bound && s.bounds != nil {
		s.net.SetLimit(g, s.bounds[s.plan.groupShape[g]])
	} else {
		s.net.SetLimit(g, network.Unlimited)
	}
}

// moved returns how long the bytes of a transfer have moved while it was bound.
func (c *company) moved(now engine.Time) engine.Duration {
	if !c.bound {
		return c.beside
	}
	return c.beside + max(0, now.Sub(max(c.since, c.moves)))
}

// lostToKernels returns how much longer the transfer that communicator g ended
// last took for its company, where it moves at a rate of alone without.
func (s *simulation) lostToKernels(g int32, alone int64) engine.Duration {
	if s.bounds == nil || alone == 0 {
		return 0
	}
	beside := s.company[g].last
	return beside - engine.Duration(portion(int64(beside), min(s.bounds[s.plan.groupShape[g]], alone), alone))
}

// transferBounds returns the rate beside kernels of communicators of each shape: a
// share of what their links, healthy and for themselves, allow. It returns nil where
// kernels take nothing.
func transferBounds(shapes []network.Shape, share cluster.Speed) []int64 {
	if share >= cluster.Nominal {
		return nil
	}
	bounds := make([]int64, len(shapes))
	for i := range shapes {
		bounds[i] = max(1, portion(shapes[i].Rate, int64(share), int64(cluster.Nominal)))
	}
	return bounds
}

// portion returns ⌊a·b/c⌋ of amounts of which b is at most c.
func portion(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, _ := bits.Div64(hi, lo, uint64(c))
	return int64(q)
}
