// Package trace holds what was seen of a simulation: series in bins, spans of
// chosen ranks, buckets of time and energy. A nil recorder is valid and free.
package trace

import (
	"fmt"

	"trainsim/sim/engine"
)

// MaxBins bounds a series: when it is full, neighbours merge and the width doubles.
const MaxBins = 4096

// firstWidth is the width of the bins of a new series: 2^10 ns, about 1 µs.
const firstWidth = 10

// Series is a quantity that is constant between changes (milliwatts, busy
// GPUs, bytes/s), integrated exactly over bins of equal width. The zero value
// is an empty series that starts at 0, with value 0. A nil series ignores what
// it is told and reads as empty.
type Series struct {
	Name string // "power", "busy", "traffic", …
	Part string // component, stage or link tier: "gpu", "stage 3", "nic"
	Unit string // of the value: "mW", "gpu", "B/s"

	value     int64
	last      engine.Time // of the last change
	end       engine.Time // of the last bin, which holds last
	peak      int64
	peakAt    engine.Time
	doublings uint
	bins      []engine.Total // value × ns in each bin
}

// Add changes the value by delta from now on. Time must not go back, and a value
// below 0 must not last: both panic, since either is a defect of the caller.
// Within an instant the order of changes does not matter.
func (s *Series) Add(now engine.Time, delta int64) {
	if s == nil {
		return
	}
	if now != s.last {
		s.integrate(now)
	}
	s.value += delta
}

// integrate extends the series to now with the present value.
func (s *Series) integrate(now engine.Time) {
	if now < s.last || s.value < 0 {
		panic(fmt.Sprintf("trace: series %s %s: from %d to %d ns with value %d", s.Name, s.Part, s.last, now, s.value))
	}
	if s.value > s.peak {
		s.peak, s.peakAt = s.value, s.last
	}
	if now > s.end {
		s.extend(now)
	}
	s.bins[len(s.bins)-1].AddProduct(uint64(s.value), uint64(now-s.last))
	s.last = now
}

// extend integrates up to the start of the bin that ends with or holds now,
// which becomes the last one.
func (s *Series) extend(now engine.Time) {
	for need := doublingsUntil(now, s.doublings); s.doublings < need; {
		s.double()
	}
	shift := firstWidth + s.doublings
	for len(s.bins) == 0 || s.end < now {
		if n := len(s.bins); n > 0 {
			s.bins[n-1].AddProduct(uint64(s.value), uint64(s.end-s.last))
			s.last = s.end
		}
		s.bins = append(s.bins, engine.Total{})
		s.end = engine.Time(len(s.bins)) << shift
		if s.end < 0 { // the last bin may reach past the end of time
			s.end = engine.Never
		}
	}
}

// doublingsUntil returns how often the width of bins must have doubled for a series to
// reach a time, at least as often as it has.
func doublingsUntil(end engine.Time, doublings uint) uint {
	for (end-1)>>(firstWidth+doublings) >= MaxBins {
		doublings++
	}
	return doublings
}

// double merges neighbouring bins into bins of twice the width.
func (s *Series) double() {
	n := len(s.bins)
	for i := range n / 2 {
		s.bins[i] = s.bins[2*i]
		s.bins[i].AddTotal(s.bins[2*i+1])
	}
	if n%2 == 1 {
		s.bins[n/2] = s.bins[n-1]
	}
	s.bins = s.bins[:(n+1)/2]
	s.doublings++
	s.end = engine.Time(len(s.bins)) << (firstWidth + s.doublings)
}

// Value returns the present value.
func (s *Series) Value() int64 {
	if s == nil {
		return 0
	}
	return s.value
}

// Peak returns the largest value that held for a non-zero time, and when it was
// first reached; (0, 0) when the value was never above 0.
func (s *Series) Peak() (int64, engine.Time) {
	if s == nil {
		return 0, 0
	}
	return s.peak, s.peakAt
}

// Close integrates up to end, the end of the simulation.
func (s *Series) Close(end engine.Time) { s.Add(end, 0) }

// Total returns the integral up to Close, in unit·ns.
func (s *Series) Total() engine.Total {
	var sum engine.Total
	if s == nil {
		return sum
	}
	for _, b := range s.bins {
		sum.AddTotal(b)
	}
	return sum
}

// Width returns the width of a bin: 1,024 ns, doubled as often as was needed.
func (s *Series) Width() engine.Duration {
	if s == nil {
		return 1 << firstWidth
	}
	return 1 << (firstWidth + s.doublings)
}

// Bins returns the integral over each bin, in unit·ns. It is not a copy.
func (s *Series) Bins() []engine.Total {
	if s == nil {
		return nil
	}
	return s.bins
}

// Means returns the mean value in each bin up to the end; the last bin covers
// the part up to the end only.
func (s *Series) Means() []float64 {
	if s == nil || len(s.bins) == 0 {
		return nil
	}
	means := make([]float64, len(s.bins))
	width := float64(s.Width())
	for i, b := range s.bins {
		means[i] = b.Float() / width
	}
	n := len(means) - 1
	start := engine.Time(n) << (firstWidth + s.doublings)
	means[n] = s.bins[n].Float() / float64(s.last-start)
	return means
}
