package cluster

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Acceptance test T7: 8.4 kW on supplies of 3.3 kW, 80 PLUS Titanium. On six the
// load is 42.424 % and the efficiency 0.94 + 0.02·(0.42424 − 0.2)/0.3 = 95.495 %.
func TestSupplyT7(t *testing.T) {
	c, err := CurveOf("titanium")
	if err != nil {
		t.Fatal(err)
	}
	if eta := c.At(8400. / 19800); math.Abs(eta-0.95495) > 5e-6 {
		t.Errorf("efficiency %.5f, want 0.95495", eta)
	}
	for _, want := range []struct {
		supplies int64
		watts    float64
	}{{6, 8796.3}, {4, 8876.1}, {3, 9079.6}} {
		got := c.Input(8_400_000, want.supplies*3_300_000)
		if math.Abs(float64(got)/1000-want.watts) > 0.05 {
			t.Errorf("on %d: %d mW, want %.1f W", want.supplies, got, want.watts)
		}
	}
}

func TestCurves(t *testing.T) {
	for _, c := range []struct {
		tier      string
		load, eta float64
	}{
		{"titanium", 0, 0.90}, {"titanium", 0.05, 0.90}, {"titanium", 0.1, 0.90}, {"titanium", 0.15, 0.92}, {"titanium", 0.2, 0.94},
		{"titanium", 0.5, 0.96}, {"titanium", 0.75, 0.935}, {"titanium", 1, 0.91}, {"titanium", 1.1, 0.90}, {"titanium", 50, 0.5},
		{"platinum", 0.1, 0.90}, {"platinum", 0.35, 0.92}, {"platinum", 1, 0.91},
		{"gold", 0.1, 0.88}, {"gold", 0.5, 0.92}, {"gold", 0.75, 0.90}, {"gold", 1.2, 0.864},
	} {
		curve, err := CurveOf(c.tier)
		if err != nil {
			t.Fatal(err)
		}
		near(t, c.tier, curve.At(c.load), c.eta)
	}
	if _, err := CurveOf("bronze"); err == nil {
		t.Error("bronze is not modelled")
	}
}

// Input covers the load, grows with it, and is a whole number of milliwatts
// that does not depend on what was asked before.
func TestCurveInput(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, _ := CurveOf(rapid.SampledFrom([]string{"titanium", "platinum", "gold"}).Draw(t, "tier"))
		capacity := rapid.Int64Range(1_000_000, 30_000_000).Draw(t, "capacity")
		load := rapid.Int64Range(0, 2*capacity).Draw(t, "load")
		in := c.Input(load, capacity)
		if in < load || float64(in) > 2*float64(load)+1 {
			t.Fatalf("load %d, input %d", load, in)
		}
		if more := c.Input(load+rapid.Int64Range(0, capacity).Draw(t, "more"), capacity); more < in {
			t.Fatalf("more load, input %d after %d", more, in)
		}
	})
	c, _ := CurveOf("gold")
	if c.Input(0, 1000) != 0 || c.Input(700, 0) != 700 {
		t.Error("nothing to lose in loses something")
	}
}
