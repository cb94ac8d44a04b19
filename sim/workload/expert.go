package workload

import "math"

// A layer with experts (mixture of experts) as Megatron-LM runs it, with the all-to-all
// dispatcher, no token dropped, and experts that are whole on their ranks (moe_layer.py,
// token_dispatcher.py; --moe-grouped-gemm, --expert-tensor-parallel-size 1). With a tensor
// group each rank routes its shard of the sequence. Experts lie on Expert ranks that follow
// each other within a stage, along the tensor group, the context group and then the replicas; what all of them
// send each other they send twice forward, to the experts and back, and twice backward.

// expertsHere is how many experts of a layer a rank holds.
func (d *shape) expertsHere() int64 { return int64(d.Experts / d.Expert) }

// copies is how many ranks hold the same experts.
func (l Layout) copies() int { return l.stageRanks() / l.Expert }

// loads returns what the experts of a rank may get, relative to the mean: of the fullest
// rank of a group, and of the others where that differs.
func (l Layout) loads() []float64 {
	if l.Expert <= 1 || l.ExpertImbalance <= 1 {
		return []float64{1}
	}
	n := float64(l.Expert)
	return []float64{l.ExpertImbalance, (n - l.ExpertImbalance) / (n - 1)}
}

// loaded returns the shape of a rank whose experts get load times the mean.
func (d *shape) loaded(load float64) *shape {
	c := *d
	c.rows = int64(math.Round(load * float64(d.routed)))
	return &c
}

// expertGroups lists the communicators of experts: of the ranks that hold a layer's, and
// of those that hold the same.
func (l Layout) expertGroups() []Group {
	var gs []Group
	var counts []float64
	if loads := l.loads(); len(loads) > 1 {
		for range l.Expert {
			counts = append(counts, loads[1])
		}
		counts[0] = loads[0]
	}
	for first := 0; first < l.Ranks() && l.Expert > 1; first += l.Expert {
		gs = append(gs, Group{Comm: CommExpert, Ranks: everyNth(first, l.Expert, 1), Pairwise: true, Counts: counts})
	}
	for stage := 0; stage < l.Ranks() && l.copies() > 1; stage += l.stageRanks() {
		for i := range l.Expert {
			gs = append(gs, Group{Comm: CommExpertData, Ranks: everyNth(stage+i, l.copies(), l.Expert)})
		}
	}
	return gs
}

// experts returns the shape of the MLPs of this rank's experts, side by side.
func (d *shape) experts() *shape {
	c := *d
	c.tokens, c.residual, c.groups = d.rows, d.rows, d.expertsHere()
	c.ffn = int64(d.MoEFFN)
	c.up = d.upOf(c.ffn)
	c.Tensor, c.sharded = 1, false
	return &c
}

// common returns the shape of the MLP that every token goes through, sharded over the
// tensor group as any.
func (d *shape) common() *shape {
	c := *d
	c.ffn = int64(d.SharedFFN / d.Tensor)
	c.up = d.upOf(c.ffn)
	return &c
}

// router returns the shape of the product that scores experts, whole on each rank.
func (d *shape) router() *shape {
	c := *d
	c.tokens, c.Tensor, c.sharded = d.residual, 1, false
	return &c
}

// sparseForward is a layer with experts.
func (s *script) sparseForward(d *shape) {
	s.attentionForward(d)
	s.norm(d, "norm 2")
	s.route(d)
	s.mapRows(d)
	s.permute(d, "permute")
	s.allToAllRows(d, "dispatch", true)
	s.sortRows(d, "sort")
	e := d.experts()
	s.cast(e, "expert fc1", d.hidden)
	s.mlpForward(e, "expert ")
	s.sortRows(d, "unsort")
	s.allToAllRows(d, "combine", false)
	s.unpermute(d, "unpermute")
	if d.SharedFFN > 0 {
		s.gatherInput(d, "shared fc1 gather")
		s.cast(d, "shared fc1", d.hidden)
		s.mlpForward(d.common(), "shared ")
		s.run(stream("shared add", Elementwise, 3*d.residual*d.hidden*d.elem, 1))
	}
	s.biasDropoutAdd(d, "mlp residual")
}

// sparseBackward is the gradient of sparseForward. Gradients of the router, of what was
// dispatched and of the shared expert add up to that of norm 2's output.
func (s *script) sparseBackward(d *shape) {
	s.residualBackward(d, "mlp residual grad")
	sums := int64(1)
	if d.SharedFFN > 0 {
		s.mlpBackward(d.common(), "shared ")
		sums++
	}
	s.permute(d, "unpermute grad")
	s.allToAllRows(d, "combine grad", false)
	s.sortRows(d, "unsort grad")
	s.mlpBackward(d.experts(), "expert ")
	s.sortRows(d, "sort grad")
	s.allToAllRows(d, "dispatch grad", true)
	s.unpermute(d, "permute grad")
	s.routeBackward(d)
	s.run(stream("router grad add", Elementwise, 3*sums*d.residual*d.hidden*d.elem, int32(sums)))
	s.normBackward(d, "norm 2 grad")
	s.attentionBackward(d)
}

// route scores the experts, picks TopK of them and counts how many tokens each gets: one
// kernel that reads scores and writes fp32 probabilities and a byte map, and one that adds
// the map up (Transformer Engine's fused router); else cast, top-k, softmax, two tensors
// zeroed and scattered into, and the sum. The ranks tell each other their counts, 8 bytes
// each, and the host waits for them.
func (s *script) route(d *shape) {
	s.run(d.router().product("router", int64(d.Experts), d.hidden, d.elem))
	n := d.residual * int64(d.Experts)
	if d.FusedKernels {
		s.run(stream("top-k", Elementwise, n*(d.elem+6), 2))
	} else {
		s.run(stream("top-k", Elementwise, n*(d.elem+4+4+5+1), 8))
	}
	s.allToAll(d, "expert counts", 8*int64(d.Experts*d.Expert))
}

// routeBackward reads the gradient of the probabilities, them and the map, and writes
// that of the scores; unfused, gathered from, softmax, scattered and cast.
func (s *script) routeBackward(d *shape) {
	n := d.residual * int64(d.Experts)
	if d.FusedKernels {
		s.run(stream("top-k grad", Elementwise, n*(4+4+1+d.elem), 1))
	} else {
		s.run(stream("top-k grad", Elementwise, n*(4+4+4+4+d.elem), 4))
	}
	r := d.router()
	s.run(r.product("router dgrad", d.hidden, int64(d.Experts), d.elem))
	s.weightGrad(r, "router", int64(d.Experts), d.hidden, d.elem)
}

// mapRows finds out where the rows of each token go: three small kernels of Transformer
// Engine's moe_permute; else the map is transposed, sorted, cut and taken modulo tokens.
func (s *script) mapRows(d *shape) {
	kernels := int32(7)
	if d.FusedKernels {
		kernels = 3
	}
	s.run(stream("row map", Elementwise, d.residual*int64(d.Experts)+8*d.routed, kernels))
}

// permute copies each token to its TopK rows, by expert: fused it reads tokens once; else
// index_select reads every row.
func (s *script) permute(d *shape, name string) {
	read := d.routed
	if d.FusedKernels {
		read = d.residual
	}
	s.run(stream(name, Elementwise, (read+d.routed)*d.hidden*d.elem, 1))
}

// unpermute adds the rows of each token up: fused it writes tokens once; else zeros are
// written, and each row is read and added to what is read and written (scatter_add).
func (s *script) unpermute(d *shape, name string) {
	if d.FusedKernels {
		s.run(stream(name, Elementwise, (d.routed+d.residual)*d.hidden*d.elem, 1))
	} else {
		s.run(stream(name, Elementwise, (d.residual+3*d.routed)*d.hidden*d.elem, 2))
	}
}

// sortRows puts what came from each rank in the order of this rank's experts, or back.
func (s *script) sortRows(d *shape, name string) {
	if d.expertsHere() > 1 {
		s.run(stream(name, Elementwise, 2*d.rows*d.hidden*d.elem, 1))
	}
}

// allToAllRows is the all-to-all of rows, and of their fp32 weights where experts need them or
// made gradients of them.
func (s *script) allToAllRows(d *shape, name string, weights bool) {
	s.allToAll(d, name, d.routed*d.hidden*d.elem)
	if weights {
		s.allToAll(d, name+" weights", 4*d.routed)
	}
}

// allToAll is a blocking all-to-all of the ranks that hold a layer's experts, of so many
// bytes a rank sends in the mean.
func (s *script) allToAll(d *shape, name string, size int64) {
	if d.Expert > 1 {
		s.sync(StreamTensor, Op{Name: name, Kind: AllToAll, Comm: CommExpert, Size: size})
	}
}

// mixtureActivations is what routing and experts keep: fp32 probabilities and the map,
// inputs of the experts, the weights and places of rows, the insides of all MLPs.
func (d *shape) mixtureActivations() int64 {
	n := d.residual*int64(d.Experts)*5 + d.rows*d.hidden*d.elem + 8*d.rows
	n += d.experts().mlpActivations()
	if d.SharedFFN > 0 {
		n += d.common().mlpActivations()
	}
	return n
}
