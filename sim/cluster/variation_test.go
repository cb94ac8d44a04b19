package cluster

import (
	"math"
	"testing"
)

// The times of 100,000 parts span the variation, and half of them lie within
// 2·0.6745 standard deviations of 8 %/5.396. Each takes its time under the limit.
func TestPartsVary(t *testing.T) {
	g := gpu(t, "h100-80gb-sxm")
	g.Variation = 0.08
	b, d := Bound{Compute: 1}, Draw{Clock: 500_000}
	least, most, inner := math.Inf(1), 0.0, 0
	parts := g.Parts(1, 100_000)
	for _, p := range parts {
		time := 1 / g.Law().slowed(float64(p)/float64(Nominal))
		if p > Nominal {
			worse := d.Times(float64(p) / float64(Nominal))
			if got := b.Seconds(worse.ClockUnder(b, g.Law(), 500_000)); math.Abs(got-time) > 1e-5 {
				t.Fatalf("a part that takes %d ppm: %.6f times as long, want %.6f", p, got, time)
			}
		}
		least, most = min(least, time), max(most, time)
		if math.Abs(time-1) < 0.0125 { // three grades on either side of 1, at most 1.25 % off before they are rounded
			inner++
		}
	}
	if math.Abs(least-0.96) > 1e-5 || math.Abs(most-1.04) > 1e-5 {
		t.Errorf("times from %.5f to %.5f, want 0.96 to 1.04", least, most)
	}
	if want, got := math.Erf(0.0125*whiskers/0.08/math.Sqrt2), float64(inner)/1e5; math.Abs(got-want) > 0.005 {
		t.Errorf("%.4f of the parts within 1.25 %%, want %.4f", got, want)
	}
}

// slowed returns the clock at which a part that takes x times the power draws as
// much as the mean part at clock 1.
func (l ClockLaw) slowed(x float64) float64 { return math.Pow(x, -1/l.Exponent) }
