package network

import (
	"testing"

	"trainsim/sim/engine"
)

const (
	testKind = engine.Kind(7)
	gb       = int64(1e9) // bytes
	gbps     = int64(1e9) // bytes/s
)

// bench drives a network: it settles each instant and records completions.
type bench struct {
	t    testing.TB
	q    *engine.Queue
	n    *Network
	now  engine.Time
	done []engine.Time // per flow, last completion, or -1
}

func newBench(t testing.TB, p *Plan) *bench {
	b := &bench{t: t, q: new(engine.Queue)}
	b.n = New(p, b.q, testKind, nil)
	for range p.Flows() {
		b.done = append(b.done, -1)
	}
	return b
}

// until handles every event before or at the given time, then makes it now.
func (b *bench) until(at engine.Time) {
	b.settle()
	for {
		next, ok := b.q.Peek()
		if !ok || next > at {
			break
		}
		b.now = next
		for {
			e, _ := b.q.Pop()
			if b.n.Fired(e) {
				b.done[e.Entity] = b.now
			}
			if next, ok = b.q.Peek(); !ok || next > b.now {
				break
			}
		}
		b.settle()
	}
	if at != engine.Never {
		b.now = at
	}
}

func (b *bench) settle() {
	b.t.Helper()
	b.n.Settle(b.now)
	if err := b.n.Check(); err != nil {
		b.t.Fatal(err)
	}
}

// drain runs to the end and checks completions.
func (b *bench) drain(want ...engine.Time) {
	b.t.Helper()
	b.until(engine.Never)
	for f, w := range want {
		if b.done[f] != w {
			b.t.Errorf("flow %d done at %d, want %d", f, b.done[f], w)
		}
	}
}

// wholly is a plan whose flows carry all their bytes over each link named.
func wholly(capacity []int64, routes ...[]int32) *Plan {
	p := &Plan{Capacity: capacity, Tier: make([]uint8, len(capacity)), Tiers: []string{"link"}, First: []int32{0}}
	for _, route := range routes {
		for _, l := range route {
			p.Hops = append(p.Hops, Hop{l, WeightOne, 1})
		}
		p.First = append(p.First, int32(len(p.Hops)))
	}
	return p
}
