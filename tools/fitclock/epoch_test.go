package main

import (
	"math"
	"testing"

	"github.com/BurntSushi/toml"

	"trainsim/sim/cluster"
	"trainsim/sim/scenario"
)

// measured are the rows zeus_v100_r50_* (github.com/ml-energy/zeus, trace of the
// NSDI'23 paper, Apache-2.0).
var measured = []point{{250, 3515.0, 220.25}, {225, 3584.3, 205.438}, {200, 3701.0, 184.944}, {175, 3852.2, 166.372},
	{150, 4148.7, 144.595}, {125, 5065.0, 121.966}, {100, 6781.2, 98.382}}

// TestPresetsFollowTheSweep: with the law in each preset, the workload that the fit
// found takes the time and the energy measured under every limit, within 5 %, and
// energy is least at the limit where it was.
func TestPresetsFollowTheSweep(t *testing.T) {
	e := epochOf(46.7, 185, 184.7, 250)
	for _, name := range scenario.Presets("gpu") {
		text, _ := scenario.Preset("gpu", name)
		var law struct {
			Exponent float64 `toml:"clock_exponent"`
			Floor    float64 `toml:"clock_floor"`
		}
		if _, err := toml.Decode(string(text), &law); err != nil {
			t.Fatal(err)
		}
		var best point
		for _, p := range measured {
			seconds, joules := e.under(cluster.ClockLaw{Exponent: law.Exponent, Floor: law.Floor, Least: leastClock}, p.limit)
			if x, y := seconds/p.seconds-1, joules/p.joules()-1; math.Abs(x) > 0.05 || math.Abs(y) > 0.05 {
				t.Errorf("%s, %.0f W: time %+.1f %%, energy %+.1f %%", name, p.limit, 100*x, 100*y)
			}
			if best.seconds == 0 || joules < best.joules() {
				best = point{p.limit, seconds, joules / seconds}
			}
		}
		if best.limit != 150 {
			t.Errorf("%s: energy is least at %.0f W", name, best.limit)
		}
	}
}

// The search finds the workload and the law that the presets and the test above hold.
func TestFitIsFound(t *testing.T) {
	x := fit(measured)
	for i, want := range []float64{46.7, 185, 184.7, 250, 3.7, 0.85} {
		if math.Abs(x[i]/want-1) > 0.05 {
			t.Errorf("parameter %d: %.3f, held as %v", i, x[i], want)
		}
	}
}
