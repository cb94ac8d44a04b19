package report

import (
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Events of one kind and instant are one moment; what holds from the start on,
// or is not within the range, is none.
func TestMoments(t *testing.T) {
	r := tiny.make()
	r.Events = []trace.Event{
		{At: 0, Kind: "degrade", Name: "gpu 17"},
		{At: 20, Kind: "supply_overload", Name: "host 0"},
		{At: 20, Kind: "supply_overload", Name: "host 1"},
		{At: 30, Kind: "restore", Name: "host 3"},
		{At: 10, Kind: "degrade", Name: "host 3"},
		{At: 100, Kind: "restore", Name: "gpu 17"},
	}
	want := []moment{{10, "degrade host 3"}, {20, "supply overload, 2 times"}, {30, "restore host 3"}}
	got := moments(r, extents{0, 100})
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i, w := range want {
		if got[i] != w {
			t.Errorf("got %v, want %v", got[i], w)
		}
	}
}

// Few moments are marked in the pictures over time; many are only told of.
func TestMarks(t *testing.T) {
	for _, c := range []struct {
		moments int
		told    bool
	}{{0, false}, {maxMoments, false}, {maxMoments + 1, true}, {1000, true}} {
		r := tiny.make()
		r.Events = nil
		for i := range c.moments {
			r.Events = append(r.Events, trace.Event{At: r.End/2 + engine.Time(i), Kind: "degrade", Name: "host 3"})
		}
		for _, name := range []string{"power", "utilization"} {
			if f := named(t, r, name); strings.Contains(f.note, "events.csv") != c.told {
				t.Errorf("%d moments, %s: %q", c.moments, name, f.note)
			}
		}
	}
}
