package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// settle closes the instant: paths around dead links, what kernels leave to
// transfers, network rates, then the compute rate, the books and the power of every
// node that changed, then the supplies. Nothing here moves an event of this instant.
func (s *simulation) settle(now engine.Time) {
	if len(s.routing.changed) > 0 {
		s.reroute(now)
	}
	if len(s.joined) > 0 {
		s.boundTransfers(now)
	}
	if s.net.Dirty() {
		s.net.Settle(now)
	}
	if s.overlap.PerMillion > 0 {
		s.touchMoved()
	}
	for _, i := range s.dirty {
		s.settleNode(i, now)
	}
	s.dirty = s.dirty[:0]
	if s.supplies.Dirty() {
		s.supplies.Settle(now)
		s.setMains(now)
		if s.control != nil {
			s.settleFeeds(now)
		}
	}
}

// settleAll books the time of every node up to now.
func (s *simulation) settleAll(now engine.Time) {
	for i := range s.nodes {
		s.settleNode(int32(i), now)
	}
}

// settleNode books the time since the last change to the condition in force, then
// puts the new state in force.
func (s *simulation) settleNode(i int32, now engine.Time) {
	n := &s.nodes[i]
	n.dirty = false
	count := s.plan.count[i]
	if dt := now.Sub(n.since); dt > 0 {
		if s.thermal != nil {
			n.heat.AddProduct(uint64(dt), uint64(n.power))
		}
		if g := n.exposes; g >= 0 && s.joins[g].last.ended == now {
			lost := min(s.lostToSharing(g), dt)
			s.stays[s.code.contends(n.condition, n.bucket)].AddProduct(uint64(lost), uint64(count))
			dt -= lost
		}
		s.stays[n.condition].AddProduct(uint64(dt), uint64(count))
		if s.spent != nil {
			s.spend(i, n.bucket, dt)
		}
		if n.taken > 0 {
			s.overlapped.AddProduct(uint64(dt), uint64(count)*uint64(n.taken))
		}
		n.since = now
	}
	n.exposes = -1
	if n.wanted != n.level {
		s.changeLevel(i, now)
	}
	if n.seg >= 0 {
		if rate := s.rateOf(i); rate != n.rate {
			s.setRate(i, rate, now)
		}
	}
	n.taken = n.takenNow()
	bucket, power, gflops := s.state(i)
	if exposed(bucket) {
		n.exposes = s.plan.group[s.headOf(i).comm][i]
	}
	if power != n.power {
		delta := int64(power - n.power)
		s.gpuPower.Add(now, delta*count)
		s.supplies.Change(s.plan.host[i], delta*s.plan.perHost[i])
		n.power = power
	}
	if gflops != n.gflops {
		s.flops.Add(now, int64(gflops-n.gflops)*count)
		n.gflops = gflops
	}
	if bucket != n.bucket {
		if is, was := Computes(bucket), Computes(n.bucket); is != was {
			if is {
				s.busy[n.stage].Add(now, count)
			} else {
				s.busy[n.stage].Add(now, -count)
			}
		}
		n.bucket = bucket
	}
}

// state derives what node i is doing, and notes the condition that it is in: the
// bucket its time falls in, the power it draws and the rate it computes at.
func (s *simulation) state(i int32) (b trace.Bucket, power, gflops int32) {
	n := &s.nodes[i]
	switch {
	case n.seg == s.code.pause:
		b = trace.Pause
	case n.seg >= 0:
		seg := &s.code.segments[n.seg]
		power = s.idle + seg.power
		if n.transfers > 0 {
			power = s.idle + seg.moving
		}
		n.condition = runs(n.seg, n.transfers > 0)
		gflops = seg.gflops
		if n.rate != cluster.Nominal {
			gflops = int32(int64(gflops) * int64(n.rate) / int64(cluster.Nominal))
		}
		return seg.bucket, power, gflops
	case n.finished:
		b = trace.Idle
	case n.blocked:
		b = s.waiting(i)
	default:
		panic("training: a node neither computes, waits nor has finished")
	}
	r := restLoaded
	switch {
	case n.transfers > 0:
		r = restTransfer
	case n.waits > 0:
		r = restWait
	}
	n.condition = s.code.rests(n.stage, b, n.level, r)
	return b, s.idle + s.code.held[n.level][r], 0
}

// waiting returns the bucket of a blocked node: what the message at the head of
// the stream it waits for is doing.
func (s *simulation) waiting(i int32) trace.Bucket {
	m := s.headOf(i)
	if s.joins[s.plan.group[m.comm][i]].running {
		return exposedBucket(m.comm)
	}
	return waitBucket(m.comm, len(s.busy))
}

// headOf returns the message in progress on the stream that node i waits for.
func (s *simulation) headOf(i int32) *message {
	return &s.code.messages[s.streamOf(i, s.nodes[i].waitOn).active]
}
