package workload

import (
	"testing"

	"pgregory.net/rapid"
)

// drawModel draws a small model whose layers divide into chunks.
func drawModel(t *rapid.T, l Layout) Model {
	heads := l.Tensor * rapid.SampledFrom([]int{1, 2}).Draw(t, "heads per rank")
	return Model{
		Layers: l.Pipeline * l.VirtualPipeline * rapid.IntRange(1, 3).Draw(t, "layers per chunk"),
		Hidden: 16 * heads, Heads: heads, FFN: 32 * heads,
		Vocab: rapid.IntRange(10, 3000).Draw(t, "vocab"), SeqLen: 8 * l.Tensor * l.Context,
		Gated: rapid.Bool().Draw(t, "gated"), RMSNorm: rapid.Bool().Draw(t, "rms"), Bias: rapid.Bool().Draw(t, "bias"),
		Tied: rapid.Bool().Draw(t, "tied"), Rotary: rapid.Bool().Draw(t, "rotary"), Dropout: rapid.Bool().Draw(t, "dropout"),
	}
}

// drawLayout draws a layout that divides.
func drawLayout(t *rapid.T) Layout {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	l := Layout{
		Tensor:   rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "tensor"),
		Pipeline: rapid.IntRange(1, 6).Draw(t, "pipeline"), VirtualPipeline: 1,
		Data:       rapid.IntRange(1, 3).Draw(t, "data"),
		MicroBatch: rapid.IntRange(1, 2).Draw(t, "micro batch"), SequenceParallel: flag("sp"),
		Schedule: rapid.SampledFrom([]Schedule{GPipe, OneFOneB, Interleaved, ZBH1, ZBH2}).Draw(t, "schedule"),
		ZeRO:     rapid.IntRange(0, 3).Draw(t, "zero"), GradBytes: rapid.SampledFrom([]int{2, 4}).Draw(t, "grad bytes"),
		GradFusion: flag("grad fusion"), BucketBytes: rapid.SampledFrom([]int64{0, 1000, 1 << 16}).Draw(t, "bucket"),
		OverlapGrad: flag("overlap grad"), OverlapTensor: flag("overlap tensor"), OverlapPipeline: flag("overlap pipeline"),
		ScatterGather: flag("scatter gather"), Precision: rapid.SampledFrom([]Precision{BF16, FP8}).Draw(t, "precision"),
		Recompute:      rapid.SampledFrom([]RecomputeMode{RecomputeNone, RecomputeSelective, RecomputeFull}).Draw(t, "recompute"),
		FlashAttention: flag("flash"), RecomputeActivation: flag("recompute activation"), FusedKernels: flag("fused"), LossScale: flag("loss scale"), GradClip: flag("clip"),
	}
	if l.Schedule.SplitsBackward() {
		l.ZeRO, l.OverlapPipeline = l.ZeRO%2, true
	}
	l.OverlapParam = l.ZeRO > 0 && flag("overlap param")
	l.Context = rapid.SampledFrom([]int{1, 1, 2, 3}).Draw(t, "context")
	l.ContextComm = rapid.SampledFrom([]ContextComm{ContextP2P, ContextAllGather}).Draw(t, "context comm")
	l.FlashAttention = l.FlashAttention || l.Context > 1
	m := rapid.IntRange(1, 9).Draw(t, "microbatches")
	if l.Schedule == Interleaved {
		l.Pipeline = max(l.Pipeline, 2)
		l.VirtualPipeline = rapid.IntRange(2, 4).Draw(t, "chunks")
		m = l.Pipeline * rapid.IntRange(1, 4).Draw(t, "rounds")
	}
	l.GlobalBatch = m * l.MicroBatch * l.Data
	return l
}

// drawExperts makes some models mixtures of experts, on some of the ranks of a stage.
func drawExperts(t *rapid.T, m *Model, l *Layout) {
	l.Expert = 1
	if rapid.Bool().Draw(t, "dense") {
		return
	}
	stage := l.stageRanks()
	l.SequenceParallel, m.Bias, l.ZeRO = true, false, min(l.ZeRO, 2)
	l.Expert = rapid.SampledFrom(divisors(stage, stage)).Draw(t, "expert")
	l.ExpertImbalance = rapid.SampledFrom([]float64{1, 1, float64(l.Expert)}).Draw(t, "imbalance")
	m.Experts = l.Expert * rapid.IntRange(1, 3).Draw(t, "experts per rank")
	m.TopK = rapid.IntRange(1, m.Experts).Draw(t, "top k")
	m.MoEFFN = rapid.SampledFrom([]int{8, 24}).Draw(t, "width of an expert")
	m.SharedFFN = l.Tensor * rapid.SampledFrom([]int{0, 0, 8}).Draw(t, "shared expert")
	m.DenseLayers = rapid.IntRange(0, m.Layers).Draw(t, "dense layers")
}

func mustPrograms(t interface{ Fatal(...any) }, m Model, l Layout) []Program {
	ps, err := Programs(m, l)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// Every layout runs to its end, twice in a row, with messages that pair up in
// order and size, memory that never goes negative and ends where it began, and
// nothing left to run but the parameter gathers of the next step, and the checks that
// zero-bubble schedules do not wait for.
func TestProgramsRunWithoutDeadlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		x := newExecutor(mustPrograms(t, m, l), func(op Op) int64 { return int64(len(op.Name)) })
		for n := 1; n <= 2; n++ {
			if _, err := x.steps(n); err != nil {
				t.Fatal(err)
			}
		}
		for _, s := range x.stages {
			if s.memory != 0 {
				t.Fatalf("stage %d keeps %d bytes", s.stage, s.memory)
			}
			for on, q := range s.streams {
				if len(q) > 0 && !x.finish(q[len(q)-1]) {
					t.Fatalf("stage %d: %s never drains", s.stage, Stream(on))
				}
				left := 0
				for _, o := range q {
					if o.done > s.now {
						left++
					}
				}
				if left > 0 && !(Stream(on) == StreamData && (l.OverlapParam || l.Schedule.SplitsBackward())) {
					t.Fatalf("stage %d: %d operations on %s outlast the step", s.stage, left, Stream(on))
				}
			}
		}
		for j, peers := range x.joins {
			if len(peers) != x.members(j.comm) {
				t.Fatalf("%v has %d members", j, len(peers))
			}
		}
	})
}

// passTime gives a layer tf forward and tb backward, everything else nothing.
func passTime(tf, tb int64) func(Op) int64 {
	return func(op Op) int64 {
		switch op.Name {
		case "fc1":
			return tf
		case "fc1 dgrad":
			return tb
		}
		return 0
	}
}

// With equal stages and free messages a step takes (m+p−1)·(tf+tb); interleaved,
// with tf and tb of one chunk, (v·m+p−1)·(tf+tb) (arXiv 2104.04473 §2.2).
func TestBubbleIsTheClosedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 8).Draw(t, "p")
		v := rapid.IntRange(1, 4).Draw(t, "v")
		m := p * rapid.IntRange(1, 4).Draw(t, "m/p")
		l := Layout{Pipeline: p, GlobalBatch: m, OverlapPipeline: rapid.Bool().Draw(t, "overlap")}
		if l.VirtualPipeline = v; v > 1 && p == 1 {
			l.VirtualPipeline, v = 1, 1
		}
		if v == 1 {
			l.Schedule = rapid.SampledFrom([]Schedule{GPipe, OneFOneB}).Draw(t, "schedule")
		}
		model := Model{Layers: p * v, Hidden: 8, Heads: 1, Vocab: 10, SeqLen: 4}
		tf, tb := rapid.Int64Range(1, 9).Draw(t, "tf"), rapid.Int64Range(1, 9).Draw(t, "tb")
		got, err := newExecutor(mustPrograms(t, model, l), passTime(tf, tb)).steps(1)
		if err != nil {
			t.Fatal(err)
		}
		if want := int64(v*m+p-1) * (tf + tb); got != want {
			t.Fatalf("p=%d v=%d m=%d tf=%d tb=%d overlap=%v %s: %d, want %d", p, v, m, tf, tb, l.OverlapPipeline, l.Schedule, got, want)
		}
	})
}
