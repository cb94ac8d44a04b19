package cluster

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
)

// Speed is how fast a GPU or host works, in parts per million of nominal. A
// straggler at 90 % has speed 900,000.
type Speed int64

// Nominal is the speed of a part with nothing wrong.
const Nominal Speed = 1_000_000

// SpeedOf returns the speed for a share of nominal, rounded to one part per
// million and at least one.
func SpeedOf(share float64) Speed {
	return max(1, Speed(math.Round(share*float64(Nominal))))
}

// Times returns the speed of a part slowed by two causes at once, rounded down.
func (s Speed) Times(t Speed) Speed { return max(1, s*t/Nominal) }

// Stretch returns how long work of d at nominal speed takes at speed s, rounded
// up, so that a slower part is never early. What exceeds the range saturates.
func (s Speed) Stretch(d engine.Duration) engine.Duration {
	hi, lo := bits.Mul64(uint64(d), uint64(Nominal))
	lo, carry := bits.Add64(lo, uint64(s-1), 0)
	hi += carry
	if hi >= uint64(s) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(s))
	return engine.Duration(min(q, math.MaxInt64))
}

// Done returns the work, in nanoseconds at nominal speed, finished in a time d
// at speed s, rounded down.
func (s Speed) Done(d engine.Duration) engine.Duration {
	hi, lo := bits.Mul64(uint64(d), uint64(s))
	if hi >= uint64(Nominal) {
		return math.MaxInt64
	}
	q, _ := bits.Div64(hi, lo, uint64(Nominal))
	return engine.Duration(min(q, math.MaxInt64))
}
