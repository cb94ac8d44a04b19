package training

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/fold"
	"trainsim/sim/trace"
)

// TestPreparedRuns: a job prepared once and run in several states of health, one
// after another, finds what a job that is run by itself in each of them does, in
// everything.
func TestPreparedRuns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { comparePrepared(t, drawJob(t), drawDegrades) })
}

// comparePrepared compares in the state of health of the job, and others that
// draw draws.
func comparePrepared(t *rapid.T, build func() *Job, draw func(*rapid.T, *Job) []Degrade) {
	folded := rapid.Bool().Draw(t, "fold")
	states := [][]Degrade{build().Degrade, draw(t, build())}
	first := build()
	first.Fold = folded
	runner := mustPrepare(t, first).Runner()
	for _, degrades := range states {
		j := build()
		j.Fold, j.Degrade = folded, degrades
		want := mustRun(t, j)
		rec := &trace.Recorder{}
		got, err := runner.Run(degrades, rec)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("with %+v the prepared job finds %+v\nby itself %+v", degrades, got, want)
		}
		for i, s := range rec.Series {
			if s.Total() != j.Trace.Series[i].Total() {
				t.Fatalf("series %s %s differs", s.Name, s.Part)
			}
		}
		if !slices.Equal(rec.Events, j.Trace.Events) {
			t.Fatal("the events differ")
		}
		checkPartition(t, runner.forLinks(degrades))
		blind, err := runner.Run(degrades, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := &blind.Steady, &got.Steady; !reflect.DeepEqual(a.Buckets, b.Buckets) || !slices.Equal(a.Parts, b.Parts) || blind.PeakPower != got.PeakPower {
			t.Fatalf("without a recorder the energy is %+v, with one %+v", a, b)
		}
	}
}

// checkPartition proves the classes of the last run: they are equitable, and the
// coarsest.
func checkPartition(t failer, r *Runner) {
	t.Helper()
	f := r.folding
	if f == nil {
		return
	}
	if err := fold.Check(&f.graph, f.class); err != nil {
		t.Fatal(err)
	}
	if class, n := fold.Refine(&f.graph); !slices.Equal(class, f.class) {
		t.Fatalf("%d classes, of which not all are needed or not all there: %d", slices.Max(f.class)+1, n)
	}
}

// TestRunnersShare: runners of one prepared job may work side by side. The race
// detector sees what they share.
func TestRunnersShare(t *testing.T) {
	build := func() *Job {
		j := newJob(t, small(), smallLayout(2, 2, 4, 4), realFabric())
		j.Fold, j.Steps = true, 2
		return j
	}
	states := [][]Degrade{nil, {{Target: TargetGPU, ID: 3, Speed: 700_000}}, {{Target: TargetHost, ID: 1, Speed: 400_000}}, {{Target: TargetLink, ID: 9, Speed: 300_000}}}
	p := mustPrepare(t, build())
	results, done := make([]*Result, len(states)), make(chan error)
	for i, d := range states {
		go func() {
			var err error
			results[i], err = p.Runner().Run(d, nil)
			done <- err
		}()
	}
	for range states {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for i, d := range states {
		j := build()
		j.Degrade = d
		if want := mustRun(t, j); !reflect.DeepEqual(results[i], want) {
			t.Errorf("with %+v: %+v\nby itself %+v", d, results[i], want)
		}
	}
}
