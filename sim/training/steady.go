package training

import (
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Steady is the books of the last step: from the end of the step before, or the
// start, to its own end. What it left in flight for a next step is outside. With
// noise it is the mean of all steps but the first, rounded down to the unit.
type Steady struct {
	From, To   engine.Time
	Buckets    *trace.Buckets
	Parts      []Part         // all that draws power but the GPUs with ranks, whose energy is in the buckets
	Series     []engine.Total // integral of each series of the recorder, in its order
	spent      []Spent        // of each node; nil: nobody asked
	Overlapped engine.Total   // what communication beside kernels took of their time, ns × ranks × 10⁶
}

// keeps tells whether the steady step begins or ends where step number n does.
func (s *simulation) keeps(n int) bool {
	last := s.job.Steps - 1
	if s.job.Noise != nil {
		return n == 0 || n == last
	}
	return n >= last-1
}

// steadyStep returns the books of the steady step.
func (s *simulation) steadyStep() Steady {
	whole := s.steady.since(s.opening)
	if s.job.Noise == nil || s.job.Steps < 3 {
		return whole
	}
	return whole.mean(uint64(s.job.Steps - 1))
}

// mean returns the books of a mean step from those of many.
func (s Steady) mean(steps uint64) Steady {
	s.From = s.To.Add(-s.To.Sub(s.From) / engine.Duration(steps))
	s.Overlapped = s.Overlapped.Over(steps)
	for i := range s.spent {
		s.spent[i].Compute /= engine.Duration(steps)
		s.spent[i].Wait /= engine.Duration(steps)
	}
	for i := range s.Buckets.Time {
		s.Buckets.Time[i] = s.Buckets.Time[i].Over(steps)
		s.Buckets.Energy[i] = s.Buckets.Energy[i].Over(steps)
	}
	for i := range s.Parts {
		s.Parts[i].Energy = s.Parts[i].Energy.Over(steps)
	}
	for i := range s.Series {
		s.Series[i] = s.Series[i].Over(steps)
	}
	return s
}

// Seconds returns the length of the step.
func (s *Steady) Seconds() float64 { return s.To.Sub(s.From).Seconds() }

// Energy returns what everything took from the mains, in mW·ns.
func (s *Steady) Energy() engine.Total {
	var all engine.Total
	for _, e := range s.Buckets.Energy {
		all.AddTotal(e)
	}
	for _, p := range s.Parts {
		all.AddTotal(p.Energy)
	}
	return all
}

// balance closes the books of every node and series at now and copies them.
func (s *simulation) balance(now engine.Time) Steady {
	s.settleAll(now)
	b := Steady{To: now, Overlapped: s.overlapped, spent: slices.Clone(s.spent), Parts: s.partsUntil(now), Buckets: &trace.Buckets{Time: slices.Clone(s.buckets.Time), Energy: slices.Clone(s.buckets.Energy)}}
	if s.job.Trace != nil {
		for _, series := range s.job.Trace.Series {
			series.Close(now)
			b.Series = append(b.Series, series.Total())
		}
	}
	return b
}

// since returns the books from an earlier balance to this one.
func (s Steady) since(earlier Steady) Steady {
	s.From = earlier.To
	if earlier.Buckets == nil {
		return s
	}
	s.Overlapped.SubTotal(earlier.Overlapped)
	s.spent = spentSince(s.spent, earlier.spent)
	for i := range s.Buckets.Time {
		s.Buckets.Time[i].SubTotal(earlier.Buckets.Time[i])
		s.Buckets.Energy[i].SubTotal(earlier.Buckets.Energy[i])
	}
	for i := range s.Parts {
		s.Parts[i].Energy.SubTotal(earlier.Parts[i].Energy)
	}
	for i := range s.Series {
		s.Series[i].SubTotal(earlier.Series[i])
	}
	return s
}
