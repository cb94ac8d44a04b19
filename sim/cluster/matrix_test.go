package cluster

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// small is a part with round numbers: four SMs of 1 TFLOP/s, each fetching and
// writing 1 TB/s.
func small() *GPU {
	return &GPU{
		PeakHalf: 4e12, PeakSingle: 1e12, HBMBandwidth: 1e12, SMs: 4,
		MatrixEfficiency: 1, OperandBandwidth: 4e12, OutputBandwidth: 4e12, TileLatency: 1000, WaveTail: 1, SustainedClock: 1,
		AttentionForward: 0.5, AttentionBackward: 0.25, AttentionHead64: 0.8, AttentionBlock: 128,
		AttentionStart: 64, AttentionStartBackward: 128, AttentionDiagonal: 32, AttentionTailBackward: 0.5,
		StreamEfficiency: 0.8, SoftmaxEfficiency: 0.5, StreamRamp: 1_000_000,
		PowerLimit: 400, PowerIdle: 100, PowerStatic: 0.2, PowerMatrix: 0.8, PowerHBM: 0.4, PowerWait: 160, PowerTransfer: 190,
	}
}

// product is a matrix product of 16-bit elements with the least bytes it moves.
func product(m, n, k int64) Kernel {
	fm, fn, fk := float64(m), float64(n), float64(k)
	return Kernel{Class: Matrix, M: m, N: n, K: k, Batch: 1, ElementBytes: 2, Kernels: 1,
		FLOP: 2 * fm * fn * fk, Bytes: 2 * (fm*fk + fk*fn + fm*fn)}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("%s: %.15g, want %.15g", what, got, want)
	}
}

// A 256×256×1024 product on four SMs is best cut into four tiles of 128×128:
//
//	2·128·128·1024/1e12 = 33.554432 µs in the loop
//	(128+128)·1024·2/1e12 = 0.524288 µs of operands
//	128·128·2/1e12 = 0.032768 µs of output, and 1 µs of latency.
func TestMatrixByHand(t *testing.T) {
	g := small()
	near(t, "bf16", g.matrix(product(256, 256, 1024)), 35.111488e-6)

	// Into fp32, read and written: 128·128·8/1e12 = 0.131072 µs of output.
	k := product(256, 256, 1024)
	k.Accumulate = true
	near(t, "accumulate", g.matrix(k), 35.209792e-6)

	// Twice the FLOP on the same shape is twice the time.
	k = product(256, 256, 1024)
	k.FLOP *= 2
	near(t, "FLOP beyond the shape", g.matrix(k), 70.222976e-6)

	// fp32: a quarter of the peak and twice the bytes, 134.217728 + 1.048576 +
	// 0.065536 + 1 µs with 128×128 tiles.
	k = product(256, 256, 1024)
	k.ElementBytes = 4
	near(t, "fp32", g.matrix(k), 136.33184e-6)

	// Without a shape: FLOP at the peak.
	near(t, "no shape", g.matrix(Kernel{Class: Matrix, FLOP: 8e6, ElementBytes: 2}), 2e-6)
}

// One tile of 64×64 with K = 65,536 would keep three of four SMs idle: cut in
// four, the loop takes a quarter, 2·64·64·16384/1e12 = 134.217728 µs, with
// (64+64)·16384·2/1e12 = 4.194304 µs of operands, 0.008192 of output, 1 of
// latency and 8·4·64·64/4e12 = 0.032768 µs to add the parts.
func TestMatrixSplitsK(t *testing.T) {
	near(t, "split", small().matrix(product(64, 64, 65536)), 139.452992e-6)
}

func TestWaves(t *testing.T) {
	g := small()
	for _, c := range []struct {
		tail  float64
		count int64
		want  float64
	}{{1, 1, 1}, {1, 4, 1}, {1, 5, 2}, {1, 8, 2}, {1, 9, 3}, {0.5, 5, 1.625}, {0.5, 8, 2}, {0, 5, 1.25}, {0, 3, 1}} {
		g.WaveTail = c.tail
		near(t, "waves", g.waves(c.count, int64(g.SMs)), c.want)
	}
}

// Batches multiply tiles: four products of one tile take one wave, five two.
func TestBatchQuantisation(t *testing.T) {
	g := small()
	k := product(64, 64, 128)
	k.Class = BatchedMatrix
	times := map[int64]float64{}
	for _, b := range []int64{4, 5, 8} {
		k.Batch, k.FLOP = b, float64(b)*2*64*64*128
		times[b] = g.matrix(k)
	}
	near(t, "five of one wave", times[5]/times[4], 2)
	near(t, "two full waves", times[8]/times[4], 2)
}

// The first 100 µs at full clock, the rest at half.
func TestThrottled(t *testing.T) {
	g := small()
	g.BoostTime, g.SustainedClock = 100_000, 0.5
	near(t, "short", g.throttled(80e-6), 80e-6)
	near(t, "edge", g.throttled(100e-6), 100e-6)
	near(t, "long", g.throttled(300e-6), 500e-6)
}

// A product whose bytes take longer than its FLOP runs at HBM speed:
// (3 MB + 1 MB ramp)/(0.8 TB/s) = 5 µs.
func TestMatrixRoofline(t *testing.T) {
	k := product(64, 64, 64)
	k.Bytes = 3e6
	if got := small().Time(k); got != 5000 {
		t.Errorf("%d ns, want 5000", got)
	}
}

// A longer dimension never makes a product faster, on any part.
func TestMatrixMonotone(t *testing.T) {
	parts := []*GPU{small()}
	for _, name := range names(t, "gpu") {
		parts = append(parts, gpu(t, name))
	}
	rapid.Check(t, func(t *rapid.T) {
		g := parts[rapid.IntRange(0, len(parts)-1).Draw(t, "part")]
		side := rapid.Int64Range(1, 20000)
		k := product(side.Draw(t, "m"), side.Draw(t, "n"), side.Draw(t, "k"))
		k.Accumulate = rapid.Bool().Draw(t, "accumulate")
		k.Batch = rapid.Int64Range(1, 64).Draw(t, "batch")
		k.FLOP *= float64(k.Batch)
		more := k
		step := rapid.Int64Range(1, 3000).Draw(t, "step")
		switch rapid.IntRange(0, 3).Draw(t, "dimension") {
		case 0:
			more.M += step
		case 1:
			more.N += step
		case 2:
			more.K += step
		case 3:
			more.Batch += step
		}
		more.FLOP = 2 * float64(more.M) * float64(more.N) * float64(more.K) * float64(more.Batch)
		if a, b := g.matrix(k), g.matrix(more); b < a*(1-1e-12) {
			t.Fatalf("%+v: %g s, larger %+v: %g s", k, a, more, b)
		}
		if peak := k.FLOP / g.Peak(2); g.matrix(k) < peak {
			t.Fatalf("%+v beats the peak", k)
		}
	})
}
