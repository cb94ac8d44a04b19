package network

import (
	"math/bits"

	"trainsim/sim/engine"
)

// workPerByte makes bytes/s times nanoseconds a whole amount of work.
const workPerByte = 1e9

// progress takes off what was moved since the rate was last touched.
func (w *flow) progress(now engine.Time) {
	hi, lo := bits.Mul64(uint64(w.rate), uint64(now.Sub(w.since)))
	w.since = now
	var borrow uint64
	lo, borrow = bits.Sub64(w.left.Lo, lo, 0)
	hi, borrow = bits.Sub64(w.left.Hi, hi, borrow)
	if borrow != 0 { // the last nanosecond is rarely used in full
		hi, lo = 0, 0
	}
	w.left = engine.Total{Hi: hi, Lo: lo}
}

// completion returns when the flow completes at its present rate: the first
// nanosecond at which no work is left, or Never.
func (w *flow) completion() engine.Time {
	rate := uint64(w.rate)
	if w.left.Hi >= rate { // also rate 0
		return engine.Never
	}
	q, r := bits.Div64(w.left.Hi, w.left.Lo, rate)
	if r > 0 {
		q++
	}
	if q >= uint64(engine.Never.Sub(w.since)) {
		return engine.Never
	}
	return w.since.Add(engine.Duration(q))
}

// setRate gives flow f a new rate from now on and sees to its event. A flow
// whose rate stays the same is not touched: its progress is linear and exact.
func (n *Network) setRate(now engine.Time, f int32, rate int64) {
	w := &n.flows[f]
	if rate == w.rate {
		return
	}
	if n.watched {
		n.changed = append(n.changed, f)
	}
	n.traffic.change(now, w.since, n.route[f], w.rate, rate)
	w.progress(now)
	w.rate = rate
	w.due = w.completion()
	if w.due < w.armed {
		if w.armed != engine.Never {
			n.disarm(w)
		}
		n.arm(f, w.due)
	}
}

// arm pushes the event of flow f.
func (n *Network) arm(f int32, at engine.Time) {
	w := &n.flows[f]
	w.armed = at
	n.queue.Push(at, n.kind, f, w.generation)
}

// disarm makes the pending event of a flow stale. Generations wrap after 2^24
// of them: a stale event would have to stay pending that long, and then fire at
// the very instant the valid one is due, to be taken for it.
func (n *Network) disarm(w *flow) {
	w.generation = engine.Next(w.generation)
	w.armed = engine.Never
}
