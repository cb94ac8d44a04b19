package budget

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// near fails unless got is want up to the rounding of a few float operations.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

func TestPipeline(t *testing.T) {
	near(t, "1F1B, 16 stages, 192 microbatches", BubbleShare(16, 192, 1), 15.0/207) // 7.2 %
	near(t, "interleaved, 2 chunks", BubbleShare(4, 8, 2), 3.0/19)
	near(t, "one stage", BubbleShare(1, 8, 1), 0)
	near(t, "overhead", BubbleOverhead(4, 8, 2), 3.0/16)
	near(t, "time", PipelineTime(4, 8, 1, 1, 2), 33)
	near(t, "time, 2 chunks", PipelineTime(4, 8, 2, 1, 2), 28.5)
	near(t, "zero bubble, memory of 1F1B", ZeroBubbleTime(4, 8, 1, 1.25, 0.75, false), 28.5)
	near(t, "zero bubble, twice that", ZeroBubbleTime(4, 8, 1, 1.25, 0.75, true), 26.25)
	near(t, "no bubble", ZeroBubbleTime(4, 8, 1, 1, 1, true), 24)
	rapid.Check(t, func(t *rapid.T) {
		p, m := float64(rapid.IntRange(1, 64).Draw(t, "p")), float64(rapid.IntRange(1, 512).Draw(t, "m"))
		v := float64(rapid.IntRange(1, 8).Draw(t, "v"))
		// Bubble is what the pipeline takes beyond m microbatches of work.
		total := PipelineTime(p, m, v, 0.3, 0.6)
		if want := (total - m*0.9) / total; math.Abs(BubbleShare(p, m, v)-want) > 1e-12 {
			t.Fatalf("share %g, want %g", BubbleShare(p, m, v), want)
		}
	})
}

func TestCollectives(t *testing.T) {
	// 8 ranks, 1 GB at 100 GB/s: 7/8 of 10 ms and 7 steps of 2 µs.
	near(t, "gather", RingGatherTime(8, 1e9, 100e9, 2e-6), 8.75e-3+14e-6)
	near(t, "all-reduce", RingAllReduceTime(8, 1e9, 100e9, 2e-6), 17.5e-3+28e-6)
	near(t, "all-to-all", AllToAllTime(4, 1e9, 100e9, 2e-6), 7.5e-3+6e-6)
	near(t, "send", SendTime(1e6, 25e9, 5e-6), 45e-6)
	near(t, "alone", RingAllReduceTime(1, 1e9, 100e9, 2e-6), 0)
}
