package engine

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

// MaxGeneration is the largest generation; an entity wraps to 0 after it.
const MaxGeneration = 1<<24 - 1

// Queue is a monotone radix heap of events, first in, first out within a time.
type Queue struct{}

// Push adds an event. Pushing before the time of the last event popped panics.
func (q *Queue) Push(at Time, kind Kind, entity int32, generation uint32) { panic("todo") }

// Pop removes and returns the earliest event; ok is false when there is none.
func (q *Queue) Pop() (e Event, ok bool) { panic("todo") }

// Peek returns the time of the earliest event without moving anything.
func (q *Queue) Peek() (at Time, ok bool) { panic("todo") }

// Len returns the number of pending events.
func (q *Queue) Len() int { panic("todo") }
