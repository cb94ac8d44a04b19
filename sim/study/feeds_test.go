package study

import (
	"math"
	"testing"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// fed is what hangs below racks, a UPS and a site with a PUE of 1.2.
const fed = `
[site]
pue = 1.2
[power.rack]
hosts = 1
limit = "10 kW"
efficiency = "98 %"
[power.ups]
efficiency = "95 %"
fixed_loss = "500 W"
[power.site]
limit = "1 MW"
`

// The energy of a step adds up from the chips to the facility: what a level delivers
// is what the one below draws, by 1/efficiency and what is fixed, and the trace of
// each level holds what the books do.
func TestFeedsAddUp(t *testing.T) {
	r := managedRun(t, fed)
	s, f := &r.Summary, r.Summary.Feeds
	seconds := s.StepTimeS
	below := s.EnergyPerStepJ - s.EnergyComponentsJ["switch"]
	want := []float64{below / 0.98, below/0.98/0.95 + 500*seconds}
	want = append(want, (want[1]+s.EnergyComponentsJ["switch"])*1.2)
	for i, l := range f.Levels {
		if math.Abs(l.EnergyJ/want[i]-1) > 1e-8 || l.LossJ < 0 || l.PeakW < l.EnergyJ/seconds {
			t.Errorf("%+v, want %v J", l, want[i])
		}
	}
	if s.EnergyBoundariesJ["chip"] != s.EnergyComponentsJ["gpu"] || s.EnergyBoundariesJ["host"] != s.EnergyPerStepJ || s.EnergyBoundariesJ["facility"] != f.Levels[2].EnergyJ {
		t.Errorf("boundaries %v", s.EnergyBoundariesJ)
	}
	host, site := whole(r, "power_total", "mains"), whole(r, "power_level", "site")
	total := r.Find("power_total", "mains")
	all := float64(len(total.Values)) * total.Width.Seconds()
	if site < 1.2*host/0.98/0.95 || site > 1.2*(host/0.98/0.95+500*all)*1.001 {
		t.Errorf("the trace of the site holds %v J, that of the hosts %v", site, host)
	}
	if u := f.Supplies; len(u) != 1 || u[0].Hosts != 1 || math.Abs(u[0].Efficiency-delivered(s)/below) > 0.01 || u[0].PeakLoad < u[0].Load {
		t.Errorf("supplies %+v, %v of %v J", u, delivered(s), below)
	}
}

// delivered returns what supplies deliver in a step, in J.
func delivered(s *results.Summary) float64 {
	return s.EnergyComponentsJ["gpu"] + s.EnergyComponentsJ["host"] + s.EnergyComponentsJ["nic"]
}

// whole returns the integral of a series over its bins, in J.
func whole(r *results.Run, name, part string) (joules float64) {
	s := r.Find(name, part)
	for _, mw := range s.Values {
		joules += mw / 1000 * s.Width.Seconds()
	}
	return joules
}

// Without [power] the facility takes the PUE, and nothing else is told.
func TestWithoutFeeds(t *testing.T) {
	s := managedRun(t, "[site]\npue = 1.5\n").Summary
	if s.Feeds != nil || math.Abs(s.EnergyBoundariesJ["facility"]/s.EnergyPerStepJ-1.5) > 1e-12 {
		t.Errorf("feeds %+v, boundaries %v", s.Feeds, s.EnergyBoundariesJ)
	}
}

// A copy on an H100 draws 70 W idle, 0.49·630 W·0.87 for its bytes and, at the lowest clock
// of 0.106, 0.25·630 W·0.106·0.85^2.7 of what follows the clock: 349.3 W, whatever cap is
// asked for. 350 W are kept, 300 W are passed by 49.3 W.
func TestCapThatCannotBeKept(t *testing.T) {
	for cap, want := range map[string]float64{"350 W": 0, "300 W": 49.3} {
		c, err := scenario.Load("../../scenarios/llama2-7b-dgx-h100.toml", []string{`gpu.power_cap="` + cap + `"`})
		if err != nil {
			t.Fatal(err)
		}
		r, err := Run(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Summary.PastCapW; math.Abs(got-want) > 0.05 {
			t.Errorf("%s: passed by %.2f W, want %.1f", cap, got, want)
		}
	}
}
