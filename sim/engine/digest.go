package engine

import "fmt"

// Digest is a fingerprint of what happened in a run, independent of order: the
// sum over entries of count·mix(at, a, b) modulo 2^64, in two lanes. One entry
// with count n equals n entries, so folded and unfolded runs, and any order
// within an instant, have the same digest.
type Digest struct{ lane [2]uint64 }

// Add adds count entries: what happened (a) to whom (b), at a time. It costs
// two multiplications per lane.
func (d *Digest) Add(at Time, a, b uint32, count uint64) {
	x := uint64(at)*golden ^ (uint64(a)<<32 | uint64(b))
	x = (x ^ x>>32) * 0xbf58476d1ce4e5b9
	x ^= x >> 29
	d.lane[0] += count * x
	y := (x ^ uint64(at)) * 0x94d049bb133111eb
	d.lane[1] += count * (y ^ y>>32)
}

// Merge adds the entries of another digest.
func (d *Digest) Merge(other Digest) {
	d.lane[0] += other.lane[0]
	d.lane[1] += other.lane[1]
}

// String returns 32 hexadecimal digits.
func (d Digest) String() string { return fmt.Sprintf("%016x%016x", d.lane[0], d.lane[1]) }
