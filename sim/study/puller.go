package study

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/budget"
	"trainsim/sim/cluster"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// position is where the levers stand: overrides of the scenario, steps between
// reductions, and what is declared on top of the simulation.
type position struct {
	set    []string
	sync   int              // 0, 1: every step
	work   float64          // share of GPU hours
	chip   *scenario.Chip   // in place of the GPU
	arrays *scenario.Analog // in place of its kernels
}

// measured is a run, and by what overrides a lever got there.
type measured struct {
	LeverRun
	changes []string
}

// refusal is why a scenario cannot take a lever.
type refusal string

func (r refusal) Error() string { return string(r) }

func asRefusal(err error, r *refusal) bool { return errors.As(err, r) }

// puller pulls levers on one scenario and remembers the steps it has simulated.
type puller struct {
	ctx    context.Context
	load   func(set []string) (*scenario.Config, error)
	pay    budget.Way
	memo   map[string]*results.Summary // by the whole text of a scenario
	tokens float64                     // of the run: those of the baseline
	days   float64                     // of the baseline
}

// pull returns where a lever leads from a position, and the run there.
func (p *puller) pull(v *scenario.Lever, at position) (position, measured, error) {
	c, err := p.load(at.set)
	if err != nil {
		return at, measured{}, err
	}
	if !strings.HasPrefix(c.GPU.Name, v.GPU) {
		return at, measured{}, refusal(fmt.Sprintf("is for %s, not %s", v.GPU, c.GPU.Name))
	}
	if v.Simulated() {
		return p.simulated(v, c, at)
	}
	if v.K > 1 && c.Model.Experts > 0 {
		return at, measured{}, refusal("the model has experts already")
	}
	next := at
	next.work *= v.Work / v.K
	if v.Chip.Peak > 0 {
		next.chip = &v.Chip
	}
	if v.Analog.MAC > 0 {
		next.arrays = &v.Analog
	}
	if s := &v.Settling; s.Free > 0 {
		next.work *= budget.EquilibriumWork(s.Free, s.Nudged, s.Update)
	}
	got, err := p.measure(next)
	return next, got, err
}

// simulated pulls a lever that changes the scenario.
func (p *puller) simulated(v *scenario.Lever, c *scenario.Config, at position) (position, measured, error) {
	if at.chip != nil {
		return at, measured{}, refusal("cannot be simulated: the accelerator is declared")
	}
	next := at
	next.sync = max(at.sync, v.Sync)
	next.set = append(slices.Clone(at.set), v.Set...)
	if len(v.Search) > 0 {
		return p.search(v, c, next, at)
	}
	changed, err := p.load(next.set)
	if err != nil {
		return at, measured{}, refused(err)
	}
	if next.sync == at.sync && string(changed.TOML()) == string(c.TOML()) {
		return at, measured{}, refusal("the scenario has it already")
	}
	got, err := p.measure(next)
	got.changes = slices.Clone(v.Set)
	if v.Sync > 1 {
		got.changes = append(got.changes, fmt.Sprintf("a reduction every %d steps", v.Sync))
	}
	return next, got, err
}

// refused turns what is wrong with a changed scenario into the first reason.
func refused(err error) error {
	var wrong scenario.Errors
	if errors.As(err, &wrong) && len(wrong) > 0 {
		return refusal(strings.TrimSpace(wrong[0].Key + ": " + wrong[0].Message))
	}
	return refusal(err.Error())
}

// measure simulates the step at a position and returns the run.
func (p *puller) measure(at position) (measured, error) {
	c, err := p.load(at.set)
	if err != nil {
		return measured{}, refused(err)
	}
	s, err := p.step(c)
	if err != nil {
		return measured{}, err
	}
	plan := PlanOf(c)
	if p.tokens > 0 {
		plan.Tokens = p.tokens
	}
	b := BudgetBeside(c, plan, s)
	e := b.Simulated.Run
	plan.Tokens, p.tokens = e.Tokens, e.Tokens
	hours, watts := e.GPUHours, e.PowerPerGPUW
	if at.sync > 1 {
		time, power, err := p.alternate(c, s, at)
		if err != nil {
			return measured{}, err
		}
		hours, watts = hours*time, watts*power
	}
	hours *= at.work
	kernels := s.EnergyComponentsJ["gpu"] / s.EnergyPerStepJ * watts // W of the GPU itself, of the facility
	if at.chip != nil {
		hours *= reached(&c.GPU, c.Layout.Precision.Bytes()) / (at.chip.Peak * at.chip.Share)
		watts += kernels * (at.chip.Power/c.GPU.PowerLimit - 1)
		if at.chip.Rent > 0 {
			plan.Prices.Rent = at.chip.Rent
		}
	}
	if at.arrays != nil {
		watts += kernels * (analogShare(c, s, at.arrays) - 1)
	}
	e = plan.Taking(e.FLOP, hours, watts)
	return measured{LeverRun: p.run(&plan, &e)}, nil
}

// run returns the figures of a run. A cluster that is bought is as large as it takes
// to end when the baseline does.
func (p *puller) run(plan *budget.Plan, e *budget.Estimate) LeverRun {
	r := LeverRun{GPUHours: e.GPUHours, Days: e.Days, USD: e.Of(p.pay).USD, EnergyMWh: e.EnergyMWh, TCO2e: e.OperationalTCO2e + e.EmbodiedTCO2e}
	if p.days == 0 {
		p.days = e.Days
	}
	if p.pay == budget.Buy && plan.Prices.Buy > 0 {
		o := plan.Prices.Ownership()
		r.USD = o.Buy(e.GPUHours / (24 * p.days))
	}
	return r
}

// step simulates the step of a scenario, once.
func (p *puller) step(c *scenario.Config) (*results.Summary, error) {
	if p.ctx.Err() != nil {
		return nil, context.Cause(p.ctx)
	}
	key := string(c.TOML())
	if s := p.memo[key]; s != nil {
		return s, nil
	}
	run, err := Run(c)
	if err != nil {
		return nil, refusal(err.Error())
	}
	p.memo[key] = &run.Summary
	return &run.Summary, nil
}

// alternate returns by which factors time and power change if replicas reduce
// gradients only every so many steps: the steps between are those of one replica
// alone, whose state no other shares.
func (p *puller) alternate(c *scenario.Config, s *results.Summary, at position) (time, power float64, err error) {
	y := &c.Layout
	if y.Data == 1 {
		return 0, 0, refusal("there is one replica, and nothing to reduce")
	}
	set := append(slices.Clone(at.set), "layout.data=1", "layout.overlap_param=false",
		"layout.global_batch="+strconv.Itoa(y.GlobalBatch/y.Data))
	if c.HostList != nil {
		return 0, 0, refusal("machine.host_list names the hosts of all replicas")
	}
	one, err := p.load(set)
	if err != nil {
		return 0, 0, refused(err)
	}
	local, err := p.step(one)
	if err != nil {
		return 0, 0, err
	}
	h := float64(at.sync)
	seconds := ((h-1)*local.StepTimeS + s.StepTimeS) / h
	joules := ((h-1)*local.EnergyPerStepJ/float64(local.Ranks) + s.EnergyPerStepJ/float64(s.Ranks)) / h
	time = seconds / s.StepTimeS
	return time, joules / (s.EnergyPerStepJ / float64(s.Ranks)) / time, nil
}

// reached returns the FLOP/s of a GPU in a product of 8,192³, as chips are compared
// by.
func reached(g *cluster.GPU, elementBytes int64) float64 {
	const n = 8192
	k := cluster.Kernel{Class: cluster.Matrix, M: n, N: n, K: n, Batch: 1, ElementBytes: elementBytes, FLOP: 2 * n * n * n,
		Bytes: float64(3 * n * n * elementBytes), Kernels: 1}
	return k.FLOP / g.Time(k).Seconds()
}

// analogShare returns the energy of a GPU whose kernels are arrays of analog memory,
// as a share of what it takes now.
func analogShare(c *scenario.Config, s *results.Summary, a *scenario.Analog) float64 {
	y := &c.Layout
	tokens := float64(y.GlobalBatch) / float64(y.Data) * float64(c.Model.SeqLen/y.Context)
	writes := budget.AnalogWrites(tokens, float64(y.Microbatches()), a.Resident)
	macs := s.HardwareTFLOPSPerGPU * 1e12 / 2 * s.StepTimeS * float64(s.Ranks)
	gpu := s.EnergyComponentsJ["gpu"]
	return (gpu - s.EnergyBucketsJ["compute"] + macs*budget.AnalogMAC(a.MAC, a.ADC, a.Rows, a.Write, writes)) / gpu
}
