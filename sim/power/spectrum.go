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
//
// Phases are reduced to one turn in integers, so that edges that cancel do so exactly.
func (w *Wave) Harmonic(n int64) float64 {
	period := uint64(w.End())
	if period == 0 {
		return 0
	}
	var re, im float64
	before := w.Power[len(w.Power)-1]
	for i, p := range w.Power {
		hi, lo := bits.Mul64(uint64(n), uint64(w.start(i)))
		turn := float64(bits.Rem64(hi, lo, period)) / float64(period)
		sin, cos := math.Sincos(2 * math.Pi * turn)
		jump := float64(p - before)
		re += jump * cos
		im -= jump * sin
		before = p
	}
	return math.Hypot(re, im) / (math.Pi * float64(n)) / 1000
}

// Spectrum returns the lines of a wave that repeats between two frequencies, both
// included.
func (w *Wave) Spectrum(low, high float64) []Line {
	period := w.End().Seconds()
	var lines []Line
	for n := int64(max(1, math.Ceil(low*period-1e-9))); float64(n) <= high*period+1e-9; n++ {
		lines = append(lines, Line{float64(n) / period, w.Harmonic(n)})
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
