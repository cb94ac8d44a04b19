package run

import "trainsim/sim/engine"

// Outcome is what came out of one replica of a run.
type Outcome struct {
	Seed   uint64
	End    engine.Time
	Steps  int64 // that count
	Time   Books
	Energy [NumBuckets]engine.Total // mW·ns of the job
	Spare  engine.Total             // mW·ns of idle spares

	Failures      []int64 // of hosts of the job, by kind
	Interruptions int64   // times that the job stopped or was stopped, planned ones aside
	Planned       int64
	Checkpoints   int64 // durable
	Restores      int64
	Replacements  int64 // hosts put into a slot
	Episodes      int64 // parts of the job that became slow
	Evictions     int64
	Retired       int64
	Lost          []engine.Duration // by kind of failure: wall clock from a stop to where it was before
	States        int64             // distinct states of health a step was taken in
	LeastSpares   int32

	StepTimes []StepCount // how many steps took how long, by length
	Marks     []Mark      // with Spec.Record
	Pool      []Pool      // with Spec.Record
	Watched   []Health    // at Spec.Watch
}

// StepCount is how many of the steps that ran took how long.
type StepCount struct {
	Time  engine.Duration
	Count int64
}

// MarkKind says what a mark of the timeline is.
type MarkKind uint8

// The kinds of marks.
const (
	MarkCompute    MarkKind = iota // steps begin
	MarkCheckpoint                 // durable
	MarkFailure                    // of kind Index; the steps are those that count after it
	MarkSlow                       // an episode of straggler Index begins
	MarkWell                       // it ends
	MarkEnd
)

// Mark is a point of the timeline: steps done, counted and not lost yet, at a time.
type Mark struct {
	At    engine.Time
	Kind  MarkKind
	Index int32
	Host  int32 // -1: none
	Steps int64
}

// Pool is the hosts outside the job from a time on.
type Pool struct {
	At             engine.Time
	Spares, Repair int32
	Lost           int32 // replicas missing
}
