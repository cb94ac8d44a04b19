package study

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/results"
	"trainsim/sim/run"
)

// slowWeek is week on GPUs that no host keeps waiting, with a link that is always
// slow.
const slowWeek = week + `
[gpu]
issue_time = "0 s"
[[degrade]]
link = "nic_up[3]"
speed = "60 %"
`

// What makes a single step slow is found in the step that is simulated.
func TestWhatIfOfAStep(t *testing.T) {
	c := parse(t, cluster64+"[gpu]\nissue_time = \"0 s\"\n[[degrade]]\ngpu = 17\nspeed = \"70 %\"\n[[degrade]]\nlink = \"nic_up[9]\"\nspeed = \"50 %\"\n")
	x, err := NewWhatIf(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	step, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	if x.StepS != step.Summary.StepTimeS || x.IdealS >= x.StepS || len(x.Ranks) != 32 || x.AtS != 0 {
		t.Errorf("%+v, the step takes %v s", x.Attribution, step.Summary.StepTimeS)
	}
	var names []string
	for _, k := range x.Causes {
		names = append(names, k.Name)
	}
	if !slices.Equal(names, []string{"GPU 17", "nic_up[9]", "stage imbalance"}) || x.Causes[0].Added < 0.3 || x.Causes[1].Removed < 0.3 {
		t.Errorf("causes %+v", x.Causes)
	}
	golden(t, "whatif.txt", x.Text())
	x, err = NewWhatIf(t.Context(), parse(t, strings.Replace(cluster64, "pipeline = 2", "pipeline = 1", 1)))
	if err != nil || x.Slowdown != 1 || x.Waste != 0 || !strings.Contains(x.Text(), "nothing is wrong") {
		t.Errorf("error %v, of nothing:\n%s", err, x.Text())
	}
}

// With noise a step is the mean of those that are simulated one after another.
func TestWhatIfOfNoise(t *testing.T) {
	c := parse(t, noisy+"[run]\nsteps = 9\n")
	x, err := NewWhatIf(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	step, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	if x.StepS != step.Summary.StepTimeS || len(x.Causes) != 4 || x.Slowdown < 1.01 {
		t.Errorf("%+v of %v s: %+v", x.Attribution, step.Summary.StepTimeS, x.Causes)
	}
}

// Of a long run it is the step of the first record, or the one with most that is
// slow; the command and the run find the same.
func TestWhatIfOfALongRun(t *testing.T) {
	c := parse(t, slowWeek)
	out, _ := train(t, c, Replication{Workers: 1})
	x, err := NewWhatIf(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(out.Months.Causes, x.Causes) || !reflect.DeepEqual(out.Months.Ranks, x.Ranks) || *out.Summary.Attribution != x.Attribution {
		t.Errorf("the run has %+v, the command %+v", out.Summary.Attribution, x)
	}
	if x.AtS == 0 || len(x.Causes) != 3 || x.Causes[1].Name != "slow GPUs" || x.Causes[1].Removed <= 0 {
		t.Errorf("at %v s: %+v", x.AtS, x.Causes)
	}
	i := slices.IndexFunc(out.Months.StepTimes, func(l results.StepLength) bool { return math.Abs(l.Seconds-x.StepS) < 1e-9 })
	if i < 0 {
		t.Errorf("no step of the run takes %v s", x.StepS)
	}
	recorded := parse(t, slowWeek+"[[record]]\nat = \"1 min\"\n")
	if x, err = NewWhatIf(t.Context(), recorded); err != nil || x.AtS != 60 || len(x.Causes) != 2 {
		t.Errorf("error %v, at %v s: %+v", err, x.AtS, x.Causes)
	}
	if r, _ := train(t, recorded, Replication{Workers: 1}); *r.Summary.Attribution != x.Attribution {
		t.Errorf("the run has %+v, the command %+v", r.Summary.Attribution, x.Attribution)
	}
	steps := strings.Replace(slowWeek, `duration = "7 d"`, fmt.Sprintf("steps = %.0f", out.Summary.StepsDone), 1) // as many as in a week
	late := parse(t, steps+"[[record]]\nat = \"8 d\"\n")
	if _, err := NewWhatIf(t.Context(), late); err == nil || !strings.HasPrefix(err.Error(), "test: record[0].at: the first replica has ended before, after ") {
		t.Errorf("error %v", err)
	}
	if r, _ := train(t, late, Replication{Workers: 1}); r.Summary.Attribution == nil || r.Summary.Attribution.AtS == 0 {
		t.Errorf("a record after the end leaves %+v", r.Summary.Attribution)
	}
}

// Where nothing is slow, or it would take long, a run tells nothing of it.
func TestNoAttribution(t *testing.T) {
	if r, _ := train(t, parse(t, steadyFailures), Replication{Workers: 1}); r.Summary.Attribution != nil || r.Months.Causes != nil {
		t.Errorf("%+v", r.Summary.Attribution)
	}
	c := parse(t, slowWeek)
	out, _ := train(t, c, Replication{Workers: 1})
	out.Summary.Attribution, out.Summary.Events = nil, mostWhatIf
	m := newMemo(testSubject(c), 1)
	if err := attributed(t.Context(), c, m, &run.Outcome{}, out); err != nil || out.Summary.Attribution != nil || len(m.steps) > 0 {
		t.Errorf("error %v, %+v", err, out.Summary.Attribution)
	}
}
