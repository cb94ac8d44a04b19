package study

import (
	"context"
	"slices"

	"trainsim/sim/budget"
	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// scene is a step of a job that takes longer than it need, to be simulated with some
// of the causes for that in force.
type scene struct {
	ctx     context.Context
	worker  *worker
	causes  []cause
	lost    int32 // replicas that are missing when all causes are in force
	samples int   // steps that the time is the mean of, where they differ by noise
}

// setting tells which of the causes are in force.
type setting func(cause int) bool

func all(int) bool     { return true }
func nothing(int) bool { return false }

// attribution is where the time of a step goes that an ideal one does not take.
type attribution struct {
	results.Attribution
	causes []results.Cause
}

// attribute simulates the step as it is, with each cause removed, with each alone, and
// with none: what-if analysis as in Lin et al., OSDI'25, arXiv 2505.05713.
func (s *scene) attribute() (*attribution, error) {
	a := &attribution{}
	var err error
	if a.StepS, err = s.step(all); err != nil {
		return nil, err
	}
	if a.IdealS, err = s.step(nothing); err != nil {
		return nil, err
	}
	a.Slowdown = budget.Slowdown(a.StepS, a.IdealS)
	a.Waste = budget.Waste(a.Slowdown)
	for i := range s.causes {
		c, err := s.weigh(i, &a.Attribution)
		if err != nil {
			return nil, err
		}
		a.causes = append(a.causes, *c)
	}
	return a, nil
}

// weigh simulates the step without one cause and with it alone.
func (s *scene) weigh(i int, a *results.Attribution) (*results.Cause, error) {
	c := &results.Cause{Name: s.causes[i].name, StepS: a.IdealS, AloneS: a.StepS}
	if len(s.causes) > 1 {
		var err error
		if c.StepS, err = s.step(func(j int) bool { return j != i }); err != nil {
			return nil, err
		}
		if c.AloneS, err = s.step(func(j int) bool { return j == i }); err != nil {
			return nil, err
		}
	}
	if a.StepS != a.IdealS {
		c.Removed = budget.RemovedShare(a.StepS, c.StepS, a.IdealS)
		c.Added = budget.AddedShare(a.StepS, c.AloneS, a.IdealS)
	}
	c.Slowdown = budget.Slowdown(c.AloneS, a.IdealS)
	return c, nil
}

// step returns how many seconds a step takes with some of the causes in force.
func (s *scene) step(on setting) (seconds float64, err error) {
	err = s.simulate(on, false, func(r *training.Result) { seconds += r.Steady.Seconds() / float64(s.samples) })
	return seconds, err
}

// ranks returns what the ranks of each replica and stage do in the step with all
// causes in force, on a job whose layout is that of the scenario.
func (s *scene) ranks(y workload.Layout) ([]results.RankCell, error) {
	y.Data -= int(s.lost)
	cells := make([]results.RankCell, y.Data*y.Pipeline)
	err := s.simulate(all, true, func(r *training.Result) {
		for rank, spent := range r.Spent {
			at := y.Coordinates(rank)
			c := &cells[at.Pipeline*y.Data+at.Data]
			c.Data, c.Pipeline = int32(at.Data), int32(at.Pipeline)
			share := float64(y.Tensor * y.Context * s.samples)
			c.ComputeS += spent.Compute.Seconds() / share
			c.WaitS += spent.Wait.Seconds() / share
		}
	})
	for first := 0; first < len(cells); first += y.Data {
		stage := cells[first : first+y.Data]
		middle := medianCompute(stage)
		for i := range stage {
			stage[i].Slowdown = budget.Slowdown(stage[i].ComputeS, middle)
		}
	}
	return cells, err
}

// medianCompute returns the median of the compute times of cells.
func medianCompute(cells []results.RankCell) float64 {
	times := make([]float64, len(cells))
	for i := range cells {
		times[i] = cells[i].ComputeS
	}
	slices.Sort(times)
	n := len(times)
	return (times[(n-1)/2] + times[n/2]) / 2
}

// simulate simulates the steps of a setting and shows each.
func (s *scene) simulate(on setting, perRank bool, show func(*training.Result)) error {
	runner, degrades, err := s.prepare(on)
	if err != nil {
		return err
	}
	runner.PerRank, runner.Unbroken = perRank, true
	numbers := engine.NewStream(0, 0, drawSample)
	for i := range s.samples {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		if s.samples > 1 {
			runner.Step = int64(numbers.Below(uint64(i), maxStep))
		}
		r, err := runner.Run(degrades, nil)
		if err != nil {
			return err
		}
		show(r)
	}
	return nil
}

// prepare puts the causes that are on into force.
func (s *scene) prepare(on setting) (*training.Runner, []training.Degrade, error) {
	var lost int32
	for i, c := range s.causes {
		if on(i) {
			lost = max(lost, c.lost)
		}
	}
	w := s.worker
	if err := w.prepare(lost); err != nil {
		return nil, nil, err
	}
	var degrades []training.Degrade
	var quiet training.Noise
	if w.layout.noise != nil {
		quiet = *w.layout.noise
	}
	w.runner.Even = false
	for i, c := range s.causes {
		switch {
		case on(i) && c.wrong != nil:
			wrong, err := c.wrong(lost, w.layout.topology)
			if err != nil {
				return nil, nil, err
			}
			degrades = append(degrades, wrong...)
		case !on(i) && c.quiet != nil:
			c.quiet(&quiet)
		case !on(i) && c.uneven:
			w.runner.Even = true
		}
	}
	if w.runner.Noise = nil; quiet.Jitter > 0 || quiet.Imbalance > 0 || quiet.Pause > 0 {
		w.runner.Noise = &quiet
	}
	return w.runner, degrades, nil
}
