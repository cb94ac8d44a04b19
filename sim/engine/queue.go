package engine

import (
	"fmt"
	"math/bits"
)

// Kind is the kind of an event; the simulation's one switch is on it.
type Kind uint8

// Event is when, what, who and which version: 16 bytes.
type Event struct {
	At     Time
	packed uint32 // kind in the high 8 bits, generation in the low 24
	Entity int32
}

// Kind returns the kind of the event.
func (e Event) Kind() Kind { return Kind(e.packed >> 24) }

// Generation returns the version of the entity the event was pushed for.
func (e Event) Generation() uint32 { return e.packed & MaxGeneration }

// MaxGeneration is the largest generation; an entity wraps to 0 after it. An
// event is stale when its generation is not its entity's, so a wrap is harmless
// as long as no event outlives 2^24 changes of its entity.
const MaxGeneration = 1<<24 - 1

// Next returns the generation after g, wrapping to 0 after MaxGeneration.
func Next(g uint32) uint32 { return (g + 1) & MaxGeneration }

// The heap sorts times by their most significant digit that differs from the
// present. A level holds one bucket for each value of that digit.
const (
	digitBits = 4
	digits    = 1 << digitBits
	levels    = (63 + digitBits - 1) / digitBits
	buckets   = levels * digits
	words     = (buckets + 63) / 64
)

// Queue is a monotone radix heap of events, first in, first out within a time
// (Ahuja, Mehlhorn, Orlin and Tarjan, "Faster algorithms for the shortest path
// problem", J. ACM 37(2), 1990). The zero value is an empty queue at time 0.
//
// Buckets are in order of time: those of level 0 hold a single time each, those
// of a higher level a range, which is spread over the levels below when the
// present reaches it. Events of one time are always in one bucket and move
// together, in order, which makes the queue stable without sequence numbers.
// An emptied bucket gives its storage to the next one that fills, so a steady
// state allocates nothing and holds no more storage than buckets filled at once.
type Queue struct {
	now     Time
	pending int
	head    int           // events of the present bucket that were popped
	spent   int           // events of this instant popped from the bucket before it was last emptied
	filled  [words]uint64 // buckets that are not empty
	mixed   [words]uint64 // buckets that hold more than one time
	bucket  [buckets][]Event
	least   [buckets]Time // earliest time in a bucket that is not empty
	spare   [][]Event     // storage of emptied buckets
	limits  Limits
	err     error
}

// place returns the bucket for an event at the given time, seen from now.
func place(now, at Time) int {
	level := uint(bits.Len64(uint64(at^now)|1)-1) / digitBits
	return int(level*digits + uint(at>>(level*digitBits))%digits)
}

// Push adds an event. Pushing before the time of the last event popped panics.
func (q *Queue) Push(at Time, kind Kind, entity int32, generation uint32) {
	if at < q.now {
		panic(fmt.Sprintf("engine: event of kind %d for entity %d pushed at %d ns, before now, %d ns", kind, entity, at, q.now))
	}
	e := Event{At: at, packed: uint32(kind)<<24 | generation&MaxGeneration, Entity: entity}
	q.put(place(q.now, at), e)
	q.pending++
	if exceeds(q.pending, q.limits.Pending) && q.err == nil {
		q.err = &LimitError{Limit: "pending events", Max: int64(q.limits.Pending), Event: e}
	}
}

// put appends e to bucket b.
func (q *Queue) put(b int, e Event) {
	list := q.bucket[b]
	if len(list) == 0 {
		q.filled[b/64] |= 1 << (b % 64)
		q.least[b] = e.At
		if n := len(q.spare); cap(list) == 0 && n > 0 {
			list = q.spare[n-1]
			q.spare = q.spare[:n-1]
		}
	} else if e.At != q.least[b] {
		q.mixed[b/64] |= 1 << (b % 64)
		q.least[b] = min(q.least[b], e.At)
	}
	q.bucket[b] = append(list, e)
}

// Pop removes and returns the earliest event; ok is false when there is none or
// when a limit was hit, which Err tells apart.
func (q *Queue) Pop() (e Event, ok bool) {
	b := int(q.now % digits)
	if q.head == len(q.bucket[b]) {
		if b = q.advance(); b < 0 {
			return Event{}, false
		}
	}
	if q.err != nil {
		return Event{}, false
	}
	list := q.bucket[b]
	e = list[q.head]
	if exceeds(q.spent+q.head+1, q.limits.PerInstant) {
		q.err = &LimitError{Limit: "events in one instant", Max: int64(q.limits.PerInstant), Event: e}
		return Event{}, false
	}
	q.head++
	q.pending--
	if q.head == len(list) {
		q.clear(b)
		q.spent += q.head
		q.head = 0
	}
	return e, true
}

// clear empties bucket b and keeps its storage for another.
func (q *Queue) clear(b int) {
	q.spare = append(q.spare, q.bucket[b][:0])
	q.bucket[b] = nil
	q.filled[b/64] &^= 1 << (b % 64)
	q.mixed[b/64] &^= 1 << (b % 64)
}

// advance moves the present to the earliest pending time and returns the bucket
// that holds it, or -1 when there is none or it lies beyond the end of time.
func (q *Queue) advance() int {
	b := q.first()
	if b < 0 {
		return -1
	}
	at := q.least[b]
	if at > q.limits.End && q.limits.End > 0 {
		if q.err == nil {
			q.err = &LimitError{Limit: "simulated time in ns", Max: int64(q.limits.End), Event: q.earliest(b)}
		}
		return -1
	}
	if at > q.now {
		q.spent = 0
	}
	q.now = at
	if b < digits {
		return b
	}
	q.spread(b)
	return int(at % digits)
}

// spread moves the events of bucket b to where the present puts them. A bucket
// of ties goes as a whole: its storage is exchanged, not copied.
func (q *Queue) spread(b int) {
	if q.mixed[b/64]>>(b%64)&1 == 0 {
		to := int(q.now % digits)
		if cap(q.bucket[to]) > 0 {
			q.spare = append(q.spare, q.bucket[to])
		}
		q.bucket[to], q.bucket[b] = q.bucket[b], nil
		q.least[to] = q.now
		q.filled[to/64] |= 1 << (to % 64)
		q.filled[b/64] &^= 1 << (b % 64)
		return
	}
	for _, e := range q.bucket[b] {
		q.put(place(q.now, e.At), e)
	}
	q.clear(b)
}

// first returns the first bucket that is not empty, or -1.
func (q *Queue) first() int {
	for w, mask := range q.filled {
		if mask != 0 {
			return w*64 + bits.TrailingZeros64(mask)
		}
	}
	return -1
}

// earliest returns the first of the earliest events of bucket b.
func (q *Queue) earliest(b int) Event {
	for _, e := range q.bucket[b] {
		if e.At == q.least[b] {
			return e
		}
	}
	return Event{}
}

// Peek returns the time of the earliest event without moving anything, so that
// events may still be pushed at any time from Now on.
func (q *Queue) Peek() (at Time, ok bool) {
	b := q.first()
	if b < 0 {
		return 0, false
	}
	return q.least[b], true
}

// Len returns the number of pending events.
func (q *Queue) Len() int { return q.pending }

// Now returns the time of the last event popped.
func (q *Queue) Now() Time { return q.now }

// Reset empties the queue and returns it to time 0, keeping storage and limits.
func (q *Queue) Reset() {
	for b := range q.bucket {
		if cap(q.bucket[b]) > 0 {
			q.clear(b)
		}
	}
	q.filled, q.mixed = [words]uint64{}, [words]uint64{}
	q.now, q.pending, q.head, q.spent, q.err = 0, 0, 0, 0, nil
}
