package workload

// A transformer layer as Megatron-LM runs it (arXiv 1909.08053 for the tensor
// parallel form, 2205.05198 for sequence parallelism). Activations lie as
// [sequence, batch, hidden], so that neither heads nor tokens are transposed but
// where noted.

// layerForward is one layer from its input to its output.
func (s *script) layerForward(d *shape) {
	s.attentionForward(d)
	s.norm(d, "norm 2")
	s.gatherInput(d, "fc1 gather")
	s.transpose(d, "fc1", d.hidden)
	s.mlpForward(d, "")
	s.biasDropoutAdd(d, "mlp residual")
}

// attentionForward is the first half of a layer.
func (s *script) attentionForward(d *shape) {
	s.norm(d, "norm 1")
	s.gatherInput(d, "qkv gather")
	s.transpose(d, "qkv", d.hidden)
	s.run(d.linear("qkv", d.qkv, d.hidden))
	s.inputBias(d, "qkv bias", d.qkv)
	s.rotary(d, "rotary")
	s.coreAttention(d)
	s.cast(d, "projection", d.query)
	s.run(d.linear("projection", d.hidden, d.query))
	s.reduceOutput(d, "projection reduce")
	s.biasDropoutAdd(d, "attention residual")
}

// mlpForward is an MLP, of that name, from its gathered input to its output.
func (s *script) mlpForward(d *shape, of string) {
	s.run(d.linear(of+"fc1", d.up, d.hidden))
	s.activation(d, of)
	s.cast(d, of+"fc2", d.ffn)
	s.run(d.linear(of+"fc2", d.hidden, d.ffn))
	s.reduceOutput(d, of+"fc2 reduce")
}

// norm reads and writes the residual once (a fused LayerNorm or RMSNorm kernel).
func (s *script) norm(d *shape, name string) {
	s.run(stream(name, Norm, 2*d.residual*d.hidden*d.elem, 1))
}

// gatherInput brings the sequence shards together before a column-parallel
// product (g of arXiv 2205.05198).
func (s *script) gatherInput(d *shape, name string) {
	if d.sharded {
		s.tensor(d, AllGather, name, d.tokens*d.hidden*d.elem)
	}
}

// reduceOutput sums the partial outputs of a row-parallel product: an
// all-reduce, or a reduce-scatter over the sequence with sequence parallelism.
func (s *script) reduceOutput(d *shape, name string) {
	k := AllReduce
	if d.sharded {
		k = ReduceScatter
	}
	s.tensor(d, k, name, d.tokens*d.hidden*d.elem)
}

// inputBias adds the bias of a column-parallel product in place: Megatron-LM
// calls a product of three-dimensional input without bias epilogue and adds.
func (s *script) inputBias(d *shape, name string, width int64) {
	if d.Bias {
		s.run(stream(name, Elementwise, 2*d.tokens*width*d.elem, 1))
	}
}

// rotary turns queries and keys: read and written once when fused; else
// x·cos + rotate_half(x)·sin runs as rotate (2), two products (2 each) and a
// sum (3 passes), for queries and keys apart.
func (s *script) rotary(d *shape, name string) {
	if !d.Rotary {
		return
	}
	n := d.tokens * (d.query + d.key) * d.elem
	if d.FusedKernels {
		s.run(stream(name, Elementwise, 2*n, 1))
	} else {
		s.run(stream(name, Elementwise, 9*n, 8))
	}
}

// biasDropoutAdd ends a sublayer: residual + dropout(x + bias). Fused it reads
// two and writes one tensor and the mask.
func (s *script) biasDropoutAdd(d *shape, name string) {
	n := d.residual * d.hidden
	if d.FusedKernels || !d.Dropout && !d.Bias {
		s.run(stream(name, Elementwise, n*(3*d.elem+d.mask()), 1))
		return
	}
	bytes, kernels := 3*n*d.elem, int32(1)
	if d.Bias {
		bytes, kernels = bytes+2*n*d.elem, kernels+1
	}
	if d.Dropout {
		bytes, kernels = bytes+n*(2*d.elem+d.mask()), kernels+1
	}
	s.run(stream(name, Elementwise, bytes, kernels))
}

// activation is bias+GELU or SwiGLU between the MLP's matrices, with the bias in
// the same kernel when fused.
func (s *script) activation(d *shape, of string) {
	n := d.tokens * d.ffn * d.elem
	name, bytes, kernels := "gelu", 2*n, int32(1)
	if d.Gated {
		name, bytes = "swiglu", 3*n // reads both halves, writes one
		if !d.FusedKernels {
			bytes, kernels = 5*n, 2 // silu, then the product
		}
	}
	if d.Bias && !d.FusedKernels {
		bytes, kernels = bytes+2*d.tokens*d.up*d.elem, kernels+1
	}
	s.run(stream(of+name, Elementwise, bytes, kernels))
}

// layerBackward is the gradient of layerForward. Products come as two GEMMs,
// of inputs and of weights.
func (s *script) layerBackward(d *shape) {
	s.residualBackward(d, "mlp residual grad")
	s.mlpBackward(d, "")
	s.normBackward(d, "norm 2 grad")
	s.attentionBackward(d)
}

// mlpBackward is the gradient of mlpForward.
func (s *script) mlpBackward(d *shape, of string) {
	if d.RecomputeActivation && d.Recompute != RecomputeFull {
		s.phase = Recompute
		s.activation(d, of)
		s.phase = Backward
	}
	s.rowBackward(d, of+"fc2", d.ffn)
	s.activationBackward(d, of)
	s.columnBackward(d, of+"fc1", d.up, d.Bias)
}

// attentionBackward is the gradient of attentionForward.
func (s *script) attentionBackward(d *shape) {
	s.residualBackward(d, "attention residual grad")
	s.rowBackward(d, "projection", d.query)
	if d.Recompute == RecomputeSelective {
		s.phase = Recompute
		s.coreAttention(d)
		s.phase = Backward
	}
	s.coreAttentionBackward(d)
	s.rotary(d, "rotary grad")
	s.columnBackward(d, "qkv", d.qkv, d.Bias)
	s.normBackward(d, "norm 1 grad")
}

// residualBackward masks the gradient and sums it over tokens for the bias.
// Without dropout the gradient passes as it is.
func (s *script) residualBackward(d *shape, name string) {
	n := d.residual * d.hidden
	if d.Dropout {
		s.run(stream(name, Elementwise, n*(2*d.elem+d.mask()), 1))
	}
	if d.Bias {
		op := stream(name+" bias", Elementwise, n*d.elem, 1)
		op.Phase = WeightGrad
		s.run(op)
	}
}

// rowBackward is the gradient of a row-parallel product (projection, fc2). With
// sequence parallelism the gradient of its output is gathered first.
func (s *script) rowBackward(d *shape, name string, in int64) {
	s.gatherInput(d, name+" grad gather")
	s.cast(d, name+" grad", d.hidden)
	s.run(d.linear(name+" dgrad", in, d.hidden))
	s.weightGrad(d, name, d.hidden, in, d.line)
}

// columnBackward is the gradient of a column-parallel product (qkv, fc1, head):
// its input gradients are partial sums, reduced over the tensor group beside
// the weight gradient when OverlapTensor. With sequence parallelism the input
// was kept sharded and is gathered again for the weight gradient (Megatron-LM,
// LinearWithGradAccumulationAndAsyncCommunication).
func (s *script) columnBackward(d *shape, name string, out int64, bias bool) {
	element := d.line
	if name == head {
		element = d.elem
	}
	size := d.tokens * d.hidden * d.elem
	overlap := d.OverlapTensor && d.Tensor > 1
	gather := Op{Name: name + " input gather", Kind: AllGather, Comm: CommTensor, Size: size}
	reduce := Op{Name: name + " grad reduce", Kind: AllReduce, Comm: CommTensor, Size: size}
	if d.sharded {
		reduce.Kind = ReduceScatter
		if overlap {
			s.start(StreamTensor, gather)
		} else {
			s.sync(StreamTensor, gather)
		}
	}
	if element < d.elem {
		s.cast(d, name+" grad", out)
	}
	s.run(d.product(name+" dgrad", d.hidden, out, element))
	if d.sharded && overlap {
		s.wait(StreamTensor, 0)
	}
	if overlap {
		s.start(StreamTensor, reduce)
	}
	s.weightGrad(d, name, out, d.hidden, element)
	if bias {
		op := stream(name+" bias grad", Elementwise, d.tokens*out*d.elem, 1)
		op.Phase = WeightGrad
		s.run(op)
	}
	if overlap {
		s.wait(StreamTensor, 0)
	} else if d.Tensor > 1 {
		s.sync(StreamTensor, reduce)
	}
}

// weightGrad is the product of output gradients and inputs over the tokens.
// With GradFusion it reads and writes the gradient buffer; else it writes its
// own tensor and a kernel apart adds that to the buffer. A lone microbatch with
// 2-byte gradients adds nothing: the tensor becomes the gradient.
func (s *script) weightGrad(d *shape, name string, out, in, element int64) {
	op := Op{Name: name + " wgrad", Kind: GEMM, Phase: WeightGrad, M: out, N: in, K: d.perGroup(), Batch: d.groups, Element: d.operand(element), Kernels: d.kernels(),
		FLOP: 2 * float64(out) * float64(in) * float64(d.tokens)}
	grad, weights := int64(d.GradBytes), d.groups*out*in
	inputs := element * d.tokens * (out + in)
	if d.sharding() { // reduced, then added to the shard
		op.Bytes = float64(inputs + d.elem*weights)
		s.run(op)
		return
	}
	if d.GradFusion {
		op.Accumulate = grad == 4
		op.Bytes = float64(inputs + 2*grad*weights)
		s.run(op)
		return
	}
	op.Bytes = float64(inputs + d.elem*weights)
	s.run(op)
	if grad == d.elem && d.Microbatches() == 1 {
		return
	}
	add := stream(name+" grad add", Elementwise, weights*(d.elem+2*grad), 1)
	add.Phase = WeightGrad
	s.run(add)
}

// activationBackward reads the output gradient and the kept inputs and writes
// the input gradient: GELU 3 passes, SwiGLU 1 + 2 + 2.
func (s *script) activationBackward(d *shape, of string) {
	n := d.tokens * d.ffn * d.elem
	name, bytes, kernels := "gelu grad", 3*n, int32(1)
	if d.Gated {
		name, bytes = "swiglu grad", 5*n
		if !d.FusedKernels {
			bytes, kernels = 8*n, 3 // product rule (3 in, 2 out), then silu (2 in, 1 out)
		}
	}
	s.run(stream(of+name, Elementwise, bytes, kernels))
}

// normBackward is the gradient of a norm, then the sum with that of the
// residual (3 passes).
func (s *script) normBackward(d *shape, name string) {
	s.run(d.normGrad(name))
	s.run(stream(name+" add", Elementwise, 3*d.residual*d.hidden*d.elem, 1))
}

// normGrad reads output gradient and input and writes the input gradient in one
// kernel that also leaves partial sums for scale and shift (apex FastLayerNorm,
// which Megatron-LM persists); unfused, the gradients of scale and shift read
// both again (apex MixedFusedLayerNorm: three kernels, 5 passes).
func (d *shape) normGrad(name string) Op {
	n := d.residual * d.hidden * d.elem
	if d.FusedKernels {
		return stream(name, Norm, 3*n, 2)
	}
	return stream(name, Norm, 5*n, 3)
}
