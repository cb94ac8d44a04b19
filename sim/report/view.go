package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/trace"
)

// view is the recorded spans in the order that figures need: by rank, then by
// stream, then by time.
type view struct {
	run     *results.Run
	ranks   []int32   // recorded ranks, ascending
	rows    []string  // their names: "stage 3", or "rank 96" where ranks are not one per stage
	lanes   []lane    // what is shown of each rank
	spans   [][]int32 // [row·streams + stream] → indices into run.Spans by start
	steps   []extents // when each step ran, on all recorded ranks together; not recorded: from Never to 0
	classes []uint8   // of each label: classWait for waits, else classWork
}

// lane is one line of the timeline: one or more streams of a rank.
type lane struct {
	name    string
	streams []uint8
}

// extents is a range of time.
type extents struct{ start, end engine.Time }

// length returns the range's length in seconds.
func (e extents) length() float64 { return e.end.Sub(e.start).Seconds() }

const (
	classWork uint8 = iota
	classWait
)

// newView sorts the spans of a run.
func newView(r *results.Run) *view {
	v := &view{run: r, classes: make([]uint8, len(r.Labels))}
	for i, l := range r.Labels {
		if l.Kind == "wait" {
			v.classes[i] = classWait
		}
	}
	v.sortSpans()
	v.nameRows()
	v.findLanes()
	v.findSteps()
	return v
}

// sortSpans fills ranks and spans.
func (v *view) sortSpans() {
	var top int32 = -1
	for i := range v.run.Spans {
		top = max(top, v.run.Spans[i].Rank)
	}
	row := make([]int32, top+1) // by rank: 1 + row, 0 where not recorded
	for i := range v.run.Spans {
		row[v.run.Spans[i].Rank] = 1
	}
	for rank, seen := range row {
		if seen != 0 {
			v.ranks = append(v.ranks, int32(rank))
			row[rank] = int32(len(v.ranks))
		}
	}
	streams := len(v.run.Streams)
	v.spans = make([][]int32, len(v.ranks)*streams)
	for i := range v.run.Spans {
		s := &v.run.Spans[i]
		k := (int(row[s.Rank])-1)*streams + int(s.Stream)
		v.spans[k] = append(v.spans[k], int32(i))
	}
	for _, list := range v.spans {
		slices.SortStableFunc(list, func(a, b int32) int {
			return cmp.Compare(v.run.Spans[a].Start, v.run.Spans[b].Start)
		})
	}
}

// nameRows calls the recorded ranks by their stages where there is one of each:
// ranks of later stages have larger numbers (Megatron-LM's order).
func (v *view) nameRows() {
	perStage := len(v.ranks) == len(v.run.Summary.StageBucketsS)
	for i, rank := range v.ranks {
		if perStage {
			v.rows = append(v.rows, fmt.Sprintf("stage %d", i))
		} else {
			v.rows = append(v.rows, fmt.Sprintf("rank %d", rank))
		}
	}
}

// findLanes lists the streams that were used, compute first. Sends of both
// directions share a lane; a receive is its sender's send, seen again.
func (v *view) findLanes() {
	send := -1
	for s, name := range v.run.Streams {
		if strings.HasPrefix(name, "recv_") || !v.used(uint8(s)) {
			continue
		}
		if strings.HasPrefix(name, "send_") {
			if send < 0 {
				send = len(v.lanes)
				v.lanes = append(v.lanes, lane{name: "pipeline"})
			}
			v.lanes[send].streams = append(v.lanes[send].streams, uint8(s))
			continue
		}
		v.lanes = append(v.lanes, lane{name: name, streams: []uint8{uint8(s)}})
	}
	slices.SortStableFunc(v.lanes, func(a, b lane) int { return cmp.Compare(a.order(), b.order()) })
}

func (l lane) order() int {
	if l.name == "compute" {
		return 0
	}
	return 1
}

func (v *view) used(stream uint8) bool {
	for row := range v.ranks {
		if len(v.stream(row, stream)) > 0 {
			return true
		}
	}
	return false
}

// stream returns the indices of the spans of one stream of a row, by start.
func (v *view) stream(row int, stream uint8) []int32 {
	return v.spans[row*len(v.run.Streams)+int(stream)]
}

func (v *view) findSteps() {
	for i := range v.run.Spans {
		s := &v.run.Spans[i]
		for int(s.Step) >= len(v.steps) {
			v.steps = append(v.steps, extents{start: engine.Never})
		}
		e := &v.steps[s.Step]
		e.start, e.end = min(e.start, s.Start), max(e.end, s.End)
	}
}

// last returns the last step that was recorded whole, which is the steady one, or
// the only one.
func (v *view) last() (step int32, when extents) {
	n := len(v.steps) - 1
	if v.run.Dropped > 0 && n > 0 && v.steps[n-1].end > 0 {
		n--
	}
	return int32(n), v.steps[n]
}

// recorded returns the time that the spans cover: all that was simulated, or the
// steps that were chosen, or up to where no more were kept.
func (v *view) recorded() extents {
	e := extents{start: engine.Never}
	for _, s := range v.steps {
		e.start, e.end = min(e.start, s.start), max(e.end, s.end)
	}
	return e
}

func (v *view) phase(s *trace.Span) string {
	if int(s.Phase) < len(v.run.Phases) {
		return v.run.Phases[s.Phase]
	}
	return ""
}

func (v *view) isWait(s *trace.Span) bool {
	return int(s.Label) < len(v.classes) && v.classes[s.Label] == classWait
}

// compute returns the spans of the compute stream of a row, which is lane 0.
func (v *view) compute(row int) []int32 { return v.stream(row, v.lanes[0].streams[0]) }

// choose returns at most most (> 1) of the numbers 0 … count−1, the first and the
// last among them, evenly spread.
func choose(count, most int) []int {
	n := min(count, most)
	list := make([]int, n)
	for i := 1; i < n; i++ {
		list[i] = i * (count - 1) / (n - 1)
	}
	return list
}
