package cluster

import (
	"math"

	"trainsim/sim/engine"
)

// The clock of a GPU against its power. Efficiencies are measured under the power
// limit, so the clock that a kernel was measured at is 1 here whatever it was in
// MHz, and holding a GPU back acts relative to it. At clock f:
//
//   - What products bind takes 1/f as long, what HBM binds as long as before: the
//     roofline with its compute side lowered.
//   - The energy of an operation follows the square of the voltage. A dynamic power
//     of f^a means f^(a−1) for the energy. Below the floor the voltage stays where
//     it is, and power falls only in proportion to f.
//   - Bytes take the energy they take at any clock, and idle power stays.
//
// Hence energy against a cap has a minimum: at a high clock the voltage costs, at a
// low one idle power for longer.

// ClockLaw is how dynamic power follows the clock.
type ClockLaw struct {
	Exponent float64 // of dynamic power above the floor
	Floor    float64 // clock below which the voltage does not fall
	Least    float64 // lowest clock
}

// Law returns how the dynamic power of the GPU follows its clock.
func (g *GPU) Law() ClockLaw { return ClockLaw{g.ClockExponent, g.ClockFloor, g.ClockMin} }

// energy returns what an operation takes at clock f, relative to clock 1.
func (l ClockLaw) energy(f float64) float64 {
	return math.Pow(max(f, l.Floor), l.Exponent-1)
}

// Bound is what binds a kernel at clock 1, in seconds.
type Bound struct {
	Compute float64 // its FLOP
	Stream  float64 // its bytes
	Gaps    float64 // between its launches
}

// Bound returns what binds kernel k.
func (g *GPU) Bound(k Kernel) Bound {
	return Bound{g.compute(k), g.stream(k, g.streamEfficiency(k)), float64(max(k.Kernels, 1)) * g.LaunchGap.Seconds()}
}

// Seconds returns how long the kernel takes at clock f.
func (b Bound) Seconds(f float64) float64 { return max(b.Compute/f, b.Stream) + b.Gaps }

// At returns how long the kernel takes at clock f, and how much of it HBM binds:
// all but the gaps, where bytes take longer than FLOP, or nothing.
func (b Bound) At(f float64) (total, memory engine.Duration) {
	if b.Stream >= b.Compute/f {
		memory = engine.FromSeconds(b.Stream)
	}
	return engine.FromSeconds(b.Seconds(f)), memory
}

// Draw is what a kernel draws above idle at clock 1, in mW.
type Draw struct {
	Clock  float64 // whatever it does, in proportion to the clock
	Matrix float64 // in proportion to its rate
	HBM    float64 // the same, of its bytes
}

// Draw returns what kernel k draws while it runs for d, as Power does, in parts.
// Where the limit cuts the sum, it is the dynamic part that it cuts: the kernel was
// measured at the clock where the sum is the limit.
func (g *GPU) Draw(k Kernel, d engine.Duration) Draw {
	if d <= 0 {
		return Draw{}
	}
	whole := float64(g.LimitPower() - g.IdlePower())
	hbm := min(1, g.PowerHBM*k.Bytes/(g.HBMBandwidth*d.Seconds()))
	matrix := g.PowerMatrix * k.FLOP / (g.Peak(k.ElementBytes) * d.Seconds())
	cut := 1.0
	if dynamic := g.PowerStatic + matrix; dynamic > 1-hbm {
		cut = (1 - hbm) / dynamic
	}
	return Draw{whole * g.PowerStatic * cut, whole * matrix * cut, whole * hbm}
}

// Times returns the draw of a part whose dynamic power is x times that of the mean part.
func (d Draw) Times(x float64) Draw { return Draw{d.Clock * x, d.Matrix * x, d.HBM} }

// power returns what a kernel with these bounds draws above idle at clock f, in mW.
func (d Draw) power(b Bound, l ClockLaw, f float64) float64 {
	rate := 1.0
	if t := b.Seconds(f); t > 0 {
		rate = b.Seconds(1) / t
	}
	return l.energy(f)*(d.Clock*f+d.Matrix*rate) + d.HBM*rate
}

// Power returns what a kernel with these bounds draws above idle at clock f, in mW.
func (d Draw) Power(b Bound, l ClockLaw, f float64) int64 {
	return int64(math.Round(d.power(b, l, f)))
}

// ClockUnder returns the highest clock at which a kernel draws at most so many mW
// above idle, never above 1, at which it was measured, nor below the lowest: a
// kernel that draws more even there goes on at that clock, above the cap.
func (d Draw) ClockUnder(b Bound, l ClockLaw, cap int64) float64 {
	low, high := l.Least, 1.0
	if d.Power(b, l, high) <= cap {
		return high
	}
	for range 30 { // to a billionth of the clock
		if mid := (low + high) / 2; d.power(b, l, mid) <= float64(cap) {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}
