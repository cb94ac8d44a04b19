package workload

import (
	"testing"

	"pgregory.net/rapid"
)

// unitPasses makes every pass of a stage of one layer take one unit.
func unitPasses(op Op) int64 {
	switch op.Name {
	case "fc1", "fc1 dgrad", "fc1 wgrad":
		return 1
	}
	return 0
}

// With equal passes a step of m microbatches over p stages takes 3·m + p − 1 with
// ZB-H1, whose bubble is (p−1)·(F+B−W), and 3·m with ZB-H2, once stages run apart
// (arXiv 2401.10241, table 1). The activations of p microbatches are kept, or of 2p − 1.
func TestZeroBubble(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(2, 8).Draw(t, "p")
		m := rapid.IntRange(2*p, 4*p).Draw(t, "m")
		l := Layout{Pipeline: p, GlobalBatch: m, OverlapPipeline: true, Schedule: rapid.SampledFrom([]Schedule{ZBH1, ZBH2}).Draw(t, "schedule")}
		model := Model{Layers: p, Hidden: 8, Heads: 1, Vocab: 10, SeqLen: 4}
		x := newExecutor(mustPrograms(t, model, l), unitPasses)
		var ends [4]int64
		for n := 1; n < len(ends); n++ {
			var err error
			if ends[n], err = x.steps(n); err != nil {
				t.Fatal(err)
			}
		}
		want, kept := int64(3*m+p-1), p
		if l.Schedule == ZBH2 {
			want, kept = int64(3*m), 2*p-1
		}
		if got := ends[3] - ends[2]; got != want {
			t.Fatalf("%s, p = %d, m = %d: a step takes %d, want %d", l.Schedule, p, m, got, want)
		}
		d := newShape(model, l)
		for stage := range p {
			if got := d.peak(stage, func(int) int64 { return 1 }); got != int64(kept) {
				t.Fatalf("%s: stage %d of %d keeps %d microbatches, want %d", l.Schedule, stage, p, got, kept)
			}
		}
	})
}

// The passes of 3 stages and 4 microbatches, in the order of figure 2 of arXiv
// 2401.10241.
func TestZeroBubbleOrder(t *testing.T) {
	l := Layout{Pipeline: 3, GlobalBatch: 4, MicroBatch: 1, Data: 1, Schedule: ZBH1}
	for stage, want := range []string{
		"F0 F1 F2 B0 W0 F3 B1 W1 B2 W2 B3 W3",
		"F0 F1 B0 F2 B1 W0 F3 B2 W1 B3 W2 W3",
		"F0 B0 F1 B1 F2 B2 W0 F3 B3 W1 W2 W3",
	} {
		got := ""
		for _, g := range l.passes(stage) {
			for _, p := range g {
				if got != "" {
					got += " "
				}
				got += string("FBW"[p.kind]) + string('0'+rune(p.microbatch))
			}
		}
		if got != want {
			t.Errorf("stage %d: %s, want %s", stage, got, want)
		}
	}
}
