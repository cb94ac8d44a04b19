package workload

// Context parallelism: each sequence is shared by Context ranks, c of them. It is cut into
// 2c slices, and rank r has slices r and 2c−1−r, so that causal attention is as much work
// on every rank (Megatron-LM, get_batch_on_this_cp_rank; arXiv 2407.21783 §3.3.2). All but
// core attention sees its own tokens only. Attention is that of Transformer Engine's
// context_parallel.py, with Megatron-LM's cp_comm_type.

// ContextComm says how ranks that share a sequence see its keys and values.
type ContextComm string

// The ways, as Megatron-LM names them.
const (
	ContextP2P       ContextComm = "p2p"        // ring attention (arXiv 2310.01889)
	ContextAllGather ContextComm = "all_gather" // as Llama 3 (arXiv 2407.21783 §3.3.2)
)

// contextGroups lists the communicators of ranks that share sequences.
func (l Layout) contextGroups() []Group {
	if l.Context == 1 {
		return nil
	}
	var gs []Group
	for first := 0; first < l.Ranks(); first += l.Context * l.Tensor {
		for t := range l.Tensor {
			gs = append(gs, Group{Comm: CommContext, Ranks: everyNth(first+t, l.Context, l.Tensor), Shifting: l.ContextComm == ContextP2P})
		}
	}
	return gs
}

// keysBytes is the size of the keys of a rank's tokens, or of the values.
func (d *shape) keysBytes() int64 { return d.tokens * d.key * d.elem }

// contextAttention is core attention of queries that are here and keys that are not all.
// Around the ring, all keys of a later rank are seen by half of the queries here, and half
// the keys of an earlier one by all: equal FLOP, of which the first takes longer, and in
// each step some rank has that. So all run it.
func (s *script) contextAttention(d *shape) {
	if d.ContextComm == ContextAllGather {
		s.gatherKeys(d)
		s.run(d.gatheredAttention(d.flash))
		return
	}
	for i := range d.Context {
		more := i+1 < d.Context
		if more {
			s.shift(d, "key value exchange", 2*d.keysBytes())
		}
		if i == 0 {
			s.run(d.flash(d.seq, d.seq, true))
		} else {
			s.run(d.flash(d.seq/2, d.seq, false))
			s.run(d.merge())
		}
		if more {
			s.wait(StreamTensor, 0)
		}
	}
}

// contextAttentionBackward is the gradient of contextAttention. Around the ring go keys and
// values, and a step behind them their gradients, which each rank adds to; the rank's own
// come last.
func (s *script) contextAttentionBackward(d *shape) {
	if d.ContextComm == ContextAllGather {
		s.gatherKeys(d)
		s.run(d.gatheredAttention(d.flashBackward))
		s.scatterKeyGrads(d)
		return
	}
	last := d.Context - 1
	for i := range d.Context {
		size := int64(0)
		if i < last {
			size += 2 * d.keysBytes()
		}
		if i > 0 {
			size += 2 * d.keysBytes()
		}
		s.shift(d, "key value grad exchange", size)
		if i == last {
			s.run(d.flashBackward(d.seq, d.seq, true))
		} else {
			s.run(d.flashBackward(d.seq/2, d.seq, false))
		}
		s.wait(StreamTensor, 0)
		if i > 0 {
			s.run(d.addGrads())
		}
	}
}

// shift starts to pass size bytes to the next rank around the ring.
func (s *script) shift(d *shape, name string, size int64) {
	s.start(StreamTensor, Op{Name: name, Kind: Shift, Comm: CommContext, Size: size})
}

// merge adds the output of a step of the ring to that of the steps before, weighted by their
// sums: two fused kernels, of the fp32 sums of all rows and of the output of half of them.
func (d *shape) merge() Op {
	return stream("attention merge", Elementwise, 3*4*d.batch*d.seq+3*d.tokens/2*d.query*d.elem, 2)
}

// addGrads adds the gradients of a step of the ring: of half of the queries, and of keys and values.
func (d *shape) addGrads() Op {
	return stream("attention grad add", Elementwise, 3*d.elem*(d.tokens/2*d.query+2*d.tokens*d.key), 2)
}

// gatherKeys gathers keys and values of whole sequences, in two collectives, and puts their
// slices in order.
func (s *script) gatherKeys(d *shape) {
	for _, name := range []string{"key gather", "value gather"} {
		s.sync(StreamTensor, Op{Name: name, Kind: AllGather, Comm: CommContext, Size: int64(d.Context) * d.keysBytes()})
	}
	s.run(d.sortSlices("key value sort"))
}

// scatterKeyGrads is the gradient of gatherKeys.
func (s *script) scatterKeyGrads(d *shape) {
	s.run(d.sortSlices("key value grad sort"))
	for _, name := range []string{"key grad reduce", "value grad reduce"} {
		s.sync(StreamTensor, Op{Name: name, Kind: ReduceScatter, Comm: CommContext, Size: int64(d.Context) * d.keysBytes()})
	}
}

// sortSlices reads and writes gathered keys and values once.
func (d *shape) sortSlices(name string) Op {
	return stream(name, Elementwise, 2*2*int64(d.Context)*d.keysBytes(), 2)
}

// gatheredAttention is attention of the two slices of this rank with all keys before them,
// which are as many for both together on every rank. It is launched once for each.
func (d *shape) gatheredAttention(kernel func(queries, keys int64, causal bool) Op) Op {
	op := kernel(d.seq, d.seq*int64(d.Context), true)
	op.Kernels *= 2
	return op
}

// contextBuffers is what attention holds of the keys and values of other ranks. Around the
// ring those of each step have a buffer forward, backward two steps have one with
// gradients; gathered there are all, with gradients.
func (d *shape) contextBuffers() int64 {
	switch {
	case d.Context == 1:
		return 0
	case d.ContextComm == ContextAllGather:
		return 4 * int64(d.Context) * d.keysBytes()
	}
	return 2 * int64(max(d.Context, 4)) * d.keysBytes()
}
