package study

import (
	"fmt"
	"math"

	"trainsim/sim/budget"
	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
	"trainsim/sim/workload"
)

// What is swept.
const (
	overhead  = 0.05      // of checkpoints and work lost, that a bandwidth is asked for
	mostRanks = 131_072   // of a machine that is simulated
	mostSlow  = 32        // GPUs that are slow at once
	slowBy    = 0.1       // each of them
	mostCost  = 5_000_000 // events of a step from which on slow GPUs are not swept
)

// all returns how the run hangs on each of the things that are swept. Those that
// nothing is known of are left out, such as checkpoints of a run that never fails.
func (s *sweeper) all() ([]results.SweepPoint, error) {
	var points []results.SweepPoint
	all := []func() ([]results.SweepPoint, error){s.intervals, s.rates, s.spares, s.severities, s.counts, s.sizes}
	for i, sweep := range all {
		s.at = fmt.Sprintf("sweep %d of %d", i+1, len(all))
		list, err := sweep()
		if err != nil {
			return nil, err
		}
		points = append(points, list...)
	}
	return points, nil
}

// fails tells whether anything stops the job.
func (s *sweeper) fails() bool { return !math.IsInf(s.config.Plan(s.healthy).Terms.MTBF, 1) }

// withBest returns a scenario with the best interval between checkpoints, if any is
// written.
func withBest(c *scenario.Config) *scenario.Config {
	v := *c
	if c.Checkpoint.Steps > 0 || c.Checkpoint.Interval.Rule != scenario.RuleNone {
		v.Checkpoint.Steps, v.Checkpoint.Interval = 0, scenario.Cadence{Rule: scenario.RuleAuto}
	}
	return &v
}

// intervals sweeps the computing between two checkpoints, from an eighth of the
// best to eight times as much.
func (s *sweeper) intervals() ([]results.SweepPoint, error) {
	best := *s.config
	best.Checkpoint.Steps, best.Checkpoint.Interval = 0, scenario.Cadence{Rule: scenario.RuleAuto}
	center := best.Plan(s.healthy).Interval
	if !s.fails() || center == 0 {
		return nil, nil
	}
	var list []variant
	for k := -4; k <= 4; k++ {
		c := best
		c.Checkpoint.Steps = int(math.Round(center * math.Pow(8, float64(k)/4) / s.healthy.Time.Seconds()))
		if n := len(list); c.Checkpoint.Steps > 0 && (n == 0 || c.Checkpoint.Steps > list[n-1].config.Checkpoint.Steps) {
			list = append(list, s.variant("interval", c.Plan(s.healthy).Interval, &c))
		}
	}
	return s.simulate(list)
}

// rates sweeps the time between stops, from an eighth to eight times as much.
func (s *sweeper) rates() ([]results.SweepPoint, error) {
	if !s.fails() {
		return nil, nil
	}
	var list []variant
	for k := 3; k >= -3; k-- {
		c := withBest(s.config)
		c.Failures.Scale *= math.Pow(2, float64(k))
		list = append(list, s.variant("mtbf", c.Plan(s.healthy).Terms.MTBF, c))
	}
	return s.simulate(list)
}

// spares sweeps the hosts that stand by, up to those that are enough for 99.9 % of
// the time. The chance to stall is the share of time with more hosts in repair.
func (s *sweeper) spares() ([]results.SweepPoint, error) {
	mean, _ := s.config.InRepair(s.config.Spares)
	if mean == 0 {
		return nil, nil
	}
	var list []variant
	enough := budget.Spares(mean, 0.999)
	for k := range 10 {
		n := int(math.Round(float64(k*enough) / 9))
		if k > 0 && n == list[len(list)-1].config.Spares {
			continue
		}
		c := *s.config
		c.Spares = n
		v := s.variant("spares", float64(n), &c)
		v.name, v.pool, v.closed = "stall_chance", true, math.NaN()
		v.figure = func(o *run.Outcome) float64 { return shortage(o, int32(n)) }
		if mean, poisson := c.InRepair(n); poisson {
			v.closed = budget.Shortage(mean, n)
		}
		list = append(list, v)
	}
	return s.simulate(list)
}

// shortage returns the share of time in which more hosts are in repair than there
// are spares.
func shortage(o *run.Outcome, spares int32) float64 {
	var short engine.Duration
	for i, p := range o.Pool {
		until := o.End
		if i+1 < len(o.Pool) {
			until = o.Pool[i+1].At
		}
		if p.Repair > spares {
			short += until.Sub(p.At)
		}
	}
	return short.Seconds() / o.End.Seconds()
}

// sizes sweeps the number of replicas, and all else in proportion, from an eighth
// to eight times as many: what becomes of the run, and which bandwidth its checkpoints
// need.
func (s *sweeper) sizes() ([]results.SweepPoint, error) {
	var list []variant
	var bandwidths []results.SweepPoint
	for _, data := range sizes(&s.config.Layout) {
		c, err := s.config.Scaled(data)
		if err != nil || !s.fails() || float64(s.events)*float64(data)/float64(s.config.Layout.Data) > 8*mostCost {
			continue // there is no such machine, or nothing to learn, or it takes long
		}
		c = withBest(c)
		v := s.variant("gpus", float64(c.Layout.Ranks()), c)
		if v.memo, v.healthy, err = s.healthyOf(c); err != nil {
			if s.ctx.Err() != nil {
				return nil, err
			}
			continue
		}
		p := c.Plan(v.healthy)
		v.closed = theoryOf(c, v.healthy)
		list = append(list, v)
		if need := requiredBandwidth(p); !math.IsInf(need, 1) {
			nan := math.NaN()
			bandwidths = append(bandwidths, results.SweepPoint{Sweep: "bandwidth", Figure: "required_gb_per_s", X: v.x, Mean: nan, Low: nan, High: nan, ClosedForm: need})
		}
	}
	points, err := s.simulate(list)
	return append(points, bandwidths...), err
}

// sizes returns numbers of replicas around that of a layout.
func sizes(y *workload.Layout) []int {
	var list []int
	for k := 3; k >= 1; k-- {
		if y.Data%(1<<k) == 0 {
			list = append(list, y.Data>>k)
		}
	}
	list = append(list, y.Data)
	for k := 1; k <= 3 && y.Ranks()<<k <= mostRanks; k++ {
		list = append(list, y.Data<<k)
	}
	return list
}

// requiredBandwidth returns the GB/s at which checkpoints for which steps wait must
// be written so that they and the work lost take no more than overhead. Restarts
// are left out: no bandwidth makes up for them.
func requiredBandwidth(p *scenario.Plan) float64 {
	t := p.Terms
	t.Restart, t.Repair = 0, 0
	return t.RequiredBandwidth(p.Bytes, overhead) / 1e9
}

// severities sweeps how slow one GPU is, of the middle stage.
func (s *sweeper) severities() ([]results.SweepPoint, error) {
	y := &s.config.Layout
	at := int32(y.Place(y.Rank(workload.Coordinates{Pipeline: y.Pipeline / 2})))
	var list []slowness
	for _, by := range []float64{0.01, 0.02, 0.05, 0.1, 0.15, 0.2} {
		list = append(list, slowness{x: by, closed: 1 / (1 - by), gpus: []int32{at}, by: by})
	}
	return s.slowdowns("severity", list)
}

// counts sweeps how many GPUs are slow, spread evenly over the hosts.
func (s *sweeper) counts() ([]results.SweepPoint, error) {
	var list []slowness
	ranks := s.config.Layout.Ranks()
	for n := 1; n <= mostSlow && n < ranks; n *= 2 {
		one := slowness{x: float64(n), closed: math.NaN(), by: slowBy}
		for k := range n {
			one.gpus = append(one.gpus, int32((2*k+1)*ranks/(2*n)))
		}
		list = append(list, one)
	}
	return s.slowdowns("slow_gpus", list)
}

// slowness is some GPUs of the job that are slow.
type slowness struct {
	x, closed float64
	gpus      []int32
	by        float64
}

// slowdowns simulates a step of each and returns how much longer it takes.
func (s *sweeper) slowdowns(sweep string, list []slowness) ([]results.SweepPoint, error) {
	if s.events > mostCost {
		return nil, nil
	}
	perHost := int32(s.config.Host.GPUs)
	points := make([]results.SweepPoint, len(list))
	return points, parallel(s.ctx, s.workers, len(list), func(i int) error {
		l := &list[i]
		var h run.Health
		for _, g := range l.gpus {
			h.Slow = append(h.Slow, run.Slow{Target: run.TargetGPU, Slot: g / perHost, Part: g % perHost, Speed: int32(math.Round(1e6 * (1 - l.by)))})
		}
		step, err := (&worker{memo: s.memo}).asker(s.ctx).step(&h)
		if err != nil {
			return err
		}
		slower := budget.Slowdown(step.Time.Seconds(), s.healthy.Time.Seconds())
		points[i] = results.SweepPoint{Sweep: sweep, Figure: "slowdown", X: l.x, Mean: slower, Low: slower, High: slower, ClosedForm: l.closed}
		return nil
	})
}
