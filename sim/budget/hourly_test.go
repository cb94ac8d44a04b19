package budget

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestHourly(t *testing.T) {
	h := Hourly{1, 2, 6}
	near(t, "a round", h.Mean(0, 3), 3)
	near(t, "two rounds", h.Mean(0, 6), 3)
	near(t, "from midway", h.Mean(0.5, 1), 1.5)
	// Half an hour at 6, one at 1 and half at 2.
	near(t, "over the end", h.Mean(2.5, 2), (3+1+1)/2.)
	near(t, "far on", h.Mean(3000, 1), 1)
	near(t, "constant", Hourly{7}.Mean(12.3, 4.5), 7)
}

// The mean of a time is that of its parts, and of each hour by itself.
func TestHourlyAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Hourly(rapid.SliceOfN(rapid.Float64Range(0, 100), 1, 30).Draw(t, "series"))
		from := rapid.Float64Range(0, 200).Draw(t, "from")
		a, b := rapid.Float64Range(0.1, 100).Draw(t, "a"), rapid.Float64Range(0.1, 100).Draw(t, "b")
		whole, parts := h.Mean(from, a+b)*(a+b), h.Mean(from, a)*a+h.Mean(from+a, b)*b
		if math.Abs(whole-parts) > 1e-9*(1+whole) {
			t.Fatalf("%g, in two parts %g", whole, parts)
		}
		n := rapid.IntRange(0, 100).Draw(t, "hour")
		if got := h.Mean(float64(n), 1); math.Abs(got-h[n%len(h)]) > 1e-9 {
			t.Fatalf("hour %d: %g, want %g", n, got, h[n%len(h)])
		}
	})
}
