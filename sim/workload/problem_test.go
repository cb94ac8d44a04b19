package workload

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestProblems(t *testing.T) {
	base := Layout{Tensor: 2, Pipeline: 2, Data: 2, GlobalBatch: 8}
	with := func(change func(*Layout)) Layout { l := base; change(&l); return l }
	for _, c := range []struct {
		l    Layout
		gpus int
		want string // the only problem, but for tensor 3, which divides the MLP no more than the heads
	}{
		{with(func(l *Layout) { l.Tensor = 3 }), 0, "layout.tensor: 3 does not divide 4 heads; 2 would"},
		{with(func(l *Layout) { l.Pipeline = 3 }), 0, "layout.pipeline: 4 layers do not divide into pipeline 3 × virtual_pipeline 1 = 3 chunks; pipeline = 2 would"},
		{with(func(l *Layout) { l.VirtualPipeline = 3 }), 0, "layout.pipeline: 4 layers do not divide into pipeline 2 × virtual_pipeline 3 = 6 chunks; virtual_pipeline = 2 would"},
		{with(func(l *Layout) { l.Pipeline, l.VirtualPipeline, l.GlobalBatch = 3, 3, 6 }), 0, "layout.pipeline: 4 layers do not divide into pipeline 3 × virtual_pipeline 3 = 9 chunks; pipeline = 2 with virtual_pipeline = 2 would"},
		{with(func(l *Layout) { l.GlobalBatch = 7 }), 0, "layout.global_batch: 7 sequences are not a multiple of micro_batch 1 × data 2 = 2; 6 or 8 would"},
		{with(func(l *Layout) { l.VirtualPipeline, l.GlobalBatch = 2, 6 }), 0, "layout.global_batch: the interleaved schedule needs microbatches (3) in a multiple of pipeline 2; 4 or 8 would"},
		{with(func(l *Layout) { l.VirtualPipeline, l.Schedule = 2, OneFOneB }), 0, `layout.virtual_pipeline: 2 chunks per stage need the interleaved schedule, not 1f1b; schedule = "interleaved"`},
		{with(func(l *Layout) { l.Schedule = Interleaved }), 0, "layout.virtual_pipeline: the interleaved schedule needs at least 2 chunks"},
		{with(func(l *Layout) { l.Pipeline, l.VirtualPipeline = 1, 2 }), 0, "layout.pipeline: the interleaved schedule needs at least 2 stages; pipeline = 2"},
		{with(func(l *Layout) { l.StageLayers = []int{1, 2} }), 0, "layout.stage_layers: stages sum to 3 layers, but the model has 4"},
		{with(func(l *Layout) { l.StageLayers = []int{0, 4} }), 0, "layout.stage_layers: stage 0 has 0 layers"},
		{with(func(l *Layout) { l.StageLayers = []int{1, 1, 2} }), 0, "layout.stage_layers: 3 entries for 2 stages"},
		{with(func(l *Layout) { l.VirtualPipeline, l.StageLayers = 2, []int{1, 1, 2} }), 0, "layout.stage_layers: 3 entries for 2 stages, or 4 chunks"},
		{with(func(l *Layout) { l.VirtualPipeline, l.StageLayers = 2, []int{2, 0, 1, 1} }), 0, "layout.stage_layers: chunk 0 of stage 1 has 0 layers; only the first"},
		{with(func(l *Layout) { l.VirtualPipeline, l.StageLayers = 2, []int{0, 2, 2, 0} }), 0, ""},
		{with(func(l *Layout) { l.Schedule = "dualpipe" }), 0, `layout.schedule: unknown schedule "dualpipe"; gpipe, 1f1b, interleaved, zb-h1 or zb-h2`},
		{with(func(l *Layout) { l.Precision = "fp4" }), 0, `layout.precision: unknown precision "fp4"`},
		{with(func(l *Layout) { l.Recompute = "some" }), 0, `layout.recompute: unknown recompute mode "some"`},
		{with(func(l *Layout) { l.ZeRO = 4 }), 0, "layout.zero: unknown ZeRO stage 4"},
		{with(func(l *Layout) { l.ZeRO = 3 }), 0, ""},
		{with(func(l *Layout) { l.GradBytes = 3 }), 0, "layout.grad_bytes: gradients of 3 bytes"},
		{with(func(l *Layout) { l.OverlapParam = true }), 0, "layout.overlap_param: parameters are gathered only with zero ≥ 1"},
		{with(func(l *Layout) { l.Data = -1 }), 0, "layout.data: -1, but at least 1 is needed"},
		{with(func(l *Layout) { l.BucketBytes = 1 }), 0, "layout.bucket_bytes: 1 bytes cut a stage into "},
		{with(func(l *Layout) { l.BucketBytes = 100 }), 0, ""},
		{base, 4, "layout.data: tensor 2 × pipeline 2 × data 2 = 8 ranks, but the machine has 4 GPUs; data = 1 fits"},
		{base, 3, "layout.data: tensor 2 × pipeline 2 × data 2 = 8 ranks, but the machine has 3 GPUs; one replica needs 4 GPUs"},
		{base, 8, ""},
	} {
		problems := Problems(tinyGPT(), c.l, c.gpus, 0, 0, 0)
		switch {
		case c.want == "" && len(problems) > 0:
			t.Errorf("%+v: unexpected %v", c.l, problems)
		case c.want != "" && (len(problems) != 1 && c.l.Tensor != 3 || !strings.HasPrefix(problems[0].Error(), c.want)):
			t.Errorf("%+v:\n got %v\nwant %s", c.l, problems, c.want)
		}
	}
}

// All problems come at once, and Programs refuses with them.
func TestProblemsAreCollected(t *testing.T) {
	l := Layout{Tensor: 3, Pipeline: 3, Data: 2, GlobalBatch: 7}
	problems := Problems(tinyGPT(), l, 4, 0, 0, 0)
	if len(problems) != 5 { // heads, MLP, batch, layers, machine
		t.Errorf("%d problems: %v", len(problems), problems)
	}
	_, err := Programs(tinyGPT(), l)
	var p *Problem
	if !errors.As(err, &p) || p.Key != "layout.tensor" {
		t.Errorf("Programs: %v", err)
	}
}

// GPT-3 over 8 × 8 with its whole optimiser and no recomputation needs more
// than 80 GiB; the hint fits when taken.
func TestFitNamesTheNearestLayout(t *testing.T) {
	l := Layout{Tensor: 8, Pipeline: 8, Data: 8, GlobalBatch: 512, Precision: FP16, FusedKernels: true}
	problems := Problems(gpt3(), l, 512, 80*gib, 2*gib, 0.05)
	if len(problems) != 1 {
		t.Fatalf("%v", problems)
	}
	text := problems[0].Error()
	for _, part := range []string{"layout: stage 0 needs ", "GiB per GPU of 80.0 GiB", "weights 5.3", "nearest that fits: "} {
		if !strings.Contains(text, part) {
			t.Errorf("%q lacks %q", text, part)
		}
	}
	// 22B parameters on one GPU fit nowhere.
	one := Problems(gpt(48, 6144, 64), Layout{GlobalBatch: 1}, 1, 80*gib, 0, 0)
	if len(one) != 1 || !strings.Contains(one[0].Error(), "a larger GPU, or more of them, are needed") {
		t.Errorf("%v", one)
	}
}

// A suggested layout divides, fits and runs on the same GPUs.
func TestNeighboursAreValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t).Complete()
		m := drawModel(t, l).Complete()
		near := neighbours(m, l)
		for _, i := range []int{0, len(near) / 2, len(near) - 1} {
			n := near[i]
			if n.Ranks() != l.Ranks() || n.GlobalBatch != l.GlobalBatch || len(divide(m, n.Layout)) > 0 {
				t.Fatalf("%s: %v", difference(l, n.Layout), divide(m, n.Layout))
			}
		}
	})
}

// Programs never panics: it refuses or returns one program a stage.
func TestProgramsRefuseOrSucceed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) int { return rapid.IntRange(-1, 9).Draw(t, name) }
		m := Model{Layers: n("layers"), Hidden: 8 * n("hidden"), Heads: n("heads"), KVHeads: n("kv"), FFN: n("ffn"), Vocab: n("vocab"), SeqLen: n("seq")}
		l := Layout{Tensor: n("t"), Pipeline: n("p"), VirtualPipeline: n("v"), Data: n("d"), MicroBatch: n("mb"), GlobalBatch: n("gb"),
			SequenceParallel: true, ZeRO: n("zero"), Schedule: rapid.SampledFrom([]Schedule{"", GPipe, OneFOneB, Interleaved}).Draw(t, "schedule")}
		if rapid.Bool().Draw(t, "uneven") {
			l.StageLayers = rapid.SliceOfN(rapid.IntRange(-1, 5), 0, 9).Draw(t, "stages")
		}
		ps, err := Programs(m, l)
		if err == nil && len(ps) != l.Complete().Pipeline {
			t.Fatalf("%d programs", len(ps))
		}
	})
}
