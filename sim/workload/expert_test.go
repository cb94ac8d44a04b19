package workload

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func mixtral(layers, hidden, heads, ffn, vocab, seq int) Model {
	m := llama(layers, hidden, heads, 8, ffn, vocab, seq)
	m.Experts, m.TopK = 8, 2
	return m
}

// Published: 46.7 B and 12.9 B (Mixtral 8x7B, arXiv 2401.04088: 47B and 13B), 140.6 B and
// 39 B (8x22B, mistral.ai "Cheaper, Better, Faster, Stronger": 141B and 39B). The numbers
// are sums of the tensors of the checkpoints. By hand for a layer of the first:
// attention 2·4096² + 2·4096·1024, router 8·4096, an expert 3·4096·14336, norms 2·4096.
func TestParamsOfMixtures(t *testing.T) {
	for _, c := range []struct {
		name          string
		m             Model
		total, active int64
	}{
		{"Mixtral 8x7B", mixtral(32, 4096, 32, 14336, 32000, 32768),
			32*(2*4096*4096+2*4096*1024+8*4096+8*3*4096*14336+2*4096) + 2*32000*4096 + 4096,
			32*(2*4096*4096+2*4096*1024+8*4096+2*3*4096*14336+2*4096) + 2*32000*4096 + 4096},
		{"Mixtral 8x7B", mixtral(32, 4096, 32, 14336, 32000, 32768), 46702792704, 12879925248},
		{"Mixtral 8x22B", mixtral(56, 6144, 48, 16384, 32768, 65536), 140630071296, 39161468928},
		{"dense", llama(32, 4096, 32, 8, 14336, 128256, 8192), 8030261248, 8030261248},
		// Two layers of attention 16·(16+16) + 16·16 and norms 32; an MLP 3·16·48; a router
		// 64, experts 3·16·24, a shared one 3·16·16; two tables of 1600 and a norm of 16.
		{"tiny", tinyMixture(), 2*(768+32) + 2304 + 64 + 4*1152 + 768 + 3200 + 16, 2*(768+32) + 2304 + 64 + 2*1152 + 768 + 3200 + 16},
	} {
		if total, active := c.m.Params(), c.m.ActiveParams(); total != c.total || active != c.active {
			t.Errorf("%s: %d parameters, %d of them active, want %d and %d", c.name, total, active, c.total, c.active)
		}
	}
}

// A layer of Mixtral 8x7B over 8 ranks by hand: 4,096 tokens go through 2 experts each, so
// 8,192 rows leave a rank and arrive at its one expert, 64 MiB.
func TestMixtureForward(t *testing.T) {
	const tokens, rows, h, f = 4096, 8192, 4096, 14336
	l := Layout{Data: 8, Expert: 8, GlobalBatch: 8, FlashAttention: true, FusedKernels: true, GradFusion: true}
	d := newShape(mixtral(32, h, 32, f, 32000, tokens), l)
	ops := opsOf(t, d, Forward, (*script).sparseForward)
	compare(t, ops, []wantOp{
		{"router", tokens, 8, h, 1, 2 * (tokens*h + 8*h + 8*tokens)},
		{"top-k", 0, 0, 0, 0, tokens * 8 * 8},
		{"row map", 0, 0, 0, 0, tokens*8 + rows*8},
		{"permute", 0, 0, 0, 0, 2 * (tokens + rows) * h},
		{"expert fc1", rows, 2 * f, h, 1, 2 * (rows*h + h*2*f + rows*2*f)},
		{"expert swiglu", 0, 0, 0, 0, 3 * 2 * rows * f},
		{"expert fc2", rows, h, f, 1, 2 * (rows*f + f*h + rows*h)},
		{"unpermute", 0, 0, 0, 0, 2 * (tokens + rows) * h},
	})
	for name, size := range map[string]int64{"expert counts": 8 * 8 * 8, "dispatch": rows * h * 2, "dispatch weights": rows * 4, "combine": rows * h * 2} {
		if op := ops[name]; op.Kind != AllToAll || op.Comm != CommExpert || op.Size != size {
			t.Errorf("%s: %+v", name, op)
		}
	}
	if len(ops) != 20 { // 12 above, 7 of attention, norm 2 and the residual: no sorting for one expert
		t.Errorf("%d operations, want 20", len(ops))
	}
}

// Four experts a rank: a product each of a quarter of the rows, rounded up, in four
// kernels; their weights are read, and gradients written, once each.
func TestGroupedProducts(t *testing.T) {
	m := tinyMixture()
	m.Experts, m.TopK, m.SeqLen = 16, 3, 6
	d := newShape(m, Layout{Data: 4, Expert: 4, GlobalBatch: 4, FusedKernels: true, GradFusion: true})
	forward := opsOf(t, d, Forward, (*script).sparseForward)
	const rows = 18 // of 6 tokens
	op := forward["expert fc1"]
	if op.M != 5 || op.N != 48 || op.K != 16 || op.Batch != 4 || op.Kernels != 4 || op.FLOP != 2*rows*48*16 || op.Bytes != 2*(rows*16+4*16*48+rows*48) {
		t.Errorf("forward %+v", op)
	}
	if op := forward["sort"]; op.Bytes != 2*2*rows*16 {
		t.Errorf("%+v", op)
	}
	op = opsOf(t, d, Backward, (*script).sparseBackward)["expert fc1 wgrad"]
	if op.M != 48 || op.N != 16 || op.K != 5 || op.Batch != 4 || op.FLOP != 2*rows*48*16 || op.Bytes != 2*rows*(16+48)+8*4*16*48 || !op.Accumulate {
		t.Errorf("gradient of weights %+v", op)
	}
}

// Two stages of 2 × 4 ranks with experts on 4 of them: groups follow ranks, through the
// tensor groups and then the replicas; each expert is on two ranks of a stage.
func TestExpertGroups(t *testing.T) {
	l := Layout{Tensor: 2, Data: 4, Pipeline: 2, Expert: 4, ExpertImbalance: 2.5}
	got := ""
	for _, g := range Groups(tinyMixture(), l) {
		if g.Comm == CommExpert || g.Comm == CommExpertData {
			got += fmt.Sprintln(g.Comm, g.Ranks, g.Pairwise, g.Counts)
		}
	}
	want := `expert [0 1 2 3] true [2.5 0.5 0.5 0.5]
expert [4 5 6 7] true [2.5 0.5 0.5 0.5]
expert [8 9 10 11] true [2.5 0.5 0.5 0.5]
expert [12 13 14 15] true [2.5 0.5 0.5 0.5]
expert_data [0 4] false []
expert_data [1 5] false []
expert_data [2 6] false []
expert_data [3 7] false []
expert_data [8 12] false []
expert_data [9 13] false []
expert_data [10 14] false []
expert_data [11 15] false []
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Whatever the imbalance, the ranks of a group share all rows, and each runs the programs
// of its load.
func TestLoadsShareAllRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(t, "ranks")
		l := Layout{Data: n, Expert: n, GlobalBatch: n, Pipeline: 2, ExpertImbalance: rapid.Float64Range(1, float64(n)).Draw(t, "imbalance")}
		m := tinyMixture()
		m.Experts, m.SeqLen = n, 1000
		programs, role, err := UnevenPrograms(m, l, l.Spread(n))
		if err != nil {
			t.Fatal(err)
		}
		var rows float64
		for r := range n {
			p := programs[role[n+r]]
			if p.Stage != 1 {
				t.Fatalf("rank %d of stage 1 runs a program of stage %d", n+r, p.Stage)
			}
			for _, op := range p.Ops {
				if op.Name == "expert fc2" && op.Phase == Forward {
					rows += op.FLOP / float64(2*op.N*op.K)
				}
			}
		}
		if want := float64(2000 * n); rows < want-float64(n) || rows > want+float64(n) {
			t.Fatalf("%g rows, want %g", rows, want)
		}
	})
}

// Experts take as many parameters as there are, activations as many as a token goes
// through. By hand: 8 tokens of width 16, 16 rows; routing 8·4·5, inputs 16·16·2, weights
// and places 16·8, SwiGLU 16·3·24·2, of the shared expert 8·3·16·2.
func TestMemoryOfMixtures(t *testing.T) {
	d := newShape(tinyMixture(), Layout{})
	if got := d.mixtureActivations(); got != 160+512+128+2304+768 {
		t.Errorf("%d bytes of activations", got)
	}
	// The four experts divided over two ranks, each pair of replicas with the same; ZeRO 1
	// shards the rest over four.
	l := Layout{Data: 4, Expert: 2, ZeRO: 1, GlobalBatch: 4}
	d = newShape(tinyMixture(), l)
	rest := tinyMixture().paramsWith(0)
	n, local := d.stageParams(0)
	if n != rest+2*1152 || local != (rest+3)/4+1152 {
		t.Errorf("%d parameters, %d updated; the rest is %d", n, local, rest)
	}
	if f := Footprints(tinyMixture(), l)[0]; f.Weights != 2*n || f.Optimizer != 12*local {
		t.Errorf("%+v", f)
	}
}

// The weights that fp8 casts, by hand: attention 768 in each of two layers, an MLP 2,304, a
// shared expert 768, experts 1,152 each; the router stays in bf16.
func TestLinearWeightsOfMixtures(t *testing.T) {
	for expert, want := range map[int]int64{1: 2*768 + 2304 + 768 + 4*1152, 2: 2*768 + 2304 + 768 + 2*1152} {
		d := newShape(tinyMixture(), Layout{Data: 4, Expert: expert, GlobalBatch: 4, Precision: FP8})
		if got := d.linearParams(0); got != want {
			t.Errorf("experts over %d ranks: %d weights of linear layers, want %d", expert, got, want)
		}
	}
}

// Where a tensor group holds all experts, its replicas know the same norm; else they
// tell each other.
func TestNormOfDividedExperts(t *testing.T) {
	for expert, want := range map[int]int{2: 0, 4: 1} {
		p, err := Programs(tinyMixture(), Layout{Tensor: 2, Data: 2, Expert: expert, SequenceParallel: true, GlobalBatch: 2, GradClip: true})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, op := range p[0].Ops {
			if op.Name == "grad norm reduce" && op.Comm == CommData {
				n++
			}
		}
		if n != want {
			t.Errorf("experts over %d ranks: %d reductions of the norm over replicas, want %d", expert, n, want)
		}
	}
}

func TestProblemsOfMixtures(t *testing.T) {
	for _, c := range []struct {
		change func(*Model, *Layout)
		want   string
	}{
		{func(*Model, *Layout) {}, ""},
		{func(m *Model, l *Layout) { l.Expert = 8 }, "layout.expert: 8 does not divide 4 experts; 4 would"},
		{func(m *Model, l *Layout) { m.Experts, l.Expert = 16, 16 }, "layout.expert: 16 does not divide tensor 2 × data 4 = 8; 8 would"},
		{func(m *Model, l *Layout) { m.TopK = 5 }, "model.top_k: a token cannot go through 5 of 4 experts"},
		{func(m *Model, l *Layout) { m.DenseLayers = 3 }, "model.dense_layers: 3 of 2 layers"},
		{func(m *Model, l *Layout) { m.Bias = true }, "model.bias: grouped products of experts have no biases (Megatron-LM); bias = false"},
		{func(m *Model, l *Layout) { m.SharedFFN = 3 }, "layout.tensor: 2 does not divide a shared expert of width 3"},
		{func(m *Model, l *Layout) { l.SequenceParallel = false }, "layout.sequence_parallel: the ranks of a tensor group would send the same tokens to experts; sequence_parallel = true"},
		{func(m *Model, l *Layout) { l.ZeRO = 3 }, "layout.zero: weights of experts are not sharded over replicas; zero = 1 or 2"},
		{func(m *Model, l *Layout) { l.ExpertImbalance = 4.5 }, "layout.expert_imbalance: of 4 ranks the fullest has from 1 to 4 times the mean, not 4.5"},
		{func(m *Model, l *Layout) { m.Experts, m.MoEFFN, m.SharedFFN, m.DenseLayers = 0, 0, 0, 0 }, "layout.expert: 4 ranks to divide experts among, but the model has none; expert = 1"},
		{func(m *Model, l *Layout) { m.Experts, m.MoEFFN, l.Expert = 0, 0, 1 }, "model.experts: a shared expert or dense layers of a model without experts; experts = 8, or none of shared_ffn and dense_layers"},
		{func(m *Model, l *Layout) { l.Expert = 1; m.Experts, m.MoEFFN, m.SharedFFN, m.DenseLayers = 0, 5, 0, 0 },
			"model.moe_ffn: experts of width 5, but the model has none; experts = 8, or no moe_ffn"},
		{func(m *Model, l *Layout) {
			m.Experts, m.MoEFFN, m.SharedFFN, m.DenseLayers = 0, 0, 0, 0
			l.Expert, l.ExpertImbalance = 1, 1.5
		},
			"layout.expert_imbalance: experts of unlike load, but the model has none; expert_imbalance = 1"},
		{func(m *Model, l *Layout) { l.Expert, l.ExpertImbalance = 1, 1.5 },
			"layout.expert_imbalance: every rank holds all experts, so that none gets more than another; divide experts with layout.expert"},
	} {
		m, l := tinyMixture(), Layout{Tensor: 2, Data: 4, Expert: 4, SequenceParallel: true, GlobalBatch: 4}
		c.change(&m, &l)
		var got []string
		for _, p := range Problems(m, l, 0, 0, 0, 0) {
			got = append(got, p.Error())
		}
		if strings.Join(got, "\n") != c.want {
			t.Errorf("got %q\nwant %q", got, c.want)
		}
	}
}
