package study

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"trainsim/sim/budget"
	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
	"trainsim/sim/workload"
)

// steadyFailures is a run that the theory of checkpointing covers: hosts that fail
// at any time, enough spares, and checkpoints at the best interval.
const steadyFailures = cluster64 + `
[machine]
spares = 8
[run]
duration = "4 d"
[[failures.component]]
name = "host"
per = "host"
mtbf = "8 h"
[checkpoint]
save = "20 s"
restore = "30 s"
[repair]
automatic = "2 h"
escalates = 0
[replicas]
count = 12
`

// points returns those of a sweep.
func points(all []results.SweepPoint, sweep string) []results.SweepPoint {
	return slices.DeleteFunc(slices.Clone(all), func(p results.SweepPoint) bool { return p.Sweep != sweep })
}

// Where theory covers the run, sweeps find what it says; where a sweep comes by the
// run itself, they find the run itself, to the last bit: all draws are the same.
func TestSweepsAgainstTheory(t *testing.T) {
	c := parse(t, steadyFailures)
	out, _ := train(t, c, Replication{Workers: 2})
	all := out.Months.Sweeps
	for sweep, want := range map[string]int{"interval": 9, "mtbf": 7, "gpus": 7, "severity": 6, "slow_gpus": 6, "bandwidth": 7} {
		if list := points(all, sweep); len(list) != want || !slices.IsSortedFunc(list, func(a, b results.SweepPoint) int { return int(1000 * (a.X - b.X)) }) {
			t.Errorf("%d points of %s, want %d in order: %+v", len(list), sweep, want, list)
		}
	}
	for _, sweep := range []string{"interval", "mtbf", "gpus"} {
		itself := 0
		for _, p := range points(all, sweep) {
			if itself != 1 && p.Mean == out.Summary.ETTR && p.Low == out.Summary.ETTRLow {
				itself++
			}
			if sweep == "gpus" && (p.X < 32 || p.X > 64) || sweep == "mtbf" && p.X < out.Summary.MTBFS/2 {
				continue // hosts are short
			}
			if error := (p.High - p.Low) / 4.4; !(math.Abs(p.Mean-p.ClosedForm) <= 3.5*error+0.002) { // t₀.₉₇₅ of 11 is 2.2
				t.Errorf("%s at %g: ETTR %v ± %v, theory has %v", sweep, p.X, p.Mean, error, p.ClosedForm)
			}
		}
		if itself != 1 {
			t.Errorf("%d points of %s are the run itself, which has %v", itself, sweep, out.Summary.ETTR)
		}
	}
	for _, p := range points(all, "bandwidth") {
		terms := budget.Checkpointing{MTBF: 8 * 3600 * 8 / p.X}
		if want := terms.RequiredBandwidth(float64(out.Summary.CheckpointBytes), 0.05) / 1e9; math.Abs(p.ClosedForm/want-1) > 1e-9 || !math.IsNaN(p.Mean) {
			t.Errorf("%g GPUs need %v GB/s (simulated: %v), want %v", p.X, p.ClosedForm, p.Mean, want)
		}
	}
}

// Each of the hosts, spares too, is in repair for a fifth of the time: the number
// that are is binomial, to which the closed form comes near as hosts get many.
func TestSweepSpares(t *testing.T) {
	c := parse(t, strings.NewReplacer(`duration = "4 d"`, `duration = "60 d"`, "count = 12", "count = 4").Replace(steadyFailures))
	out, _ := train(t, c, Replication{Workers: 2})
	list := points(out.Months.Sweeps, "spares")
	if len(list) < 6 || list[0].X != 0 {
		t.Fatalf("%+v", list)
	}
	for _, p := range list {
		hosts := 8 + p.X
		if want := budget.Shortage(hosts*2/10, int(p.X)); math.Abs(p.ClosedForm-want) > 1e-12 {
			t.Errorf("%g spares: closed form %v, want %v", p.X, p.ClosedForm, want)
		}
		want := 1 - distuv.Binomial{N: hosts, P: 0.2}.CDF(p.X)
		if !(math.Abs(p.Mean-want) <= 1.5*(p.High-p.Low)/2+0.001) { // NaN fails too
			t.Errorf("%g spares are short %v of the time (from %v to %v), theory has %v", p.X, p.Mean, p.Low, p.High, want)
		}
	}
}

// Slowdowns are those of a step with such GPUs.
func TestSweepSlowdowns(t *testing.T) {
	text := strings.Replace(steadyFailures, "count = 12", "count = 1", 1)
	out, _ := train(t, parse(t, text), Replication{Workers: 1})
	degraded := func(gpus ...int) float64 {
		for _, g := range gpus {
			text += fmt.Sprintf("[[degrade]]\ngpu = %d\nspeed = \"90 %%\"\n", g)
		}
		r, err := Run(parse(t, text))
		if err != nil {
			t.Fatal(err)
		}
		return r.Summary.StepTimeS / out.Summary.StepTimeS
	}
	severity, counts := points(out.Months.Sweeps, "severity"), points(out.Months.Sweeps, "slow_gpus")
	if p := severity[3]; p.X != 0.1 || p.Mean != degraded(32) || p.ClosedForm != 1/0.9 || p.Mean > p.ClosedForm {
		t.Errorf("one GPU of the second stage: %+v", p)
	}
	text = strings.Replace(steadyFailures, "count = 12", "count = 1", 1)
	if p := counts[2]; p.X != 4 || p.Mean != degraded(8, 24, 40, 56) || !math.IsNaN(p.ClosedForm) {
		t.Errorf("four GPUs: %+v", p)
	}
}

// The result is the same whatever the number of workers, and without sweeps it has
// none.
func TestSweepsAreReproducible(t *testing.T) {
	text := strings.NewReplacer("sweeps = false", "", "count = 6", "count = 2").Replace(week)
	one, _ := train(t, parse(t, text), Replication{Workers: 1})
	three, _ := train(t, parse(t, text), Replication{Workers: 3})
	if a, b := fmt.Sprintf("%v", one.Months.Sweeps), fmt.Sprintf("%v", three.Months.Sweeps); a != b || len(one.Months.Sweeps) < 40 {
		t.Errorf("with three workers\n%s\nwith one\n%s", b, a)
	}
	if none, _ := train(t, parse(t, week), Replication{Workers: 1}); none.Months.Sweeps != nil {
		t.Errorf("%d points though none are asked for", len(none.Months.Sweeps))
	}
}

// testSweeper returns a sweeper of a scenario whose steps take a second.
func testSweeper(t *testing.T, c *scenario.Config) *sweeper {
	return &sweeper{ctx: t.Context(), config: c, memo: newMemo(testSubject(c), 1), healthy: &run.Step{Time: engine.Second}, replicas: 1, workers: 1,
		horizon: 10 * 24 * 3600 * engine.Second, samples: 1}
}

// A run that nothing stops has no sweeps of what stops it.
func TestSweepsWithoutFailures(t *testing.T) {
	s := testSweeper(t, parse(t, strings.Replace(steadyFailures, `mtbf = "8 h"`, "", 1)))
	all, err := s.all()
	if err != nil || len(all) != 12 {
		t.Errorf("error %v, points %+v", err, all)
	}
}

// A run that never gets through a restart has no effective time; a point whose
// layouts are too many has its closed form alone, or is left out; the end of the
// context is an error.
func TestSweepPointsThatCannotBe(t *testing.T) {
	hopeless := parse(t, strings.Replace(steadyFailures, `mtbf = "8 h"`, `mtbf = "80 s"`, 1))
	s := testSweeper(t, hopeless)
	if list, err := s.simulate([]variant{s.variant("mtbf", 1, hopeless)}); err != nil || len(list) != 1 || list[0].Mean > 0.01 {
		t.Errorf("error %v, points %+v", err, list)
	}
	shrinking := parse(t, strings.NewReplacer("spares = 8", "spares = 0", "tensor = 2", "tensor = 4", "data = 16", "data = 8\norder = \"tensor-pipeline-data\"").
		Replace(steadyFailures)+"[recovery]\nstrategy = \"elastic\"\n")
	s = testSweeper(t, shrinking)
	v := s.variant("mtbf", 1, shrinking)
	v.closed = 0.5
	if list, err := s.simulate([]variant{v}); err != nil || len(list) != 1 || math.IsNaN(list[0].Mean) || len(s.memo.steps) < 2 {
		t.Errorf("error %v, points %+v, %d states", err, list, len(s.memo.steps))
	}
	s.samples = sweepStates / 64
	if list, err := s.simulate([]variant{v}); err != nil || len(list) != 1 || !math.IsNaN(list[0].Mean) || list[0].ClosedForm != 0.5 {
		t.Errorf("error %v, points %+v: the closed form alone should be left", err, list)
	}
	v.closed = math.NaN()
	if list, err := s.simulate([]variant{v}); err != nil || len(list) != 0 {
		t.Errorf("error %v, points %+v: none should be left", err, list)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	s.ctx = ctx
	if _, err := s.simulate([]variant{v}); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the end", err)
	}
}

// A point that would have more events than can be afforded ends earlier.
func TestSweepHorizon(t *testing.T) {
	c := parse(t, steadyFailures)
	s := testSweeper(t, c)
	s.horizon = 1000 * 24 * 3600 * engine.Second
	for steps, want := range map[int64]float64{100_000: 1000 * 86400, 10: 50_000 / (1.0/10 + 1.0/3600)} {
		v := s.variant("interval", 1, c)
		if got := s.horizonOf(&v, &run.Spec{Checkpoint: run.Checkpoint{Every: steps}}).Seconds(); math.Abs(got-want) > 1 {
			t.Errorf("a checkpoint every %d steps: %v s, want %v", steps, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	for _, c := range []struct {
		tensor, data int
		want         []int
	}{{8, 12, []int{3, 6, 12, 24, 48, 96}}, {8, 1, []int{1, 2, 4, 8}}, {8, 4096, []int{512, 1024, 2048, 4096, 8192, 16384}}, {8, 32768, []int{4096, 8192, 16384, 32768}}} {
		if got := sizes(&workload.Layout{Tensor: c.tensor, Pipeline: 1, Data: c.data}); !slices.Equal(got, c.want) {
			t.Errorf("around %d replicas: %v, want %v", c.data, got, c.want)
		}
	}
}

// The first number with an error gives it, and a panic is one.
func TestParallel(t *testing.T) {
	for _, workers := range []int{0, 1, 4} {
		err := parallel(t.Context(), workers, 20, func(i int) error {
			switch {
			case i == 17:
				panic("index out of range")
			case i >= 9:
				return fmt.Errorf("number %d", i)
			}
			return nil
		})
		if err == nil || err.Error() != "number 9" {
			t.Errorf("%d workers: error %v", workers, err)
		}
	}
	if err := parallel(t.Context(), 1, 1, func(int) error { panic("index out of range") }); err == nil || !strings.HasPrefix(err.Error(), "a mistake in simulate itself, please report it with your scenario: index out of range\n") {
		t.Errorf("error %v", err)
	}
}
