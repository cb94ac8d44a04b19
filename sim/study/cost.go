package study

import (
	"trainsim/sim/budget"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// costs fills what the steady step and a million tokens cost and emit, and the
// whole run where its tokens are known: as many steps from the start on.
func costs(s *results.Summary, c *scenario.Config) {
	f := facilityOf(c, s)
	s.StepCost = costOf(c, s.StepTimeS/3600*float64(s.Ranks), f.within(s.EnergyPerStepJ, s.StepTimeS))
	s.MillionTokensCost = s.StepCost.Times(1e6 / float64(s.TokensPerStep))
	if s.Tokens <= 0 {
		return
	}
	steps := s.Tokens / float64(s.TokensPerStep)
	s.RunCost = s.StepCost.Times(steps)
	if c.Site.Changes() {
		s.RunCost = costOf(c, s.StepCost.GPUHours*steps, f.steady(s.EnergyPerStepJ*steps, s.TrainDays*24))
		s.MillionTokensCost = s.RunCost.Times(1e6 / s.Tokens)
	}
}

// uses are what a whole training pays for, but for idle spares, and the buckets of
// its time that go there.
var uses = []struct {
	name    string
	buckets []run.Bucket
}{
	{useful, []run.Bucket{run.Productive}},
	{"slow", []run.Bucket{run.Degraded}},
	{"lost_work", []run.Bucket{run.WastedProgress}},
	{"checkpoint", []run.Bucket{run.CheckpointSave}},
	{"restart", []run.Bucket{run.CheckpointRestore, run.Detection, run.InfrastructureRecovery, run.ProgramStartup, run.AcceleratorInit, run.DataLoading}},
	{"waiting", []run.Bucket{run.WaitingForHosts, run.Stalled}},
}

const (
	useful = "useful"
	spares = "idle_spares"
)

// trainingCosts fills the costs of a whole training: with what failures, recoveries
// and spares take, the GPUs of which are paid for as others are.
func trainingCosts(s *results.Summary, c *scenario.Config, replicas []*replica) {
	f, m := facilityOf(c, s), means{replicas}
	s.RunCostBuckets = map[string]*results.Cost{}
	s.RunCost, s.WastedCost = &results.Cost{}, &results.Cost{}
	delivered := 1 - c.Undelivered(s.CompletionTimeS)
	add := func(name string, seconds float64, gpus int, u use) {
		cost := costOf(c, seconds/3600*float64(gpus)*delivered, u)
		s.RunCostBuckets[name] = cost
		s.RunCost.Add(cost)
		if name != useful {
			s.WastedCost.Add(cost)
		}
	}
	for _, u := range uses {
		var sum use
		seconds := 0.0
		for _, b := range u.buckets {
			seconds += s.RunTimeS[b.String()]
			sum = sum.plus(m.use(&f, b))
		}
		add(u.name, seconds, c.Layout.Ranks(), sum)
	}
	add(spares, s.CompletionTimeS, max(0, c.Spares)*c.Host.GPUs, m.spareUse(&f))
	s.WastedShare = s.WastedCost.SiteKWh / s.RunCost.SiteKWh
	if s.TokensDone > 0 {
		s.MillionTokensCost = s.RunCost.Times(1e6 / s.TokensDone)
	}
}

// use returns what the site counts of a bucket, in the mean.
func (m means) use(f *facility, b run.Bucket) use {
	if f.site.Changes() {
		return m.billed(func(o *run.Billing) *run.Tally { return &o.Buckets[b] })
	}
	return f.within(m.mean(func(o *run.Outcome) float64 { return o.Energy[b].Float() / joule }),
		m.mean(func(o *run.Outcome) float64 { return o.Time[b].Seconds() }))
}

// spareUse returns the same of idle spares.
func (m means) spareUse(f *facility) use {
	if f.site.Changes() {
		return m.billed(func(o *run.Billing) *run.Tally { return &o.Spare })
	}
	return f.within(m.mean(func(o *run.Outcome) float64 { return o.Spare.Float() / joule }), 0)
}

// billed returns the mean of a tally.
func (m means) billed(of func(*run.Billing) *run.Tally) use {
	account := func(a run.Account) float64 {
		return m.mean(func(o *run.Outcome) float64 { return of(o.Billing)[a] })
	}
	return use{account(run.SiteJ), account(run.MoneyUSD), account(run.CarbonKg)}
}

// costOf prices GPU hours and what the site counts.
func costOf(c *scenario.Config, gpuHours float64, u use) *results.Cost {
	cost := &results.Cost{GPUHours: gpuHours, SiteKWh: 1000 * budget.MWh(u.joules), ElectricityUSD: u.usd,
		RentUSD: budget.Money(gpuHours, c.Prices.Rent), OperationalKg: u.kg, EmbodiedKg: c.Prices.Embody(gpuHours)}
	if o := c.Prices.Ownership(); o.Price > 0 {
		cost.OwnHardwareUSD, cost.OwnNetworkUSD = budget.Money(gpuHours, o.PerHour()), budget.Money(gpuHours, o.NetworkPerHour())
		cost.OwnUSD = budget.Money(gpuHours, o.PerHour()+o.NetworkPerHour()) + cost.ElectricityUSD
	}
	return cost
}

// fromOrder fills the days from the order of the hardware to the end of the run.
func fromOrder(s *results.Summary, c *scenario.Config, days float64) {
	if lead := c.Prices.LeadTime; lead > 0 {
		s.OrderToEndDays = lead/86400 + days
	}
}
