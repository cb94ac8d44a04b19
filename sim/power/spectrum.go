package power

import (
	"math"
	"math/bits"
	"math/cmplx"

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

// edges calls visit for each edge of a wave that repeats, with its jump in mW. Two
// pieces, the second 1 mW lower, are what OfBins makes of a bin: here they are one, at
// their mean, which is what is known of it, and half of the edges.
func (w *Wave) edges(visit func(at engine.Time, jump float64)) {
	n := len(w.Power)
	first, _ := w.bin(0)
	before := first
	for i := 0; i < n; {
		level, next := w.bin(i)
		if i > 0 {
			visit(w.start(i), level-before)
		}
		before, i = level, next
	}
	visit(0, first-before)
}

// bin returns the mean of piece i, and of the next if that is the rest of its bin, and
// the piece after.
func (w *Wave) bin(i int) (level float64, next int) {
	p := w.Power[i]
	if i+1 == len(w.Power) || w.Power[i+1] != p-1 {
		return float64(p), i + 1
	}
	high, low := float64(w.length(i)), float64(w.length(i+1))
	return float64(p-1) + high/(high+low), i + 2
}

// turn returns exp(−2πi·n·t/T).
func (w *Wave) turn(n int64, at engine.Time) complex128 {
	return cmplx.Conj(winding(uint64(n), uint64(at), uint64(w.End())))
}

// winding returns exp(2πi·a·b/turn). The phase is reduced to one turn in integers, so
// that edges that cancel do so exactly.
func winding(a, b, turn uint64) complex128 {
	hi, lo := bits.Mul64(a, b)
	sin, cos := math.Sincos(2 * math.Pi * float64(bits.Rem64(hi, lo, turn)) / float64(turn))
	return complex(cos, sin)
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
	if int64(len(w.Power))*(last-first) > worthChirp {
		if g := w.grid(); g != nil {
			return lines(g.chirp(w.End(), first, last-first+1), first, period)
		}
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
	return lines(sums, first, period)
}

// lines turns sums over edges into lines, from harmonic first on.
func lines(sums []complex128, first int64, period float64) []Line {
	list := make([]Line, len(sums))
	for i, sum := range sums {
		n := first + int64(i)
		list[i] = Line{float64(n) / period, amplitude(sum, n)}
	}
	return list
}

// worthChirp is how many edges times lines take longer than three Fourier transforms.
const worthChirp = 1 << 18

// grid returns the edges of a wave as those of bins, or nil where there are too few, or
// bins would be too many.
func (w *Wave) grid() *grid {
	g := &grid{}
	var times []engine.Time
	var jumps []float64
	w.edges(func(at engine.Time, jump float64) {
		if at == 0 {
			g.begin = jump
			return
		}
		times, jumps = append(times, at), append(jumps, jump)
	})
	for _, t := range times {
		g.step = gcd(g.step, t-times[0])
	}
	if g.step == 0 || w.End()/g.step > mostGrid {
		return nil
	}
	g.base = times[0]
	g.jumps = make([]float64, (times[len(times)-1]-g.base)/g.step+1)
	for i, t := range times {
		g.jumps[(t-g.base)/g.step] += jumps[i]
	}
	return g
}

// mostGrid bounds the steps of a grid: about as many as a series has bins.
const mostGrid = 1 << 14

func gcd(a, b engine.Time) engine.Time {
	for b != 0 {
		a, b = b, a%b
	}
	return a
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
