package workload

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var updateGolden = flag.Bool("update", false, "write golden files")

// text writes a program so that a reader can check it line by line.
func text(p *Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "stage %d\n", p.Stage)
	for i, block := range p.Blocks {
		fmt.Fprintf(&b, "  block %d: %s\n", i, block.Name)
		for _, in := range block.Code {
			b.WriteString("    " + instrText(p, in) + "\n")
		}
	}
	for _, t := range p.Tasks {
		fmt.Fprintf(&b, "  task %s", p.Blocks[t.Block].Name)
		if t.Microbatch >= 0 {
			fmt.Fprintf(&b, " of microbatch %d", t.Microbatch)
		}
		if t.Allocated != 0 {
			fmt.Fprintf(&b, " +%d B", t.Allocated)
		}
		if t.Freed != 0 {
			fmt.Fprintf(&b, " -%d B", t.Freed)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func instrText(p *Program, in Instr) string {
	layer := ""
	if in.Layer >= 0 {
		layer = fmt.Sprintf("layer %d ", in.Layer)
	}
	switch in.Code {
	case Run:
		var ops []string
		for _, op := range p.Ops[in.First:in.Last] {
			ops = append(ops, opText(op))
		}
		return layer + "run " + strings.Join(ops, "; ")
	case Wait:
		return fmt.Sprintf("%swait %s lag %d", layer, in.Stream, in.Lag)
	}
	op := p.Ops[in.First]
	verb := "start"
	if in.Code == Sync {
		verb = "sync"
	}
	return fmt.Sprintf("%s%s %s: %s %q %s over %s %d B", layer, verb, in.Stream, op.Phase, op.Name, op.Kind, op.Comm, op.Size)
}

func opText(op Op) string {
	s := fmt.Sprintf("%s %q", op.Phase, op.Name)
	if op.M > 0 {
		s += fmt.Sprintf(" %d×(%d×%d×%d)", op.Batch, op.M, op.N, op.K)
	}
	s += fmt.Sprintf(" %gB", op.Bytes)
	if op.FLOP > 0 {
		s += fmt.Sprintf(" %gF", op.FLOP)
	}
	if op.Accumulate {
		s += " accumulate"
	}
	if op.Kernels > 1 {
		s += fmt.Sprintf(" %d kernels", op.Kernels)
	}
	return s
}

// tinyGPT has 4 layers of width 16.
func tinyGPT() Model {
	return Model{Layers: 4, Hidden: 16, Heads: 4, FFN: 64, Vocab: 100, SeqLen: 8, Bias: true, Tied: true, Dropout: true}
}

func tinyLlama() Model {
	return Model{Layers: 4, Hidden: 16, Heads: 4, KVHeads: 2, FFN: 48, Vocab: 100, SeqLen: 8, Gated: true, RMSNorm: true, Rotary: true}
}

// tinyMixture has 4 experts of width 24 in its second layer, of which a token goes
// through 2, and a shared one of width 16.
func tinyMixture() Model {
	m := tinyLlama()
	m.Layers, m.Experts, m.TopK, m.MoEFFN, m.SharedFFN, m.DenseLayers = 2, 4, 2, 24, 16, 1
	return m
}

func TestGolden(t *testing.T) {
	cases := []struct {
		name string
		m    Model
		l    Layout
	}{
		{"megatron_1f1b", tinyGPT(), Layout{Tensor: 2, Pipeline: 2, Data: 2, GlobalBatch: 6, GradBytes: 2, Precision: FP16,
			Recompute: RecomputeFull, FusedKernels: true, ScatterGather: true, LossScale: true, GradClip: true}},
		{"interleaved_selective_sp", tinyGPT(), Layout{Tensor: 2, Pipeline: 2, VirtualPipeline: 2, GlobalBatch: 4, GradFusion: true,
			Recompute: RecomputeSelective, FusedKernels: true, SequenceParallel: true, OverlapTensor: true, GradClip: true}},
		{"zero1_overlap", tinyLlama(), Layout{Data: 2, GlobalBatch: 4, ZeRO: 1, GradFusion: true, BucketBytes: 20000,
			FlashAttention: true, FusedKernels: true, OverlapGrad: true, OverlapParam: true, GradClip: true}},
		{"zero2_overlap_pipeline", tinyLlama(), Layout{Pipeline: 2, Data: 2, GlobalBatch: 6, ZeRO: 2, GradFusion: true, BucketBytes: 20000,
			FlashAttention: true, FusedKernels: true, OverlapGrad: true, OverlapPipeline: true}},
		{"zero3_overlap", tinyLlama(), Layout{Data: 2, GlobalBatch: 4, ZeRO: 3, AttentionKernel: TritonKernel, FusedLoss: true,
			FlashAttention: true, FusedKernels: true, OverlapGrad: true, OverlapParam: true, GradClip: true}},
		{"fp8_tensor", tinyLlama(), Layout{Tensor: 2, GlobalBatch: 1, GradFusion: true, SequenceParallel: true, OverlapTensor: true,
			FlashAttention: true, FusedKernels: true, Precision: FP8}},
		{"experts", tinyMixture(), Layout{Tensor: 2, Data: 2, Expert: 2, GlobalBatch: 2, ZeRO: 1, GradFusion: true, SequenceParallel: true,
			FlashAttention: true, FusedKernels: true, GradClip: true}},
		{"context_ring", tinyLlama(), Layout{Tensor: 2, Pipeline: 2, Context: 2, GlobalBatch: 2, ZeRO: 1, GradFusion: true, SequenceParallel: true,
			Recompute: RecomputeSelective, FlashAttention: true, FusedKernels: true, GradClip: true}},
		{"context_gather", tinyLlama(), Layout{Context: 4, ContextComm: ContextAllGather, GlobalBatch: 1, GradFusion: true,
			FlashAttention: true, FusedKernels: true}},
		{"gpipe_unfused", tinyGPT(), Layout{Pipeline: 2, GlobalBatch: 2, Schedule: GPipe, Precision: FP16}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got strings.Builder
			for _, p := range mustPrograms(t, c.m, c.l) {
				got.WriteString(text(&p))
			}
			path := filepath.Join("testdata", c.name+".txt")
			if *updateGolden {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got.String() != string(want) {
				t.Errorf("%s differs; run with -update and read the difference:\n%s", path, firstDifference(got.String(), string(want)))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
