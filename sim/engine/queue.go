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
	digitBits = 6
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
// Buckets are chains of small blocks from one pool, so that a steady state
// allocates nothing, and the pool is hardly larger than the most events that
// were ever pending.
type Queue struct {
	now     Time
	pending int
	head    int           // events of the present bucket that were popped
	spent   int           // events of this instant popped before its bucket was last empty
	filled  [words]uint64 // buckets that are not empty
	mixed   [words]uint64 // buckets that hold more than one time
	bucket  [buckets]chain
	least   [buckets]Time // earliest time in a bucket that is not empty
	blocks  []block       // block 0 is none
	free    int32         // first free block
	limits  Limits
	err     error
}

// blockSize makes the events of a block 8 cache lines.
const blockSize = 32

// block is a piece of a bucket, or free.
type block struct {
	events [blockSize]Event
	next   int32
}

// chain is the blocks of a bucket, and the events put there since it was empty.
type chain struct {
	first, last int32
	n           int
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
	c := &q.bucket[b]
	if c.n == 0 {
		q.filled[b/64] |= 1 << (b % 64)
		q.least[b] = e.At
	} else if e.At != q.least[b] {
		q.mixed[b/64] |= 1 << (b % 64)
		q.least[b] = min(q.least[b], e.At)
	}
	at := uint(c.n) % blockSize
	if at == 0 {
		q.extend(c)
	}
	q.blocks[c.last].events[at] = e
	c.n++
}

// extend appends a block to a chain.
func (q *Queue) extend(c *chain) {
	i := q.free
	if i != 0 {
		q.free = q.blocks[i].next
	} else {
		if len(q.blocks) == 0 {
			q.blocks = append(q.blocks, block{})
		}
		i = int32(len(q.blocks))
		q.blocks = append(q.blocks, block{})
	}
	if c.n == 0 {
		c.first = i
	} else {
		q.blocks[c.last].next = i
	}
	c.last = i
}

// release frees a block and returns the one after it.
func (q *Queue) release(i int32) (next int32) {
	next = q.blocks[i].next
	q.blocks[i].next = q.free
	q.free = i
	return next
}

// Pop removes and returns the earliest event; ok is false when there is none or
// when a limit was hit, which Err tells apart.
func (q *Queue) Pop() (e Event, ok bool) {
	b := int(q.now % digits)
	if q.head == q.bucket[b].n {
		if b = q.advance(); b < 0 {
			return Event{}, false
		}
	}
	if q.err != nil {
		return Event{}, false
	}
	c := &q.bucket[b]
	at := uint(q.head) % blockSize
	e = q.blocks[c.first].events[at]
	if exceeds(q.spent+q.head+1, q.limits.PerInstant) {
		q.err = &LimitError{Limit: "events in one instant", Max: int64(q.limits.PerInstant), Event: e}
		return Event{}, false
	}
	q.head++
	q.pending--
	if empty := q.head == c.n; empty || at == blockSize-1 {
		c.first = q.release(c.first)
		if empty {
			q.clear(b)
			q.spent += q.head
			q.head = 0
		}
	}
	return e, true
}

// PopNow is Pop for the instant of the last event popped only: ok is false when
// no event of that time is left.
func (q *Queue) PopNow() (e Event, ok bool) {
	if q.head == q.bucket[q.now%digits].n {
		return Event{}, false
	}
	return q.Pop()
}

// clear marks bucket b, whose blocks were released or moved, as empty.
func (q *Queue) clear(b int) {
	q.bucket[b] = chain{}
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
// of ties goes as a whole.
func (q *Queue) spread(b int) {
	from := q.bucket[b]
	mixed := q.mixed[b/64]>>(b%64)&1 == 1
	q.clear(b)
	if !mixed {
		to := int(q.now % digits)
		q.bucket[to], q.least[to] = from, q.now
		q.filled[to/64] |= 1 << (to % 64)
		return
	}
	for i := from.first; from.n > 0; from.n -= blockSize {
		for k := range min(from.n, blockSize) {
			e := q.blocks[i].events[k] // put may move the pool
			q.put(place(q.now, e.At), e)
		}
		i = q.release(i)
	}
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
	i := q.bucket[b].first
	for k := 0; ; k = (k + 1) % blockSize {
		if e := q.blocks[i].events[k]; e.At == q.least[b] {
			return e
		}
		if k == blockSize-1 {
			i = q.blocks[i].next
		}
	}
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
func (q *Queue) Reset() { *q = Queue{blocks: q.blocks[:0], limits: q.limits} }
