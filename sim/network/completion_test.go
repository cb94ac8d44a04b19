package network

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// completions runs flows the slow way: every rate anew at every instant, work
// left counted flow by flow. Flows that never complete stay at -1.
func completions(p *Plan, starts []engine.Time, bytes, limits []int64) []engine.Time {
	left, active := make([]int64, len(starts)), make([]bool, len(starts))
	done := make([]engine.Time, len(starts))
	for f := range done {
		done[f] = -1
	}
	for now := engine.Time(-1); ; {
		rates := naive(p, p.Capacity, limits, active)
		next := engine.Never
		for f, at := range starts {
			switch {
			case at > now:
				next = min(next, at)
			case active[f] && rates[f] > 0:
				next = min(next, now+engine.Time((left[f]+rates[f]-1)/rates[f]))
			}
		}
		if next == engine.Never {
			return done
		}
		for f := range starts {
			if active[f] {
				left[f] = max(left[f]-rates[f]*int64(next-now), 0)
				if left[f] == 0 {
					active[f], done[f] = false, next
				}
			}
			if starts[f] == next {
				left[f], active[f] = bytes[f]*workPerByte, true
			}
		}
		now = next
	}
}

// Completions, to the nanosecond, are those of the slow way: through shares
// that shrink and grow, events that fire early, and flows that end together.
func TestCompletionsEqualNaive(t *testing.T) {
	const starter = engine.Kind(1)
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		var starts []engine.Time
		var bytes, limits []int64
		q := new(engine.Queue)
		for f := range int32(p.Flows()) {
			starts = append(starts, engine.Time(rapid.SampledFrom([]int64{0, 0, 1, 5e8, 1e9}).Draw(t, "start")))
			bytes = append(bytes, rapid.Int64Range(1, 30).Draw(t, "bytes"))
			limits = append(limits, rapid.SampledFrom([]int64{Unlimited, Unlimited, 1, 6, 10}).Draw(t, "limit"))
			q.Push(starts[f], starter, f, 0)
		}
		n := New(p, q, testKind, nil)
		for f, limit := range limits {
			n.SetLimit(int32(f), limit)
		}
		done := make([]engine.Time, p.Flows())
		for f := range done {
			done[f] = -1
		}
		for e, ok := q.Pop(); ok; e, ok = q.Pop() {
			if e.Kind() == starter {
				n.Start(e.At, e.Entity, bytes[e.Entity], 0)
			} else if n.Fired(e) {
				done[e.Entity] = e.At
			}
			if next, more := q.Peek(); !more || next > e.At {
				n.Settle(e.At)
				if err := n.Check(); err != nil {
					t.Fatal(err)
				}
			}
		}
		for f, want := range completions(p, starts, bytes, limits) {
			if done[f] != want {
				t.Fatalf("flow %d of %v done at %d, want %d", f, starts, done[f], want)
			}
		}
	})
}

// The generation wraps to 0 and events of before stay stale.
func TestGenerationWraps(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}))
	b.n.flows[0].generation = engine.MaxGeneration
	b.n.Start(0, 0, 4*gb, 0)
	b.until(second)
	b.n.SetCapacity(second, 0, 3*gbps)
	b.settle()
	if g := b.n.flows[0].generation; g != 0 {
		t.Errorf("generation %d", g)
	}
	b.drain(2 * second)
}
