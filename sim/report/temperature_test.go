package report

import (
	"testing"

	"trainsim/sim/results"
)

// The figure of temperatures tells the hottest and how far clocks were lowered; without
// cooling there is none.
func TestTemperature(t *testing.T) {
	r := swingingRun()
	if temperature(r) != nil {
		t.Error("temperatures are drawn of nothing")
	}
	for _, part := range []string{"gpu mean", "gpu max"} {
		s := *r.Find("power_total", "mains")
		s.Name, s.Part, s.Unit = "temperature", part, "m°C"
		r.Series = append(r.Series, s)
	}
	for clock, want := range map[float64]string{1: "square: GPUs up to 87.6 °C", 0.875: "square: GPUs up to 87.6 °C, clocks down to 87.5 %"} {
		r.Summary.Cooling = &results.Cooling{MaxC: 87.61, ThrottleC: 87, LowestClock: clock}
		f := temperature(r)
		if f.title != want {
			t.Errorf("%s, want %s", f.title, want)
		}
		if _, err := f.svg(); err != nil {
			t.Error(err)
		}
	}
}
