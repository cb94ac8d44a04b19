package study

import (
	"math"
	"testing"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// swinging is one GPT layer stack on 8 GPUs whose step ends in a pause of 0.2 s, so
// that its power swings.
const swinging = `
[model]
preset = "gpt3-175b"
layers = 8
[layout]
tensor = 8
pipeline = 1
micro_batch = 1
global_batch = 4
flash_attention = true
[host]
preset = "dgx-a100"
[noise]
gc_pause = "200 ms"
gc_every = 1
gc_planned = true
[run]
steps = 4
`

func managedRun(t *testing.T, more string) *results.Run {
	t.Helper()
	c, err := scenario.Parse("test.toml", []byte(swinging+more), nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Without management the mains of the summary are those of the series; a whole
// spectrum holds what the band says.
func TestMainsOfAStep(t *testing.T) {
	r := managedRun(t, "")
	m := r.Summary.Mains
	if m == nil || r.Summary.ManagedMains != nil || r.Find("power_managed", "mains") != nil {
		t.Fatalf("mains %v, managed %v", m, r.Summary.ManagedMains)
	}
	swing := math.Abs(m.DynamicRangeW - (m.PeakW - m.LeastW)) // all three are whole mW
	if math.Abs(m.MeanW/r.Summary.MeanPowerW-1) > 0.005 || m.PeakW > r.Summary.PeakPowerW || swing > 1e-6 {
		t.Errorf("%+v beside a mean of %v W and a peak of %v", m, r.Summary.MeanPowerW, r.Summary.PeakPowerW)
	}
	band, share := 0.0, 0.0
	for _, l := range r.Spectrum {
		if l.Hertz >= 0.1 {
			band += l.Watts * l.Watts / 2
		}
		if l.ManagedWatts != l.Watts {
			t.Errorf("%v Hz is managed", l.Hertz)
		}
	}
	for _, s := range r.Ramps {
		share += s.Share
	}
	if math.Abs(math.Sqrt(band)-m.BandRMSW) > 1e-6*m.BandRMSW || math.Abs(share-1) > 1e-9 {
		t.Errorf("the band holds %v W, want %v; ramps are there for %v of the time", math.Sqrt(band), m.BandRMSW, share)
	}
}

// Enough storage levels the mains to the mean; a floor of the whole limit raises
// them to what they are with every GPU at its limit, and the energy that is more is
// what is burnt.
func TestManagedMains(t *testing.T) {
	r := managedRun(t, "[power_management]\nstorage = \"10 kJ\"\n")
	m := r.Summary.ManagedMains
	if m.DynamicRangeW != 0 || m.BurntJ != 0 || m.StoredJ == 0 || math.Abs(m.MoreEnergy) > 1e-6 || m.BandShare != 0 {
		t.Errorf("storage: %+v", m)
	}
	r = managedRun(t, "[power_management]\nfloor = \"100 %\"\nramp_down = \"1 kW/s\"\n")
	m = r.Summary.ManagedMains
	if m.LeastW < r.Summary.Mains.PeakW-1 || m.DynamicRangeW > 1 {
		t.Errorf("floor: %+v", m)
	}
	if more := m.BurntJ / r.Summary.EnergyPerStepJ; math.Abs(more-m.MoreEnergy) > 0.005*more {
		t.Errorf("burnt %v of the energy, more by %v", more, m.MoreEnergy)
	}
	// From running to idle at 1 kW/s: half of the drop for as many seconds as it has kW.
	if drop := m.StopS * 1000; math.Abs(m.StopBurntJ-drop*drop/2000) > 1e-3*m.StopBurntJ || drop <= 0 {
		t.Errorf("a stop takes %v s and burns %v J", m.StopS, m.StopBurntJ)
	}
	if s := r.Find("power_managed", "mains"); s == nil || float64(s.Peak)/1000 < m.PeakW-1 {
		t.Errorf("series %+v", s)
	}
}
