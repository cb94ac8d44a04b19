package power

import (
	"math/bits"

	"trainsim/sim/engine"
)

// Ramp keeps what is drawn from changing faster than the limits, from a level in mW
// on, and leaves the level at the end. While it falls, what the load does not take
// is burnt; while it rises, the load is short. A slope is stairs at the height that
// it has in their middle, so that it holds the energy of the straight line.
func (p *Policy) Ramp(load *Wave, level *int64) Managed {
	var out Wave
	for i, asked := range load.Power {
		rate := p.Down
		if asked > *level {
			rate = p.Up
		}
		start, until := load.start(i), load.Until[i]
		if rate > 0 && asked != *level {
			end := min(until, start.Add(slope(asked-*level, rate)))
			for at := start; at < end; {
				next := min(end, at.Add(p.Stair))
				out.Add(next, along(*level, asked, rate, (at.Sub(start)+next.Sub(start))/2))
				at = next
			}
			*level = along(*level, asked, rate, end.Sub(start))
		} else {
			*level = asked
		}
		out.Add(until, asked)
	}
	return compare(load, out)
}

// slope returns how long a change of so many mW takes at so many mW/s.
func slope(change, rate int64) engine.Duration {
	hi, lo := bits.Mul64(uint64(max(change, -change)), uint64(engine.Second))
	if hi >= uint64(rate) {
		return engine.Duration(engine.Never) / 2 // beyond any run
	}
	d, rest := bits.Div64(hi, lo, uint64(rate))
	if rest > 0 {
		d++
	}
	return engine.Duration(min(d, uint64(engine.Never)/2))
}

// along returns the power some time after a slope of so many mW/s began to lead
// from one power to another.
func along(from, to, rate int64, after engine.Duration) int64 {
	hi, lo := bits.Mul64(uint64(rate), uint64(after))
	change := int64(1) << 62
	if hi < uint64(engine.Second) {
		c, _ := bits.Div64(hi, lo, uint64(engine.Second))
		change = int64(min(c, 1<<62))
	}
	if to > from {
		return min(to-from, change) + from
	}
	return from - min(from-to, change)
}
