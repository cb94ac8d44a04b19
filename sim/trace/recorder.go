package trace

import "trainsim/sim/engine"

// Span is one operation on one recorded rank, or one wait of its compute stream.
type Span struct {
	Start, End engine.Time
	Rank       int32
	Label      int32 // index into Recorder.Labels
	Microbatch int32 // -1 none
	Layer      int16 // -1 none
	Chunk      int16
	Step       int16
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
// rating, a rank slowed.
type Event struct {
	At   engine.Time
	Kind string // "supply_overload", "gpu_slow", …
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
}

// NewSeries adds a series and returns it; on a nil recorder it returns nil, and
// a nil *Series ignores Add and Close.
func (r *Recorder) NewSeries(name, part, unit string) *Series { panic("todo") }

// Label interns a label.
func (r *Recorder) Label(name, kind string) int32 { panic("todo") }

// Span keeps a span, or counts it as dropped.
func (r *Recorder) Span(s Span) { panic("todo") }

// Close closes every series at end.
func (r *Recorder) Close(end engine.Time) { panic("todo") }
