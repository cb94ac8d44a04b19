package study

import (
	"trainsim/sim/budget"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// costs fills what the steady step and a million tokens cost and emit, and the
// whole run where its tokens are known.
func costs(s *results.Summary, c *scenario.Config) {
	s.StepCost = costOf(c, s.StepTimeS/3600*float64(s.Ranks), s.EnergyPerStepJ)
	s.MillionTokensCost = s.StepCost.Times(1e6 / float64(s.TokensPerStep))
	if s.Tokens > 0 {
		s.RunCost = s.StepCost.Times(s.Tokens / float64(s.TokensPerStep))
	}
}

// trainingCosts fills the same of a whole training: with what failures, recoveries
// and spares take, the GPUs of which are paid for as others are.
func trainingCosts(s *results.Summary, c *scenario.Config) {
	gpus := float64(c.Layout.Ranks() + max(0, c.Spares)*c.Host.GPUs)
	s.RunCost = costOf(c, s.CompletionTimeS/3600*gpus, total(s.RunEnergyMWh)*3.6e9)
	if s.TokensDone > 0 {
		s.MillionTokensCost = s.RunCost.Times(1e6 / s.TokensDone)
	}
}

// costOf prices GPU hours and an energy of the machine in J.
func costOf(c *scenario.Config, gpuHours, joules float64) *results.Cost {
	site := joules * c.Site.PUE
	cost := &results.Cost{GPUHours: gpuHours, SiteKWh: 1000 * budget.MWh(site), RentUSD: budget.Money(gpuHours, c.Prices.Rent),
		OperationalKg: budget.Carbon(site, c.Site.Carbon), EmbodiedKg: c.Prices.Embody(gpuHours)}
	cost.ElectricityUSD = cost.SiteKWh * c.Site.Electricity
	if o := c.Prices.Ownership(); o.Price > 0 {
		cost.OwnUSD = budget.Money(gpuHours, o.PerHour()+o.NetworkPerHour()) + cost.ElectricityUSD
	}
	return cost
}
