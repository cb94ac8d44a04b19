package network

import (
	"math/rand/v2"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// rings is a plan of groups of eight GPUs with NVLinks of their own.
func rings(groups int) *Plan {
	p := &Plan{Tiers: []string{"nvlink"}, First: []int32{0}}
	for g := range groups {
		for l := range 16 {
			p.Capacity, p.Tier = append(p.Capacity, 235*gbps), append(p.Tier, 0)
			p.Hops = append(p.Hops, Hop{int32(16*g + l), WeightOne, 1})
		}
		p.First = append(p.First, int32(len(p.Hops)))
	}
	return p
}

// islands is a plan of 8-link islands, each shared by four flows in a ring.
func islands(count int) *Plan {
	p := &Plan{Tiers: []string{"link"}, First: []int32{0}}
	for i := range count {
		for l := range int32(8) {
			p.Capacity, p.Tier = append(p.Capacity, gbps+int64(l)), append(p.Tier, 0)
		}
		for f := range int32(4) {
			for l := range int32(4) {
				p.Hops = append(p.Hops, Hop{int32(8*i) + (2*f+l)%8, WeightOne, 1})
			}
			p.First = append(p.First, int32(len(p.Hops)))
		}
	}
	return p
}

// collective is what a simulation does for one collective of a group alone.
func collective(n *Network, q *engine.Queue, now engine.Time, f int32) engine.Time {
	n.Start(now, f, 1<<20, 80_000)
	for {
		e, _ := q.Pop()
		if n.Fired(e) {
			return e.At
		}
	}
}

func TestNoAllocations(t *testing.T) {
	q, rec := new(engine.Queue), new(trace.Recorder)
	n := New(islands(3), q, testKind, rec)
	now := engine.Time(0)
	instant := func() {
		now++
		n.SetCapacity(now, 9, gbps-int64(now&1))
		n.Settle(now)
	}
	for f := range int32(12) {
		n.Start(0, f, 1e18, 0)
	}
	n.Settle(0)
	for range 4096 {
		instant()
	}
	if a := testing.AllocsPerRun(1000, instant); a != 0 {
		t.Errorf("a solve allocates %v times", a)
	}
	q = new(engine.Queue)
	n, now = New(rings(1), q, testKind, rec), 0
	for range 4096 {
		now = collective(n, q, now, 0)
	}
	if a := testing.AllocsPerRun(1000, func() { now = collective(n, q, now, 0) }); a != 0 {
		t.Errorf("a collective allocates %v times", a)
	}
}

// One collective of eight GPUs alone on its NVLinks: join, leave, two events.
func BenchmarkCollective(b *testing.B) {
	q := new(engine.Queue)
	n, now := New(rings(1), q, testKind, nil), engine.Time(0)
	for b.Loop() {
		now = collective(n, q, now, 0)
	}
}

// The same with every one of 4,096 groups in turn, and with traffic recorded.
func BenchmarkCollectiveOfMany(b *testing.B) {
	q, rec := new(engine.Queue), new(trace.Recorder)
	n, now, f := New(rings(4096), q, testKind, rec), engine.Time(0), int32(0)
	for b.Loop() {
		now = collective(n, q, now, f)
		f = (f + 1) & 4095
	}
}

// Joining and leaving 16 links with nobody else on them, without events.
func BenchmarkJoinAlone(b *testing.B) {
	n := New(rings(1), new(engine.Queue), testKind, nil)
	w := &n.flows[0]
	w.armed = 0 // as if an event were pending: none is pushed
	w.bytes = 1 << 20
	for b.Loop() {
		n.join(0, 0)
		n.leave(0, 0)
	}
}

// An 8-link island in a network of 100,000 links is solved anew.
func BenchmarkIsland(b *testing.B) {
	q := new(engine.Queue)
	n := New(islands(12_500), q, testKind, nil)
	for f := range int32(50_000) {
		n.Start(0, f, 1e18, 0)
	}
	n.Settle(0)
	now := engine.Time(0)
	for b.Loop() {
		now++
		n.SetCapacity(now, 1600, gbps/2-int64(now&1))
		n.Settle(now)
	}
}

// 10,000 flows over 4 of 2,000 links each, all in one island.
func BenchmarkFullSolve(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	p := &Plan{Tiers: []string{"link"}, First: []int32{0}}
	for range 2000 {
		p.Capacity, p.Tier = append(p.Capacity, gbps+r.Int64N(gbps)), append(p.Tier, 0)
	}
	for range 10_000 {
		for _, l := range r.Perm(2000)[:4] {
			p.Hops = append(p.Hops, Hop{int32(l), WeightOne, 1})
		}
		p.First = append(p.First, int32(len(p.Hops)))
	}
	n := New(p, new(engine.Queue), testKind, nil)
	for f := range int32(10_000) {
		n.Start(0, f, 1e18, 0)
	}
	n.Settle(0)
	now := engine.Time(0)
	for b.Loop() {
		now++
		n.SetCapacity(now, 0, gbps-int64(now&1))
		n.Settle(now)
	}
}
