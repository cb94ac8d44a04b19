package cluster

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
)

// Breaker is the heat of an inverse-time breaker. At n times its rating it warms as
//
//	dθ/dt = (n² − 1)/k
//
// and opens at θ = 1: from cold after k/(n² − 1), the usual simple law of a thermal
// element. Below the rating it cools as fast, down to cold. The zero value is cold.
type Breaker struct {
	heat   uint64      // ns × 10⁻⁶ of n² − 1
	since  engine.Time // heat is as of then
	excess int64       // 10⁻⁶ of n² − 1, in force since then
}

// mostExcess bounds the excess, where a load is many times the rating or there is
// none: 100 times the rating.
const mostExcess = 10_000 * int64(Nominal)

// Set changes the load and the rating, in mW, from now on.
func (b *Breaker) Set(now engine.Time, load, rating int64) {
	b.heat = b.Heat(now)
	b.since, b.excess = now, excessOf(load, rating)
}

// excessOf returns n² − 1 in parts per million, rounded down.
func excessOf(load, rating int64) int64 {
	const one = int64(Nominal)
	switch {
	case load <= 0:
		return -one
	case rating <= 0 || load/rating >= 100:
		return mostExcess
	}
	n := share(load, rating)
	return n*n/one - one
}

// share returns a/b in parts per million, rounded down; a < 100·b.
func share(a, b int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(Nominal))
	n, _ := bits.Div64(hi, lo, uint64(b))
	return int64(n)
}

// Heat returns the heat at a time not before the last change: the share of what
// opens the breaker is Heat/Full.
func (b *Breaker) Heat(now engine.Time) uint64 {
	dt := uint64(now.Sub(b.since))
	if b.excess < 0 {
		hi, less := bits.Mul64(uint64(-b.excess), dt)
		if hi > 0 {
			return 0
		}
		return b.heat - min(b.heat, less)
	}
	hi, more := bits.Mul64(uint64(b.excess), dt)
	if hi > 0 || b.heat > math.MaxUint64-more {
		return math.MaxUint64
	}
	return b.heat + more
}

// Full returns the heat at which a breaker with constant k opens; k is at most
// 10,000 s.
func Full(k engine.Duration) uint64 { return uint64(k) * uint64(Nominal) }

// Opens returns when the breaker with constant k opens if nothing changes, or
// engine.Never.
func (b *Breaker) Opens(k engine.Duration) engine.Time {
	full := Full(k)
	switch {
	case b.heat >= full:
		return b.since
	case b.excess <= 0:
		return engine.Never
	}
	left := (full-b.heat-1)/uint64(b.excess) + 1
	if left > uint64(engine.Never-b.since) {
		return engine.Never
	}
	return b.since.Add(engine.Duration(left))
}
