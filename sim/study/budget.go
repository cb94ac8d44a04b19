package study

import (
	"cmp"
	"maps"
	"slices"

	"trainsim/sim/budget"
	"trainsim/sim/cluster"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// Budget is what a plan comes to on paper and, of a scenario, in a simulation of
// its step.
type Budget struct {
	Scenario string `json:"scenario,omitempty"`
	Title    string `json:"title,omitempty"`
	GPU      string `json:"gpu"`

	ClosedForm budget.Estimate `json:"closed_form"`
	Affordable *Affordable     `json:"affordable,omitempty"`
	Growth     *Growth         `json:"growth,omitempty"`
	Simulated  *Beside         `json:"simulated,omitempty"`

	plan budget.Plan
}

// Affordable is the largest model that a budget trains, by the way to pay.
type Affordable struct {
	USD  float64   `json:"usd"`
	Days float64   `json:"days"`
	Ways []Largest `json:"ways"`
}

// Largest is the largest model that a budget trains in one way.
type Largest struct {
	Way      budget.Way `json:"way"`
	Params   float64    `json:"params"`
	Tokens   float64    `json:"tokens"`
	GPUHours float64    `json:"gpu_hours"`
}

// Growth is what becomes of the run if it grows as the largest runs do.
type Growth struct {
	From        int                `json:"from,omitempty"` // calendar year, 0 not said
	Way         budget.Way         `json:"way"`            // whose cost it is
	BudgetUSD   float64            `json:"budget_usd,omitempty"`
	PassedAfter float64            `json:"budget_passed_after_years,omitempty"` // negative: it is beyond already
	Years       []budget.Projected `json:"years"`
}

// defaultDays is how long a run may take where nothing else is said.
const defaultDays = 90

// NewPlan returns a plan on GPUs of a preset, with its prices and the mean grid
// of the world, for its caller to fill in. ok is false where there is no such
// preset.
func NewPlan(gpu string) (name string, plan budget.Plan, ok bool) {
	g, ok := scenario.ReadPreset[cluster.GPU]("gpu", gpu)
	plan = planOn(&g, 2)
	plan.Prices, _ = scenario.ReadPreset[budget.Prices]("prices", gpu)
	plan.Site, _ = scenario.ReadPreset[budget.Site]("site", "world")
	plan.Days = defaultDays
	return g.Name, plan, ok
}

func planOn(g *cluster.GPU, elementBytes int64) budget.Plan {
	return budget.Plan{K: 1, Peak: g.Peak(elementBytes), Goodput: 1, Memory: float64(g.Memory), Limit: g.PowerLimit,
		StateBytes: budget.AdamBytes, Boundary: budget.Facility}
}

// PlanOf returns the plan of a scenario: its model, GPUs and tokens, which are 20
// per parameter where it says none, and 0 where it says a time instead.
func PlanOf(c *scenario.Config) budget.Plan {
	p := planOn(&c.GPU, c.Layout.Precision.LinearBytes())
	p.Prices, p.Site = c.Prices, c.Site
	p.Params, p.GPUs = float64(c.Model.Params()), float64(c.Layout.Ranks())
	p.K = p.Params / float64(c.Model.ActiveParams())
	p.StepTokens = float64(c.Layout.GlobalBatch) * float64(c.Model.SeqLen)
	switch {
	case c.Run.Tokens > 0:
		p.Tokens = c.Run.Tokens
	case c.Long():
		p.Tokens = float64(c.RunSteps()) * p.StepTokens
	default:
		p.Tokens = budget.OptimalTokensPerParam * p.Params
	}
	return p
}

// NewBudget computes the closed forms of a plan on GPUs of that name.
func NewBudget(gpu string, p budget.Plan) *Budget {
	return &Budget{GPU: gpu, ClosedForm: p.Estimate(), plan: p}
}

// BudgetBeside sets the closed forms of a plan of a scenario beside a simulation of
// its steady step. A plan without tokens gets those that the scenario's time takes.
func BudgetBeside(c *scenario.Config, p budget.Plan, s *results.Summary) *Budget {
	if p.Tokens == 0 {
		p.Tokens = c.Run.Duration.Seconds() * s.TokensPerS * p.Goodput
	}
	b := NewBudget(c.GPU.Name, p)
	b.Scenario, b.Title = c.Name, titleOf(c)
	b.compare(s)
	return b
}

// Afford adds the largest models that a budget trains within the time of the plan.
func (b *Budget) Afford(usd float64) {
	p := b.plan
	p.Days = cmp.Or(p.Days, b.ClosedForm.Days)
	b.Affordable = &Affordable{USD: usd, Days: p.Days}
	for _, w := range budget.Ways {
		if hours := p.Affordable(usd, w); hours > 0 {
			params := p.Largest(usd, w)
			b.Affordable.Ways = append(b.Affordable.Ways, Largest{Way: w, Params: params, Tokens: params * p.TokensPerParam(), GPUHours: hours})
		}
	}
}

// Grow adds what becomes of the run in so many years, from a calendar year on
// where it is not 0, and when it passes the budget, if there is one.
func (b *Budget) Grow(years, from int) {
	e := &b.ClosedForm
	g := &Growth{From: from, Way: budget.Own}
	if e.Own.USD == 0 {
		g.Way = budget.Rent
	}
	cost := e.Of(g.Way).USD
	g.Years = budget.Project(e.FLOP, cost, e.PowerW, years)
	if b.Affordable != nil && cost > 0 {
		g.BudgetUSD = b.Affordable.USD
		g.PassedAfter = budget.YearsUntil(cost, g.BudgetUSD, budget.CostGrowth)
	}
	b.Growth = g
}

// Beside is the simulation beside a closed form, and what explains the gap.
type Beside struct {
	Run    budget.Estimate `json:"run"` // the whole run at the simulated step
	Gaps   []Gap           `json:"gaps"`
	Time   TimeGap         `json:"time_explained"`
	Energy EnergyGap       `json:"energy_explained"`
}

// Gap is one figure on paper and simulated.
type Gap struct {
	Figure     string  `json:"figure"`
	ClosedForm float64 `json:"closed_form"`
	Simulated  float64 `json:"simulated"`
	Gap        float64 `json:"gap"` // closed form over simulated, less 1
}

// TimeGap takes the gap in time apart: FLOP times what is left of the peak.
type TimeGap struct {
	FLOPRatio float64         `json:"flop_ratio"` // closed form over simulated
	MFURatio  float64         `json:"mfu_ratio"`  // simulated over closed form: their product is the ratio of times
	Takes     []results.Share `json:"takes"`      // shares of the peak, the largest first
}

// EnergyGap takes the gap in energy apart: time times power per GPU.
type EnergyGap struct {
	TimeRatio  float64 `json:"time_ratio"`
	PowerRatio float64 `json:"power_ratio"`
	LimitW     float64 `json:"gpu_limit_w"`
	RatedW     float64 `json:"server_rated_w"` // per GPU
	Load       float64 `json:"load"`
	Parts      []Drawn `json:"parts"` // simulated, the largest first
}

// Drawn is the mean power per GPU of one component of the machine.
type Drawn struct {
	Name string  `json:"name"`
	W    float64 `json:"w_per_gpu"`
}

// compare sets a simulation beside the closed form.
func (b *Budget) compare(s *results.Summary) {
	p, e := &b.plan, &b.ClosedForm
	seconds := p.Tokens / s.TokensPerS
	ranks := float64(s.Ranks)
	run := p.Taking(s.ModelTFLOPSPerGPU*1e12*ranks*seconds, seconds/3600*ranks/p.Goodput, b.simulatedWatts(s))
	beside := &Beside{Run: run}
	gap := func(figure string, closed, simulated float64) {
		if closed > 0 && simulated > 0 {
			beside.Gaps = append(beside.Gaps, Gap{figure, closed, simulated, closed/simulated - 1})
		}
	}
	gap("flop", e.FLOP, run.FLOP)
	gap("mfu", e.MFU, run.MFU)
	gap("step_time_s", e.StepTimeS, run.StepTimeS)
	gap("gpu_hours", e.GPUHours, run.GPUHours)
	gap("days", e.Days, run.Days)
	gap("power_per_gpu_w", e.PowerPerGPUW, run.PowerPerGPUW)
	gap("energy_mwh", e.EnergyMWh, run.EnergyMWh)
	gap("rent_usd", e.Rent.USD, run.Rent.USD)
	gap("own_usd", e.Own.USD, run.Own.USD)
	gap("tco2e", e.OperationalTCO2e+e.EmbodiedTCO2e, run.OperationalTCO2e+run.EmbodiedTCO2e)
	beside.Time = TimeGap{FLOPRatio: e.FLOP / run.FLOP, MFURatio: run.MFU / e.MFU, Takes: takes(s)}
	beside.Energy = EnergyGap{TimeRatio: e.GPUHours / run.GPUHours, PowerRatio: e.PowerPerGPUW / run.PowerPerGPUW,
		LimitW: p.Limit, RatedW: p.Draw().Server, Load: p.Prices.Load, Parts: drawn(s)}
	b.Simulated = beside
}

// simulatedWatts returns the mean power per GPU in the simulation, within the
// boundary of the plan.
func (b *Budget) simulatedWatts(s *results.Summary) float64 {
	switch b.plan.Boundary {
	case budget.Chip:
		return s.EnergyComponentsJ["gpu"] / s.StepTimeS / float64(s.Ranks)
	case budget.Host:
		return s.MeanPowerW / float64(s.Ranks)
	}
	return s.EnergyBoundariesJ["facility"] / s.StepTimeS / float64(s.Ranks)
}

// takes lists what keeps the simulated step from the peak, the largest first.
func takes(s *results.Summary) []results.Share {
	var list []results.Share
	for _, w := range s.Waterfall {
		if w.Name != "peak" && w.Name != "MFU" && w.Share > 0 {
			list = append(list, w)
		}
	}
	slices.SortStableFunc(list, func(a, b results.Share) int { return cmp.Compare(b.Share, a.Share) })
	return list
}

// drawn lists the mean power per GPU by component, the largest first.
func drawn(s *results.Summary) []Drawn {
	var list []Drawn
	for _, name := range slices.Sorted(maps.Keys(s.EnergyComponentsJ)) {
		list = append(list, Drawn{name, s.EnergyComponentsJ[name] / s.StepTimeS / float64(s.Ranks)})
	}
	slices.SortStableFunc(list, func(a, b Drawn) int { return cmp.Compare(b.W, a.W) })
	return list
}
