package cluster

import (
	"math"

	"trainsim/sim/engine"
)

// drawPart is what parts are drawn for; entity: GPU. Packages run and training draw
// for other things.
const drawPart engine.Purpose = 1 << 17

const (
	whiskers  = 5.396 // standard deviations of a normal from one whisker of a box plot to the other, 4·(Q3−Q1)
	partGrain = 0.005 // parts are told apart by half a per cent of their speed
)

// Parts returns what the dynamic power of each of n GPUs is relative to the mean
// part. Silicon of one model differs in the voltage it needs, so that under one
// limit some parts run slower (Sinha et al., SC'22, arXiv 2208.11035). Variation is
// the range of the times of a product that the limit binds, outliers apart: 8 % in
// the mean of their clusters, 22 % in the worst. Times are normal within the range.
func (g *GPU) Parts(seed uint64, n int) []Speed {
	parts := make([]Speed, n)
	for i := range parts {
		z := engine.NewStream(seed, int32(i), drawPart).Normal(0)
		time := g.Variation * max(-0.5, min(z/whiskers, 0.5))
		parts[i] = g.partOf(1 + math.Round(time/partGrain)*partGrain)
	}
	return parts
}

// partOf returns the dynamic power of the part that takes so many times as long as
// the mean part under the limit: at that lower clock it draws as much.
func (g *GPU) partOf(time float64) Speed {
	f := 1 / time
	return SpeedOf(1 / (g.Law().energy(f) * f))
}
