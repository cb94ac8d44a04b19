package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"trainsim/sim/budget"
	"trainsim/sim/report"
	"trainsim/sim/results"
	"trainsim/sim/study"
)

// budgetOptions are the flags of budget.
type budgetOptions struct {
	params, tokens, stepTokens, usd amount

	gpu                     string
	k, mfu, goodput, bytes  float64
	gpus                    int
	days                    float64
	delivery                []string
	price, pue              float64
	grid, electricity, edge string
	growth, from            int
	plot                    string
	set                     []string
	json                    bool
}

// Where nothing is given: the median of 33 published utilisations that Epoch AI
// falls back on (arXiv 2405.21015, code), and years of growth to draw.
const (
	defaultMFU  = 0.375
	growthYears = 10
)

func newBudget(talk *talkOptions) *cobra.Command {
	o := budgetOptions{}
	cmd := &cobra.Command{
		Use:   "budget [SCENARIO]",
		Short: "Say what a model, a budget or a scenario comes to: GPU hours, days, $, MWh, CO2",
		Long: `Compute on paper what training takes: 6·P·D FLOP, GPU hours, days, memory, power,
energy, money in three ways to pay, carbon. Given --params it is of a model, given
--usd of the largest model that the budget trains, given both of the model beside
the budget. Prices, server power and emissions are those of the GPU's preset
(simulate presets prices NAME, with sources and dates) where no flag says otherwise.

Given a SCENARIO, model, tokens and GPUs are the scenario's. Its step is simulated
as simulate run does, nothing is written, and the closed form stands beside the
simulation with the gap and what explains it.`,
		Example: `  simulate budget --params 1T --gpu h100-80gb-sxm --mfu 0.4
  simulate budget --usd 1M --price 2.5 --grid FR
  simulate budget --params 405B --tokens 15.6T --gpus 16384 --usd 1B --growth 8 --from 2024
  simulate budget scenarios/gpt3-175b-1024xa100.toml --mfu 0.4`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: tomlFiles,
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := errors.Join(o.check(cmd, len(files) > 0), checkSet(o.set), tryFile("--plot", o.plot, files...)); err != nil {
				return misused(err)
			}
			if len(files) > 0 {
				return o.beside(cmd, talk, files[0])
			}
			return o.onPaper(cmd)
		},
	}
	o.flags(cmd)
	return cmd
}

func (o *budgetOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.Var(&o.params, "params", "parameters in all, such as 405B or 1e12")
	f.Var(&o.tokens, "tokens", "tokens to train on; without it, 20 per parameter")
	f.Float64Var(&o.k, "k", 1, "parameters in all over those active in one token (mixture of experts)")
	f.Var(&o.usd, "usd", "a budget in $, such as 1M")
	f.StringVar(&o.gpu, "gpu", "h100-80gb-sxm", "`preset` of the GPU; its matrix peak is that of bf16")
	f.Float64Var(&o.mfu, "mfu", defaultMFU, "share of the peak that the model's FLOP reach")
	f.Float64Var(&o.goodput, "goodput", 1, "share of the time that counts, what failures take left out")
	f.IntVar(&o.gpus, "gpus", 0, "how many GPUs; without it, as many as --days need")
	f.Float64Var(&o.days, "days", 0, "deadline; without it and --gpus, 90")
	f.StringSliceVar(&o.delivery, "delivery", nil, "batches of GPUs, `N@WEEKS` after the order each, such as 4096@12,4096@20")
	f.Float64Var(&o.price, "price", 0, "rent of a GPU in `$/h`")
	f.StringVar(&o.grid, "grid", "", "`country` whose electricity it is (FR, PL, US, …), or g of CO2e per kWh, or a CSV file of them by the hour")
	f.StringVar(&o.electricity, "electricity", "", "price of electricity in `$/kWh`, or a CSV file of them by the hour")
	f.Float64Var(&o.pue, "pue", 0, "power of the site over that of the computers")
	f.StringVar(&o.edge, "boundary", string(budget.Facility), "what power and energy count: chip (its limit, as model cards do), host or facility")
	f.Float64Var(&o.bytes, "bytes-per-param", budget.AdamBytes, "weights, gradients and optimizer in memory")
	f.Var(&o.stepTokens, "step-tokens", "tokens of a step, for what a step costs")
	f.IntVar(&o.growth, "growth", 0, "also what becomes of it in so many `years` if it grows as the largest runs do")
	f.IntVar(&o.from, "from", 0, "the `year` it is now, for --growth")
	f.StringVar(&o.plot, "plot", "", "also draw growth against the budget into a PNG `file`")
	f.StringArrayVar(&o.set, "set", nil, "override one `key=value` of the scenario, in TOML; may be repeated")
	f.BoolVar(&o.json, "json", false, "print one JSON document")
}

// ofScenario are the flags whose answer a scenario gives.
var ofScenario = []string{"params", "k", "gpu", "gpus", "days", "delivery", "step-tokens"}

// check says what is wrong with the numbers of flags.
func (o *budgetOptions) check(cmd *cobra.Command, scenario bool) error {
	given := func(name string) bool { return cmd.Flags().Changed(name) }
	ranges := []struct {
		name      string
		value     float64
		low, high float64
		allowed   string
	}{
		{"params", float64(o.params), 1e6, 1e18, "a number from 1M to 1e18"},
		{"tokens", float64(o.tokens), 1e6, 1e20, "a number from 1M to 1e20"},
		{"k", o.k, 1, 1e6, "a number from 1"},
		{"mfu", o.mfu, 1e-6, 1, "a share above 0 and at most 1, such as 0.4"},
		{"goodput", o.goodput, 1e-6, 1, "a share above 0 and at most 1"},
		{"gpus", float64(o.gpus), 1, 1e9, "a whole number from 1"},
		{"days", o.days, 1e-3, 1e5, "a number from 0.001 to 100000"},
		{"price", o.price, 1e-6, 1e6, "$ per hour above 0"},
		{"pue", o.pue, 1, 10, "a number from 1 to 10"},
		{"bytes-per-param", o.bytes, 1, 1000, "a number from 1"},
		{"growth", float64(o.growth), 1, 100, "1 to 100 years"},
		{"from", float64(o.from), 1900, 2200, "a calendar year"},
	}
	for _, r := range ranges {
		if given(r.name) && !(r.value >= r.low && r.value <= r.high) {
			return fmt.Errorf("--%s is %g; allowed: %s", r.name, r.value, r.allowed)
		}
	}
	edges := []string{string(budget.Chip), string(budget.Host), string(budget.Facility)}
	if !slices.Contains(edges, o.edge) {
		return fmt.Errorf("--boundary is %q; allowed: %s", o.edge, strings.Join(edges, ", "))
	}
	for _, name := range ofScenario {
		if scenario && given(name) {
			return fmt.Errorf("--%s does not go with a SCENARIO, which says it; change the scenario with --set", name)
		}
	}
	switch {
	case scenario:
	case o.params == 0 && o.usd == 0:
		return errors.New("give --params, --usd or a SCENARIO")
	case given("gpus") && given("days"):
		return errors.New("--gpus and --days say the same; give one")
	case len(o.set) > 0:
		return errors.New("--set needs a SCENARIO")
	}
	return nil
}

// onPaper computes the plan that the flags describe.
func (o *budgetOptions) onPaper(cmd *cobra.Command) error {
	name, plan, ok := study.NewPlan(o.gpu)
	if !ok {
		return misused(unknownPreset("gpu", o.gpu))
	}
	plan.K, plan.StepTokens, plan.StateBytes = o.k, float64(o.stepTokens), o.bytes
	if err := o.amend(&plan); err != nil {
		return misused(err)
	}
	if err := o.size(&plan); err != nil {
		return misused(err)
	}
	title, err := o.model(&plan)
	if err != nil {
		return misused(err)
	}
	b := study.NewBudget(name, plan)
	b.Title = title
	return o.print(cmd, b)
}

// size fills how many GPUs there are, and when.
func (o *budgetOptions) size(p *budget.Plan) (err error) {
	if p.Deliveries, err = deliveries(o.delivery); err != nil {
		return err
	}
	switch {
	case len(p.Deliveries) > 0 && (o.gpus > 0 || o.days > 0):
		return errors.New("--delivery says how many GPUs there are and when; leave out --gpus and --days")
	case len(p.Deliveries) > 0:
		p.Days = 0
	case o.gpus > 0:
		p.GPUs, p.Days = float64(o.gpus), 0
	case o.days > 0:
		p.Days = o.days
	}
	return nil
}

// model fills parameters and tokens: those given, or the most that the budget
// trains.
func (o *budgetOptions) model(p *budget.Plan) (title string, err error) {
	ratio := float64(budget.OptimalTokensPerParam)
	p.Params, p.Tokens = float64(o.params), float64(o.tokens)
	if p.Params > 0 {
		if p.Tokens == 0 {
			p.Tokens = ratio * p.Params
		}
		return "", nil
	}
	if o.tokens > 0 {
		return "", errors.New("--tokens needs --params: the largest model of a budget is trained on 20 tokens a parameter")
	}
	if p.Days == 0 {
		return "", errors.New("the largest model of a budget needs --days, or neither --gpus nor --delivery")
	}
	p.Params, p.Tokens = 1, ratio // for the ratio alone
	for _, way := range []budget.Way{budget.Rent, budget.Own} {
		if largest := p.Largest(float64(o.usd), way); largest > 0 {
			p.Params, p.Tokens = largest, ratio*largest
			return "The largest model that " + wayWords[way] + " trains", nil
		}
	}
	return "", fmt.Errorf("no price of %s is known; give --price", o.gpu)
}

var wayWords = map[budget.Way]string{budget.Rent: "the budget, spent on rent,", budget.Own: "the budget, spent on hardware of one's own while it runs,"}

// beside simulates the step of a scenario and sets the closed form beside it.
func (o *budgetOptions) beside(cmd *cobra.Command, talk *talkOptions, file string) error {
	configs, err := loadAll([]string{file}, o.set)
	if err != nil {
		return err
	}
	cfg := configs[0]
	plan := study.PlanOf(cfg)
	plan.StateBytes = o.bytes
	if o.tokens > 0 {
		plan.Tokens = float64(o.tokens)
	}
	if err := o.amend(&plan); err != nil {
		return misused(err)
	}
	t, err := talk.open(cmd.ErrOrStderr(), 1)
	if err != nil {
		return err
	}
	defer t.close()
	t.now("simulate " + cfg.Name)
	run, err := await(cmd.Context(), func() (*results.Run, error) { return study.Run(cfg) })
	if err != nil {
		return failed(err)
	}
	t.close()
	return o.print(cmd, study.BudgetBeside(cfg, plan, &run.Summary))
}

// print adds budget and growth, and prints and draws.
func (o *budgetOptions) print(cmd *cobra.Command, b *study.Budget) error {
	if o.usd > 0 {
		b.Afford(float64(o.usd))
	}
	years := o.growth
	if years == 0 && o.plot != "" {
		years = growthYears
	}
	if years > 0 {
		b.Grow(years, o.from)
	}
	if err := writeAsked(o.plot, func(w io.Writer) error { return report.WriteGrowth(w, growthCurve(b)) }); err != nil {
		return failed(err)
	}
	return printResult(cmd.OutOrStdout(), o.json, b)
}

// growthCurve is what is drawn of a budget.
func growthCurve(b *study.Budget) report.Growth {
	g := report.Growth{Title: b.Title, From: b.Growth.From, BudgetUSD: b.Growth.BudgetUSD, Years: b.Growth.Years}
	if g.Title == "" {
		g.Title = fmt.Sprintf("%s parameters on %s", results.HumanCount(b.ClosedForm.Params), b.GPU)
	}
	return g
}
