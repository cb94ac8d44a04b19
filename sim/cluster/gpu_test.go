package cluster

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// 7 MB and three ramps of 1 MB at 0.8 TB/s take 12.5 µs, and three gaps of 2 µs
// make 18.5.
func TestStreamByHand(t *testing.T) {
	g := small()
	g.LaunchGap = 2000
	k := Kernel{Class: Streaming, Bytes: 7e6, Kernels: 3}
	if got := g.Time(k); got != 18_500 {
		t.Errorf("%d ns, want 18,500", got)
	}
	k.Class = Softmax // at half of HBM bandwidth: 20 + 6
	if got := g.Time(k); got != 26_000 {
		t.Errorf("softmax: %d ns, want 26,000", got)
	}
}

// A kernel as large as the ramp reaches half of the bandwidth it could.
func TestStreamRamp(t *testing.T) {
	g := small()
	near(t, "half", g.stream(Kernel{Bytes: 1e6}, 1), 2e-6)
	near(t, "nothing", g.stream(Kernel{}, 1), 0)
}

// Three kernels take 7 µs of bytes at half of 1 TB/s, with their gaps; the host
// issues them in 18 µs.
func TestIssueTime(t *testing.T) {
	g := small()
	g.LaunchGap, g.IssueTime = 2000, 6000
	k := Kernel{Class: Streaming, Bytes: 7e6, Kernels: 3}
	if got := g.Time(k); got != 18_500 {
		t.Errorf("device-bound: %d ns", got)
	}
	if got := g.Issue(k); got != 18_000 {
		t.Errorf("three kernels are issued in %d ns", got)
	}
	if got := g.Issue(Kernel{Class: Streaming}); got != 6_000 {
		t.Errorf("no kernels counts as one: %d ns", got)
	}
}

// More FLOP, bytes or kernels never take less time, and a part that is worse in
// any one number is never faster.
func TestTimeMonotone(t *testing.T) {
	worse := []func(*GPU){
		func(g *GPU) { g.PeakHalf /= 2 },
		func(g *GPU) { g.HBMBandwidth /= 2 },
		func(g *GPU) { g.OperandBandwidth /= 2 },
		func(g *GPU) { g.OutputBandwidth /= 2 },
		func(g *GPU) { g.MatrixEfficiency /= 2 },
		func(g *GPU) { g.AttentionForward /= 2; g.AttentionBackward /= 2 },
		func(g *GPU) { g.StreamEfficiency /= 2; g.SoftmaxEfficiency /= 2 },
		func(g *GPU) { g.TileLatency *= 2 },
		func(g *GPU) { g.AttentionStart *= 2; g.AttentionStartBackward *= 2 },
		func(g *GPU) { g.StreamRamp *= 2 },
		func(g *GPU) { g.LaunchGap *= 2; g.IssueTime *= 2 },
	}
	base := gpu(t, "b200-180gb-sxm")
	rapid.Check(t, func(t *rapid.T) {
		k := Kernel{
			Class: Class(rapid.IntRange(0, 4).Draw(t, "class")),
			M:     rapid.Int64Range(1, 9000).Draw(t, "m"), N: rapid.Int64Range(1, 9000).Draw(t, "n"),
			K: rapid.SampledFrom([]int64{64, 96, 128, 512}).Draw(t, "k"), Batch: rapid.Int64Range(1, 64).Draw(t, "batch"),
			Backward: rapid.Bool().Draw(t, "backward"), Causal: rapid.Bool().Draw(t, "causal"), ElementBytes: 2,
			FLOP: rapid.Float64Range(0, 1e13).Draw(t, "flop"), Bytes: rapid.Float64Range(0, 1e10).Draw(t, "bytes"),
			Kernels: int32(rapid.IntRange(0, 5).Draw(t, "kernels")),
		}
		d := base.Time(k)
		more := k
		more.FLOP *= 1 + rapid.Float64Range(0, 2).Draw(t, "more flop")
		more.Bytes *= 1 + rapid.Float64Range(0, 2).Draw(t, "more bytes")
		more.Kernels += int32(rapid.IntRange(0, 3).Draw(t, "more kernels"))
		if base.Time(more) < d {
			t.Fatalf("%+v takes %d, more work %d", k, d, base.Time(more))
		}
		slow := *base
		worse[rapid.IntRange(0, len(worse)-1).Draw(t, "worse")](&slow)
		if slow.Time(k) < d {
			t.Fatalf("%+v takes %d, on a worse part %d", k, d, slow.Time(k))
		}
		if d < engine.FromSeconds(k.Bytes/base.HBMBandwidth) {
			t.Fatalf("%+v beats HBM", k)
		}
	})
}
