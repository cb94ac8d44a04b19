package study

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
)

// week is a run of a week on 64 GPUs, some of which fail and some become slow.
const week = cluster64 + `
[machine]
spares = 2
[run]
duration = "7 d"
[[failures.component]]
name = "gpu"
per = "gpu"
mtbf = "2000 h"
[[failures.component]]
name = "software"
per = "job"
mtbf = "1 d"
takes = "nothing"
[checkpoint]
interval = "10 min"
[repair]
escalates = "20 %"
[[straggler]]
component = "gpu"
mtbf = "1000 h"
lasts = "exponential 8 h"
severity = ["5 %", "20 %"]
grain = "5 %"
[replicas]
count = 6
sweeps = false
`

// train simulates a long scenario and its step.
func train(t *testing.T, c *scenario.Config, r Replication) (*results.Run, []Recorded) {
	t.Helper()
	out, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Done == nil {
		r.Done = func(int, int) {}
	}
	r.Stage = func(string) {}
	records, err := Train(t.Context(), c, out, r)
	if err != nil {
		t.Fatal(err)
	}
	out.Summary.SimWallS, out.Manifest = 0, results.Manifest{}
	return out, records
}

// The result is the same whatever the number of workers, and from replicas that
// were kept.
func TestTrainIsReproducible(t *testing.T) {
	c := parse(t, week)
	want, _ := train(t, c, Replication{Workers: 1})
	dir := filepath.Join(t.TempDir(), "kept")
	for _, workers := range []int{2, 3} {
		if got, _ := train(t, c, Replication{Workers: workers, Keep: dir}); !reflect.DeepEqual(got, want) {
			t.Errorf("with %d workers\n%+v\nwith one\n%+v", workers, got.Summary.Training, want.Summary.Training)
		}
		for _, name := range []string{"000001.json", "000004.json"} { // the next run has only the others
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Error(err)
			}
		}
	}
	s := want.Summary.Training
	if s.Replicas != 6 || s.HealthStates < 3 || s.Interruptions < 5 || s.StepsDone == 0 || s.TokensDone != s.StepsDone*64*256 || s.CheckpointSteps == 0 || s.ClosedFormETTR == 0 {
		t.Errorf("summary %+v", s)
	}
	if len(want.Months.Replicas) != 6 || len(want.Months.Timeline) < 100 || len(want.Months.Pool) < 3 || len(want.Months.StepTimes) < 3 {
		t.Errorf("%d replicas, %d marks, %d points of the pool, %d lengths of steps", len(want.Months.Replicas), len(want.Months.Timeline), len(want.Months.Pool), len(want.Months.StepTimes))
	}
	if err := (&Replication{Keep: dir}).Forget(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the replicas are kept after all: %v", err)
	}
}

// Another seed is another run, and the digest tells.
func TestTrainFollowsTheSeed(t *testing.T) {
	a, _ := train(t, parse(t, week), Replication{Workers: 2})
	b, _ := train(t, parse(t, strings.Replace(week, "[run]\n", "[run]\nseed = 2\n", 1)), Replication{Workers: 2})
	if a.Summary.Digest == b.Summary.Digest || len(a.Summary.Digest) != 32 || a.Summary.Goodput == b.Summary.Goodput {
		t.Errorf("digests %s and %s, goodput %v and %v", a.Summary.Digest, b.Summary.Digest, a.Summary.Goodput, b.Summary.Goodput)
	}
}

// Replicas are simulated until the interval is as narrow as asked for, and no
// further, with any number of workers.
func TestTrainUntilNarrow(t *testing.T) {
	c := parse(t, strings.Replace(week, "count = 6", "count = 3\nwidth = \"1 %\"\nmost = 200", 1))
	if n := MostReplicas(c); n != 200 {
		t.Errorf("%d replicas at most, want 200", n)
	}
	want, _ := train(t, c, Replication{Workers: 1})
	s := want.Summary.Training
	if s.Replicas <= 3 || s.Replicas == 200 || s.Goodput-s.GoodputLow > 0.01*s.Goodput {
		t.Errorf("%d replicas with goodput from %v to %v", s.Replicas, s.GoodputLow, s.GoodputHigh)
	}
	if got, _ := train(t, c, Replication{Workers: 3}); !reflect.DeepEqual(got, want) {
		t.Errorf("with 3 workers %d replicas, with one %d", got.Summary.Replicas, s.Replicas)
	}
	if _, low, high := MeanInterval(goodputs(want, s.Replicas-1)); high-low <= 2*0.01*s.Goodput*0.9 {
		t.Errorf("one replica less was from %v to %v already", low, high)
	}
}

func goodputs(r *results.Run, n int) []float64 {
	var v []float64
	for i := range n {
		v = append(v, r.Months.Replicas[i].Goodput)
	}
	return v
}

// The step at a time of the first replica is simulated in the state of that time,
// with all its detail; after the end there is none.
func TestTrainRecords(t *testing.T) {
	before, _ := train(t, parse(t, week), Replication{Workers: 1})
	i := slices.IndexFunc(before.Months.Timeline, func(m results.TimelineMark) bool { return m.Kind == "slow" })
	slow := int(before.Months.Timeline[i].AtS) + 60
	steps := strings.Replace(week, `duration = "7 d"`, fmt.Sprintf("steps = %.0f", before.Summary.StepsDone), 1) // as many as in a week
	out, list := train(t, parse(t, fmt.Sprintf("%s\n[[record]]\nat = \"%d s\"\n[[record]]\nat = \"1 h\"\n[[record]]\nat = \"60 min\"\n[[record]]\nat = \"8 d\"\n", steps, slow)),
		Replication{Workers: 1})
	if len(list) != 2 || list[0].Name() != "1h" || list[1].Name() != fmt.Sprintf("%ds", slow) {
		t.Fatalf("%d records %v, want those at 1 h and %d s", len(list), list, slow)
	}
	known := map[float64]bool{}
	for _, l := range out.Months.StepTimes {
		known[l.Seconds] = true
	}
	for _, r := range list {
		if s := r.Run.Summary; !known[s.StepTimeS] || s.Title != "64 GPUs, at "+r.Name() || len(r.Run.Spans) == 0 || s.Training != nil {
			t.Errorf("at %s a step takes %v s, %q, with %d spans", r.Name(), s.StepTimeS, s.Title, len(r.Run.Spans))
		}
	}
	if healthy, sick := out.Summary.StepTimeS, list[1].Run.Summary.StepTimeS; list[0].Run.Summary.StepTimeS != healthy || sick <= healthy {
		t.Errorf("steps take %v s, at 1 h %v s, with a slow GPU %v s", healthy, list[0].Run.Summary.StepTimeS, sick)
	}
}

func TestRecordNames(t *testing.T) {
	const s = engine.Time(engine.Second)
	for at, want := range map[engine.Time]string{0: "0s", 12 * 86400 * s: "12d", 36 * 3600 * s: "36h", 90 * 60 * s: "90min", s / 2: "0.5s", 61 * s: "61s"} {
		if got := (&Recorded{At: at}).Name(); got != want {
			t.Errorf("%v s is %s, want %s", at.Seconds(), got, want)
		}
	}
}

// A run that cannot go on is an error that names the replica.
func TestTrainFails(t *testing.T) {
	c := parse(t, strings.NewReplacer("spares = 2", "spares = 0", `escalates = "20 %"`, "escalates = 1\nmanual = \"3000 d\"", `duration = "7 d"`, "steps = 20000000").Replace(week))
	out, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Train(t.Context(), c, out, Replication{Workers: 2, Done: func(int, int) {}})
	if err == nil || !strings.HasPrefix(err.Error(), "test: replica 0: the run does not end: ") {
		t.Errorf("error %v", err)
	}
}

// Bounds are held against the summary; one on what is not there is an error, before
// the simulation where only long runs have it.
func TestExpectations(t *testing.T) {
	expect := `
[[expect]]
metric = "goodput"
min = 0.2
max = 1
source = "a guess"
[[expect]]
metric = "run_time_s.productive"
max = 1000
source = "another"
[[expect]]
metric = "replicas"
min = 6
source = "[replicas]"
`
	c := parse(t, week+expect)
	if _, err := scenario.Parse("test", []byte(week+expect), nil, CheckExpect); err != nil {
		t.Error(err)
	}
	out, _ := train(t, c, Replication{Workers: 2})
	list, err := Expectations(c, &out.Summary)
	if err != nil {
		t.Fatal(err)
	}
	if Missed(list) != 1 || !list[0].Met || list[1].Met || !list[2].Met {
		t.Errorf("%+v", list)
	}
	out.Summary.Goodput, out.Summary.RunTimeS["productive"] = 0.873, 543_210
	list, err = Expectations(c, &out.Summary)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "expectations.txt", ExpectationsText(list)+ExpectationsText(nil))

	if _, err := scenario.Parse("test", []byte(cluster64+expect), nil, CheckExpect); err == nil ||
		!strings.Contains(err.Error(), "expect[0].metric: summary.json of single steps has no number goodput; docs/results.md lists them") {
		t.Errorf("error %v", err)
	}
	typo := parse(t, cluster64+strings.Replace(expect, "run_time_s.productive", "time_buckets_s.productive", 1))
	if _, err := Expectations(typo, &out.Summary); err == nil || !strings.Contains(err.Error(), "expect[1].metric: time_buckets_s has no key productive; it has bubble, ") {
		t.Errorf("error %v", err)
	}
}

// The closed form stands beside the simulation for a reason: where it applies, the
// simulated ETTR is that of the exact theory, within 3 standard errors. Failures are
// so frequent that those during recoveries matter: one in 20 min, against 5 min to
// be back.
func TestClosedFormETTR(t *testing.T) {
	c := parse(t, cluster64+`
[run]
steps = 400000
[[failures.component]]
name = "software"
per = "job"
mtbf = "20 min"
takes = "nothing"
[checkpoint]
interval = "2 min"
save = "10 s"
restore = "30 s"
[recovery]
detection = "1 min"
reschedule = "1 min"
startup = "exponential 90 s"
[replicas]
count = 200
sweeps = false
`)
	out, _ := train(t, c, Replication{Workers: 2})
	s := out.Summary.Training
	deviation := (s.ETTRHigh - s.ETTRLow) / 2 / 1.972 // t₀.₉₇₅ with 199 degrees of freedom
	if s.ClosedFormETTR < 0.5 || math.Abs(s.ETTR-s.ClosedFormETTR) > 3*deviation {
		t.Errorf("ETTR is %v ± %v, by closed form %v", s.ETTR, deviation, s.ClosedFormETTR)
	}
	t.Logf("ETTR is %v ± %v, by closed form %v", s.ETTR, deviation, s.ClosedFormETTR)
}

// What takes long says what it does: states of health, their steps with noise, points of
// sweeps.
func TestTrainTellsWhatItDoes(t *testing.T) {
	const noisy = "[noise]\njitter = \"1 %\"\nsamples = 3\n"
	c := parse(t, strings.NewReplacer("sweeps = false", "sweeps = true", "count = 6", "count = 1", `duration = "7 d"`, `duration = "1 d"`).Replace(week)+noisy)
	var told []string
	train(t, c, Replication{Workers: 1, Doing: func(what string) { told = append(told, what) }})
	at := 0
	for _, want := range []string{"state 1 of health", "state 1 of health, step 1 of 3", "state 1 of health, step 3 of 3", "state 2 of health",
		"sweep 1 of 6, point 1 of ", "sweep 6 of 6, point 1 of "} {
		i := slices.IndexFunc(told[at:], func(s string) bool { return strings.HasPrefix(s, want) })
		if i < 0 {
			t.Fatalf("%q is not told after the first %d of %q", want, at, told)
		}
		at += i
	}
}
