package cluster

import (
	"cmp"
	"math"
)

// tile is the part of a product that one SM computes at a time.
type tile struct{ m, n int64 }

// tiles are the shapes that cuBLAS chooses from on the parts modelled here
// (CUTLASS names them threadblock shapes).
var tiles = [...]tile{{256, 128}, {128, 256}, {128, 128}, {256, 64}, {64, 256}, {128, 64}, {64, 128}, {64, 64}}

// splits are the numbers of parts K may be cut into so that few tiles still
// fill the SMs ("split-K").
var splits = [...]int64{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}

// matrix returns the time of a matrix product on the device in seconds: the
// best over tile shapes, and over splits whose parts still run at once, as a
// library's heuristic aims for. A kernel whose FLOP differ from those of one
// product of its shape is charged at the efficiency of the shape.
//
// Every choice is monotone in M, N, K and Batch, hence the best is too.
func (g *GPU) matrix(k Kernel) float64 {
	if k.M <= 0 || k.N <= 0 || k.K <= 0 {
		return k.FLOP / (g.Peak(k.ElementBytes) * g.MatrixEfficiency) * g.crowding()
	}
	k.Batch = max(k.Batch, 1)
	best, time := math.Inf(1), 0.0
	for _, t := range tiles {
		count := k.Batch * ceilDiv(k.M, t.m) * ceilDiv(k.N, t.n)
		for _, s := range splits {
			if s > 1 && count*s > int64(g.SMs) {
				break
			}
			if whole := g.tiled(k, t, count, s, int64(g.SMs)); whole < best {
				best, time = whole, whole
				if g.taken > 0 {
					time = g.tiled(k, t, count, s, g.free())
				}
			}
		}
	}
	shape := 2 * float64(k.M) * float64(k.N) * float64(k.K) * float64(k.Batch)
	return g.throttled(time * k.FLOP / shape)
}

// tiled returns the time in seconds of a product cut into count tiles of shape
// m×n, and K into s parts, on some of the SMs:
//
//	waves · (2·m·n·K'/(peak·η/SMs) + (m+n)·K'·E/(operands/SMs) + latency + m·n·O/(output/SMs))
//
// with K' = K/s rounded up to a multiple of 32, E bytes per element and O bytes
// per output element: E, at least 2, or 8 where an fp32 buffer is read and written. With
// s > 1 every part is also written and read in fp32 (8·s bytes per element of
// the output).
func (g *GPU) tiled(k Kernel, t tile, count, s, on int64) float64 {
	sms := float64(g.SMs)
	depth := float64(ceilDiv(ceilDiv(k.K, s), 32) * 32)
	element := float64(cmp.Or(k.ElementBytes, 2))
	output := max(element, 2) // fp8 operands make bf16
	if k.Accumulate {
		output = 8
	}
	m, n := float64(t.m), float64(t.n)
	loop := 2 * m * n * depth / (g.Peak(k.ElementBytes) * g.MatrixEfficiency / sms)
	operands := (m + n) * depth * element / (g.OperandBandwidth / sms)
	write := m * n * output / (g.OutputBandwidth / sms)
	time := g.waves(count*s, on) * (loop + operands + g.TileLatency.Seconds() + write)
	if s > 1 {
		time += 8 * float64(s*k.M*k.N*k.Batch) / g.OutputBandwidth
	}
	return time
}

// waves returns how many rounds of one tile per SM it takes to compute count
// tiles. A partly filled last round costs its share plus WaveTail of what is
// left empty: 1 is strict rounding up, 0 none.
func (g *GPU) waves(count, sms int64) float64 {
	if count <= sms {
		return 1
	}
	exact := float64(count) / float64(sms)
	return exact + g.WaveTail*(float64(ceilDiv(count, sms))-exact)
}

// throttled stretches a product of t seconds at the boost clock by what the
// power limit takes: its first BoostTime runs at full speed, the rest at
// SustainedClock.
func (g *GPU) throttled(t float64) float64 {
	boost := g.BoostTime.Seconds()
	if t <= boost {
		return t
	}
	return boost + (t-boost)/g.SustainedClock
}

func ceilDiv(a, b int64) int64 { return (a + b - 1) / b }
