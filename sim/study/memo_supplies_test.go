package study

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/run"
)

// fed64 is cluster64 on hosts with four supplies: three hold GPUs back, two open a
// breaker after many steps, and one within the first.
var fed64 = strings.Replace(cluster64, `preset = "dgx-a100"
`, `preset = "dgx-a100"
supplies = 4
supplies_spare = 0
supply_rating = "1.4 kW"
[power.supplies]
delay = "1 ms"
trip_time = "100 ms"
[[failures.component]]
name = "supply"
per = "supply"
effect = "weaken"
[run]
duration = "1 d"
`, 1)

// drawShort draws hosts that lost supplies, beside what else is wrong.
func drawShort(t *rapid.T) *run.Health {
	h := drawHealth(t)
	if rapid.Bool().Draw(t, "nothing else") {
		h.Slow = nil
	}
	slot := int32(0)
	for range rapid.IntRange(0, 2).Draw(t, "hosts short of supplies") {
		slot += rapid.Int32Range(1, 3).Draw(t, "slots on")
		h.Short = append(h.Short, run.Short{Slot: slot, Supplies: rapid.SampledFrom([]int32{1, 1, 2, 3}).Draw(t, "supplies lost")})
	}
	return h
}

// A step with lost supplies that the memo remembers is the one that a simulation of
// every rank in that very state finds, with the trip that it ends in.
func TestMemoOfSupplies(t *testing.T) {
	c := parse(t, fed64)
	shared := newMemo(subjectOf(c), 1)
	w := &worker{memo: shared}
	whole := *c
	whole.Run.Fold = false
	asked, ends := map[string]bool{}, map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		h := drawShort(t)
		asked[string(appendHealth(nil, h))] = true
		got, err := w.asker(context.Background()).step(h)
		if err != nil {
			t.Fatal(err)
		}
		want, err := (&worker{memo: newMemo(subjectOf(&whole), 1)}).asker(context.Background()).step(h)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("with %+v the memo has %+v, %+v, the simulation finds %+v, %+v", h, got, got.Trip, want, want.Trip)
		}
		switch {
		case got.Trip == nil && !got.Held:
			ends["free"]++
		case got.Trip == nil:
			ends["held"]++
		case got.Trip.After < 2*got.Time:
			ends["trips at once"]++
		default:
			ends["trips later"]++
		}
	})
	t.Logf("%d states were simulated for %d different ones: %v", len(shared.steps), len(asked), ends)
	if len(ends) < 4 {
		t.Errorf("only %v", ends)
	}
}

// A run whose hosts lose supplies and trip, with the memo, is the run in which every
// step that is asked for is simulated anew, rank by rank.
func TestMemoisedSupplies(t *testing.T) {
	c := parse(t, fed64)
	a := (&worker{memo: newMemo(subjectOf(c), 1)}).asker(t.Context())
	healthy, err := a.step(&run.Health{})
	if err != nil {
		t.Fatal(err)
	}
	s := healthy.Time.Seconds()
	spec := sickSpec(healthy.Time)
	spec.Machine.Supplies, spec.Machine.Replicas = 4, 1
	spec.Kinds = append(spec.Kinds,
		run.Kind{Name: "supply", Parts: 40, Life: run.Distribution{Law: run.Exponential, Mean: 40 * 10 * s}, Effect: run.Weaken, Scope: run.TakesHost,
			Supplies: 1, OwnRepair: true, Repair: run.Distribution{Law: run.Exponential, Mean: 40 * s}},
		run.Kind{Name: "supplies_trip", Scope: run.TakesHost, OwnRepair: true, Repair: run.Always(20 * healthy.Time)})
	whole := *c
	whole.Run.Fold = false
	anew := &worker{memo: newMemo(subjectOf(&whole), 1)}
	spec.Step = func(h *run.Health) (*run.Step, error) {
		clear(anew.memo.steps)
		return anew.asker(context.Background()).step(h)
	}
	want, err := run.Simulate(spec, 5)
	if err != nil {
		t.Fatal(err)
	}
	spec.Step = a.step
	got, err := run.Simulate(spec, 5)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("with the memo %+v\nwithout %+v", got, want)
	}
	if got.Failures[2] < 20 || got.Failures[3] == 0 || got.HeldBack == 0 {
		t.Errorf("%v failures, held back for %v ns", got.Failures, got.HeldBack)
	}
	t.Logf("%v failures, %d states, held back for %.3g of %.3g s", got.Failures, len(a.states()), got.HeldBack.Seconds(), got.End.Seconds())
}

// A step that is asked for in detail, in a state that ends in a trip within two, is the
// step until then.
func TestDetailOfATrip(t *testing.T) {
	c := parse(t, fed64)
	h := &run.Health{Short: []run.Short{{Slot: 1, Supplies: 3}}}
	step, err := (&worker{memo: newMemo(subjectOf(c), 1)}).asker(t.Context()).step(h)
	if err != nil {
		t.Fatal(err)
	}
	r, err := detail(c, h)
	if err != nil || r.Summary.StepTimeS != step.Time.Seconds() || step.Trip == nil || step.Trip.After >= 2*step.Time {
		t.Errorf("%v, step %+v", err, step)
	}
}
