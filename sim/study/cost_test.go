package study

import (
	"math"
	"testing"

	"trainsim/sim/results"
)

// 10 GPU hours and 12 MJ of the machine: 18 MJ of the site, 5 kWh. A GPU of $8,766
// loses a tenth of it in a year, $0.1 an hour, and its half of the interconnect as
// much; it is 876.6 kg over a year, 0.1 kg an hour.
func TestCostOf(t *testing.T) {
	c := ringScenario(t, 8, `prices.rent="3 $/h"`, `prices.buy="8766 $"`, "prices.network=0.5", "prices.write_off=0.1",
		`prices.embodied="876.6 kg"`, `prices.life="365.25 d"`, "site.pue=1.5", `site.carbon="200 g/kWh"`, `site.electricity="0.1 $/kWh"`)
	got, want := *costOf(c, 10, (&facility{site: &c.Site, per: 1}).within(12e6, 1)), results.Cost{GPUHours: 10, SiteKWh: 5, ElectricityUSD: 0.5, RentUSD: 30, OwnUSD: 2.5, OperationalKg: 1, EmbodiedKg: 1}
	for _, x := range [][2]float64{{got.GPUHours, want.GPUHours}, {got.SiteKWh, want.SiteKWh}, {got.ElectricityUSD, want.ElectricityUSD},
		{got.RentUSD, want.RentUSD}, {got.OwnUSD, want.OwnUSD}, {got.OperationalKg, want.OperationalKg}, {got.EmbodiedKg, want.EmbodiedKg}, {got.OwnHardwareUSD, 1}, {got.OwnNetworkUSD, 1}} {
		if math.Abs(x[0]-x[1]) > 1e-12*x[1] {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// A step, a million tokens and a run cost what the closed forms make of the same
// hours and watts.
func TestCosts(t *testing.T) {
	c := ringScenario(t, 8, "run.tokens=1e12", `site.preset="pl"`)
	run, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &run.Summary
	p := PlanOf(c)
	p.MFU = 0.4
	e := BudgetBeside(c, p, s).Simulated.Run
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"rent", s.RunCost.RentUSD, e.Rent.USD}, {"own", s.RunCost.OwnUSD, e.Own.USD}, {"carbon, t", s.RunCost.OperationalKg / 1000, e.OperationalTCO2e},
		{"making, t", s.RunCost.EmbodiedKg / 1000, e.EmbodiedTCO2e}, {"per step", s.StepCost.RentUSD, e.Rent.PerStep},
		{"per million tokens", s.MillionTokensCost.OwnUSD, e.Own.PerMTokens}, {"kWh", s.RunCost.SiteKWh, 1100 * s.EnergyMWh},
	} {
		if math.Abs(x.got-x.want) > 1e-9*x.want {
			t.Errorf("%s: %g, want %g", x.what, x.got, x.want)
		}
	}
}
