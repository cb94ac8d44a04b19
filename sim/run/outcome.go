package run

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/engine"
)

// Outcome is what came out of one replica of a run.
type Outcome struct {
	Seed   uint64
	End    engine.Time
	Steps  int64 // that count
	Time   Books
	Energy [NumBuckets]engine.Total // mW·ns of the job
	Spare  engine.Total             // mW·ns of idle spares

	Billing *Billing `json:",omitempty"` // with Spec.Site

	Failures      []int64 // of hosts of the job, by kind
	Interruptions int64   // times that the job stopped or was stopped, planned ones aside
	Planned       int64
	Checkpoints   int64 // durable
	Restores      int64
	Replacements  int64 // hosts put into a slot for one that has left
	Rejoins       int64 // times that a shrunk job took replicas back without a stop
	Episodes      int64 // parts of the job that became slow
	Evictions     int64
	Retired       int64
	Lost          []engine.Duration // by kind of failure: recovery, and work lost
	LostEnergy    []engine.Total    // mW·ns in that time
	// ShortOfSupplies is the time in which a host of the job had lost some, and HeldBack
	// that of steps which it, or more such hosts, held back.
	ShortOfSupplies engine.Duration `json:",omitempty"`
	HeldBack        engine.Duration `json:",omitempty"`
	LeastSpares     int32

	StepTimes []StepCount // how many steps took how long, by length
	Marks     []Mark      // with Spec.Record
	Pool      []Pool      // with Spec.Record
	Watched   []Sight     // at Spec.Watch
	Worst     Sight       // with Spec.Record: the first state that steps ran in with the most slow parts and missing replicas
}

// Sight is the state of health at an instant.
type Sight struct {
	At engine.Time
	Health
	Kind []int32 // of straggler, of each slow part
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
	MarkSupplyLost // failure of kind Index takes supplies
	MarkSupplyBack // they are replaced
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

// count adds n steps of a length.
func (o *Outcome) count(d engine.Duration, n int64) {
	i, known := slices.BinarySearchFunc(o.StepTimes, d, func(s StepCount, d engine.Duration) int { return cmp.Compare(s.Time, d) })
	if !known {
		o.StepTimes = slices.Insert(o.StepTimes, i, StepCount{Time: d})
	}
	o.StepTimes[i].Count += n
}

// check proves that the buckets tile the wall clock.
func (o *Outcome) check() error {
	if wall := o.Time.Wall(); wall != o.End.Sub(0) {
		return fmt.Errorf("the books do not balance: buckets hold %d ns, the run took %d ns", wall, o.End)
	}
	for b, d := range o.Time {
		if d < 0 {
			return fmt.Errorf("the books do not balance: %v holds %d ns", Bucket(b), d)
		}
	}
	return nil
}

// notePool adds a point to the course of the pool, unless nothing has changed.
func (o *Outcome) notePool(p Pool) {
	if n := len(o.Pool); n > 0 && o.Pool[n-1].At == p.At {
		o.Pool = o.Pool[:n-1]
	}
	if n := len(o.Pool); n > 0 {
		before := o.Pool[n-1]
		if before.At = p.At; before == p {
			return
		}
	}
	o.Pool = append(o.Pool, p)
}

// mark adds a point to the timeline.
func (r *replica) mark(k MarkKind, index, host int32) {
	if r.spec.Record {
		r.out.Marks = append(r.out.Marks, Mark{At: r.now, Kind: k, Index: index, Host: host, Steps: r.progress.done})
	}
}
