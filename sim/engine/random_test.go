package engine

import (
	"math"
	"math/bits"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

const draws = 200_000

// sample returns draws of one distribution.
func sample(draw func(n uint64) float64) []float64 {
	x := make([]float64, draws)
	for i := range x {
		x[i] = draw(uint64(i))
	}
	return x
}

// kolmogorov returns the Kolmogorov-Smirnov statistic times √n; above 1.95 has
// probability 0.001 for a sample of the distribution.
func kolmogorov(x []float64, cdf func(float64) float64) float64 {
	slices.Sort(x)
	worst, n := 0.0, float64(len(x))
	for i, v := range x {
		p := cdf(v)
		worst = max(worst, math.Abs(p-float64(i)/n), math.Abs(float64(i+1)/n-p))
	}
	return worst * math.Sqrt(n)
}

func TestDistributions(t *testing.T) {
	s := NewStream(1, 17, 3)
	tests := []struct {
		name           string
		draw           func(uint64) float64
		cdf            func(float64) float64
		mean, variance float64
	}{
		{"uniform", s.Uniform, distuv.Uniform{Min: 0, Max: 1}.CDF, 1.0 / 2, 1.0 / 12},
		{"exponential", s.Exponential, distuv.Exponential{Rate: 1}.CDF, 1, 1},
		{"normal", s.Normal, distuv.UnitNormal.CDF, 0, 1},
	}
	for _, tt := range tests {
		x := sample(tt.draw)
		mean, variance := stat.MeanVariance(x, nil)
		if off := math.Abs(mean-tt.mean) / math.Sqrt(tt.variance/draws); off > 4 {
			t.Errorf("%s: mean %g is %.1f standard errors from %g", tt.name, mean, off, tt.mean)
		}
		// The kurtosis of these is at most 9: the standard error of the variance is below var·√(8/n).
		if off := math.Abs(variance/tt.variance - 1); off > 4*math.Sqrt(8.0/draws) {
			t.Errorf("%s: variance %g, want %g", tt.name, variance, tt.variance)
		}
		if k := kolmogorov(x, tt.cdf); k > 1.95 {
			t.Errorf("%s: Kolmogorov-Smirnov %.2f", tt.name, k)
		}
	}
}

func TestQuantile(t *testing.T) {
	for _, p := range []float64{1e-300, 1e-15, 1e-11, 1e-6, 0.025, 0.074, 0.5, 0.84, 0.93, 0.999999} {
		want := distuv.UnitNormal.Quantile(p)
		if got := Quantile(p); math.Abs(got-want) > 1e-14*(1+math.Abs(want)) {
			t.Errorf("Quantile(%g) = %g, want %g", p, got, want)
		}
	}
	if !math.IsInf(Quantile(0), -1) || !math.IsInf(Quantile(1), 1) {
		t.Errorf("Quantile(0) = %g, Quantile(1) = %g", Quantile(0), Quantile(1))
	}
}

func TestUniformExcludesItsEnds(t *testing.T) {
	if least, most := unit(0), unit(math.MaxUint64); least != 0x1p-53 || most != 1-0x1p-53 {
		t.Errorf("uniform draws reach from %g to 1 - %g", least, 1-most)
	}
}

// Streams that differ in the seed, entity or purpose by as little as 1 must not
// be correlated, neither draw by draw nor shifted by one.
func TestStreamsAreIndependent(t *testing.T) {
	base := sample(NewStream(1, 0, 0).Uniform)
	others := map[string]Stream{
		"seed":    NewStream(2, 0, 0),
		"entity":  NewStream(1, 1, 0),
		"purpose": NewStream(1, 0, 1),
		"swapped": NewStream(0, 1, 0),
		"far":     NewStream(1, -1, 1<<31),
	}
	for name, s := range others {
		for shift := range uint64(3) {
			x := sample(func(n uint64) float64 { return s.Uniform(n + shift) })
			// The correlation of independent samples has standard deviation 1/√n.
			if r := stat.Correlation(base, x, nil) * math.Sqrt(draws); math.Abs(r) > 4 {
				t.Errorf("%s, shifted by %d: correlation %.1f standard deviations", name, shift, r)
			}
		}
	}
}

// First draws across neighbouring entities are as random as draws of one entity:
// the usual way of use is one draw each of many.
func TestFirstDrawsAcrossEntities(t *testing.T) {
	for name, draw := range map[string]func(uint64) float64{
		"entities": func(n uint64) float64 { return NewStream(7, int32(n), 2).Uniform(0) },
		"seeds":    func(n uint64) float64 { return NewStream(n, 5, 2).Uniform(0) },
		"purposes": func(n uint64) float64 { return NewStream(7, 5, Purpose(n)).Uniform(0) },
	} {
		x := sample(draw)
		if r := stat.Correlation(x[1:], x[:draws-1], nil) * math.Sqrt(draws); math.Abs(r) > 4 {
			t.Errorf("%s: serial correlation %.1f standard deviations", name, r)
		}
		if k := kolmogorov(x, func(v float64) float64 { return v }); k > 1.95 {
			t.Errorf("%s: Kolmogorov-Smirnov %.2f", name, k)
		}
	}
}

// One flipped bit of any input flips half of the output bits on average.
func TestAvalanche(t *testing.T) {
	const samples = 2000
	flip := map[string]func(i uint64, bit uint) (a, b uint64){
		"seed": func(i uint64, bit uint) (uint64, uint64) {
			return NewStream(i, 3, 4).Uint64(0), NewStream(i^1<<bit, 3, 4).Uint64(0)
		},
		"entity": func(i uint64, bit uint) (uint64, uint64) {
			return NewStream(9, int32(i), 4).Uint64(0), NewStream(9, int32(i)^1<<(bit%32), 4).Uint64(0)
		},
		"draw": func(i uint64, bit uint) (uint64, uint64) {
			s := NewStream(9, 3, 4)
			return s.Uint64(i), s.Uint64(i ^ 1<<bit)
		},
		"hash": func(i uint64, bit uint) (uint64, uint64) {
			return Hash(i, 1, 2) ^ Hash(1, i, 2) ^ Hash(1, 2, i),
				Hash(i^1<<bit, 1, 2) ^ Hash(1, i, 2) ^ Hash(1, 2, i)
		},
	}
	for name, pair := range flip {
		for bit := range uint(64) {
			flipped := 0
			for i := range uint64(samples) {
				a, b := pair(i, bit)
				flipped += bits.OnesCount64(a ^ b)
			}
			// A binomial count of 64·samples coin flips; 5 standard deviations.
			if off := float64(flipped) - 32*samples; math.Abs(off) > 5*math.Sqrt(16*samples) {
				t.Errorf("%s bit %d: %.2f of 64 bits flip", name, bit, float64(flipped)/samples)
			}
		}
	}
}

func TestBelow(t *testing.T) {
	s := NewStream(3, 0, 0)
	var count [10]int
	for i := range uint64(draws) {
		count[s.Below(i, 10)]++
	}
	chi := 0.0
	for _, c := range count {
		d := float64(c) - draws/10
		chi += d * d / (draws / 10)
	}
	if chi > 27.9 { // probability 0.001 at 9 degrees of freedom
		t.Errorf("chi-squared %.1f over 10 values", chi)
	}
	if s.Below(0, 0) != 0 || s.Below(5, 1) != 0 {
		t.Error("Below(n, 0) and Below(n, 1) must be 0")
	}
}

// A change of these values changes every published result with a seed.
func TestDrawsAreStable(t *testing.T) {
	if got, want := finalise(golden), uint64(0xe220a8397b1dcdaf); got != want {
		t.Errorf("first output of SplitMix64 from state 0: %#x, want %#x", got, want)
	}
	s := NewStream(42, 7, 1)
	if again := NewStream(42, 7, 1); s.Uint64(5) != again.Uint64(5) {
		t.Error("the same stream gives different draws")
	}
}

func BenchmarkNormal(b *testing.B) {
	s := NewStream(1, 2, 3)
	var n uint64
	sum := 0.0
	for b.Loop() {
		sum += s.Normal(n)
		n++
	}
	_ = sum
}
