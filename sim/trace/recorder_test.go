package trace

import (
	"testing"

	"trainsim/sim/engine"
)

func TestRecorderLabelsAreInterned(t *testing.T) {
	r := Recorder{Labels: []Label{{"known", "gemm"}}}
	tests := []struct {
		name, kind string
		want       int32
	}{
		{"known", "gemm", 0},
		{"qkv", "gemm", 1},
		{"qkv", "wait", 2},
		{"qkv", "gemm", 1},
	}
	for _, tt := range tests {
		if got := r.Label(tt.name, tt.kind); got != tt.want {
			t.Errorf("Label(%s, %s) = %d, want %d", tt.name, tt.kind, got, tt.want)
		}
	}
	if len(r.Labels) != 3 {
		t.Errorf("%d labels, want 3", len(r.Labels))
	}
}

func TestRecorderBoundsSpans(t *testing.T) {
	r := Recorder{MaxSpans: 3}
	for i := range int32(5) {
		r.Span(Span{Rank: i})
	}
	if len(r.Spans) != 3 || r.Dropped != 2 || r.Spans[2].Rank != 2 {
		t.Errorf("%d spans, %d dropped", len(r.Spans), r.Dropped)
	}
}

func TestRecorderMemory(t *testing.T) {
	var r Recorder
	r.SetMemory(1, 10, 100)
	r.SetMemory(1, 20, 150)
	r.SetMemory(1, 20, 120) // replaces
	if len(r.Memory) != 2 || len(r.Memory[0]) != 0 || len(r.Memory[1]) != 2 || r.Memory[1][1] != (Point{20, 120}) {
		t.Errorf("got %v", r.Memory)
	}
}

func TestRecorderClose(t *testing.T) {
	var r Recorder
	a, b := r.NewSeries("power", "gpu", "mW"), r.NewSeries("busy", "", "gpu")
	a.Add(0, 5)
	b.Add(40, 2)
	r.Close(100)
	if r.End != 100 || a.Total() != (engine.Total{Lo: 500}) || b.Total() != (engine.Total{Lo: 120}) {
		t.Errorf("End %d, totals %v and %v", r.End, a.Total(), b.Total())
	}
	if len(r.Series) != 2 || r.Series[0] != a || a.Unit != "mW" {
		t.Errorf("series %v", r.Series)
	}
}

func TestNilRecorder(t *testing.T) {
	var r *Recorder
	r.Span(Span{})
	r.Note(Event{})
	r.SetMemory(0, 1, 2)
	r.Close(3)
	if s := r.NewSeries("a", "b", "c"); s != nil {
		t.Error("a nil recorder made a series")
	}
	if r.Label("a", "b") != -1 {
		t.Error("a nil recorder interned a label")
	}
}
