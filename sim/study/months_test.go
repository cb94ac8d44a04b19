package study

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"trainsim/sim/budget"
	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// sickSpec is 500 steps on 64 GPUs of which one after another becomes slow, with
// failures and checkpoints. step is the length of a healthy step.
func sickSpec(step engine.Duration) *run.Spec {
	s := step.Seconds()
	return &run.Spec{
		Steps: 500, Ranks: 64,
		Machine: run.Machine{Slots: 8, Spares: 2, GPUs: 8, NICs: 8, Replicas: 16},
		Kinds: []run.Kind{{Name: "gpu", Parts: 80, Life: run.Distribution{Law: run.Exponential, Mean: 80 * 120 * s}, Scope: run.TakesHost},
			{Name: "software", Parts: 1, OfJob: true, Life: run.Distribution{Law: run.Exponential, Mean: 200 * s}}},
		Stragglers: []run.Straggler{{Name: "gpu", Target: run.TargetGPU, Parts: 80, Between: run.Distribution{Law: run.Exponential, Mean: 80 * 20 * s},
			Lasts: run.Distribution{Law: run.Exponential, Mean: 30 * s}, Severity: run.Severity{Low: 0.05, High: 0.3, Grain: 0.05}}},
		Checkpoint: run.Checkpoint{Every: 20, Save: step / 2, Restore: step},
		Recovery:   run.Recovery{Detection: run.Distribution{Law: run.Exponential, Mean: s}, Startup: run.Always(step)},
		Repair:     run.Repair{Automatic: run.Distribution{Law: run.Exponential, Mean: 50 * s}},
		Power:      run.Power{Polling: 12_000_000, Loaded: 10_000_000, Idle: 5_000_000, Spare: 400_000},
		Record:     true,
	}
}

// A run with the memo is the run in which every step that is asked for is
// simulated anew, rank by rank.
func TestMemoisedIsNotMemoised(t *testing.T) {
	c := parse(t, cluster64)
	whole := *c
	whole.Run.Fold = false
	m := newMemo(testSubject(c), 1)
	healthy, err := (&worker{memo: m}).asker(t.Context()).step(&run.Health{})
	if err != nil {
		t.Fatal(err)
	}
	changes := 0
	anew := &worker{memo: newMemo(testSubject(&whole), 1)}
	spec := sickSpec(healthy.Time)
	spec.Step = func(h *run.Health) (*run.Step, error) {
		changes++
		clear(anew.memo.steps)
		return anew.asker(context.Background()).step(h)
	}
	want, err := run.Simulate(spec, 5)
	if err != nil {
		t.Fatal(err)
	}
	a := (&worker{memo: m}).asker(t.Context())
	spec.Step = a.step
	got, err := run.Simulate(spec, 5)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("with the memo %+v\nwithout %+v", got, want)
	}
	if changes < 40 || got.Steps != 500 || len(a.states()) >= changes {
		t.Errorf("%d changes of health to %d states in %d steps, want at least 40 in 500", changes, len(a.states()), got.Steps)
	}
	t.Logf("%d changes of health, %d states, %d interruptions", changes, len(a.states()), got.Interruptions)
}

// Two replicas by hand: one of 100 s with 80 s productive and one stop, one of 200 s
// with 190 s productive and none.
func TestSummarizeRun(t *testing.T) {
	spec := &run.Spec{Steps: 20, Ranks: 8, Machine: run.Machine{Slots: 1},
		Kinds:      []run.Kind{{Name: "gpu", Parts: 1, Life: run.Distribution{Law: run.Exponential, Mean: 1000}}, {Name: "gpu"}, {Name: "upgrade", Effect: run.Planned}},
		Checkpoint: run.Checkpoint{Every: 2, Save: 5 * engine.Second}, Recovery: run.Recovery{Startup: run.Always(15 * engine.Second)}}
	one := &run.Outcome{End: engine.Time(100 * engine.Second), Steps: 20, Failures: []int64{1, 2, 1}, Interruptions: 1, Lost: []engine.Duration{12 * engine.Second, 0, 9 * engine.Second},
		LostEnergy: []engine.Total{{Lo: 3_600_000_000_000_000_000}, {}, {Lo: 1_000_000_000_000_000_000}}, LeastSpares: 3, Checkpoints: 4, StepTimes: []run.StepCount{{Time: 4, Count: 20}}}
	one.Time = run.Books{run.Productive: 80 * engine.Second, run.WastedProgress: 12 * engine.Second, run.CheckpointSave: 8 * engine.Second}
	two := &run.Outcome{End: engine.Time(200 * engine.Second), Steps: 20, Failures: make([]int64, 3), Lost: make([]engine.Duration, 3), LostEnergy: make([]engine.Total, 3),
		LeastSpares: 5, StepTimes: []run.StepCount{{Time: 3, Count: 1}, {Time: 4, Count: 19}}}
	two.Time = run.Books{run.Productive: 190 * engine.Second, run.Degraded: 10 * engine.Second}
	replicas := []*replica{{Outcome: one, States: []state{{Lost: 0}, {Lost: 1}}}, {Outcome: two, States: []state{{Lost: 0}, {Lost: 2}}}}
	plan := &scenario.Plan{Terms: budget.Checkpointing{MTBF: 1000, Write: 5, Restart: 10, Repair: 5}, Save: 5 * engine.Second, Bytes: 7e9, Every: 2, Interval: 8}
	got, err := summarizeRun(spec, plan, &run.Step{Time: 4 * engine.Second}, replicas)
	if err != nil {
		t.Fatal(err)
	}
	// t₀.₉₇₅ with one degree of freedom is 12.706; half of |100 − 200| times it.
	for _, f := range []struct {
		name      string
		got, want float64
	}{
		{"completion", got.CompletionTimeS, 150}, {"its low", got.CompletionTimeSLow, 150 - 12.7062*50}, {"its high", got.CompletionTimeSHigh, 150 + 12.7062*50},
		{"goodput", got.Goodput, (0.8 + 0.95) / 2}, {"ettr", got.ETTR, (0.8 + 1) / 2}, {"steps", got.StepsDone, 20}, {"ideal", got.IdealTimeS, 80},
		{"failures", got.Failures["gpu"], 1.5}, {"interruptions", got.Interruptions, 0.5}, {"wasted", got.RunTimeS["wasted_progress"], 6},
		{"lost to gpus", got.LostByCauseS["gpu"], 6}, {"lost to upgrades", got.LostByCauseS["upgrade"], 4.5}, {"lost per failure", got.LostPerFailureS, 12}, {"energy per failure", got.EnergyPerFailureMWh, 3.6e18 / 3.6e21},
		{"spares", float64(got.LeastSpares), 3}, {"states", float64(got.HealthStates), 3}, {"replicas", float64(got.Replicas), 2},
		{"interval", got.CheckpointIntervalS, 8}, {"young", got.YoungIntervalS, 100}, {"mtbf", got.MTBFS, 1000}, {"restart", got.RestartS, 15},
		{"closed form", got.ClosedFormETTR, 8 / (1005 * math.Exp(0.01) * math.Expm1(0.013))},
	} {
		if math.Abs(f.got-f.want) > 1e-5*math.Abs(f.want) {
			t.Errorf("%s is %v, want %v", f.name, f.got, f.want)
		}
	}
	var sum float64
	for _, s := range got.RunTimeS {
		sum += s
	}
	if math.Abs(sum-got.CompletionTimeS) > 1e-9 {
		t.Errorf("the buckets hold %v s of %v s", sum, got.CompletionTimeS)
	}
	if _, ok := got.LostTimeS["productive"]; ok || len(got.LostTimeS) != len(got.RunTimeS)-1 {
		t.Errorf("lost time is %v", got.LostTimeS)
	}
	m := months(spec, replicas)
	if want := []results.StepLength{{Seconds: 3e-9, Count: 1}, {Seconds: 4e-9, Count: 39}}; !reflect.DeepEqual(m.StepTimes, want) {
		t.Errorf("step times %v, want %v", m.StepTimes, want)
	}
	if r := m.Replicas[0]; r.Failures["gpu"] != 3 || r.TimeS["productive"] != 80 || len(m.Failures) != 2 {
		t.Errorf("first replica %+v, causes %v", r, m.Failures)
	}
	two.Time[run.Stalled]++
	if _, err := summarizeRun(spec, plan, &run.Step{Time: 1}, replicas); err == nil || !strings.Contains(err.Error(), "replica 1: the books do not balance") {
		t.Errorf("a book that does not balance gives %v", err)
	}
}

// noisy is cluster64 with everything that differs from step to step.
const noisy = cluster64 + `
[noise]
jitter = "5 %"
sequence_imbalance = "20 %"
gc_pause = "300 us"
gc_every = 50
`

// Steps with noise that are drawn from those that the memo has simulated are
// distributed as steps that are simulated one after another.
func TestMemoisedNoiseInDistribution(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	c := parse(t, noisy)
	w := &worker{memo: newMemo(testSubject(c), 1)}
	spec := sickSpec(1)
	spec.Steps, spec.Kinds, spec.Stragglers = 500, nil, nil
	a := w.asker(t.Context())
	spec.Step = a.step
	o, err := run.Simulate(spec, 1)
	if err != nil {
		t.Fatal(err)
	}
	var drawn []float64
	for _, s := range o.StepTimes {
		for range s.Count {
			drawn = append(drawn, s.Time.Seconds())
		}
	}
	var simulated []float64
	var energy engine.Total
	for i := range 500 {
		w.runner.Step = int64(i)
		s, err := a.steady(nil)
		if err != nil {
			t.Fatal(err)
		}
		simulated = append(simulated, s.Time.Seconds())
		energy.AddTotal(s.Energy)
	}
	slices.Sort(simulated)
	d := stat.KolmogorovSmirnov(drawn, nil, simulated, nil)
	if p := kolmogorov(d, 64, 500); p <= 0.01 {
		t.Errorf("distance %v between 64 and 500 steps: p = %v", d, p)
	}
	quiet, err := spec.Step(&run.Health{})
	if err != nil {
		t.Fatal(err)
	}
	mean := stat.Mean(simulated, nil)
	if len(quiet.Samples) != 64 || mean <= quiet.Time.Seconds() || mean <= 1.002*simulated[0] {
		t.Errorf("%d samples; a step without noise takes %v, with it from %v, %v in the mean", len(quiet.Samples), quiet.Time.Seconds(), simulated[0], mean)
	}
	power, want := quiet.Energy.Float()/float64(quiet.Time), energy.Float()/(mean*500*1e9)
	if math.Abs(power-want) > 0.01*want {
		t.Errorf("steps draw %v mW, simulated ones %v", power, want)
	}
	t.Logf("distance %v, p = %v; without noise %v s, with %v s", d, kolmogorov(d, 64, 500), quiet.Time.Seconds(), mean)
}

// kolmogorov returns the probability that samples of n and m values from one
// distribution are at least so far apart (Smirnov, 1948; the first terms of the
// series with Stephens's correction for few values, J. R. Stat. Soc. B 32, 1970).
func kolmogorov(d, n, m float64) float64 {
	root := math.Sqrt(n * m / (n + m))
	x := (root + 0.12 + 0.11/root) * d
	var p float64
	for k := 1; k <= 100; k++ {
		p += 2 * math.Pow(-1, float64(k-1)) * math.Exp(-2*float64(k*k)*x*x)
	}
	return min(1, max(0, p))
}
