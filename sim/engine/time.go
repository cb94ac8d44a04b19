// Package engine is the discrete-event kernel: time, the event queue, random
// streams, exact totals and the digest of a run. It knows nothing of GPUs,
// links or files, and imports the standard library only.
package engine

import "math"

// Time is an instant, in nanoseconds since the start of the simulation
// (int64: 292 years).
type Time int64

// Duration is a length of simulated time in nanoseconds.
type Duration int64

// Units of simulated time.
const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
)

// Never is later than every instant a simulation can reach.
const Never Time = math.MaxInt64

// FromSeconds converts seconds to a Duration, rounding to the nearest
// nanosecond. It is the one place where time is rounded: non-zero work takes at
// least 1 ns, and anything beyond the range saturates.
func FromSeconds(s float64) Duration {
	switch {
	case s <= 0:
		return 0
	case s >= math.MaxInt64/1e9:
		return math.MaxInt64
	}
	d := Duration(math.Round(s * 1e9))
	if d == 0 {
		return Nanosecond
	}
	return d
}

// Seconds returns d in seconds.
func (d Duration) Seconds() float64 { return float64(d) / 1e9 }

// Seconds returns t in seconds since the start.
func (t Time) Seconds() float64 { return float64(t) / 1e9 }

// Add returns the instant d after t.
func (t Time) Add(d Duration) Time { return t + Time(d) }

// Sub returns the time from u to t.
func (t Time) Sub(u Time) Duration { return Duration(t - u) }
