package workload

// Footprint is the memory of one rank of a stage, in bytes.
type Footprint struct {
	Weights     int64 // as computed with
	Gradients   int64
	Optimizer   int64 // fp32 master weights and two moments
	Activations int64 // at the fullest moment of the schedule
	Buffers     int64 // what is recomputed, logits, messages and gathers in flight
}

// Total returns the sum.
func (f Footprint) Total() int64 {
	return f.Weights + f.Gradients + f.Optimizer + f.Activations + f.Buffers
}

// Needed adds what the allocator loses, a share of the activations, and what the
// libraries take (CUDA context, NCCL buffers).
func (f Footprint) Needed(context int64, fragmentation float64) int64 {
	return f.Total() + int64(fragmentation*float64(f.Activations)) + context
}

// Footprints returns the memory of a rank of each stage. State is 18 bytes a
// parameter with 4-byte gradients (2 weight, 4 gradient, 4 master, 8 moments)
// and 20 with 2-byte ones, which are copied to fp32 for the update
// (arXiv 2205.05198; Megatron-LM Float16OptimizerWithFloat16Params); ZeRO shards
// the optimiser, then the gradients, then the weights over the replicas (arXiv 1910.02054). Of
// experts with unlike loads it is the rank with the fullest.
func Footprints(m Model, l Layout) []Footprint {
	d := newShape(m, l)
	d = d.loaded(d.loads()[0])
	fs := make([]Footprint, d.Pipeline)
	for stage := range fs {
		fs[stage] = d.footprint(stage)
	}
	return fs
}

// LayerFootprints is Footprints for the matrices of the transformer layers
// alone, without embeddings, head, biases, norms and buffers, as arXiv
// 2205.05198 counts.
func LayerFootprints(m Model, l Layout) []Footprint {
	d := newShape(m, l)
	fs := make([]Footprint, d.Pipeline)
	for stage := range fs {
		n := d.linearParams(stage)
		fs[stage] = d.state(n, d.local(n, d.replicas()))
		fs[stage].Activations = d.peak(stage, func(chunk int) int64 {
			return d.layersActivations(stage, chunk)
		})
	}
	return fs
}

func (d *shape) footprint(stage int) Footprint {
	f := d.state(d.stageParams(stage))
	f.Activations = d.peak(stage, func(chunk int) int64 { return d.chunkActivations(stage, chunk) })
	f.Buffers = d.buffers(stage)
	if d.Precision == FP8 && !d.sharding() { // weights and their transposes
		f.Weights += 2 * d.linearParams(stage)
	}
	return f
}

// state is the memory of n parameters, local of which this rank updates.
func (d *shape) state(n, local int64) Footprint {
	f := Footprint{Weights: n * d.elem, Gradients: n * int64(d.GradBytes), Optimizer: 2 * int64(d.MomentBytes) * local}
	if d.ZeRO > 1 {
		f.Gradients = local * int64(d.GradBytes)
	}
	if d.sharding() { // FSDP shards the master; its copies in half precision come and go
		f.Weights = 0
		if d.Precision == FP32 {
			f.Weights = local * d.elem
		}
	}
	if d.Precision != FP32 {
		f.Optimizer += 4 * local
		if d.GradBytes < 4 {
			f.Gradients += 4 * local
		}
	}
	return f
}

// local is how many of n parameters, the same on so many ranks, this one updates.
func (d *shape) local(n int64, ranks int) int64 {
	if d.ZeRO == 0 {
		return n
	}
	return (n + int64(ranks) - 1) / int64(ranks)
}

// peak walks the schedule and returns the most that is kept at once.
func (d *shape) peak(stage int, chunkBytes func(chunk int) int64) int64 {
	bytes := make([]int64, d.VirtualPipeline)
	for c := range bytes {
		bytes[c] = chunkBytes(c)
	}
	var now, most int64
	for _, g := range d.passes(stage) {
		for _, p := range g {
			if p.kind == TaskForward {
				now += bytes[p.chunk]
				most = max(most, now)
			}
			if d.frees(p) {
				now -= bytes[p.chunk]
			}
		}
	}
	return most
}

// chunkActivations is what a forward pass of a chunk keeps for its backward pass.
func (d *shape) chunkActivations(stage, chunk int) int64 {
	n := d.layersActivations(stage, chunk)
	if d.isFirst(stage, int16(chunk)) {
		n += d.residual * d.hidden * d.mask()
	}
	if d.isLast(stage, int16(chunk)) {
		// Inputs of the final norm and of the head, softmax of the logits in fp32, or
		// the logits where the loss is fused.
		n += 2*d.residual*d.hidden*d.elem + d.tokens*d.vocab*d.lossBytes()
	}
	return n
}

// lossBytes is how much the loss keeps of a logit.
func (d *shape) lossBytes() int64 {
	if d.FusedLoss {
		return d.elem
	}
	return 4
}

// layersActivations is what the layers of a chunk keep of one microbatch.
func (d *shape) layersActivations(stage, chunk int) int64 {
	dense, sparse := d.layersOf(d.ChunkLayers(d.Model, stage, chunk))
	n := dense * d.layerActivations(d.mlpActivations())
	if sparse > 0 {
		n += sparse * d.layerActivations(d.mixtureActivations())
	}
	return n
}

// layerActivations is what one layer with such an MLP keeps of one microbatch, arXiv 2205.05198
// equations 1 to 6 for any widths: a GPT layer in fp16 keeps
// s·b·h·(10 + 24/t + 5·a·s/(h·t)), with sequence parallelism the 10 is divided
// by t, selective recomputation drops the last term, full keeps 2·s·b·h.
func (d *shape) layerActivations(mlp int64) int64 {
	if d.Recompute == RecomputeFull {
		return d.residual * d.hidden * d.elem
	}
	n := d.linearActivations() + mlp
	if d.Recompute == RecomputeNone {
		n += d.attentionActivations()
	}
	return n
}

// linearActivations leaves core attention and the inside of the MLP out: inputs of both
// norms, of qkv and of the MLP, two masks; queries, keys, values, input of the projection.
func (d *shape) linearActivations() int64 {
	return d.residual*d.hidden*(4*d.elem+2*d.mask()) + d.tokens*(d.qkv+d.query)*d.elem
}

// mlpActivations are the input of the activation function, and its output unless that is
// computed again.
func (d *shape) mlpActivations() int64 {
	n := d.tokens * d.up * d.elem
	if !d.RecomputeActivation {
		n += d.tokens * d.ffn * d.elem
	}
	return n
}

// attentionActivations: the softmax, with dropout its mask and its output. A
// fused kernel keeps one fp32 sum a row.
func (d *shape) attentionActivations() int64 {
	if d.FlashAttention {
		return 4 * d.batch * d.seq
	}
	if d.Dropout {
		return d.scores * (2*d.elem + 1)
	}
	return d.scores * d.elem
}

// buffers: the layer or the attention at hand while it is recomputed, the fp16
// logits and their fp32 copy in the loss, a message each way and each direction,
// the gathered input of a sequence-parallel product, keys and values of other ranks,
// ZeRO 2's two buckets, the layers that ZeRO 3 gathers.
func (d *shape) buffers(stage int) int64 {
	var n int64
	switch d.Recompute {
	case RecomputeFull:
		n = d.linearActivations() + d.mlpActivations() + d.attentionActivations()
		if _, sparse := d.stageLayersOf(stage); sparse > 0 {
			n += d.mixtureActivations() - d.mlpActivations()
		}
	case RecomputeSelective:
		n = d.attentionActivations()
	}
	if stage == d.Pipeline-1 {
		n += d.tokens * d.vocab * d.lossBytes() // their gradient
		if !d.FusedLoss {
			n += d.tokens * d.vocab * d.elem
		}
	}
	if d.Pipeline > 1 {
		n += 4 * d.residual * d.hidden * d.elem
	}
	if d.sharded {
		n += d.tokens * d.hidden * d.elem
	}
	if d.sharding() {
		n += d.gathered(stage)
	}
	n += d.contextBuffers()
	if _, sparse := d.stageLayersOf(stage); sparse > 0 {
		n += (d.routed + d.rows) * d.hidden * d.elem // rows on the way, before and after
	}
	if d.ZeRO == 2 && d.replicated() {
		var most int64
		for c := range d.VirtualPipeline {
			_, bs := d.gradBuckets(stage, c)
			for _, b := range bs {
				most = max(most, 2*b.bytes)
			}
		}
		n += most
	}
	return n
}
