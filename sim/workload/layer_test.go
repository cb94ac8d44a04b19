package workload

import "testing"

// opsOf lists what a piece of code executes by name; names within it are unique.
func opsOf(t *testing.T, d *shape, p Phase, write func(*script, *shape)) map[string]Op {
	s := (&table{}).script(p)
	write(s, d)
	ops := map[string]Op{}
	for _, op := range s.ops {
		if _, ok := ops[op.Name]; ok {
			t.Fatalf("two operations %q", op.Name)
		}
		ops[op.Name] = op
	}
	return ops
}

type wantOp struct {
	name           string
	m, n, k, batch int64
	bytes          float64
}

func compare(t *testing.T, ops map[string]Op, want []wantOp) {
	t.Helper()
	for _, w := range want {
		op, ok := ops[w.name]
		if !ok {
			t.Errorf("no %q", w.name)
			continue
		}
		if op.M != w.m || op.N != w.n || op.K != w.k || op.Batch != w.batch {
			t.Errorf("%s: %d×(%d×%d×%d), want %d×(%d×%d×%d)", w.name, op.Batch, op.M, op.N, op.K, w.batch, w.m, w.n, w.k)
		}
		if op.Bytes != w.bytes {
			t.Errorf("%s: %g bytes, want %g", w.name, op.Bytes, w.bytes)
		}
		if flop := 2 * float64(w.batch*w.m*w.n*w.k); op.FLOP != flop {
			t.Errorf("%s: %g FLOP, want %g", w.name, op.FLOP, flop)
		}
	}
}

// One layer of GPT-22B (s 2048, b 4, h 6144, 64 heads) over 8 ranks, as in
// arXiv 2205.05198 table 4: T = 8192 tokens, 768 columns of queries, 3072 of the
// MLP, 8 heads of 96, 4·8·2048² = 134217728 scores.
func TestLayerForward(t *testing.T) {
	const tokens, h, scores = 8192, 6144, 134217728
	l := Layout{Tensor: 8, MicroBatch: 4, GlobalBatch: 4, Precision: FP16, FusedKernels: true, GradFusion: true}
	ops := opsOf(t, newShape(gpt(48, 6144, 64), l), Forward, (*script).layerForward)
	compare(t, ops, []wantOp{
		{"norm 1", 0, 0, 0, 0, 2 * 2 * tokens * h},
		{"qkv", tokens, 2304, h, 1, 2 * (tokens*h + h*2304 + tokens*2304)},
		{"qkv bias", 0, 0, 0, 0, 2 * 2 * tokens * 2304},
		{"scores", 2048, 2048, 96, 32, 2 * (32*2*2048*96 + scores)},
		{"softmax", 0, 0, 0, 0, 3 * scores},
		{"attention dropout", 0, 0, 0, 0, 5 * scores},
		{"context", 2048, 96, 2048, 32, 2 * (32*2*2048*96 + scores)},
		{"context transpose", 0, 0, 0, 0, 2 * 2 * tokens * 768},
		{"projection", tokens, h, 768, 1, 2 * (tokens*768 + 768*h + tokens*h)},
		{"attention residual", 0, 0, 0, 0, 7 * tokens * h},
		{"fc1", tokens, 3072, h, 1, 2 * (tokens*h + h*3072 + tokens*3072)},
		{"gelu", 0, 0, 0, 0, 2 * 2 * tokens * 3072},
		{"fc2", tokens, h, 3072, 1, 2 * (tokens*3072 + 3072*h + tokens*h)},
		{"mlp residual", 0, 0, 0, 0, 7 * tokens * h},
	})
	for _, name := range []string{"projection reduce", "fc2 reduce"} {
		if op := ops[name]; op.Kind != AllReduce || op.Comm != CommTensor || op.Size != 2*tokens*h {
			t.Errorf("%s: %+v", name, op)
		}
	}
	if len(ops) != 17 { // 14 above, the second norm, two collectives
		t.Errorf("%d operations, want 17", len(ops))
	}
}

func TestLayerBackward(t *testing.T) {
	const tokens, h, scores = 8192, 6144, 134217728
	l := Layout{Tensor: 8, MicroBatch: 4, GlobalBatch: 4, Precision: FP16, FusedKernels: true, GradFusion: true}
	ops := opsOf(t, newShape(gpt(48, 6144, 64), l), Backward, (*script).layerBackward)
	compare(t, ops, []wantOp{
		{"mlp residual grad", 0, 0, 0, 0, 5 * tokens * h},
		{"mlp residual grad bias", 0, 0, 0, 0, 2 * tokens * h},
		{"fc2 dgrad", tokens, 3072, h, 1, 2 * (tokens*3072 + 3072*h + tokens*h)},
		{"fc2 wgrad", h, 3072, tokens, 1, 2*(tokens*3072+tokens*h) + 8*3072*h},
		{"gelu grad", 0, 0, 0, 0, 3 * 2 * tokens * 3072},
		{"fc1 dgrad", tokens, h, 3072, 1, 2 * (tokens*3072 + 3072*h + tokens*h)},
		{"fc1 wgrad", 3072, h, tokens, 1, 2*(tokens*3072+tokens*h) + 8*3072*h},
		{"fc1 bias grad", 0, 0, 0, 0, 2 * tokens * 3072},
		{"norm 2 grad", 0, 0, 0, 0, 3 * 2 * tokens * h},
		{"norm 2 grad add", 0, 0, 0, 0, 3 * 2 * tokens * h},
		{"projection dgrad", tokens, 768, h, 1, 2 * (tokens*768 + 768*h + tokens*h)},
		{"projection wgrad", h, 768, tokens, 1, 2*(tokens*768+tokens*h) + 8*768*h},
		{"context dgrad", 2048, 2048, 96, 32, 2 * (32*2*2048*96 + scores)},
		{"context value grad", 2048, 96, 2048, 32, 2 * (32*2*2048*96 + scores)},
		{"attention dropout grad", 0, 0, 0, 0, 5 * scores},
		{"softmax grad", 0, 0, 0, 0, 4 * scores},
		{"scores query grad", 2048, 96, 2048, 32, 2 * (32*2*2048*96 + scores)},
		{"scores key grad", 2048, 96, 2048, 32, 2 * (32*2*2048*96 + scores)},
		{"qkv concat", 0, 0, 0, 0, 2 * 2 * tokens * (768 + 768 + 2304)},
		{"qkv dgrad", tokens, h, 2304, 1, 2 * (tokens*2304 + 2304*h + tokens*h)},
		{"qkv wgrad", 2304, h, tokens, 1, 2*(tokens*2304+tokens*h) + 8*2304*h},
		{"qkv bias grad", 0, 0, 0, 0, 2 * tokens * 2304},
	})
	if op := ops["fc1 wgrad"]; !op.Accumulate || op.Phase != WeightGrad {
		t.Errorf("fc1 wgrad: %+v", op)
	}
	for _, name := range []string{"fc1 grad reduce", "qkv grad reduce"} {
		if op := ops[name]; op.Kind != AllReduce || op.Size != 2*tokens*h || op.Phase != Backward {
			t.Errorf("%s: %+v", name, op)
		}
	}
}

// Sequence parallelism moves as much as tensor parallelism: each all-reduce
// becomes a reduce-scatter and an all-gather, and the backward pass gathers the
// inputs of column-parallel products once more (arXiv 2205.05198 §4.2.2).
func TestCollectivesOfALayer(t *testing.T) {
	count := func(l Layout) (n [5]int) {
		d := newShape(tinyGPT(), l)
		for i, write := range []func(*script, *shape){(*script).layerForward, (*script).layerBackward} {
			for _, op := range opsOf(t, d, Phase(2*i), write) {
				switch {
				case op.Kind == AllReduce:
					n[0]++
				case op.Kind == ReduceScatter:
					n[1+i]++
				case op.Kind == AllGather:
					n[3+i]++
				}
			}
		}
		return n
	}
	if got := count(Layout{}); got != [5]int{} {
		t.Errorf("a single rank: %v", got)
	}
	for _, overlap := range []bool{false, true} {
		if got := count(Layout{Tensor: 2, OverlapTensor: overlap}); got != [5]int{4} {
			t.Errorf("tensor: %v, want 4 all-reduces", got)
		}
		if got := count(Layout{Tensor: 2, SequenceParallel: true, OverlapTensor: overlap}); got != [5]int{0, 2, 2, 2, 4} {
			t.Errorf("sequence: %v, want reduce-scatters 2 + 2, all-gathers 2 + 4", got)
		}
	}
	// On the residual path a rank then touches 1/t of the bytes.
	whole := opsOf(t, newShape(tinyGPT(), Layout{Tensor: 2}), Forward, (*script).layerForward)
	shard := opsOf(t, newShape(tinyGPT(), Layout{Tensor: 2, SequenceParallel: true}), Forward, (*script).layerForward)
	for _, name := range []string{"norm 1", "attention residual", "mlp residual"} {
		if shard[name].Bytes != whole[name].Bytes/2 {
			t.Errorf("%s: %g of %g bytes", name, shard[name].Bytes, whole[name].Bytes)
		}
	}
}

// Without fused kernels more passes go over HBM; without fused accumulation
// a kernel apart adds 2 + 2·4 bytes an element.
func TestUnfusedKernels(t *testing.T) {
	fused := Layout{Precision: FP16, FusedKernels: true, GradFusion: true, GlobalBatch: 2}
	plain := Layout{Precision: FP16, GlobalBatch: 2}
	m := tinyGPT() // 8 tokens of 16, MLP 64, 4·8² = 256 scores
	f, p := opsOf(t, newShape(m, fused), Forward, (*script).layerForward), opsOf(t, newShape(m, plain), Forward, (*script).layerForward)
	for _, c := range []struct {
		name           string
		fused, unfused float64
		kernels        int32
	}{
		{"softmax", 3 * 256, 13 * 256, 3},
		{"gelu", 2 * 2 * 512, 4 * 2 * 512, 2},
		{"mlp residual", 7 * 128, 15 * 128, 3}, // bias 4, dropout 5, add 6
	} {
		if f[c.name].Bytes != c.fused || p[c.name].Bytes != c.unfused || p[c.name].Kernels != c.kernels {
			t.Errorf("%s: fused %g, unfused %g in %d kernels; want %g, %g, %d", c.name, f[c.name].Bytes, p[c.name].Bytes, p[c.name].Kernels, c.fused, c.unfused, c.kernels)
		}
	}
	b := opsOf(t, newShape(m, plain), Backward, (*script).layerBackward)
	if got := b["norm 1 grad"]; got.Bytes != 5*2*128 || got.Kernels != 3 {
		t.Errorf("norm 1 grad: %+v", got)
	}
	if op := b["fc1 grad add"]; op.Bytes != 64*16*10 || op.Phase != WeightGrad {
		t.Errorf("fc1 grad add: %+v", op)
	}
	if b["fc1 wgrad"].Accumulate || b["fc1 wgrad"].Bytes != 2*(8*64+8*16+64*16) {
		t.Errorf("fc1 wgrad: %+v", b["fc1 wgrad"])
	}
	// A lone microbatch with fp16 gradients adds nothing.
	plain.GradBytes, plain.GlobalBatch = 2, 1
	if _, ok := opsOf(t, newShape(m, plain), Backward, (*script).layerBackward)["fc1 grad add"]; ok {
		t.Error("a lone fp16 gradient is added to nothing")
	}
}

// Llama: grouped queries narrow the qkv product, SwiGLU doubles fc1, no biases,
// no masks.
func TestLlamaLayer(t *testing.T) {
	d := newShape(tinyLlama(), Layout{FlashAttention: true, FusedKernels: true, GradFusion: true, GlobalBatch: 1})
	ops := opsOf(t, d, Forward, (*script).layerForward)
	compare(t, ops, []wantOp{
		{"qkv", 8, 16 + 2*8, 16, 1, 2 * (8*16 + 16*32 + 8*32)},
		{"rotary", 0, 0, 0, 0, 2 * 2 * 8 * (16 + 8)},
		{"fc1", 8, 96, 16, 1, 2 * (8*16 + 16*96 + 8*96)},
		{"swiglu", 0, 0, 0, 0, 3 * 2 * 8 * 48},
		{"mlp residual", 0, 0, 0, 0, 3 * 2 * 8 * 16},
	})
	if len(ops) != 11 {
		t.Errorf("%d operations, want 11", len(ops))
	}
}
