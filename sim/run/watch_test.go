package run

import (
	"reflect"
	"testing"

	"trainsim/sim/engine"
)

// TestSights: at an instant that is watched, what is slow then is told with its
// kind; of a part that is slow for two reasons, that of the lower speed.
func TestSights(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Until = 2, hour
	s.Stragglers = []Straggler{
		{Name: "hosts", Target: TargetHost, Parts: 2, Share: 1, Severity: Severity{Low: 0.1, High: 0.1}},
		{Name: "warm", Target: TargetGPU, Parts: 16, Share: 1, Severity: Severity{Low: 0.05, High: 0.05}},
		{Name: "hot", Target: TargetGPU, Parts: 16, Share: 1, Severity: Severity{Low: 0.2, High: 0.2}},
	}
	s.Watch = []engine.Time{0, engine.Time(hour / 2)}
	o := simulate(t, s, 1)
	if len(o.Watched) != 2 || o.Watched[1].At != engine.Time(hour/2) || !reflect.DeepEqual(o.Watched[0].Health, o.Watched[1].Health) {
		t.Fatalf("%+v", o.Watched)
	}
	w := o.Watched[1]
	if len(w.Slow) != 18 || len(w.Kind) != 18 {
		t.Fatalf("%d parts are slow, of %d kinds", len(w.Slow), len(w.Kind))
	}
	for i, p := range w.Slow {
		want := map[Target]int32{TargetHost: 0, TargetGPU: 2}[p.Target]
		if w.Kind[i] != want || p.Speed != map[int32]int32{0: 900_000, 2: 800_000}[want] {
			t.Errorf("%+v is of kind %d, want %d", p, w.Kind[i], want)
		}
	}
}

// TestWorst: of all states that steps ran in the first one with most that is wrong
// is kept where a timeline is.
func TestWorst(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Until, s.Record = 4, 200*hour, true
	s.Stragglers = []Straggler{{Name: "hosts", Target: TargetHost, Parts: 4, Between: Distribution{Law: Exponential, Mean: 8 * 3600},
		Lasts: Always(2 * hour), Severity: Severity{Low: 0.1, High: 0.1}}}
	most, at := 0, engine.Time(0)
	step := s.Step
	s.Step = func(h *Health) (*Step, error) {
		most = max(most, len(h.Slow))
		return step(h)
	}
	o := simulate(t, s, 1)
	slow := map[int32]int{} // episodes of each host
	for _, m := range o.Marks {
		switch m.Kind {
		case MarkSlow:
			slow[m.Host]++
		case MarkWell:
			if slow[m.Host]--; slow[m.Host] == 0 {
				delete(slow, m.Host)
			}
		}
		if len(slow) == most && at == 0 {
			at = m.At
		}
	}
	if w := o.Worst; len(w.Slow) != most || most < 2 || w.At < at || w.At > at.Add(11*second) {
		t.Errorf("worst at %v s: %+v; want %d slow parts from %v s on", w.At.Seconds(), w, most, at.Seconds())
	}
	s.Record = false
	if o := simulate(t, s, 1); len(o.Worst.Slow) > 0 {
		t.Error("the worst state is kept without a timeline")
	}
}
