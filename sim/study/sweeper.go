package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// Bounds on what a sweep costs.
const (
	sweepReplicas = 30        // of each point
	sweepEvents   = 50_000    // checkpoints, copies and stops of one: its horizon, in which no run is found to be hopeless
	sweepStates   = 2_000_000 // states of lost replicas of one, times ranks
)

// sweeper simulates a long run again and again, each time with one thing of it
// changed. Its steps are as long as those of a job with as many replicas in which
// nothing is slow: slow parts, which still may be evicted, make steps longer but hardly change the
// share of time that is spent in them. Draws are those of the replicas of the run.
type sweeper struct {
	ctx      context.Context
	config   *scenario.Config
	memo     *memo
	healthy  *run.Step
	horizon  engine.Duration // of the run
	replicas int             // of each point
	workers  int
	events   int64 // of one step
	samples  int   // steps simulated in each state of health
	doing    func(what string)
	at       string // which sweep it is
}

// sweeps returns how a long run hangs on what it is made of, after its replicas.
func sweeps(ctx context.Context, c *scenario.Config, m *memo, healthy *run.Step, r *Replication, out *results.Run) ([]results.SweepPoint, error) {
	s := &sweeper{ctx: ctx, config: c, memo: m, healthy: noiseless(healthy), workers: r.Workers, replicas: min(out.Summary.Replicas, sweepReplicas),
		horizon: engine.FromSeconds(out.Summary.CompletionTimeS), events: out.Summary.Events / int64(c.StepsInDetail()), samples: 1 + len(healthy.Samples), doing: r.Doing}
	return s.all()
}

// noiseless is a step without its noise.
func noiseless(s *run.Step) *run.Step { return &run.Step{Time: s.Time, Energy: s.Energy} }

// healthyOf returns the step of another machine and a memo for it. The layout of
// the machine, which may be large, is not kept.
func (s *sweeper) healthyOf(c *scenario.Config) (*memo, *run.Step, error) {
	m := newMemo(subjectOf(c), 1)
	step, err := (&worker{memo: m}).asker(s.ctx).step(&run.Health{})
	m.jobs.Init()
	return m, step, err
}

// variant is the run with one thing of it changed: a point of a sweep.
type variant struct {
	sweep, name string
	x, closed   float64 // closed form, NaN: there is none
	config      *scenario.Config
	memo        *memo
	healthy     *run.Step
	pool        bool // the figure is of hosts outside the job
	figure      func(*run.Outcome) float64
}

// variant returns the point of a sweep of the effective training time.
func (s *sweeper) variant(sweep string, x float64, c *scenario.Config) variant {
	return variant{sweep: sweep, name: "ettr", x: x, closed: theoryOf(c, s.healthy), config: c, memo: s.memo, healthy: s.healthy,
		figure: func(o *run.Outcome) float64 { return o.Time.ETTR() }}
}

// theoryOf returns the effective training time ratio of theory, NaN where it does
// not cover the run.
func theoryOf(c *scenario.Config, healthy *run.Step) float64 {
	spec, err := c.RunSpec(nil, healthy)
	if err != nil {
		return math.NaN()
	}
	if ettr := closedETTR(spec, c.Plan(healthy)); ettr > 0 {
		return ettr
	}
	return math.NaN()
}

// simulate returns the points of variants, without those of which nothing is known.
func (s *sweeper) simulate(list []variant) ([]results.SweepPoint, error) {
	points := make([]results.SweepPoint, len(list))
	var begun atomic.Int64
	err := parallel(s.ctx, s.workers, len(list), func(i int) error {
		if n := begun.Add(1); s.doing != nil {
			s.doing(fmt.Sprintf("%s, point %d of %d", s.at, n, len(list)))
		}
		return s.point(&list[i], &points[i])
	})
	known := points[:0]
	for _, p := range points {
		if !math.IsNaN(p.Mean) || !math.IsNaN(p.ClosedForm) {
			known = append(known, p)
		}
	}
	return known, err
}

// point simulates the replicas of a variant. One that would take too long, or
// cannot be, leaves the closed form alone.
func (s *sweeper) point(v *variant, p *results.SweepPoint) error {
	nan := math.NaN()
	*p = results.SweepPoint{Sweep: v.sweep, Figure: v.name, X: v.x, Mean: nan, Low: nan, High: nan, ClosedForm: v.closed}
	spec, err := v.config.RunSpec(nil, v.healthy)
	if err != nil {
		return err
	}
	if v.pool { // which checkpoints do not change
		spec.Checkpoint.Every, spec.Checkpoint.Memory = 0, 0
	}
	spec.Steps, spec.Until, spec.Watch, spec.Record = 0, s.horizonOf(v, spec), nil, v.pool
	spec.Step = s.steps(v)
	var values []float64
	for i := range s.replicas {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		o, err := run.Simulate(spec, replicaSeed(s.config.Run.Seed, i))
		if errors.Is(err, errNoStep) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("sweep %s at %g: %w", v.sweep, v.x, err)
		}
		values = append(values, v.figure(o))
	}
	p.Mean, p.Low, p.High = MeanInterval(values)
	return nil
}

// horizonOf returns how long a variant is simulated: as long as the run, but no
// longer than there are events that cost.
func (s *sweeper) horizonOf(v *variant, spec *run.Spec) engine.Duration {
	rate := 1 / v.config.Plan(v.healthy).Terms.MTBF
	for _, every := range []int64{spec.Checkpoint.Every, spec.Checkpoint.Memory} {
		if every > 0 {
			rate += 1 / (float64(every) * v.healthy.Time.Seconds())
		}
	}
	if rate*s.horizon.Seconds() > sweepEvents {
		return engine.FromSeconds(sweepEvents / rate)
	}
	return s.horizon
}

// errNoStep is that of a state of which the step is not to be had.
var errNoStep = errors.New("no step")

// steps returns what answers a variant: steps in which nothing is slow, of as many
// replicas as there are.
func (s *sweeper) steps(v *variant) run.Steps {
	a := (&worker{memo: v.memo}).asker(s.ctx)
	cost := v.config.Layout.Ranks()
	if v.memo == s.memo {
		cost *= s.samples
	}
	known := map[int32]*run.Step{0: v.healthy}
	return func(h *run.Health) (*run.Step, error) {
		if step := known[h.Lost]; step != nil {
			return step, nil
		}
		if len(known)*cost > sweepStates {
			return nil, errNoStep
		}
		step, err := a.step(&run.Health{Lost: h.Lost})
		switch {
		case s.ctx.Err() != nil:
			return nil, context.Cause(s.ctx)
		case err != nil: // a layout that cannot do without so many
			return nil, fmt.Errorf("%w: %w", errNoStep, err)
		}
		known[h.Lost] = noiseless(step)
		return known[h.Lost], nil
	}
}

// guarded calls f. A panic is an error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = mistake(v)
		}
	}()
	return f()
}

// parallel calls f for 0 … n−1, so many side by side, and returns the error of the
// first number that has one.
func parallel(ctx context.Context, workers, n int, f func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(max(1, workers), n) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				errs[i] = guarded(func() error { return f(i) })
			}
		})
	}
	wait.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
