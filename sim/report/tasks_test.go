package report

import (
	"math"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// 1F1B on stage s of p: min(p−1−s, m) forward passes ahead, then one forward and
// one backward in turn, then the rest of the backward passes.
func TestTasksFollowTheSchedule(t *testing.T) {
	v := newView(tiny.make())
	if len(v.rows) != 4 || v.rows[3] != "stage 3" || len(v.lanes) != 4 || v.lanes[0].name != "compute" {
		t.Fatalf("rows %v, lanes %v", v.rows, v.lanes)
	}
	for row := range v.rows {
		list := v.tasks(row, 0)
		if len(list) != 2*tiny.microbatches+1 {
			t.Fatalf("stage %d: %d tasks", row, len(list))
		}
		ahead := 0
		for list[ahead].group == groupForward {
			ahead++
		}
		if want := tiny.stages - row; ahead != want { // p−1−s, and the first of the turns
			t.Errorf("stage %d: %d forward passes first, want %d", row, ahead, want)
		}
		for i := 1; i < len(list); i++ {
			if list[i].start < list[i-1].end {
				t.Errorf("stage %d: tasks overlap", row)
			}
		}
		if list[len(list)-1].group != groupUpdate {
			t.Errorf("stage %d ends with %+v", row, list[len(list)-1])
		}
	}
}

func TestWindows(t *testing.T) {
	v := newView(tiny.make())
	list := v.windows()
	if len(list) != 3 {
		t.Fatalf("%d windows", len(list))
	}
	// A layer takes 8.5 ms forward and 25.5 ms backward; a stage has two.
	const f, b = 2 * 8500 * engine.Microsecond, 2 * 25500 * engine.Microsecond
	if list[0].start != 0 {
		t.Errorf("warm-up starts at %v", list[0].start)
	}
	// The two microbatches in flight on the stage before go round in 2·(f+b) and two
	// sends, which nothing hides: one microbatch every f+b and a send.
	const send = 300 * engine.Microsecond
	if got := list[1].period; got != f+b+send {
		t.Errorf("steady period %v, want %v", got, f+b+send)
	}
	// The last backward pass of the last stage ends; then three more stages, a send
	// each, and 260 ms of update.
	_, when := v.last()
	if list[2].end != when.end {
		t.Errorf("tail ends at %v, the step at %v", list[2].end, when.end)
	}
	tail := when.end.Sub(list[2].start).Seconds()
	want := (4*b + 3*send + 260*engine.Millisecond).Seconds() * 1.05
	if math.Abs(tail-want) > 1e-6 {
		t.Errorf("tail of %v s, want %v", tail, want)
	}
	if title := "the last " + quantity(timeScales, tail) + ": pipeline drains"; !strings.HasPrefix(list[2].title, title) {
		t.Errorf("the tail's title %q does not begin with %q", list[2].title, title)
	}
}

// Pieces of a lane do not overlap, stay in their window, and hold the time of
// their spans up to the gaps that were closed.
func TestPiecesTileTheirSpans(t *testing.T) {
	v := newView(tiny.make())
	e := extents{0, v.run.End}
	for row := range v.rows {
		var exact, got engine.Duration
		for _, i := range v.compute(row) {
			s := &v.run.Spans[i]
			exact += s.End.Sub(s.Start)
		}
		last := engine.Time(0)
		for _, p := range v.pieces(row, 0, e, 1) {
			if p.start < last || p.end > e.end || p.end <= p.start {
				t.Fatalf("piece %+v after %v", p, last)
			}
			last = p.end
			got += p.end.Sub(p.start)
		}
		if got != exact {
			t.Errorf("row %d: %v of %v", row, got, exact)
		}
		if fine, coarse := len(v.pieces(row, 0, e, 1)), len(v.pieces(row, 0, e, engine.Millisecond)); coarse >= fine {
			t.Errorf("row %d: %d pieces after joining, %d before", row, coarse, fine)
		}
	}
}

// The overview's shares hold exactly the time that a lane was working.
func TestBusyShareIsExact(t *testing.T) {
	v := newView(tiny.make())
	e := whole(v.run)
	h := v.busy(v.lanes[0], e, 333)
	for row := range v.rows {
		var want, got float64
		for _, i := range v.compute(row) {
			if s := &v.run.Spans[i]; !v.isWait(s) {
				want += s.End.Sub(s.Start).Seconds()
			}
		}
		for _, share := range h.row(row) {
			got += share * e.length() / 333
		}
		if math.Abs(got-want) > 1e-9*want {
			t.Errorf("row %d: %v s, want %v", row, got, want)
		}
	}
}

// Ranks that are not one per stage keep their numbers.
func TestRowsOfSomeRanks(t *testing.T) {
	r := tiny.make()
	r.Summary.StageBucketsS = r.Summary.StageBucketsS[:2]
	if v := newView(r); v.rows[1] != "rank 64" {
		t.Errorf("rows %v", v.rows)
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct {
		count, most int
		want        []int
	}{{3, 16, []int{0, 1, 2}}, {9, 5, []int{0, 2, 4, 6, 8}}, {64, 2, []int{0, 63}}, {1, 16, []int{0}}, {0, 16, nil}} {
		got := choose(c.count, c.most)
		if len(got) != len(c.want) {
			t.Fatalf("%d of %d: %v", c.most, c.count, got)
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%d of %d: %v", c.most, c.count, got)
			}
		}
	}
}

// A backward pass that computes weight gradients as it goes is one task; weight
// gradients of another microbatch are a task of their own.
func TestWeightGradientsWithinATask(t *testing.T) {
	r := tiny.make()
	r.Spans, r.Labels = nil, []trace.Label{{Name: "k", Kind: "gemm"}}
	for i, p := range []struct {
		phase uint8
		mb    int32
	}{{phaseRecompute, 0}, {phaseBackward, 0}, {phaseWeight, 0}, {phaseBackward, 0}, {phaseWeight, 1}, {phaseForward, 1}} {
		at := engine.Time(10 * i)
		r.Spans = append(r.Spans, trace.Span{Start: at, End: at + 10, Phase: p.phase, Microbatch: p.mb})
	}
	list := newView(r).tasks(0, 0)
	want := []task{{0, 40, 0, 0, groupBackward}, {40, 50, 1, 0, groupWeight}, {50, 60, 1, 0, groupForward}}
	if len(list) != len(want) {
		t.Fatalf("got %+v", list)
	}
	for i := range want {
		if list[i] != want[i] {
			t.Errorf("task %d: %+v, want %+v", i, list[i], want[i])
		}
	}
}

// Where spans were dropped, the step they are missing from is not taken for whole
// and the picture ends where they do.
func TestDroppedSpans(t *testing.T) {
	r := synthetic{stages: 2, microbatches: 4, layers: 1, steps: 2, bins: 10, kernels: 1}.make()
	var kept []trace.Span
	for _, s := range r.Spans {
		if s.End < r.End*3/4 {
			kept = append(kept, s)
		}
	}
	r.Dropped, r.Spans = int64(len(r.Spans)-len(kept)), kept
	v := newView(r)
	step, when := v.last()
	if step != 0 || when.end > r.End/2+1 { // steps of the same length
		t.Errorf("last whole step %d, %+v", step, when)
	}
	if e := v.recorded(); e.end >= r.End*3/4 || e.end <= r.End/2 {
		t.Errorf("recorded %+v of %v", e, r.End)
	}
	r.Dropped, r.Spans = 1, kept[:len(kept)/4]
	for _, w := range newView(r).windows() {
		if w.name == "timeline-tail" {
			t.Error("a tail that was not recorded")
		}
	}
}

// In a long window a pass is one piece from its first kernel to its last, and the
// update is not joined over the wait in it.
func TestCoarsePieces(t *testing.T) {
	v := newView(tiny.make())
	e := extents{0, v.run.End}
	if !v.coarse(0, e, 1) || v.coarse(0, extents{0, e.end / 20}, 1) {
		t.Errorf("coarse is for long windows; %d pieces", len(v.pieces(0, 0, e, 1)))
	}
	fine := v.pieces(0, 0, e, 1)
	var passes, updates int
	for _, p := range v.coarsen(fine, 0, 0, e, 1) {
		switch p.paint {
		case paintForward, paintBackward:
			passes++
		case paintUpdate:
			updates++
			if p.end.Sub(p.start) != 60*engine.Millisecond {
				t.Errorf("update %+v", p)
			}
		}
	}
	if passes != 2*tiny.microbatches || updates != 1 {
		t.Errorf("%d passes and %d updates", passes, updates)
	}
}

// Where only the last step was recorded, the overview is of that step.
func TestOnlyTheLastStep(t *testing.T) {
	r := synthetic{stages: 2, microbatches: 4, layers: 1, steps: 2, bins: 10, kernels: 1}.make()
	var kept []trace.Span
	for _, s := range r.Spans {
		if s.Step == 1 {
			kept = append(kept, s)
		}
	}
	r.Spans = kept
	v := newView(r)
	if e := v.recorded(); e.start < r.End/2-1 || e.end != r.End {
		t.Errorf("recorded %+v of %v", e, r.End)
	}
	if n := len(v.stepRules(scale{1, "s"})); n != 0 {
		t.Errorf("%d rules", n)
	}
	r.Dropped = 1
	if step, when := newView(r).last(); step != 1 || when.end == 0 {
		t.Errorf("last step %d, %+v", step, when)
	}
}
