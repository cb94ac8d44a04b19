package report

import (
	"maps"
	"math"
	"testing"

	"trainsim/sim/results"
)

// TestEnergyAddsUp: whatever GPUs do is stacked up to the energy of the facility, part
// by part, in both panels; one host in three shares the time of a GPU, and a loss what
// passes through it.
func TestEnergyAddsUp(t *testing.T) {
	s := &results.Summary{StepTimeS: 10, Ranks: 4, GPUIdleW: 50,
		TimeBucketsS: map[string]float64{"compute": 6, "bubble": 3, "exposed_data": 1}, GPUTimeByStateS: map[string]float64{"compute_bound": 6, "transfer": 4},
		EnergyBucketsJ:    map[string]float64{"compute": 9000, "bubble": 2000, "exposed_data": 1000, "host": 4000},
		GPUEnergyByStateJ: map[string]float64{"compute_bound": 8500, "beside_transfer": 500, "transfer": 3000},
		EnergyComponentsJ: map[string]float64{"gpu": 12000, "spare gpu": 1000, "host": 4000, "nic": 500, "switch": 700, "supply loss": 875},
		Feeds:             &results.Feeds{Levels: []results.FeedLevel{{Name: "rack", LossJ: 190}, {Name: "site", LossJ: 20}}},
		Facility:          &results.Facility{EnergyComponentsJ: map[string]float64{"cooling": 1900}}}
	m := newMachine(s)
	if want := 12000. + 1000 + 4000 + 500 + 700 + 875 + 190 + 20 + 1900; m.all != want {
		t.Fatalf("all is %g J, want %g", m.all, want)
	}
	for name, uses := range map[string][]gpuUse{"states": m.ofStates(), "buckets": m.ofBuckets()} {
		sums := make([]float64, len(m.parts))
		for _, u := range uses {
			for p, joules := range m.split(u) {
				sums[p] += joules
			}
		}
		for p, sum := range sums {
			if want := m.parts[p].joules; math.Abs(sum-want) > 1e-9*want {
				t.Errorf("%s: %s adds up to %g J, want %g", name, m.parts[p].title, sum, want)
			}
		}
	}
	// A bubble of 3 of 10 s: 600 of 2000 J idle, 1200 J of hosts, 150 and 210 of the network; 3350 of 17,500 J
	// behind supplies lose a twentieth, and 3727.5 of 19,075 J take as large a share of what is lost above.
	above := 3727.5 / 19075
	want := []float64{1400, 600, 1200, 150, 210, 167.5, 190 * above, 20 * above, 1900 * above}
	for p, joules := range m.split(m.use("bubble", 3, 2000)) {
		if math.Abs(joules-want[p]) > 1e-9*want[p] {
			t.Errorf("%s takes %g J of a bubble, want %g", m.parts[p].title, joules, want[p])
		}
	}
	s.ManagedMains = &results.ManagedMains{BurntJ: 10}
	got := map[string]float64{}
	for _, p := range m.losses() {
		got[p.title] = p.joules
	}
	if want := map[string]float64{"supply losses": 875, "racks": 190, "site feed": 20, "cooling and the rest": 1900, "GPUs without ranks": 1000,
		"on top, to smooth power": 10}; !maps.Equal(got, want) {
		t.Errorf("losses %v, want %v", got, want)
	}
}
