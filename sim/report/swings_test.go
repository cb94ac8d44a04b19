package report

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/results"
)

// swingingRun is the wave of 700 W for 0.8 s and 300 W for 0.2 s, and the same
// with a floor of 630 W.
func swingingRun() *results.Run {
	r := &results.Run{}
	r.Summary.Scenario, r.Summary.StepTimeS, r.Summary.Steps = "square", 1, 1
	r.End = engine.Time(engine.Second)
	r.Series = []results.SeriesData{
		{Name: "power_total", Part: "mains", Unit: "mW", Width: 100 * engine.Millisecond, Values: []float64{7e5, 7e5, 7e5, 7e5, 7e5, 7e5, 7e5, 7e5, 3e5, 3e5}},
		{Name: "power_managed", Part: "mains", Unit: "mW", Width: 100 * engine.Millisecond, Values: []float64{7e5, 7e5, 7e5, 7e5, 7e5, 7e5, 7e5, 7e5, 6.3e5, 6.3e5}},
	}
	r.Spectrum = []results.SpectrumLine{{Hertz: 1, Watts: 149.68, ManagedWatts: 26.19}, {Hertz: 2, Watts: 121.09, ManagedWatts: 21.19}}
	swing := 25600.0
	band := func(a, b float64) (float64, float64) { e := (a*a + b*b) / 2; return math.Sqrt(e), e / swing }
	m := results.Mains{PeakW: 700, LeastW: 300, MeanW: 620, P99W: 700, P999W: 700, DynamicRangeW: 400, RampUpWPerS: 400, RampDownWPerS: 400, RampWindowS: 0.1,
		BandLowHz: 0.1, BandHighHz: 2, BandLimit: 0.2}
	with := m
	m.BandRMSW, m.BandShare = band(149.68, 121.09)
	with.BandRMSW, with.BandShare = band(26.19, 21.19)
	with.DynamicRangeW, with.P99W = 70, 690
	r.Summary.Mains, r.Summary.ManagedMains = &m, &results.ManagedMains{Mains: with, MoreEnergy: 0.1065, BurntJ: 66, StopS: 1, StopBurntJ: 300}
	r.Summary.HostsPerMW = &results.Room{Rating: 900, Peak: 1400, P999: 1428.6, P99: 1428.6, Mean: 1460}
	r.Summary.HostsPerMWPassed = []results.RoomPassed{{Share: 0.0001, Hosts: 1428.6}, {Share: 0.001, Hosts: 1428.6}, {Share: 0.5, Hosts: 1450}}
	r.Ramps = []results.RampStep{{FromWPerS: -4000, ToWPerS: 0, Share: 0.1, ManagedShare: 0.1}, {FromWPerS: 0, ToWPerS: 4000, Share: 0.9, ManagedShare: 0.9}}
	return r
}

// What lies in the band up to its end is what the summary says.
func TestSpectrumEndsAtTheShare(t *testing.T) {
	r := swingingRun()
	rows := powerSpectrum(r).table.rows
	for i, want := range []float64{r.Summary.Mains.BandShare, r.Summary.ManagedMains.BandShare} {
		if got, _ := strconv.ParseFloat(rows[len(rows)-1][3+i], 64); math.Abs(got-want) > 1e-6 {
			t.Errorf("ends at %v, want %v", got, want)
		}
	}
}

func TestTitlesOfSwings(t *testing.T) {
	r := swingingRun()
	for name, want := range map[string]string{
		"power-smoothing": "square: swings of 400 W become 70.0 W, energy +11 %",
		"power-spectrum":  "square: 72 % of the energy of its swings lies in 0.1 to 2 Hz, limit 20 %; with power management 2.2 %",
		"power-ramps":     "square: power rises by up to 400 W/s and falls by up to 400 W/s; with power management 400 W/s and 400 W/s",
		"load-duration":   "square: 700 W or less for 99.9 % of the time; with power management 700 W: 1,429 hosts per MW",
	} {
		f := named(t, r, name)
		if f.title != want {
			t.Errorf("%s: %s", name, f.title)
		}
		if _, err := f.svg(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The load-duration curve has every stair of the series, its last bin left out, which
// need not be whole.
func TestLoadDurationStairs(t *testing.T) {
	f := named(t, swingingRun(), "load-duration")
	var got []string
	for _, row := range f.table.rows {
		got = append(got, strings.Join(row, " "))
	}
	want := "without power management 0.888889 700.0|without power management 1.000000 300.0|with power management 0.888889 700.0|with power management 1.000000 630.0"
	if strings.Join(got, "|") != want || len(f.panels) != 2 {
		t.Errorf("%d panels, %s", len(f.panels), strings.Join(got, "|"))
	}
}

// Without power management there is no line of it; without swings no figure.
func TestSwingsWithGaps(t *testing.T) {
	r := swingingRun()
	r.Summary.ManagedMains, r.Series = nil, r.Series[:1]
	for _, f := range figures(r) {
		if text := f.title + f.describe(); f.name != "power" && strings.Contains(text, "with power management") {
			t.Errorf("%s speaks of power management: %s", f.name, text)
		}
		if _, err := f.svg(); err != nil {
			t.Errorf("%s: %v", f.name, err)
		}
	}
	r.Summary.Mains = nil
	for _, draw := range ofMains {
		if f := draw(r); f != nil {
			t.Errorf("%s is drawn of nothing", f.name)
		}
	}
}
