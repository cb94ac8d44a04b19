package engine

import (
	"math"
	"math/bits"
)

// Random numbers are counter-based: a draw is a hash of (seed, entity, purpose,
// draw number), not the next state of a generator (Salmon et al., "Parallel
// random numbers: as easy as 1, 2, 3", SC'11). A draw added in one place shifts
// no other, and variants of a scenario see the same failures.

// Purpose tells apart what an entity draws for: failures, jitter, routes.
type Purpose uint32

// Stream is the sequence of draws of one entity for one purpose.
type Stream struct{ key uint64 }

// NewStream returns the stream of an entity and purpose under a seed.
func NewStream(seed uint64, entity int32, purpose Purpose) Stream {
	// Finalising the seed first keeps streams of neighbouring seeds apart.
	return Stream{finalise(finalise(seed+golden) ^ (uint64(uint32(entity))<<32 | uint64(purpose)))}
}

// golden is 2^64 divided by the golden ratio, made odd: the increment of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// Uint64 returns draw number n: 64 uniform bits. It is SplitMix64 at state
// key + (n+1)·golden.
func (s Stream) Uint64(n uint64) uint64 { return finalise(s.key + (n+1)*golden) }

// Uniform returns draw number n in the open interval (0, 1): an odd multiple
// of 2^-53, so that neither end can occur and logarithms are finite.
func (s Stream) Uniform(n uint64) float64 { return unit(s.Uint64(n)) }

// unit maps the upper 52 bits to the middles of as many intervals of (0, 1).
func unit(x uint64) float64 { return (float64(x>>12) + 0.5) * 0x1p-52 }

// Exponential returns draw number n of the exponential distribution with mean 1,
// by its inverse: -ln u.
func (s Stream) Exponential(n uint64) float64 { return -math.Log(s.Uniform(n)) }

// Normal returns draw number n of the standard normal distribution, by its
// inverse.
func (s Stream) Normal(n uint64) float64 { return Quantile(s.Uniform(n)) }

// Below returns draw number n in [0, limit): the high word of bits·limit
// (Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1),
// 2019), whose bias is below limit/2^64. A limit of 0 gives 0.
func (s Stream) Below(n, limit uint64) uint64 {
	hi, _ := bits.Mul64(s.Uint64(n), limit)
	return hi
}

// Hash returns 64 mixed bits of three words, the same on every machine.
func Hash(a, b, c uint64) uint64 {
	return finalise(finalise(finalise(a+golden)^b)*golden ^ c)
}

// finalise mixes all 64 bits: the finaliser of SplitMix64, Stafford's variant 13
// (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
// OOPSLA 2014).
func finalise(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
