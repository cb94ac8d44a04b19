package workload

import "fmt"

// Problem is one way in which a layout is impossible for a model or a machine.
type Problem struct {
	Key     string // of the scenario, "layout.tensor"
	Message string // what is wrong, with the numbers
	Hint    string // the nearest layout that would do; may be empty
}

func (p *Problem) Error() string {
	text := p.Key + ": " + p.Message
	if p.Hint != "" {
		text += "; " + p.Hint
	}
	return text
}

// Problems returns every way in which a layout does not divide the model, needs
// more than gpus GPUs, or does not fit memoryBytes of a GPU beside contextBytes
// of the libraries and the share of activations lost to fragmentation. Each is a
// *Problem. A gpus or memoryBytes of 0 is not checked; memory is checked only
// where the layout divides.
func Problems(m Model, l Layout, gpus int, memoryBytes, contextBytes int64, fragmentation float64) []error {
	m, l = m.Complete(), l.Complete()
	problems := divide(m, l)
	if ranks := l.Ranks(); gpus > 0 && ranks > gpus {
		problems = append(problems, &Problem{"layout.data",
			fmt.Sprintf("%s = %d ranks, but the machine has %d GPUs", l.Sizes(), ranks, gpus),
			moreData(l, gpus)})
	}
	if len(problems) == 0 && memoryBytes > 0 {
		problems = append(problems, fit(m, l, budget{memoryBytes, contextBytes, fragmentation})...)
	}
	return problems
}

func moreData(l Layout, gpus int) string {
	replica := l.Tensor * l.Pipeline * l.Context
	for d := gpus / replica; d > 0; d-- {
		if l.GlobalBatch%(l.MicroBatch*d) == 0 {
			return fmt.Sprintf("data = %d fits", d)
		}
	}
	return fmt.Sprintf("one replica needs %d GPUs", replica)
}

// divide collects what does not divide or contradicts itself. m and l are complete.
func divide(m Model, l Layout) []error {
	var c checker
	for _, f := range []struct {
		key string
		n   int
	}{{"model.layers", m.Layers}, {"model.hidden", m.Hidden}, {"model.heads", m.Heads}, {"model.kv_heads", m.KVHeads},
		{"model.head_dim", m.HeadDim}, {"model.ffn", m.FFN}, {"model.vocab", m.Vocab}, {"model.seq_len", m.SeqLen},
		{"layout.tensor", l.Tensor}, {"layout.pipeline", l.Pipeline}, {"layout.virtual_pipeline", l.VirtualPipeline},
		{"layout.data", l.Data}, {"layout.context", l.Context}, {"layout.expert", l.Expert}, {"layout.micro_batch", l.MicroBatch}, {"layout.global_batch", l.GlobalBatch}} {
		c.check(f.n >= 1, f.key, "", "%d, but at least 1 is needed", f.n)
	}
	c.check(m.Layers <= 1<<15-1, "model.layers", "", "%d layers, but at most 32767 are supported", m.Layers)
	c.words(l)
	if len(c.problems) > 0 {
		return c.problems // what follows divides by these
	}
	c.check(m.Heads%m.KVHeads == 0, "model.kv_heads", nearest(m.KVHeads, m.Heads), "%d heads cannot share %d key and value heads evenly", m.Heads, m.KVHeads)
	c.context(m, l)
	c.tensor(m, l)
	c.experts(m, l)
	c.batch(l)
	c.layers(m, l)
	if len(c.problems) == 0 {
		c.buckets(m, l)
	}
	return c.problems
}

type checker struct{ problems []error }

func (c *checker) check(ok bool, key, hint, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, &Problem{key, fmt.Sprintf(format, args...), hint})
	}
}

// words checks the values that are names or choices.
func (c *checker) words(l Layout) {
	c.check(l.Schedule == GPipe || l.Schedule == OneFOneB || l.Schedule == Interleaved || l.Schedule.SplitsBackward(), "layout.schedule",
		"gpipe, 1f1b, interleaved, zb-h1 or zb-h2", "unknown schedule %q", l.Schedule)
	c.check(!l.Schedule.SplitsBackward() || l.ZeRO < 2, "layout.zero", "zero = 1, or schedule = \"1f1b\"", "gradients are reduced in every backward pass, which %s splits", l.Schedule)
	c.check(!l.Schedule.SplitsBackward() || l.Pipeline == 1 || l.OverlapPipeline, "layout.overlap_pipeline", "overlap_pipeline = true",
		"with %s stages would wait for each other for ever if sends blocked", l.Schedule)
	c.check(l.Precision == FP32 || l.Precision == BF16 || l.Precision == FP16 || l.Precision == FP8, "layout.precision",
		"fp32, bf16, fp16 or fp8", "unknown precision %q", l.Precision)
	c.check(l.Recompute == RecomputeNone || l.Recompute == RecomputeSelective || l.Recompute == RecomputeFull, "layout.recompute",
		"none, selective or full", "unknown recompute mode %q", l.Recompute)
	c.check(l.AttentionKernel == LibraryKernel || l.AttentionKernel == TritonKernel, "layout.attention_kernel", "library or triton", "unknown kernel %q", l.AttentionKernel)
	c.check(l.ContextComm == ContextP2P || l.ContextComm == ContextAllGather, "layout.context_comm", "p2p or all_gather", "unknown way %q", l.ContextComm)
	c.check(l.ZeRO >= 0 && l.ZeRO <= 3, "layout.zero", "0, 1, 2 or 3", "unknown ZeRO stage %d", l.ZeRO)
	c.check(l.GradBytes == 2 || l.GradBytes == 4, "layout.grad_bytes", "2 or 4", "gradients of %d bytes", l.GradBytes)
	c.check(l.Precision != FP32 || l.GradBytes == 4, "layout.grad_bytes", "grad_bytes = 4", "fp32 gradients take 4 bytes, not %d", l.GradBytes)
	c.check(l.MomentBytes == 1 || l.MomentBytes == 2 || l.MomentBytes == 4, "layout.moment_bytes", "1, 2 or 4", "moments of %d bytes", l.MomentBytes)
	c.check(l.BucketBytes >= 0, "layout.bucket_bytes", "", "negative size %d", l.BucketBytes)
	c.check(!l.OverlapParam || l.ZeRO > 0, "layout.overlap_param", "zero = 1", "parameters are gathered only with zero ≥ 1")
}

// tensor: every rank of a tensor group takes equal heads and MLP columns, and
// with sequence parallelism equal tokens.
func (c *checker) tensor(m Model, l Layout) {
	common := gcd(m.Heads, m.KVHeads)
	dense, _ := m.layersOf(0, m.Layers)
	if dense > 0 {
		common = gcd(common, m.FFN)
	}
	hint := nearest(l.Tensor, common)
	c.check(m.Heads%l.Tensor == 0, "layout.tensor", hint, "%d does not divide %d heads", l.Tensor, m.Heads)
	c.check(m.KVHeads == m.Heads || m.KVHeads%l.Tensor == 0, "layout.tensor", hint, "%d does not divide %d key and value heads", l.Tensor, m.KVHeads)
	c.check(dense == 0 || m.FFN%l.Tensor == 0, "layout.tensor", hint, "%d does not divide an MLP width of %d", l.Tensor, m.FFN)
	seq := max(1, m.SeqLen/l.Context)
	c.check(!l.SequenceParallel || seq%l.Tensor == 0, "layout.sequence_parallel", nearest(l.Tensor, gcd(common, seq)),
		"tensor %d does not divide %d tokens", l.Tensor, seq)
	c.check(!l.ScatterGather || seq*l.MicroBatch*m.Hidden%l.Tensor == 0, "layout.scatter_gather", hint,
		"tensor %d does not divide messages of %d elements", l.Tensor, seq*l.MicroBatch*m.Hidden)
}

// context: each rank has two slices of every sequence, and attention is fused.
func (c *checker) context(m Model, l Layout) {
	if l.Context == 1 {
		return
	}
	hint := "context = 1 would"
	if m.SeqLen%2 == 0 {
		hint = nearest(l.Context, m.SeqLen/2)
	}
	c.check(m.SeqLen%(2*l.Context) == 0, "layout.context", hint, "two slices for each of %d ranks do not divide %d tokens", l.Context, m.SeqLen)
	c.check(l.FlashAttention, "layout.flash_attention", "flash_attention = true", "attention of sequences that ranks share is fused")
}

// experts: their group divides them and the ranks of a stage.
func (c *checker) experts(m Model, l Layout) {
	if m.Experts == 0 {
		c.check(m.SharedFFN == 0 && m.DenseLayers == 0, "model.experts", "experts = 8, or none of shared_ffn and dense_layers", "a shared expert or dense layers of a model without experts")
		c.check(l.Expert == 1, "layout.expert", "expert = 1", "%d ranks to divide experts among, but the model has none", l.Expert)
		c.check(m.MoEFFN == m.FFN, "model.moe_ffn", "experts = 8, or no moe_ffn", "experts of width %d, but the model has none", m.MoEFFN)
		c.check(l.ExpertImbalance == 1, "layout.expert_imbalance", "expert_imbalance = 1", "experts of unlike load, but the model has none")
		return
	}
	c.check(m.Experts > 0 && m.SharedFFN >= 0 && m.DenseLayers >= 0 && m.MoEFFN > 0, "model.experts", "", "negative sizes of experts")
	c.check(m.TopK >= 1 && m.TopK <= m.Experts, "model.top_k", "", "a token cannot go through %d of %d experts", m.TopK, m.Experts)
	c.check(m.DenseLayers <= m.Layers, "model.dense_layers", "", "%d of %d layers", m.DenseLayers, m.Layers)
	c.check(!m.Bias, "model.bias", "bias = false", "grouped products of experts have no biases (Megatron-LM)")
	stage := l.stageRanks()
	hint := nearest(l.Expert, gcd(max(m.Experts, 1), stage))
	c.check(m.Experts%l.Expert == 0, "layout.expert", hint, "%d does not divide %d experts", l.Expert, m.Experts)
	c.check(stage%l.Expert == 0, "layout.expert", hint, "%d does not divide tensor %d × data %d%s = %d", l.Expert, l.Tensor, l.Data, l.timesContext(), stage)
	c.check(m.SharedFFN%l.Tensor == 0, "layout.tensor", "", "%d does not divide a shared expert of width %d", l.Tensor, m.SharedFFN)
	c.check(l.Tensor == 1 || l.SequenceParallel, "layout.sequence_parallel", "sequence_parallel = true", "the ranks of a tensor group would send the same tokens to experts")
	c.check(l.ZeRO < 3, "layout.zero", "zero = 1 or 2", "weights of experts are not sharded over replicas")
	c.check(l.Expert > 1 || l.ExpertImbalance == 1, "layout.expert_imbalance", "divide experts with layout.expert", "every rank holds all experts, so that none gets more than another")
	c.check(l.Expert == 1 || l.ExpertImbalance >= 1 && l.ExpertImbalance <= float64(l.Expert), "layout.expert_imbalance", "",
		"of %d ranks the fullest has from 1 to %d times the mean, not %g", l.Expert, l.Expert, l.ExpertImbalance)
}

func (c *checker) batch(l Layout) {
	step := l.MicroBatch * l.Data
	if l.GlobalBatch%step != 0 {
		c.check(false, "layout.global_batch", around(l.GlobalBatch, step),
			"%d sequences are not a multiple of micro_batch %d × data %d = %d", l.GlobalBatch, l.MicroBatch, l.Data, step)
		return
	}
	m := l.Microbatches()
	if l.Schedule != Interleaved {
		c.check(l.VirtualPipeline == 1, "layout.virtual_pipeline", `schedule = "interleaved"`, "%d chunks per stage need the interleaved schedule, not %s", l.VirtualPipeline, l.Schedule)
		return
	}
	c.check(l.VirtualPipeline > 1, "layout.virtual_pipeline", "virtual_pipeline = 2, or schedule = \"1f1b\"", "the interleaved schedule needs at least 2 chunks per stage")
	c.check(l.Pipeline > 1, "layout.pipeline", "pipeline = 2", "the interleaved schedule needs at least 2 stages")
	c.check(m%l.Pipeline == 0, "layout.global_batch", around(l.GlobalBatch, step*l.Pipeline),
		"the interleaved schedule needs microbatches (%d) in a multiple of pipeline %d", m, l.Pipeline)
}

func (c *checker) layers(m Model, l Layout) {
	p, v := l.Pipeline, l.VirtualPipeline
	if l.StageLayers == nil {
		c.check(m.Layers%(p*v) == 0, "layout.pipeline", nearestStages(m, l), "%d layers do not divide into pipeline %d × virtual_pipeline %d = %d chunks", m.Layers, p, v, p*v)
		return
	}
	sum := 0
	for _, n := range l.StageLayers {
		sum += n
	}
	switch chunks := p * v; {
	case len(l.StageLayers) == p:
		c.stages(l)
	case len(l.StageLayers) == chunks:
		c.chunks(l)
	case v > 1:
		c.check(false, "layout.stage_layers", "", "%d entries for %d stages, or %d chunks", len(l.StageLayers), p, chunks)
	default:
		c.check(false, "layout.stage_layers", "", "%d entries for %d stages", len(l.StageLayers), p)
	}
	c.check(sum == m.Layers, "layout.stage_layers", "", "stages sum to %d layers, but the model has %d", sum, m.Layers)
}

// stages checks the layers of each stage.
func (c *checker) stages(l Layout) {
	for stage, n := range l.StageLayers {
		c.check(n >= 1, "layout.stage_layers", "", "stage %d has %d layers", stage, n)
		c.check(n%l.VirtualPipeline == 0, "layout.stage_layers", fmt.Sprintf("the layers of each of the %d chunks in the order of the model would do", l.Pipeline*l.VirtualPipeline),
			"the %d layers of stage %d do not divide into %d chunks", n, stage, l.VirtualPipeline)
	}
}

// chunks checks the layers of each chunk. The first and the last may be the
// embedding and the loss alone.
func (c *checker) chunks(l Layout) {
	last := len(l.StageLayers) - 1
	for i, n := range l.StageLayers {
		c.check(n >= 1 || n == 0 && (i == 0 || i == last), "layout.stage_layers", "only the first and the last chunk may hold no layer",
			"chunk %d of stage %d has %d layers", i/l.Pipeline, i%l.Pipeline, n)
	}
}

// maxBuckets bounds the buckets of a stage, which programs list one by one:
// 1 MiB each for 4 GiB of gradients.
const maxBuckets = 4096

func (c *checker) buckets(m Model, l Layout) {
	d := newShape(m, l)
	if !d.replicated() || l.BucketBytes == 0 || l.ZeRO == 3 {
		return
	}
	var most int64
	for stage := range l.Pipeline {
		params, _ := d.stageParams(stage)
		most = max(most, params*max(int64(l.GradBytes), d.elem))
	}
	n := (most + l.BucketBytes - 1) / l.BucketBytes
	c.check(n <= maxBuckets, "layout.bucket_bytes", fmt.Sprintf("%d bytes or more would", (most+maxBuckets-1)/maxBuckets),
		"%d bytes cut a stage into %d buckets, at most %d are supported", l.BucketBytes, n, maxBuckets)
}

// nearestStages names the nearest pipeline that divides the layers, or the nearest
// chunks of a stage, or both where neither divides them.
func nearestStages(m Model, l Layout) string {
	p, v := l.Pipeline, l.VirtualPipeline
	var would string
	switch {
	case m.Layers%p == 0:
		would = fmt.Sprintf("virtual_pipeline = %d", closestDivisor(v, m.Layers/p))
	case m.Layers%v == 0:
		would = fmt.Sprintf("pipeline = %d", closestDivisor(p, m.Layers/v))
	default:
		v = closestDivisor(v, m.Layers)
		would = fmt.Sprintf("pipeline = %d with virtual_pipeline = %d", closestDivisor(p, m.Layers/v), v)
	}
	return would + " would, or stage_layers gives each stage its own number"
}

// nearest names the divisors of n next to k.
func nearest(k, n int) string { return fmt.Sprintf("%d would", closestDivisor(k, n)) }

func closestDivisor(k, n int) int {
	for off := 0; ; off++ {
		if k-off >= 1 && n%(k-off) == 0 {
			return k - off
		}
		if k+off <= n && n%(k+off) == 0 {
			return k + off
		}
	}
}

// around names the multiples of step next to n.
func around(n, step int) string {
	if below := n / step * step; below > 0 {
		return fmt.Sprintf("%d or %d would", below, below+step)
	}
	return fmt.Sprintf("%d would", step)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
