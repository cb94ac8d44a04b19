package power

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
)

// Line is one line of the spectrum of a wave that repeats.
type Line struct {
	Hertz float64
	Watts float64 // amplitude: the wave holds Watts·cos(2π·Hertz·t + φ)
}

// Harmonic returns the amplitude of the n-th harmonic, n ≥ 1, of a wave that
// repeats, in watts. It is a closed form, of which nothing is sampled: a rectangle
// contributes by its two edges, so that with the jumps Δ_k at times t_k in a period T
//
//	A_n = |Σ_k Δ_k exp(−2πi·n·t_k/T)| / (πn).
func (w *Wave) Harmonic(n int64) float64 {
	if w.End() == 0 {
		return 0
	}
	var sum complex128
	w.edges(func(at engine.Time, jump float64) { sum += complex(jump, 0) * w.turn(n, at) })
	return amplitude(sum, n)
}

// edges calls visit for each edge of a wave that repeats, with its jump in mW.
func (w *Wave) edges(visit func(at engine.Time, jump float64)) {
	before := w.Power[len(w.Power)-1]
	for i, p := range w.Power {
		visit(w.start(i), float64(p-before))
		before = p
	}
}

// turn returns exp(−2πi·n·t/T). The phase is reduced to one turn in integers, so
// that edges that cancel do so exactly.
func (w *Wave) turn(n int64, at engine.Time) complex128 {
	hi, lo := bits.Mul64(uint64(n), uint64(at))
	period := uint64(w.End())
	sin, cos := math.Sincos(2 * math.Pi * float64(bits.Rem64(hi, lo, period)) / float64(period))
	return complex(cos, -sin)
}

// amplitude turns the sum over edges into watts.
func amplitude(sum complex128, n int64) float64 {
	return math.Hypot(real(sum), imag(sum)) / (math.Pi * float64(n)) / 1000
}

// anew is how many harmonics in a row follow from one by turning it: sines cost ten
// times as much, and errors grow with the number.
const anew = 32

// Spectrum returns the lines of a wave that repeats between two frequencies, both
// included: its harmonics, to 14 digits of the largest.
func (w *Wave) Spectrum(low, high float64) []Line {
	period := w.End().Seconds()
	first, last := int64(max(1, math.Ceil(low*period-1e-9))), int64(math.Floor(high*period+1e-9))
	if last < first {
		return nil
	}
	sums := make([]complex128, last-first+1)
	w.edges(func(at engine.Time, jump float64) {
		one := w.turn(1, at)
		var edge complex128
		for i := range sums {
			if i%anew == 0 {
				edge = complex(jump, 0) * w.turn(first+int64(i), at)
			}
			sums[i] += edge
			edge *= one
		}
	})
	lines := make([]Line, len(sums))
	for i, sum := range sums {
		n := first + int64(i)
		lines[i] = Line{float64(n) / period, amplitude(sum, n)}
	}
	return lines
}

// Swing returns the mean square of what a wave differs from its mean, in W²: the
// power of the whole spectrum, Σ A_n²/2 (Parseval).
func (w *Wave) Swing() float64 {
	if w.End() == 0 {
		return 0
	}
	mean, sum := w.Mean(), 0.0
	for i, p := range w.Power {
		d := (float64(p) - mean) / 1000
		sum += d * d * float64(w.length(i))
	}
	return sum / float64(w.End())
}

// MeanSquare returns what a line holds of the swing, in W².
func (l Line) MeanSquare() float64 { return l.Watts * l.Watts / 2 }

// Resolved returns the highest frequency that bins of a width can tell: half of
// one per bin.
func Resolved(width engine.Duration) float64 { return 0.5 / width.Seconds() }
