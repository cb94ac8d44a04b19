package cluster

// tile is the part of a product that one SM computes at a time.
type tile struct{ m, n int64 }

// tiles are the shapes that cuBLAS chooses from on the parts modelled here
// (CUTLASS names them threadblock shapes).
var tiles = [...]tile{{256, 128}, {128, 256}, {128, 128}, {256, 64}, {64, 256}, {128, 64}, {64, 128}, {64, 64}}

// splits are the numbers of parts K may be cut into so that few tiles still
// fill the SMs ("split-K").
var splits = [...]int64{1, 2, 3, 4, 6, 8, 12, 16, 24, 32}

// minSplit is the shortest part of K worth a tile of its own.
const minSplit = 256

// matrix returns the time of a matrix product on the device in seconds, the
// best over tile shapes and splits. The work beyond one product of the stated
// shape is charged at the efficiency of that shape.
func (g *GPU) matrix(k Kernel) float64 {
	if k.M <= 0 || k.N <= 0 || k.K <= 0 {
		return k.FLOP / (g.peak(k.ElementBytes) * g.MatrixEfficiency)
	}
	k.Batch = max(k.Batch, 1)
	best := g.tiled(k, tiles[0], 1)
	for _, t := range tiles {
		for _, s := range splits {
			if s > 1 && k.K/s < minSplit {
				break
			}
			best = min(best, g.tiled(k, t, s))
		}
	}
	shape := 2 * float64(k.M) * float64(k.N) * float64(k.K) * float64(k.Batch)
	return g.throttled(best * k.FLOP / shape)
}

// tiled returns the time in seconds of a product cut into tiles of shape t and
// K into s parts:
//
//	waves · (2·m·n·K'/(peak·η/SMs) + (m+n)·K'·E/(operand bandwidth/SMs) + latency + m·n·O/(output bandwidth/SMs))
//
// with K' = K/s rounded up to a multiple of 32, E bytes per element and O bytes
// per output element: E, or 8 where an fp32 buffer is read and written. With
// s > 1 the parts are written and read again in fp32 (8·s bytes per element).
func (g *GPU) tiled(k Kernel, t tile, s int64) float64 {
	sms := float64(g.SMs)
	depth := float64((ceilDiv(k.K, s) + 31) / 32 * 32)
	element := float64(max(k.ElementBytes, 2))
	output := element
	if k.Accumulate {
		output = 8
	}
	m, n := float64(t.m), float64(t.n)
	loop := 2 * m * n * depth / (g.peak(k.ElementBytes) * g.MatrixEfficiency / sms)
	operands := (m + n) * depth * element / (g.OperandBandwidth / sms)
	write := m * n * output / (g.OutputBandwidth / sms)
	count := k.Batch * ceilDiv(k.M, t.m) * ceilDiv(k.N, t.n) * s
	time := g.waves(count) * (loop + operands + g.TileLatency.Seconds() + write)
	if s > 1 {
		time += 8 * float64(s*k.M*k.N*k.Batch) / g.OutputBandwidth
	}
	return time
}

// waves returns how many rounds of one tile per SM it takes to compute count
// tiles. A partly filled last round costs its share plus WaveTail of what is
// left empty: 1 is strict rounding up, 0 none.
func (g *GPU) waves(count int64) float64 {
	sms := int64(g.SMs)
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
