package engine

import "fmt"

// Limits bound a simulation that does not end by itself. A zero field is no
// limit.
type Limits struct {
	Pending    int  // events waiting at once
	PerInstant int  // events of one time: a loop without progress hits it
	End        Time // last time an event may have
}

// exceeds tells whether n, at least 1, is above the limit; in one comparison,
// as 0 wraps to the largest.
func exceeds(n, limit int) bool { return uint(n)-1 > uint(limit)-1 }

// SetLimits replaces the limits of the queue.
func (q *Queue) SetLimits(l Limits) { q.limits = l }

// Err returns the limit that was hit, a *LimitError, or nil. Once it is not
// nil, Pop returns nothing more.
func (q *Queue) Err() error { return q.err }

// LimitError is a limit that was hit, and the event that hit it.
type LimitError struct {
	Limit string // what is limited, with its unit
	Max   int64
	Event Event
}

// Error names the limit, and kind, entity and time of the event.
func (e *LimitError) Error() string {
	return fmt.Sprintf("more than %d %s: event of kind %d for entity %d at %d ns",
		e.Max, e.Limit, e.Event.Kind(), e.Event.Entity, e.Event.At)
}
