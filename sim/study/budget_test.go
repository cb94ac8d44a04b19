package study

import (
	"math"
	"strings"
	"testing"

	"trainsim/sim/budget"
)

// ladder is the rung of 1T parameters of the golden ladder (120·P² on H100s), with
// a budget and growth.
func ladder(t *testing.T) *Budget {
	t.Helper()
	name, p, ok := NewPlan("h100-80gb-sxm")
	if !ok {
		t.Fatal("no such GPU")
	}
	p.Params, p.Tokens, p.MFU, p.Prices.Rent, p.Site.Carbon = 1e12, 20e12, 0.4, 2.5, budget.Hourly{0.4}
	b := NewBudget(name, p)
	b.Afford(1e9)
	b.Grow(3, 2024)
	return b
}

func TestBudgetText(t *testing.T) {
	b := ladder(t)
	golden(t, "budget.txt", b.Text())
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"GPU hours", b.ClosedForm.GPUHours, 84.2e6}, {"rent", b.ClosedForm.Rent.USD, 211e6},
		{"GWh", b.ClosedForm.EnergyMWh / 1000, 88.6}, {"TB", b.ClosedForm.StateBytes / 1e12, 18},
	} {
		if math.Abs(c.got-c.want) > 0.005*c.want {
			t.Errorf("%s: %g, want %g", c.what, c.got, c.want)
		}
	}
}

func TestNewPlanUnknown(t *testing.T) {
	if _, _, ok := NewPlan("nothing"); ok {
		t.Error("there is a GPU called nothing")
	}
}

// What a scenario says is in its plan.
func TestPlanOf(t *testing.T) {
	c := ringScenario(t, 8, `site.preset="pl"`)
	p := PlanOf(c)
	if p.GPUs != 8 || p.StepTokens != 8*2048 || p.Site.Carbon[0] != 0.662 || p.Prices.Name != "NVIDIA A100 80 GB SXM" ||
		p.Params != float64(c.Model.Params()) || p.Tokens != 20*p.Params || p.Peak != c.GPU.PeakHalf {
		t.Errorf("%+v", p)
	}
	if p = PlanOf(ringScenario(t, 8, "run.tokens=3e9")); p.Tokens != 3e9 {
		t.Errorf("%g tokens", p.Tokens)
	}
	if p = PlanOf(ringScenario(t, 8, "run.steps=1000", `checkpoint.interval="10 min"`)); p.Tokens != 1000*p.StepTokens {
		t.Errorf("%g tokens", p.Tokens)
	}
	if p = PlanOf(ringScenario(t, 8, `run.duration="1 d"`)); p.Tokens != 0 {
		t.Errorf("%g tokens before the step is known", p.Tokens)
	}
}

// The gaps are those between two ways to the same run, and what explains them
// adds up: FLOP times MFU to time, time times power to energy, the peak to what
// takes it, the power of a GPU to its parts.
func TestBudgetBeside(t *testing.T) {
	for _, edge := range []budget.Boundary{budget.Chip, budget.Host, budget.Facility} {
		c := ringScenario(t, 8, "run.tokens=1e12")
		run, err := Run(c)
		if err != nil {
			t.Fatal(err)
		}
		p := PlanOf(c)
		p.MFU, p.Boundary = 0.4, edge
		s := &run.Summary
		b := BudgetBeside(c, p, s)
		x, sim := b.Simulated, &b.Simulated.Run
		same := func(what string, got, want float64) {
			t.Helper()
			if math.Abs(got-want) > 1e-9*math.Abs(want) {
				t.Errorf("%s: %s: %g, want %g", edge, what, got, want)
			}
		}
		same("step time", sim.StepTimeS, s.StepTimeS)
		same("days", sim.Days, s.TrainDays)
		same("GPU hours", sim.GPUHours, s.GPUHours)
		same("MFU", sim.MFU, s.MFU)
		same("time", x.Time.FLOPRatio*x.Time.MFURatio, b.ClosedForm.GPUHours/sim.GPUHours)
		same("energy", x.Energy.TimeRatio*x.Energy.PowerRatio, b.ClosedForm.EnergyMWh/sim.EnergyMWh)
		if edge == budget.Host {
			same("host energy", sim.EnergyMWh, s.EnergyMWh)
		}
		peak, watts := s.MFU, 0.0
		for _, share := range x.Time.Takes {
			peak += share.Share
		}
		for _, part := range x.Energy.Parts {
			watts += part.W
		}
		same("peak", peak, 1)
		same("power", watts, s.MeanPowerW/8)
		if text := b.Text(); !strings.Contains(text, "ring") || !strings.Contains(text, "energy: ") || strings.Contains(text, "NaN") {
			t.Errorf("%s", text)
		}
	}
}

// A scenario that says a time takes the tokens that fit into it.
func TestBudgetBesideDuration(t *testing.T) {
	c := ringScenario(t, 8, `run.duration="30 d"`)
	run, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	p := PlanOf(c)
	p.MFU = 0.4
	if got := BudgetBeside(c, p, &run.Summary).Simulated.Run.Days; math.Abs(got-30) > 1e-9 {
		t.Errorf("%g days, want 30", got)
	}
}
