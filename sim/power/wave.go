// Package power answers what a utility sees of a job: how its power swings, at
// which frequencies, and what floors, ramp limits and storage make of it. Pure
// functions on waveforms in integer milliwatts and nanoseconds; energy is exact to
// the last mW·ns.
package power

import (
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Wave is a power that is constant in pieces: piece i holds from the end of the
// one before, or 0, until Until[i]. No two neighbours have the same power, so that
// two waves are equal where their powers are, however they were sampled.
type Wave struct {
	Until []engine.Time // ends of the pieces, each after the one before
	Power []int64       // mW of each piece, at least 0
}

// Add appends a piece of so many mW until a time. A piece without length is none.
func (w *Wave) Add(until engine.Time, power int64) {
	n := len(w.Until)
	switch {
	case until <= w.End():
	case n > 0 && w.Power[n-1] == power:
		w.Until[n-1] = until
	default:
		w.Until, w.Power = append(w.Until, until), append(w.Power, power)
	}
}

// End returns where the last piece ends.
func (w *Wave) End() engine.Time {
	if n := len(w.Until); n > 0 {
		return w.Until[n-1]
	}
	return 0
}

// start returns where piece i begins.
func (w *Wave) start(i int) engine.Time {
	if i == 0 {
		return 0
	}
	return w.Until[i-1]
}

// length returns how long piece i holds, in ns.
func (w *Wave) length(i int) uint64 { return uint64(w.Until[i] - w.start(i)) }

// Constant returns a power that holds until a time.
func Constant(until engine.Time, power int64) Wave {
	var w Wave
	w.Add(until, power)
	return w
}

// OfBins returns the wave of a series of power between two times, neither outside
// it, with from at 0. A bin knows its energy only: where that is no whole number of
// mW over its width, the last part of the bin has 1 mW less than the first, so that
// the energy of whole bins is kept to the last unit.
func OfBins(s *trace.Series, from, to engine.Time) Wave {
	var w Wave
	width := engine.Time(s.Width())
	for b, energy := range s.Bins() {
		start := engine.Time(b) * width
		end := min(start+width, max(to, start))
		if b == len(s.Bins())-1 && end < start+width {
			width = end - start // the last bin holds the part up to the end only
		}
		if start+width <= from || start >= to {
			continue
		}
		level := int64(energy.Over(uint64(width)).Lo)
		energy.SubProduct(uint64(level), uint64(width))
		w.Add(min(start+engine.Time(energy.Lo), to)-from, level+1)
		w.Add(min(start+width, to)-from, level)
	}
	return w
}

// walk calls visit for each stretch in which neither wave changes, up to where the
// shorter of them ends.
func walk(a, b *Wave, visit func(from, to engine.Time, pa, pb int64)) {
	at, end := engine.Time(0), min(a.End(), b.End())
	for i, k := 0, 0; at < end; {
		to := min(a.Until[i], b.Until[k])
		visit(at, to, a.Power[i], b.Power[k])
		if a.Until[i] == to {
			i++
		}
		if b.Until[k] == to {
			k++
		}
		at = to
	}
}
