package power

import (
	"cmp"
	"math/bits"
	"slices"

	"trainsim/sim/engine"
)

// Energy returns the integral, in mW·ns.
func (w *Wave) Energy() engine.Total {
	var e engine.Total
	for i, p := range w.Power {
		e.AddProduct(uint64(p), w.length(i))
	}
	return e
}

// Mean returns the mean power in mW, 0 of a wave without length.
func (w *Wave) Mean() float64 {
	if w.End() == 0 {
		return 0
	}
	return w.Energy().Float() / float64(w.End())
}

// Target returns the mean power rounded down to mW, at which storage levels the
// wave; it has a length.
func (w *Wave) Target() int64 { return int64(w.Energy().Over(uint64(w.End())).Lo) }

// Peak returns the largest power, in mW.
func (w *Wave) Peak() int64 {
	if len(w.Power) == 0 {
		return 0
	}
	return slices.Max(w.Power)
}

// Least returns the smallest power, in mW.
func (w *Wave) Least() int64 {
	if len(w.Power) == 0 {
		return 0
	}
	return slices.Min(w.Power)
}

// Load is one stair of a load-duration curve: the power is at least so large for
// so long.
type Load struct {
	Power int64           // mW
	Time  engine.Duration // in which the power is Power or more
}

// Loads is a load-duration curve: each power of a wave from the largest down, with how
// long at least as much is drawn.
type Loads []Load

// Duration returns the load-duration curve.
func (w *Wave) Duration() Loads {
	list := make([]Load, len(w.Power))
	for i, p := range w.Power {
		list[i] = Load{p, engine.Duration(w.length(i))}
	}
	slices.SortFunc(list, func(a, b Load) int { return cmp.Compare(b.Power, a.Power) })
	n := 0
	var sum engine.Duration
	for _, l := range list {
		sum += l.Time
		if n > 0 && list[n-1].Power == l.Power {
			n--
		}
		list[n] = Load{l.Power, sum}
		n++
	}
	return list[:n]
}

// Within returns the least power that is exceeded for no more than so many millionths
// of the time, in mW: what a feed must deliver if it may be passed for so long.
func (c Loads) Within(millionths uint64) int64 {
	hi, lo := bits.Mul64(uint64(c[len(c)-1].Time), millionths)
	allowed, _ := bits.Div64(hi, lo, 1e6)
	least, above := c[0].Power, engine.Duration(0)
	for _, l := range c {
		if uint64(above) > allowed {
			break
		}
		least, above = l.Power, l.Time
	}
	return least
}

// Change is how much the power changes within a window, and for how much of the
// time that the window begins in it does.
type Change struct {
	Power int64           // mW, above 0 where the power rises
	Time  engine.Duration // of the beginnings of such windows
}

// Changes returns P(t + window) − P(t) over one period of a wave that repeats, the
// largest fall first: its distribution over every t, not a sample of some. The
// window is above 0.
func (w *Wave) Changes(window engine.Duration) []Change {
	period := w.End()
	if period == 0 {
		return nil
	}
	later := w.shifted(engine.Time(window) % period)
	var all []Change
	walk(w, &later, func(from, to engine.Time, now, then int64) { all = append(all, Change{then - now, to.Sub(from)}) })
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Power, b.Power) })
	list := all[:0]
	for _, c := range all {
		if n := len(list); n > 0 && list[n-1].Power == c.Power {
			list[n-1].Time += c.Time
		} else {
			list = append(list, c)
		}
	}
	return list
}

// shifted returns the wave, which repeats, as it is from a time within its period on.
func (w *Wave) shifted(by engine.Time) Wave {
	var s Wave
	for i, p := range w.Power {
		s.Add(w.Until[i]-by, p)
	}
	for i, p := range w.Power {
		s.Add(min(w.Until[i], by)+w.End()-by, p)
	}
	return s
}
