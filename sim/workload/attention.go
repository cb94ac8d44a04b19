package workload

// coreAttention is what Megatron-LM calls core attention, the part selective
// recomputation runs twice: scores, softmax, dropout, context; or one fused kernel.
func (s *script) coreAttention(d *shape) {
	switch {
	case d.Context > 1:
		s.contextAttention(d)
		return
	case d.FlashAttention:
		s.run(d.flash(d.seq, d.seq, true))
		return
	}
	n, seq, size := d.scores, int64(d.SeqLen), int64(d.HeadDim)
	s.run(d.batched("scores", seq, seq, size))
	if d.FusedKernels {
		// The causal kernel reads the lower triangle and writes the whole
		// (Megatron-LM scaled_upper_triang_masked_softmax).
		s.run(stream("softmax", Softmax, 3*n*d.elem/2, 1))
	} else {
		// scale 2, mask 2 and the mask itself, softmax 2 passes.
		s.run(stream("softmax", Softmax, n*(6*d.elem+1), 3))
	}
	if d.Dropout {
		s.run(stream("attention dropout", Elementwise, n*(2*d.elem+d.mask()), 1))
	}
	s.run(d.batched("context", seq, size, seq))
	// [batch·heads, sequence, size] becomes [sequence, batch, hidden].
	s.run(stream("context transpose", Elementwise, 2*d.tokens*d.query*d.elem, 1))
}

// coreAttentionBackward runs two products for each of the forward ones.
func (s *script) coreAttentionBackward(d *shape) {
	switch {
	case d.Context > 1:
		s.contextAttentionBackward(d)
		return
	case d.FlashAttention:
		s.run(d.flashBackward(d.seq, d.seq, true))
		return
	}
	n, seq, size := d.scores, int64(d.SeqLen), int64(d.HeadDim)
	s.run(d.batched("context dgrad", seq, seq, size))
	s.run(d.batched("context value grad", seq, size, seq))
	if d.Dropout {
		s.run(stream("attention dropout grad", Elementwise, n*(2*d.elem+d.mask()), 1))
	}
	if d.FusedKernels {
		// Gradient and output are read in the lower triangle, the whole is written.
		s.run(stream("softmax grad", Softmax, 2*n*d.elem, 1))
	} else {
		s.run(stream("softmax grad", Softmax, n*(7*d.elem+1), 3))
	}
	s.run(d.batched("scores query grad", seq, size, seq))
	s.run(d.batched("scores key grad", seq, size, seq))
	// The scale 1/√d of both gradients, then one tensor of all three.
	s.run(stream("qkv concat", Elementwise, 2*d.elem*d.tokens*(d.query+d.key+d.qkv), 3))
}

// flash is the fused kernel over so many queries and keys of each sequence: 4·queries·keys·d
// per head and sequence, half of it when the masked half is skipped (arXiv 2307.08691
// counts the same).
func (d *shape) flash(queries, keys int64, causal bool) Op {
	op := Op{Name: "flash attention", Kind: FlashAttention, M: queries, N: keys, K: int64(d.HeadDim),
		Batch: d.batch, Causal: causal, Triton: d.AttentionKernel == TritonKernel, FLOP: 4 * float64(queries) * float64(keys) * float64(d.HeadDim) * float64(d.batch),
		Bytes: float64(2 * d.elem * int64(d.MicroBatch) * (queries*d.query + keys*d.key)), Kernels: 1}
	if causal {
		op.FLOP /= 2
	}
	return op
}

// flashBackward runs five products for the forward's two (2.5 times its FLOP).
// It reads queries, keys, values, output and its gradient, writes three
// gradients, that of the queries through an fp32 sum, in three kernels.
func (d *shape) flashBackward(queries, keys int64, causal bool) Op {
	op := d.flash(queries, keys, causal)
	op.Name = "flash attention grad"
	op.FLOP *= 2.5
	op.Bytes = float64(int64(d.MicroBatch) * (4*d.elem*(queries*d.query+keys*d.key) + 2*queries*d.query*(4+d.elem)))
	op.Kernels = 3
	return op
}
