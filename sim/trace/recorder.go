package trace

import (
	"slices"

	"trainsim/sim/engine"
)

// Span is one operation on one recorded rank, or one wait of its compute stream.
type Span struct {
	Start, End engine.Time
	Rank       int32
	Label      int32 // index into Recorder.Labels
	Microbatch int32 // -1 none
	Step       int32
	Layer      int16 // -1 none
	Chunk      int16
	Stream     uint8 // index into Recorder.Streams
	Phase      uint8 // index into Recorder.Phases
}

// Label names a kind of span once.
type Label struct {
	Name string // operation, as in the program
	Kind string // "gemm", "all_reduce", …; "wait" for waits
}

// Point is a step of a quantity that is read at points, not integrated: the
// memory in use on one rank of a stage.
type Point struct {
	At    engine.Time
	Value int64
}

// Event is something worth a line with its time and place: a supply over its
// rating, a part that slows down, traffic that takes another path.
type Event struct {
	At   engine.Time
	Kind string // "supply_overload", "degrade", "restore", "reroute", "power_cap", "power_uncap"
	Name string // entity
	Text string
}

// Recorder keeps what was seen. All methods are valid on nil and do nothing.
type Recorder struct {
	Streams []string
	Phases  []string
	Labels  []Label
	Spans   []Span
	Memory  [][]Point // per stage, bytes in use on its first rank
	Events  []Event
	Series  []*Series
	// MaxSpans bounds Spans (0: 2,000,000); Dropped counts what did not fit.
	MaxSpans int
	Dropped  int64
	End      engine.Time

	labels    map[Label]int32 // index into Labels
	doublings uint            // of the width of the bins of new series
}

// defaultMaxSpans keeps the spans of a recorder below about 100 MB.
const defaultMaxSpans = 2_000_000

// Expect tells that the simulation does not end before a time: new series begin with
// the bins that they would have by then at the earliest.
func (r *Recorder) Expect(end engine.Time) {
	if r != nil && end > 0 {
		r.doublings = doublingsUntil(end, r.doublings)
	}
}

// NewSeries adds a series and returns it; on a nil recorder it returns nil, and
// a nil *Series ignores Add and Close.
func (r *Recorder) NewSeries(name, part, unit string) *Series {
	if r == nil {
		return nil
	}
	s := &Series{Name: name, Part: part, Unit: unit, doublings: r.doublings}
	r.Series = append(r.Series, s)
	return s
}

// Label interns a label and returns its index in Labels; -1 on nil.
func (r *Recorder) Label(name, kind string) int32 {
	if r == nil {
		return -1
	}
	if r.labels == nil {
		r.labels = make(map[Label]int32, len(r.Labels))
		for i, l := range r.Labels {
			r.labels[l] = int32(i)
		}
	}
	l := Label{Name: name, Kind: kind}
	i, known := r.labels[l]
	if !known {
		i = int32(len(r.Labels))
		r.labels[l] = i
		r.Labels = append(r.Labels, l)
	}
	return i
}

// maxSpans returns how many spans are kept at most.
func (r *Recorder) maxSpans() int {
	if r.MaxSpans == 0 {
		return defaultMaxSpans
	}
	return r.MaxSpans
}

// Reserve makes room for so many more spans at once, as far as they are kept: to grow
// time and again takes as long as to write them.
func (r *Recorder) Reserve(spans int) {
	if r != nil {
		r.Spans = slices.Grow(r.Spans, max(0, min(spans, r.maxSpans()-len(r.Spans))))
	}
}

// Span keeps a span, or counts it as dropped.
func (r *Recorder) Span(s Span) {
	if r == nil {
		return
	}
	if len(r.Spans) >= r.maxSpans() {
		r.Dropped++
		return
	}
	r.Spans = append(r.Spans, s)
}

// SetMemory records the bytes in use on the first rank of a stage from now on.
// Of several values in one instant the last counts.
func (r *Recorder) SetMemory(stage int32, now engine.Time, bytes int64) {
	if r == nil {
		return
	}
	for int(stage) >= len(r.Memory) {
		r.Memory = append(r.Memory, nil)
	}
	points := r.Memory[stage]
	if n := len(points); n > 0 && points[n-1].At == now {
		points[n-1].Value = bytes
		return
	}
	r.Memory[stage] = append(points, Point{At: now, Value: bytes})
}

// Note keeps an event.
func (r *Recorder) Note(e Event) {
	if r == nil {
		return
	}
	r.Events = append(r.Events, e)
}

// Close closes every series at end.
func (r *Recorder) Close(end engine.Time) {
	if r == nil {
		return
	}
	r.End = end
	for _, s := range r.Series {
		s.Close(end)
	}
}
