package study

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// Train simulates the whole of training that a long scenario asks for, and adds it
// to the result of its step, with how it hangs on what it is made of and what makes
// its steps slow. Finished replicas are kept in r.Keep until Forget. When ctx ends
// its cause is returned.
func Train(ctx context.Context, c *scenario.Config, out *results.Run, r Replication) ([]Recorded, error) {
	t, err := replicate(ctx, c, out, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	if c.Replicas.Sweeps {
		r.Stage("sweeps")
		if out.Months.Sweeps, err = sweeps(ctx, c, t.memo, t.healthy, &r, out); err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	first := t.replicas[0].Outcome
	if err := attributed(ctx, c, t.memo, first, out); err != nil {
		return nil, fmt.Errorf("%s: what makes steps slow: %w", c.Name, err)
	}
	return recorded(ctx, c, first.Watched)
}

// trained is a training that was played in replicas, with the steps it took.
type trained struct {
	memo     *memo
	healthy  *run.Step
	replicas []*replica
}

// replicate simulates the replicas of a long scenario and adds what became of them
// to the result of its step.
func replicate(ctx context.Context, c *scenario.Config, out *results.Run, r Replication) (*trained, error) {
	m := newMemo(subjectOf(c), r.Workers)
	m.doing = r.Doing
	a := (&worker{memo: m}).asker(ctx)
	healthy, err := a.step(&run.Health{})
	if err == nil && healthy.Trip != nil {
		err = errors.New(healthy.Trip.Why)
	}
	if err != nil {
		return nil, err
	}
	nominal, err := a.nominal(healthy)
	if err != nil {
		return nil, err
	}
	s, err := newStore(r.Keep, out.Scenario)
	if err != nil {
		return nil, err
	}
	f := facilityOf(c, &out.Summary)
	p := &pool{Replication: r, store: s, memo: m, most: MostReplicas(c), enough: enough(c),
		simulate: func(number int, step run.Steps) (*run.Outcome, error) {
			spec, err := specOf(c, step, healthy, number)
			if err != nil {
				return nil, err
			}
			spec.Nominal, spec.Site = nominal, f.billed()
			return run.Simulate(spec, replicaSeed(c.Run.Seed, number))
		}}
	replicas, err := p.run(ctx)
	if err != nil {
		s.tidy()
		return nil, err
	}
	return &trained{m, healthy, replicas}, summarizeAll(c, healthy, nominal, replicas, out)
}

// summarizeAll adds what became of the replicas to a result.
func summarizeAll(c *scenario.Config, healthy *run.Step, nominal engine.Duration, replicas []*replica, out *results.Run) error {
	spec, err := specOf(c, nil, healthy, 0)
	if err != nil {
		return err
	}
	spec.Nominal = nominal
	if out.Summary.Training, err = summarizeRun(spec, c.Plan(healthy), healthy, replicas); err != nil {
		return err
	}
	out.Summary.StopRampsMWh = stopRamps(&out.Summary)
	out.Summary.USDPerFailure = out.Summary.LostPerFailureS / 3600 * float64(c.Layout.Ranks()) * c.Prices.Rent
	out.Summary.TokensDone = out.Summary.StepsDone * float64(out.Summary.TokensPerStep)
	trainingCosts(&out.Summary, c, replicas)
	fromOrder(&out.Summary, c, out.Summary.CompletionTimeS/86400)
	out.Summary.Digest, err = digestOf(out.Summary.Digest, replicas)
	out.Months = months(spec, replicas)
	f := facilityOf(c, &out.Summary)
	out.Months.Hours = f.hours(replicas[0].Outcome)
	return err
}

// Forget removes the replicas that a run kept: they are in its result.
func (r *Replication) Forget() error { return (&store{dir: r.Keep}).remove() }

// specOf returns the run of a replica. What goes into the timeline and the records
// is kept of the first.
func specOf(c *scenario.Config, step run.Steps, healthy *run.Step, number int) (*run.Spec, error) {
	spec, err := c.RunSpec(step, healthy)
	if err != nil {
		return nil, err
	}
	spec.Record, spec.Deliveries = number == 0, c.Deliveries()
	if number > 0 {
		spec.Watch = nil
	}
	return spec, nil
}

// MostReplicas returns how many replicas of a long scenario are simulated at most.
func MostReplicas(c *scenario.Config) int {
	if c.Replicas.Width > 0 {
		return c.Replicas.Most
	}
	return c.Replicas.Count
}

// enough returns what tells whether the first replicas are enough: as many as the
// scenario counts, or until the confidence interval is as narrow as it wants.
func enough(c *scenario.Config) func([]*replica) bool {
	r := &c.Replicas
	if r.Width == 0 {
		return func(first []*replica) bool { return len(first) >= r.Count }
	}
	figure := func(o *run.Outcome) float64 { return o.Time.Goodput() }
	if r.Of == "completion_time" {
		figure = func(o *run.Outcome) float64 { return o.End.Seconds() }
	}
	return func(first []*replica) bool {
		mean, low, _ := means{first}.interval(figure)
		return len(first) >= max(r.Count, 2) && mean-low <= r.Width*mean
	}
}

// digestOf returns the digest of a step and of what became of replicas.
func digestOf(step string, replicas []*replica) (string, error) {
	h := sha256.New()
	h.Write([]byte(step))
	for _, r := range replicas {
		outcome, err := json.Marshal(r.Outcome)
		if err != nil {
			return "", err
		}
		h.Write(outcome)
	}
	return hex.EncodeToString(h.Sum(nil))[:len(step)], nil
}
