package run

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestAbove: the share u of draws lies below quantile u.
func TestAbove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Distribution{Law: Law(rapid.IntRange(int(Exponential), int(Lognormal)).Draw(t, "law")), Mean: math.Exp(rapid.Float64Range(3, 12).Draw(t, "log of mean"))}
		if d.Law >= Weibull {
			d.Shape = rapid.Float64Range(0.5, 2).Draw(t, "shape")
		}
		u := rapid.Float64Range(0.01, 0.99).Draw(t, "u")
		if got := d.Above(d.Quantile(u)); math.Abs(got-(1-u)) > 1e-6 {
			t.Fatalf("%+v: %v above quantile %v", d, got, u)
		}
	})
	fixed := Distribution{Mean: 10}
	if fixed.Above(9e9) != 1 || fixed.Above(10e9) != 0 || (&Distribution{}).Above(0) != 0 {
		t.Error("a fixed time is above what is below it, and no more")
	}
}
