package cluster

import "math"

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
