package budget

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPUE(t *testing.T) {
	o := OverheadOf(1.2, 0.5)
	near(t, "full load", o.PUE(1, 0), 1.2)
	near(t, "half load", o.PUE(0.5, 0), 1.3) // 0.1 follows the load, 0.1/0.5 does not
	o.PerDegree, o.Free = 0.01, 20
	near(t, "cold", o.PUE(1, 20), 1.2)
	near(t, "hot", o.PUE(1, 35), 1.35)
	near(t, "a day and a night", o.MeanPUE(1, Hourly{10, 30}, 0, 2), 1.25)
	near(t, "nothing fixed", OverheadOf(1.1, 0).PUE(0.1, 0), 1.1)
}

// PUE never falls with the temperature, and rises as the load falls.
func TestPUERises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := OverheadOf(rapid.Float64Range(1, 3).Draw(t, "PUE"), rapid.Float64Range(0, 1).Draw(t, "fixed"))
		o.PerDegree, o.Free = rapid.Float64Range(0, 0.1).Draw(t, "per degree"), rapid.Float64Range(-10, 30).Draw(t, "free")
		load, cold := rapid.Float64Range(0.05, 1).Draw(t, "load"), rapid.Float64Range(-30, 45).Draw(t, "outside")
		if o.PUE(load/2, cold) < o.PUE(load, cold) || o.PUE(load, cold+5) < o.PUE(load, cold) || o.PUE(load, cold) < 1 {
			t.Fatalf("%g at %g and %g °C", o.PUE(load, cold), load, cold)
		}
	})
}
