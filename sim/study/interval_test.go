package study

import (
	"math"
	"testing"
)

// Five values 1 … 5: mean 3, standard deviation √2.5, and t₀.₉₇₅ with 4 degrees of
// freedom is 2.7764 (tables): 3 ± 2.7764·√(2.5/5) = 3 ± 1.9632.
func TestMeanIntervalByHand(t *testing.T) {
	for _, c := range []struct {
		sample     []float64
		mean, half float64
	}{{nil, 0, 0}, {[]float64{7}, 7, 0}, {[]float64{2, 2, 2}, 2, 0}, {[]float64{1, 2, 3, 4, 5}, 3, 1.9632}} {
		mean, low, high := MeanInterval(c.sample)
		if mean != c.mean || math.Abs(mean-low-c.half) > 1e-4 || math.Abs(high-mean-c.half) > 1e-4 {
			t.Errorf("%v: %v from %v to %v, want %v ± %v", c.sample, mean, low, high, c.mean, c.half)
		}
	}
}
