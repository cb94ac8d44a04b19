// Package trace holds what was seen of a simulation: series in bins, spans of
// chosen ranks, buckets of time and energy. A nil recorder is valid and free.
package trace

import "trainsim/sim/engine"

// MaxBins bounds a series: when it is full, neighbours merge and the width doubles.
const MaxBins = 4096

// Series is a quantity that is constant between changes (milliwatts, busy
// GPUs, bytes/s), integrated exactly over bins of equal width. The zero value
// is an empty series that starts at 0.
type Series struct {
	Name string // "power", "busy", "traffic", …
	Part string // component, stage or link tier: "gpu", "stage 3", "nic"
	Unit string // of the value: "mW", "gpu", "B/s"
	// unexported: bins []engine.Total, width, current value, last change, peak
}

// Add changes the value by delta from now on.
func (s *Series) Add(now engine.Time, delta int64) { panic("todo") }

// Value returns the present value.
func (s *Series) Value() int64 { panic("todo") }

// Peak returns the largest value that held for a non-zero time, and when it was first reached.
func (s *Series) Peak() (int64, engine.Time) { panic("todo") }

// Close integrates up to end, the end of the simulation.
func (s *Series) Close(end engine.Time) { panic("todo") }

// Total returns the integral up to Close, in unit·ns.
func (s *Series) Total() engine.Total { panic("todo") }

// Width returns the width of a bin.
func (s *Series) Width() engine.Duration { panic("todo") }

// Means returns the mean value in each bin up to the end; the last bin covers
// the part up to the end only.
func (s *Series) Means() []float64 { panic("todo") }
