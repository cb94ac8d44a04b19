package study

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// WhatIf tells what makes a step longer than it need be, and which ranks compute
// longer than others of their stage.
type WhatIf struct {
	Scenario string `json:"scenario"`
	Title    string `json:"title,omitempty"`
	results.Attribution
	Causes []results.Cause    `json:"causes"`
	Ranks  []results.RankCell `json:"ranks"`

	long bool
}

// whatIfSteps is how many steps with noise the time of one is the mean of, at most.
const whatIfSteps = 16

// NewWhatIf simulates what makes the steps of a scenario slow: that of single steps,
// of a long run that of the first [[record]] or else the worst of the first replica.
func NewWhatIf(ctx context.Context, c *scenario.Config) (*WhatIf, error) {
	w := &worker{memo: newMemo(subjectOf(c), 1)}
	at := &run.Sight{}
	if c.Long() {
		o, err := w.first(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		at = worst(c, o)
	}
	x, err := whatIf(ctx, c, w, at)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return x, nil
}

// whatIf tells what makes the step of a state of health slow.
func whatIf(ctx context.Context, c *scenario.Config, w *worker, at *run.Sight) (*WhatIf, error) {
	s := &scene{ctx: ctx, worker: w, causes: causesOf(c, at), lost: at.Lost, samples: stepsOf(c)}
	a, err := s.attribute()
	if err != nil {
		return nil, err
	}
	x := &WhatIf{Scenario: c.Name, Title: c.Title, Attribution: a.Attribution, Causes: a.causes, long: c.Long()}
	x.AtS = at.At.Seconds()
	x.Ranks, err = s.ranks(c.Layout)
	return x, err
}

// stepsOf returns how many steps of a scenario are simulated for the time of one. A
// scenario of single steps says itself how many there are.
func stepsOf(c *scenario.Config) int {
	if n := &c.Noise; c.Long() && (n.Jitter > 0 || n.SequenceImbalance > 0 || n.GCPause > 0) {
		return min(n.Samples, whatIfSteps)
	}
	return 1
}

// first simulates the first replica: up to the time that a scenario records, or to
// its end.
func (w *worker) first(ctx context.Context, c *scenario.Config) (*run.Outcome, error) {
	a := w.asker(ctx)
	healthy, err := a.step(&run.Health{})
	if err != nil {
		return nil, err
	}
	spec, err := specOf(c, a.step, healthy, 0)
	if err != nil {
		return nil, err
	}
	if len(c.Record) > 0 {
		spec.Watch = []engine.Time{c.Record[0].At}
		if until := spec.Watch[0].Add(1).Sub(0); spec.Until == 0 || until < spec.Until {
			spec.Until = until
		}
	}
	o, err := run.Simulate(spec, replicaSeed(c.Run.Seed, 0))
	if err == nil && len(c.Record) > 0 && len(o.Watched) == 0 {
		err = fmt.Errorf("record[0].at: the first replica has ended before, after %.4g days", o.End.Seconds()/86400)
	}
	return o, err
}

// worst returns the state of the first replica to look at: that of the first record
// of its scenario, if there is one, else that with most that is wrong.
func worst(c *scenario.Config, o *run.Outcome) *run.Sight {
	if len(c.Record) == 0 {
		return &o.Worst
	}
	for i := range o.Watched {
		if o.Watched[i].At == c.Record[0].At {
			return &o.Watched[i]
		}
	}
	return &o.Worst
}

// mostWhatIf bounds the events that the attribution of a run takes.
const mostWhatIf = 50_000_000

// attributed adds to a result what makes the steps of its first replica slow, where
// anything does and it does not take long to find out.
func attributed(ctx context.Context, c *scenario.Config, m *memo, o *run.Outcome, out *results.Run) error {
	noisy := out.Summary.StepTimeP99S > 0
	if len(c.Record)+len(c.Straggler)+len(c.Degrade)+len(o.Worst.Short) == 0 && !noisy {
		return nil
	}
	at := worst(c, o)
	settings := 2*len(causesOf(c, at)) + 3
	if out.Summary.Events*int64(settings*stepsOf(c)) > mostWhatIf {
		return nil
	}
	x, err := whatIf(ctx, c, &worker{memo: m}, at)
	if err != nil {
		return err
	}
	out.Summary.Attribution, out.Months.Causes, out.Months.Ranks = &x.Attribution, x.Causes, x.Ranks
	return nil
}

// name says of what it is, and of a long run when.
func (x *WhatIf) name() string {
	name := cmp.Or(x.Title, x.Scenario)
	if x.long {
		name += fmt.Sprintf(", at %.4g days", x.AtS/86400)
	}
	return name
}

// Result returns what is drawn of it.
func (x *WhatIf) Result() *results.Run {
	r := &results.Run{Months: &results.Months{Causes: x.Causes, Ranks: x.Ranks}}
	r.Summary.Scenario, r.Summary.Title = x.Scenario, x.name()
	return r
}

// Text returns a table of the causes and the ranks that compute longest.
func (x *WhatIf) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n  step        %s s, ideal %s s without any of the causes\n", x.name(), figures(x.StepS, 5), figures(x.IdealS, 5))
	fmt.Fprintf(&b, "  slowdown    %.4f, %.1f %% of the GPU time is wasted\n", x.Slowdown, 100*x.Waste)
	if len(x.Causes) == 0 {
		b.WriteString("\n  nothing is wrong\n")
		return b.String()
	}
	lines := [][]string{{"  cause", "without it", "alone", "recovered", "added"}}
	for _, c := range x.Causes {
		lines = append(lines, []string{"  " + c.Name, figures(c.StepS, 5) + " s", figures(c.AloneS, 5) + " s",
			fmt.Sprintf("%.1f %%", 100*c.Removed), fmt.Sprintf("%.1f %%", 100*c.Added)})
	}
	b.WriteByte('\n')
	align(&b, lines)
	b.WriteString("\n  recovered: share of the slowdown that goes when this cause goes; added: share that it brings about alone\n")
	x.slowest(&b)
	return b.String()
}

// slowest names the replicas and stages that compute longest beside their stage.
func (x *WhatIf) slowest(b *strings.Builder) {
	const most, least = 5, 1.001
	cells := slices.Clone(x.Ranks)
	slices.SortStableFunc(cells, func(a, b results.RankCell) int { return cmp.Compare(b.Slowdown, a.Slowdown) })
	for i, c := range cells[:min(most, len(cells))] {
		if c.Slowdown < least {
			break
		}
		if i == 0 {
			b.WriteString("\n  compute longest, beside the median of their stage\n")
		}
		fmt.Fprintf(b, "  replica %d, stage %d: %.1f %% longer\n", c.Data, c.Pipeline, 100*(c.Slowdown-1))
	}
}
