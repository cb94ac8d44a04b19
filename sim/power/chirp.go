package power

import (
	"math/bits"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"

	"trainsim/sim/engine"
)

// grid is the edges of a wave that bins made: one where the wave begins, and the others a
// whole number of steps after the first of them.
type grid struct {
	begin float64 // jump at 0, mW
	base  engine.Time
	step  engine.Time
	jumps []float64 // mW, k steps after base
}

// chirp returns begin + Σ_k jumps_k·exp(−2πi·n·(base + k·step)/period) for the n from first
// on, as many as asked for, in the time of three Fourier transforms. With
// nk = (n² + k² − (n−k)²)/2 it is a convolution with exp(πi·j²·step/period): Bluestein,
// IEEE Trans. AU-18 (1970), which does not ask that steps divide the period.
func (g *grid) chirp(period engine.Time, first, count int64) []complex128 {
	k := len(g.jumps)
	size := 1 << bits.Len(uint(k+int(count)))
	signal, kernel := make([]complex128, size), make([]complex128, size)
	for i, jump := range g.jumps {
		// Starting at n = first turns jump k by exp(−2πi·first·k·step/period) before.
		signal[i] = complex(jump, 0) * cmplx.Conj(g.wind(period, int64(i))*g.turn(period, first, int64(i)))
	}
	for i := range max(int64(k), count) {
		w := g.wind(period, i)
		if i < count {
			kernel[i] = w
		}
		if i > 0 && int(i) < k {
			kernel[size-int(i)] = w
		}
	}
	fft := fourier.NewCmplxFFT(size)
	signal, kernel = fft.Coefficients(signal, signal), fft.Coefficients(kernel, kernel)
	for i := range signal {
		signal[i] *= kernel[i]
	}
	signal = fft.Sequence(signal, signal)
	sums := make([]complex128, count)
	for n := range sums {
		after := g.wind(period, int64(n)) * winding(uint64(first)+uint64(n), uint64(g.base), uint64(period))
		sums[n] = complex(g.begin, 0) + signal[n]*cmplx.Conj(after)/complex(float64(size), 0)
	}
	return sums
}

// wind returns exp(πi·j²·step/period), its phase reduced to one turn in integers.
func (g *grid) wind(period engine.Time, j int64) complex128 {
	return winding(uint64(j*j), uint64(g.step), 2*uint64(period))
}

// turn returns exp(2πi·n·k·step/period), the same.
func (g *grid) turn(period engine.Time, n, k int64) complex128 {
	return winding(uint64(n*k), uint64(g.step), uint64(period))
}
