package workload

// Weights sharded over the replicas: ZeRO-3 (arXiv 1910.02054), FULL_SHARD of
// PyTorch's FSDP (arXiv 2304.11277). A layer is gathered before it is used, in
// every pass, and let go of after; its gradients are reduced to shards in every
// backward pass. The embedding and the head of a chunk, which FSDP's root module
// holds, are gathered before the forward pass and kept for the backward one.

// sharding tells whether weights are sharded, and over more than one replica.
func (d *shape) sharding() bool { return d.ZeRO == 3 && d.replicas() > 1 }

// gathersAhead is how many layers may be gathered at once, the one in use
// included: FSDP's limit_all_gathers.
const gathersAhead = 2

// fetcher writes the gathers and reductions of one pass, which share a stream:
// torch runs the collectives of a communicator in the order they were issued.
type fetcher struct {
	*script
	*shape
	sizes  []int64 // bytes to gather, in order of use
	at     []int   // how many operations were started before each gather
	issued int     // operations started by the pass
}

// ahead starts the next gather, if any is left, to run beside compute.
func (f *fetcher) ahead() {
	if i := len(f.at); f.OverlapParam && i < len(f.sizes) {
		f.start(StreamData, f.gather(i))
		f.at = append(f.at, f.issued)
		f.issued++
	}
}

// need waits for gather i, or runs it where gathers do not overlap.
func (f *fetcher) need(i int) {
	if f.OverlapParam {
		f.wait(StreamData, int32(f.issued-1-f.at[i]))
	} else {
		f.sync(StreamData, f.gather(i))
	}
}

func (f *fetcher) gather(i int) Op {
	return Op{Name: "weight gather", Kind: AllGather, Comm: CommData, Size: f.sizes[i]}
}

// reduce turns the gradients of n parameters into shards.
func (f *fetcher) reduce(n int64) {
	bytes := n * int64(f.GradBytes)
	if int64(f.GradBytes) != f.elem {
		op := stream("grad cast", Optimizer, n*(f.elem+int64(f.GradBytes)), 1)
		op.Phase = Update
		f.run(op)
	}
	f.run(scaleGrads(bytes))
	if f.OverlapGrad {
		f.start(StreamData, f.reduceOp(CommData, bytes))
		f.issued++
	} else {
		f.sync(StreamData, f.reduceOp(CommData, bytes))
	}
}

// shardedForward is the forward pass of a chunk: while a unit computes, the next
// layer is gathered.
func (w *writer) shardedForward(s *script, chunk int) {
	us := w.units(w.stage, chunk)
	f := &fetcher{script: s, shape: w.shape}
	root := rootParams(us)
	if root > 0 {
		f.sizes = append(f.sizes, root*w.elem)
	}
	for _, u := range us {
		if u.kind == layerUnit {
			f.sizes = append(f.sizes, u.params*w.elem)
		}
	}
	for range gathersAhead {
		f.ahead()
	}
	next := 0
	if root > 0 {
		f.need(next)
		next++
	}
	for _, u := range us {
		if u.kind == layerUnit {
			f.need(next)
			next++
		}
		s.paste(w.forward[u.kind], u.layer)
		f.ahead()
	}
}

// shardedBackward is the backward pass of a chunk: a layer is gathered beside the
// pass of the one before (FSDP's BACKWARD_PRE), its gradients are reduced beside
// the pass of the next. The root's are reduced at the end.
func (w *writer) shardedBackward(s *script, chunk int) {
	us, _ := w.gradBuckets(w.stage, chunk)
	f := &fetcher{script: s, shape: w.shape}
	for _, u := range us {
		if u.kind == layerUnit {
			f.sizes = append(f.sizes, u.params*w.elem)
		}
	}
	f.ahead()
	layer := 0
	for _, u := range us {
		if u.kind != layerUnit {
			s.paste(w.backward[u.kind], u.layer)
			continue
		}
		f.need(layer)
		layer++
		f.ahead()
		s.paste(w.backward[u.kind], u.layer)
		f.reduce(u.params)
	}
	if root := rootParams(us); root > 0 {
		f.reduce(root)
	}
}

// rootParams returns the parameters of the units that are no layers.
func rootParams(us []unit) (n int64) {
	for _, u := range us {
		if u.kind != layerUnit {
			n += u.params
		}
	}
	return n
}

// gathered returns the bytes of whole weights and gradients that a rank of a
// stage holds beside its shards: the roots of its chunks, the layers gathered at
// once, and the gradients of one layer that is computed and one that is reduced.
func (d *shape) gathered(stage int) (n int64) {
	var layer int64
	for c := range d.VirtualPipeline {
		us := d.units(stage, c)
		n += rootParams(us) * (d.elem + int64(d.GradBytes))
		for _, u := range us {
			if u.kind == layerUnit {
				layer = max(layer, u.params)
			}
		}
	}
	return n + layer*(gathersAhead*d.elem+2*int64(d.GradBytes))
}
