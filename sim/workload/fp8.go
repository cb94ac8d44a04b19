package workload

// Products in fp8, as NVIDIA's Transformer Engine runs them with delayed scaling
// (LayerNormLinear and Linear, arXiv 2209.05433 for the format): operands of the
// linear layers and of their gradients are cast, and, since Hopper multiplies fp8
// in one layout only, transposed for the other products they are in. Norms write
// fp8 themselves. Attention, the head, messages, and what is kept for the backward
// pass stay in bf16.

// cast turns tokens×width of bf16 into fp8 and its transpose: 2 bytes read, 2 written.
func (s *script) cast(d *shape, name string, width int64) {
	if d.Precision == FP8 {
		s.run(stream(name+" cast", Elementwise, 4*d.tokens*width, 1))
	}
}

// transpose turns what a norm wrote in fp8 for the product of weight gradients.
func (s *script) transpose(d *shape, name string, width int64) {
	if d.Precision == FP8 {
		s.run(stream(name+" transpose", Elementwise, 2*d.tokens*width, 1))
	}
}

// castWeights casts the matrices of n parameters once a step, and transposes them.
func (s *script) castWeights(d *shape, n int64) {
	if d.Precision == FP8 {
		s.run(stream("weight cast", Optimizer, 4*n, 1))
	}
}
