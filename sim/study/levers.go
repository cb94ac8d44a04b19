package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"trainsim/sim/budget"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// Levers is what each way to make a training run cheaper is worth, one by one and
// together.
type Levers struct {
	Scenario string     `json:"scenario"`
	Title    string     `json:"title,omitempty"`
	GPU      string     `json:"gpu"`
	GPUs     int        `json:"gpus"`
	Tokens   float64    `json:"tokens"`
	Pay      budget.Way `json:"pay"`
	Baseline LeverRun   `json:"baseline"`
	Rows     []Pulled   `json:"levers"`
	Together LeverRun   `json:"together"` // all that are taken
}

// LeverRun is the whole training run at one setting of the levers. Energy and carbon
// are those of the facility.
type LeverRun struct {
	GPUHours  float64 `json:"gpu_hours"`
	Days      float64 `json:"days"`
	USD       float64 `json:"usd"`
	EnergyMWh float64 `json:"energy_mwh"`
	TCO2e     float64 `json:"tco2e"`
}

// Pulled is a lever, alone and after those before it.
type Pulled struct {
	Name    string   `json:"name"`
	Roadmap string   `json:"roadmap"`
	How     string   `json:"how"` // simulated, declared, or declared what-if
	Source  string   `json:"source"`
	Lowers  string   `json:"lowers"`            // figure that it is for: usd, days, mwh or tco2e
	Changes []string `json:"changes,omitempty"` // of the scenario, made by the lever alone
	// Least and most of the factor that a declared lever puts on GPU hours; 0: no range.
	WorkLow  float64 `json:"work_low,omitempty"`
	WorkHigh float64 `json:"work_high,omitempty"`

	Alone        *LeverRun `json:"alone,omitempty"` // nil: refused
	Refused      string    `json:"refused,omitempty"`
	Factors      *LeverRun `json:"factors,omitempty"` // baseline over alone
	BreakEvenUSD float64   `json:"break_even_usd_per_hour,omitempty"`

	Taken      bool      `json:"taken"`
	NotTaken   string    `json:"not_taken,omitempty"` // why not
	After      *LeverRun `json:"after,omitempty"`     // with all that were taken before
	StepChange []string  `json:"changes_together,omitempty"`
	FromBefore *LeverRun `json:"factors_from_before,omitempty"` // those before over after
	turn       int       // in which it was pulled after the others
}

// over returns the factor by which each figure of b is less than in a.
func (a *LeverRun) over(b *LeverRun) *LeverRun {
	ratio := func(x, y float64) float64 {
		if y == 0 {
			return 1 // not known in either
		}
		return x / y
	}
	return &LeverRun{ratio(a.GPUHours, b.GPUHours), ratio(a.Days, b.Days), ratio(a.USD, b.USD), ratio(a.EnergyMWh, b.EnergyMWh), ratio(a.TCO2e, b.TCO2e)}
}

// figure returns the figure that a lever says it lowers. Where no price is known
// the time stands for the money.
func (a *LeverRun) figure(name string) float64 {
	switch {
	case name == "mwh":
		return a.EnergyMWh
	case name == "tco2e":
		return a.TCO2e
	case name == "usd" && a.USD > 0:
		return a.USD
	}
	return a.GPUHours
}

// least is the gain below which a lever changes nothing.
const least = 1e-6

// LeverStudy says what levers are pulled on.
type LeverStudy struct {
	Load   func(set []string) (*scenario.Config, error) // the scenario with overrides
	Levers []scenario.Lever
	Pay    budget.Way
	Done   func() // after each lever; may be nil
}

// NewLevers pulls levers on a scenario: each alone, and one after the other, where
// one is kept if it lowers the figure that it says.
func NewLevers(ctx context.Context, y LeverStudy) (*Levers, error) {
	base, err := y.Load(nil)
	if err != nil {
		return nil, err
	}
	p := &puller{ctx: ctx, load: y.Load, pay: y.Pay, memo: map[string]*results.Summary{}}
	start := position{sync: 1, work: 1}
	first, err := p.measure(start)
	if err != nil {
		return nil, err
	}
	l := &Levers{Scenario: base.Name, Title: titleOf(base), GPU: base.GPU.Name, GPUs: base.Layout.Ranks(), Tokens: p.tokens, Pay: y.Pay,
		Baseline: first.LeverRun}
	at, run := start, first.LeverRun
	for i := range y.Levers {
		v := &y.Levers[i]
		row := newPulled(v)
		if err := p.alone(&row, v, start, &l.Baseline); err != nil {
			return nil, err
		}
		if !v.WhatIf() {
			if at, run, err = p.together(&row, v, at, run); err != nil {
				return nil, err
			}
		}
		row.turn = i
		l.Rows = append(l.Rows, row)
		if y.Done != nil {
			y.Done()
		}
	}
	l.Together, err = p.again(l.Rows, y.Levers, at, run)
	return l, err
}

// again pulls those levers once more that the scenario could not take as it was: another
// machine may have come since.
func (p *puller) again(rows []Pulled, levers []scenario.Lever, at position, run LeverRun) (_ LeverRun, err error) {
	for i := range rows {
		if rows[i].Alone != nil || levers[i].WhatIf() {
			continue
		}
		rows[i].turn = len(rows) + i
		if at, run, err = p.together(&rows[i], &levers[i], at, run); err != nil {
			return run, err
		}
		if rows[i].Taken {
			rows[i].NotTaken = ""
		}
	}
	return run, nil
}

func newPulled(v *scenario.Lever) Pulled {
	row := Pulled{Name: v.Name, Roadmap: v.Roadmap, How: "declared", Source: v.Source, Lowers: v.Lowers}
	switch {
	case v.Simulated():
		row.How = "simulated"
	case v.WhatIf():
		row.How = "declared what-if"
	}
	if len(v.WorkRange) == 2 {
		row.WorkLow, row.WorkHigh = v.WorkRange[0], v.WorkRange[1]
	}
	return row
}

// alone fills what a lever gives by itself.
func (p *puller) alone(row *Pulled, v *scenario.Lever, start position, base *LeverRun) error {
	_, got, err := p.pull(v, start)
	var no refusal
	switch {
	case asRefusal(err, &no):
		row.Refused = no.Error()
		return nil
	case err != nil:
		return err
	}
	row.Alone, row.Changes, row.Factors = &got.LeverRun, got.changes, base.over(&got.LeverRun)
	if v.Chip.Peak > 0 && v.Chip.Rent == 0 {
		row.BreakEvenUSD = base.USD / got.GPUHours
	}
	return nil
}

// together pulls a lever after those that were taken, and takes it if it lowers what
// it says.
func (p *puller) together(row *Pulled, v *scenario.Lever, at position, run LeverRun) (position, LeverRun, error) {
	next, got, err := p.pull(v, at)
	var no refusal
	switch {
	case asRefusal(err, &no):
		row.NotTaken = no.Error()
		return at, run, nil
	case err != nil:
		return at, run, err
	}
	row.After, row.StepChange, row.FromBefore = &got.LeverRun, got.changes, run.over(&got.LeverRun)
	if got.figure(v.Lowers) >= run.figure(v.Lowers)*(1-least) {
		row.NotTaken = fmt.Sprintf("does not lower %s after the others", lowersText[v.Lowers])
		return at, run, nil
	}
	row.Taken = true
	return next, got.LeverRun, nil
}

var lowersText = map[string]string{"usd": "the cost", "days": "the time", "mwh": "energy", "tco2e": "emissions"}

// Shares returns by which factors simulated and declared levers, each after those
// before it, lower a figure together.
func (l *Levers) Shares(figure func(*LeverRun) float64) (simulated, declared float64) {
	simulated, declared = 1, 1
	for _, r := range l.Steps() {
		if r.How == "simulated" {
			simulated *= figure(r.FromBefore)
		} else {
			declared *= figure(r.FromBefore)
		}
	}
	return simulated, declared
}

// Main returns the figure that a study is about: the cost, or the time where no price
// is known.
func (l *Levers) Main(r *LeverRun) float64 {
	if l.Baseline.USD == 0 {
		return r.GPUHours
	}
	return r.USD
}

// Steps returns the rows that were taken together, in the order in which they were.
func (l *Levers) Steps() []Pulled {
	taken := slices.DeleteFunc(slices.Clone(l.Rows), func(r Pulled) bool { return !r.Taken })
	slices.SortFunc(taken, func(a, b Pulled) int { return cmp.Compare(a.turn, b.turn) })
	return taken
}
