package workload

// Where gradients are reduced over the replicas. Without OverlapGrad that is after
// all passes. With it, it is beside passes, as Megatron-LM does it (schedules.py, with
// its default align_grad_reduce): "asynchronous communication tends to slow down
// compute", and the last backward passes of all stages follow each other, so that what
// slows one of them delays the step. Hence
//
//   - in the 1F1B schedule the first stage alone reduces beside its last backward pass,
//     bucket by bucket; the others have passed theirs on by then, and reduce in the
//     bubble that follows. So does GPipe here;
//   - interleaved, stage i starts the reduction of a chunk i backward passes after its
//     last one, when stage 0 does, so that all are slowed at once;
//   - with a zero-bubble schedule all stages reduce after their passes.
//
// ZeRO 2 and 3 do not keep gradients whole, and reduce in every backward pass.

// reducesBeside tells whether a stage reduces buckets beside a backward pass.
func (w *writer) reducesBeside(p pass) bool {
	switch {
	case !w.replicated():
		return false
	case w.ZeRO >= 2:
		return true
	}
	return w.OverlapGrad && w.Schedule != Interleaved && !w.Schedule.SplitsBackward() && w.stage == 0 && int(p.microbatch) == w.Microbatches()-1
}

// reducesAfter returns the chunk whose reduction starts after backward pass n of the
// stage, in the order of passes. ok is false where none does.
func (w *writer) reducesAfter(n int) (chunk int16, ok bool) {
	n -= w.stage
	if !w.OverlapGrad || w.Schedule != Interleaved || !w.replicated() || w.ZeRO >= 2 || n < 0 {
		return 0, false
	}
	p := w.interleavedPass(TaskBackward, n)
	return p.chunk, int(p.microbatch) == w.Microbatches()-1
}

// replicated tells whether any weights are held by more ranks than one.
func (d *shape) replicated() bool { return d.replicas() > 1 || d.Experts > 0 && d.copies() > 1 }

// reduceOp is the reduction of gradients over the ranks that hold the same weights.
func (d *shape) reduceOp(c Comm, bytes int64) Op {
	k := AllReduce
	if d.ZeRO > 0 {
		k = ReduceScatter
	}
	return Op{Name: "grad reduce", Kind: k, Phase: Update, Comm: c, Size: bytes}
}

// scaleGrads divides a bucket by the number of replicas before it is summed.
func scaleGrads(bytes int64) Op {
	op := stream("grad scale", Optimizer, 2*bytes, 1)
	op.Phase = Update
	return op
}

// gradBuckets returns the buckets of a chunk's gradients in the order they are
// ready, which is that of the backward pass, and the units in that order.
func (d *shape) gradBuckets(stage, chunk int) ([]unit, []bucket) {
	us := d.units(stage, chunk)
	for i, j := 0, len(us)-1; i < j; i, j = i+1, j-1 {
		us[i], us[j] = us[j], us[i]
	}
	return us, d.allBuckets(us, int64(d.GradBytes), true)
}

// reduceBucket starts the reduction of a bucket. ZeRO 2 has two buffers: filling
// the next waits for the one before (DeepSpeed's overlap_comm).
func (s *script) reduceBucket(d *shape, b bucket) {
	s.run(scaleGrads(b.bytes))
	s.start(StreamData, d.reduceOp(b.comm, b.bytes))
	if d.ZeRO == 2 {
		s.wait(StreamData, 1)
	}
}

// reduceChunk reduces all gradients of a chunk, one bucket after the other; with
// OverlapGrad nobody waits for it yet.
func (s *script) reduceChunk(d *shape, stage, chunk int) {
	_, bs := d.gradBuckets(stage, chunk)
	for _, b := range bs {
		if d.OverlapGrad {
			s.reduceBucket(d, b)
		} else {
			s.run(scaleGrads(b.bytes))
			s.sync(StreamData, d.reduceOp(b.comm, b.bytes))
		}
	}
}

// reduceGrads sums gradients over the replicas, of the chunks whose reduction has not
// been started beside the passes, then over what else holds the same weights: norms, routers and row
// biases over the tensor group with sequence parallelism (each rank saw its
// tokens only), tied tables over the first and last stage.
func (s *script) reduceGrads(d *shape, stage, left int) {
	p := d.paramsOnRank(int64(d.Tensor), d.PaddedVocab(d.Vocab))
	if d.sharded {
		dense, sparse := d.stageLayersOf(stage)
		n := p.shared*dense + p.sparse.shared*sparse
		s.sync(StreamTensor, Op{Name: "norm grad reduce", Kind: AllReduce, Comm: CommTensor, Size: n * int64(d.GradBytes)})
	}
	for c := left - 1; c >= 0; c-- {
		s.reduceChunk(d, stage, c)
	}
	if d.OverlapGrad && d.replicated() {
		s.wait(StreamData, 0)
	}
	if d.Tied && d.Pipeline > 1 && (stage == 0 || stage == d.Pipeline-1) {
		s.sync(StreamData, Op{Name: "embedding grad reduce", Kind: AllReduce, Comm: CommEmbedding, Size: p.table * int64(d.GradBytes)})
	}
}
