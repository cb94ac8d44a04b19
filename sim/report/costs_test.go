package report

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	"trainsim/sim/results"
)

// priced is a made-up run of 100 h, with a night of 10 h in a day of 20, whose site
// draws 1.2 MW by day and 1.1 by night.
func priced() *results.Run {
	r := training()
	s := &r.Summary
	s.EnergyComponentsJ = map[string]float64{"gpu": 60, "host": 40}
	s.EnergyPerStepJ, s.EnergyBoundariesJ = 100, map[string]float64{"facility": 125}
	s.Facility = &results.Facility{EnergyComponentsJ: map[string]float64{"computers": 100, "feeds": 5, "cooling": 20}}
	part := func(hours, kwh float64) *results.Cost {
		return &results.Cost{GPUHours: hours, SiteKWh: kwh, ElectricityUSD: 0.1 * kwh, RentUSD: 3 * hours, OwnUSD: 2*hours + 0.1*kwh,
			OwnHardwareUSD: 1.5 * hours, OwnNetworkUSD: 0.5 * hours, OperationalKg: 0.4 * kwh, EmbodiedKg: 0.01 * hours}
	}
	s.RunCostBuckets = map[string]*results.Cost{"useful": part(90_000, 100_000), "lost_work": part(5_000, 8_000), "restart": part(3_000, 4_000),
		"waiting": part(0, 0), "idle_spares": part(2_000, 3_000)}
	s.RunCost, s.WastedCost, s.WastedShare = part(100_000, 115_000), part(10_000, 15_000), 15./115
	for h := range 100 {
		day := h%20 < 10
		row := results.HourOfRun{AtS: float64(h) * 3600, Seconds: 3600, MainsMWh: 1, SiteMWh: 1.1, ElectricityUSD: 110, OperationalKg: 220, OutsideC: 10}
		if day {
			row.SiteMWh, row.ElectricityUSD, row.OperationalKg, row.OutsideC = 1.2, 120, 600, 30
		}
		r.Months.Hours = append(r.Months.Hours, row)
	}
	return r
}

// What the bars of costs hold adds up to the run, in money and in emissions.
func TestCostFigures(t *testing.T) {
	skipRace(t)
	r := priced()
	step := priced()
	step.Months, step.Summary.Training = nil, nil
	for _, x := range []struct {
		run   *results.Run
		name  string
		title string
	}{
		{r, "costs", "the run costs $300 thousand rented or $212 thousand owned and emits 47.0 t of CO2e"},
		{r, "energy-by-use", "13.0 % of the energy is beside useful steps: 15.0 MWh, $30 thousand rented, 6.10 t of CO2e"},
		{r, "hours", "115 MWh at the site, 400 g of CO2e a kWh, PUE 1.150"},
		{step, "costs", "emits 47.0 t"},
	} {
		f := named(t, x.run, x.name)
		if !strings.Contains(f.title, x.title) {
			t.Errorf("%s is titled %q, want %q in it", x.name, f.title, x.title)
		}
		if out := os.Getenv("REPORT_OUT"); out != "" {
			if _, err := f.write(out); err != nil {
				t.Error(err)
			}
		}
		if x.name != "costs" {
			continue
		}
		sums := map[string]float64{}
		for _, row := range f.table.rows {
			v, err := strconv.ParseFloat(row[3], 64)
			if err != nil {
				t.Error(err)
			}
			sums[row[1]] += v
		}
		for bar, want := range map[string]float64{"to rent": 300_000, "to own": 211_500, "to run": 46_000, "to make": 1000} {
			if math.Abs(sums[bar]-want) > 1e-6*want {
				t.Errorf("%s holds %v, want %v", bar, sums[bar], want)
			}
		}
	}
	// Power, PUE, temperature and grid change, the price does not.
	if f := named(t, r, "hours"); len(f.panels) != 4 || len(f.table.rows) != 100 {
		t.Errorf("%d panels, %d rows", len(f.panels), len(f.table.rows))
	}
}

// Where no price is known the electricity is; without costs there is no figure.
func TestCostsWithoutPrices(t *testing.T) {
	r := tiny.make()
	r.Summary.StepCost = &results.Cost{ElectricityUSD: 0.25, OperationalKg: 0.5}
	if f := costs(r); f == nil || !strings.Contains(f.title, "a step costs $0.25 of electricity and emits 500 g of CO2e") {
		t.Errorf("%+v", f)
	}
	if r.Summary.StepCost = nil; costs(r) != nil || energyByUse(r) != nil {
		t.Error("a figure of nothing")
	}
}
