package training

import (
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Steady is the books of the last step: from the end of the step before, or the
// start, to its own end. What it left in flight for a next step is outside. With
// noise it is the mean of all steps but the first, rounded down to the unit.
type Steady struct {
	From, To   engine.Time
	Buckets    *trace.Buckets
	States     trace.States        // of the same time and energy
	stays      []engine.Total      // in each condition
	Parts      []Part              // all that draws power but the GPUs with ranks, whose energy is in the buckets
	Series     []engine.Total      // integral of each series of the recorder, in its order
	spent      []Spent             // of each node; nil: nobody asked
	Overlapped engine.Total        // what communication beside kernels took of their time, ns × ranks × 10⁶
	Capped     engine.Total        // time under caps of any kind, ns × ranks
	LostToCaps engine.Total        // what caps took of the time of kernels, ns × ranks × 10⁶
	loads      []engine.Total      // of the supplies of hosts that lose some
	heat       []uint64            // of breakers at To
	warmed     []int64             // the same, since From
	throttled  engine.Total        // time on a clock that heat has lowered, ns × ranks
	average    cluster.Temperature // of all GPUs at To
	rise       cluster.Temperature // the same, since From
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
	b := s.booksOf(whole.stays)
	whole.Buckets, whole.States, whole.Capped, whole.LostToCaps = b.buckets, b.states, b.capped, b.lostToCaps
	if s.job.Noise == nil || s.job.Steps < 3 {
		return whole
	}
	return whole.mean(uint64(s.job.Steps - 1))
}

// mean returns the books of a mean step from those of many.
func (s Steady) mean(steps uint64) Steady {
	s.From = s.To.Add(-s.To.Sub(s.From) / engine.Duration(steps))
	s.Overlapped, s.Capped, s.LostToCaps, s.throttled = s.Overlapped.Over(steps), s.Capped.Over(steps), s.LostToCaps.Over(steps), s.throttled.Over(steps)
	s.rise /= cluster.Temperature(steps)
	for i := range s.spent {
		s.spent[i].Compute /= engine.Duration(steps)
		s.spent[i].Wait /= engine.Duration(steps)
	}
	for i := range s.loads {
		s.loads[i] = s.loads[i].Over(steps)
	}
	for i := range s.warmed {
		s.warmed[i] /= int64(steps)
	}
	for i := range s.Buckets.Time {
		s.Buckets.Time[i] = s.Buckets.Time[i].Over(steps)
		s.Buckets.Energy[i] = s.Buckets.Energy[i].Over(steps)
	}
	s.States.Over(steps, s.Buckets)
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

// part returns what one part of the machine took, in mW·ns.
func (s *Steady) part(name string) (e engine.Total) {
	for _, p := range s.Parts {
		if p.Name == name {
			e.AddTotal(p.Energy)
		}
	}
	return e
}

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
	b := Steady{To: now, Overlapped: s.overlapped, spent: slices.Clone(s.spent), Parts: s.partsUntil(now), stays: slices.Clone(s.stays)}
	b.loads, b.heat = s.control.books(now)
	if h := s.thermal; h != nil {
		b.throttled, b.average = s.throttledTime(now), h.average
	}
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
	for i, h := range s.heat {
		s.warmed = append(s.warmed, int64(h))
		if earlier.heat != nil {
			s.warmed[i] -= int64(earlier.heat[i])
		}
	}
	if earlier.stays == nil {
		return s
	}
	s.throttled.SubTotal(earlier.throttled)
	s.rise = s.average - earlier.average
	s.Overlapped.SubTotal(earlier.Overlapped)
	s.spent = spentSince(s.spent, earlier.spent)
	for i := range s.loads {
		s.loads[i].SubTotal(earlier.loads[i])
	}
	for i := range s.stays {
		s.stays[i].SubTotal(earlier.stays[i])
	}
	for i := range s.Parts {
		s.Parts[i].Energy.SubTotal(earlier.Parts[i].Energy)
	}
	for i := range s.Series {
		s.Series[i].SubTotal(earlier.Series[i])
	}
	return s
}
