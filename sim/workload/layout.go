package workload

import (
	"fmt"
	"strings"
)

// Schedule orders the forward and backward passes of a pipeline stage.
type Schedule string

// The schedules.
const (
	GPipe       Schedule = "gpipe"
	OneFOneB    Schedule = "1f1b"
	Interleaved Schedule = "interleaved" // 1F1B with VirtualPipeline chunks per stage
	ZBH1        Schedule = "zb-h1"       // zero bubble with the memory of 1F1B, see zerobubble.go
	ZBH2        Schedule = "zb-h2"       // zero bubble with twice that
)

// SplitsBackward tells whether gradients of weights are passes of their own.
func (s Schedule) SplitsBackward() bool { return s == ZBH1 || s == ZBH2 }

// Precision is the element type of matrix products.
type Precision string

// The precisions. All keep fp32 master weights except FP32 itself.
const (
	FP32 Precision = "fp32"
	BF16 Precision = "bf16"
	FP16 Precision = "fp16"
	FP8  Precision = "fp8" // products of the layers; the rest is bf16, see fp8.go
)

// Bytes returns the size of one element outside the products of the layers.
func (p Precision) Bytes() int64 {
	if p == FP32 {
		return 4
	}
	return 2
}

// LinearBytes returns the size of one operand of the products of the layers.
func (p Precision) LinearBytes() int64 {
	if p == FP8 {
		return 1
	}
	return p.Bytes()
}

// RecomputeMode says which activations are computed again in the backward pass.
type RecomputeMode string

// The recompute modes, as Megatron-LM names them.
const (
	RecomputeNone      RecomputeMode = "none"
	RecomputeSelective RecomputeMode = "selective" // attention scores, softmax, dropout, context
	RecomputeFull      RecomputeMode = "full"      // whole layers
)

// AttentionKernel names a kernel of fused attention.
type AttentionKernel string

// The kernels.
const (
	LibraryKernel AttentionKernel = "library" // FlashAttention-2 and later, cuDNN: what the GPU's parameters are fitted to
	TritonKernel  AttentionKernel = "triton"  // the first FlashAttention in Triton, attn_impl of MPT
)

// Layout says how a model is spread over ranks and in which order it runs.
// Ranks are numbered as Megatron-LM does by default: tensor fastest, then context,
// then data, then pipeline.
type Layout struct {
	Tensor           int    `toml:"tensor" range:"[1,)" default:"1" help:"ranks that share each layer"`
	Pipeline         int    `toml:"pipeline" range:"[1,)" default:"1" help:"pipeline stages"`
	VirtualPipeline  int    `toml:"virtual_pipeline" range:"[1,)" default:"1" help:"chunks per stage (interleaving); 1 without"`
	Data             int    `toml:"data" range:"[1,)" default:"1" help:"replicas of the model"`
	Context          int    `toml:"context" range:"[1,)" default:"1" help:"ranks that share each sequence, two slices of it each so that causal attention is even"`
	Order            string `toml:"order" range:"tensor-data-pipeline|tensor-pipeline-data|data-tensor-pipeline|data-pipeline-tensor|pipeline-tensor-data|pipeline-data-tensor" default:"tensor-data-pipeline" help:"dimensions in the order in which ranks fill GPUs: the first lies closest together; context follows tensor"`
	Expert           int    `toml:"expert" range:"[1,)" default:"1" help:"ranks among which the experts of a layer are divided: neighbours, along tensor, context and then data; each expert is whole on its rank"`
	SequenceParallel bool   `toml:"sequence_parallel" default:"false" help:"norms, dropouts and residuals sharded over the tensor group"`

	ContextComm ContextComm `toml:"context_comm" default:"p2p" help:"how ranks that share a sequence see its keys and values: p2p (around a ring beside attention) or all_gather (all before it)"`

	MicroBatch  int      `toml:"micro_batch" range:"[1,)" default:"1" help:"sequences in a microbatch"`
	GlobalBatch int      `toml:"global_batch" range:"[1,)" help:"sequences in a step"`
	Schedule    Schedule `toml:"schedule" default:"" help:"gpipe, 1f1b, interleaved, or zero bubble: zb-h1 with the memory of 1f1b, zb-h2 with twice that; unset: interleaved when virtual_pipeline > 1, else 1f1b"`
	StageLayers []int    `toml:"stage_layers" range:"[0,)" help:"layers of each stage, or of each chunk of all stages in the order of the model; unset: even"`

	ZeRO            int   `toml:"zero" range:"[0,3]" default:"0" help:"0: replicated; 1: optimiser sharded over data; 2: gradients too; 3: weights too, as FSDP does (FULL_SHARD)"`
	GradBytes       int   `toml:"grad_bytes" range:"[2,4]" default:"4" help:"bytes per element of gradient buffers and their reduction: 2 or 4"`
	MomentBytes     int   `toml:"moment_bytes" range:"[1,4]" default:"4" help:"bytes of each of the two moments that Adam keeps of a parameter: 4, 2 or 1 (8-bit Adam)"`
	GradFusion      bool  `toml:"grad_fusion" default:"true" help:"weight gradient GEMMs add into the gradient buffer; else a kernel apart adds"`
	BucketBytes     int64 `toml:"bucket_bytes" unit:"bytes" range:"[0,)" default:"0 B" help:"size of a gradient or parameter bucket; 0: one bucket per chunk, or 40 million gradients where they overlap or zero is 2"`
	OverlapGrad     bool  `toml:"overlap_grad" default:"false" help:"reduce gradients beside passes: the first stage beside its last, the others in the bubble after it, interleaved all stages at once; with zero 2 and 3 beside each"`
	OverlapParam    bool  `toml:"overlap_param" default:"false" help:"gather parameters beside the next step's first forward pass (zero ≥ 1); with zero 3 each layer's beside the one before"`
	OverlapTensor   bool  `toml:"overlap_tensor" default:"false" help:"tensor collectives of the backward pass beside weight gradients"`
	OverlapPipeline bool  `toml:"overlap_pipeline" default:"false" help:"sends and receives beside compute instead of blocking"`
	ScatterGather   bool  `toml:"scatter_gather" default:"false" help:"pipeline sends split over the tensor group, gathered by the receiver"`

	Precision           Precision       `toml:"precision" default:"bf16" help:"of matrix products and messages: fp32, bf16, fp16, or fp8 for the products of the layers and bf16 for the rest"`
	Recompute           RecomputeMode   `toml:"recompute" default:"none" help:"activations computed again in the backward pass: none, selective or full"`
	FlashAttention      bool            `toml:"flash_attention" default:"true" help:"fused attention kernel; else scores are written to HBM"`
	RecomputeActivation bool            `toml:"recompute_activation" default:"false" help:"the output of GELU or SwiGLU is not kept but computed again in the backward pass, as xFormers' fused SwiGLU does"`
	AttentionKernel     AttentionKernel `toml:"attention_kernel" default:"library" help:"of fused attention: library, that of the GPU preset, or triton, FlashAttention's first kernel in Triton"`
	FusedLoss           bool            `toml:"fused_loss" default:"false" help:"cross entropy in one kernel that keeps the logits in their own precision; else in fp32, kernel by kernel, as Megatron-LM without --cross-entropy-loss-fusion"`
	FusedKernels        bool            `toml:"fused_kernels" default:"true" help:"bias+GeLU, bias+dropout+add, scale+mask+softmax and the backward pass of norms fused"`
	PadVocabTo          int             `toml:"pad_vocab_to" range:"[0,)" default:"128" help:"vocabulary padded to a multiple of pad_vocab_to×tensor; 0: of tensor"`
	ExpertImbalance     float64         `toml:"expert_imbalance" range:"[1,)" default:"1" help:"tokens of the rank whose experts get most, relative to the mean; the other ranks share the rest alike, and no token is dropped"`
	LossScale           bool            `toml:"loss_scale" default:"false" help:"fp16: check gradients for overflow before the update"`
	GradClip            bool            `toml:"grad_clip" default:"true" help:"global gradient norm before the update"`
}

// bucketGrads is the gradients in a bucket where buckets matter and no size is
// given: Megatron-Core's --ddp-bucket-size, 40 million.
const bucketGrads = 40_000_000

// Complete returns l with the fields that may be left zero filled in: sizes of
// 1, gradients and moments of 4 bytes, bf16, no recomputation, and the schedule that
// VirtualPipeline implies.
func (l Layout) Complete() Layout {
	for _, n := range []*int{&l.Tensor, &l.Pipeline, &l.VirtualPipeline, &l.Data, &l.Context, &l.Expert, &l.MicroBatch} {
		if *n == 0 {
			*n = 1
		}
	}
	if l.ExpertImbalance == 0 {
		l.ExpertImbalance = 1
	}
	if l.ContextComm == "" {
		l.ContextComm = ContextP2P
	}
	if l.Order == "" {
		l.Order = "tensor-data-pipeline"
	}
	if l.GradBytes == 0 {
		l.GradBytes = 4
	}
	if l.MomentBytes == 0 {
		l.MomentBytes = 4
	}
	if l.Precision == "" {
		l.Precision = BF16
	}
	if l.AttentionKernel == "" {
		l.AttentionKernel = LibraryKernel
	}
	if l.Recompute == "" {
		l.Recompute = RecomputeNone
	}
	if l.BucketBytes == 0 && (l.ZeRO == 2 || l.OverlapGrad || l.OverlapParam) {
		l.BucketBytes = bucketGrads * int64(l.GradBytes)
	}
	if l.Schedule == "" {
		l.Schedule = OneFOneB
		if l.VirtualPipeline > 1 {
			l.Schedule = Interleaved
		}
	}
	return l
}

// PaddedVocab returns the vocabulary with the rows that make it divisible over
// the tensor group (Megatron-LM: make-vocab-size-divisible-by × tensor).
func (l Layout) PaddedVocab(vocab int) int64 {
	multiple := int64(l.Tensor)
	if l.PadVocabTo > 0 {
		multiple *= int64(l.PadVocabTo)
	}
	return (int64(vocab) + multiple - 1) / multiple * multiple
}

// chunkLayers returns how many layers a chunk of a stage holds.
func (l Layout) chunkLayers(m Model, stage, chunk int) int {
	p, v := max(1, l.Pipeline), max(1, l.VirtualPipeline)
	switch len(l.StageLayers) {
	case 0:
		return m.Layers / (p * v)
	case p:
		return l.StageLayers[stage] / v
	}
	return l.StageLayers[chunk*p+stage]
}

// ChunkLayers returns the half-open range of layers [first, last) that chunk of
// stage holds: chunk 0 of all stages comes first, then chunk 1, and so on
// (Megatron-LM's interleaved assignment).
func (l Layout) ChunkLayers(m Model, stage, chunk int) (first, last int) {
	p := max(1, l.Pipeline)
	for before := range chunk*p + stage {
		first += l.chunkLayers(m, before%p, before/p)
	}
	return first, first + l.chunkLayers(m, stage, chunk)
}

// Ranks returns the number of ranks.
func (l Layout) Ranks() int { return l.stageRanks() * l.Pipeline }

// stageRanks returns the number of ranks of a stage.
func (l Layout) stageRanks() int { return l.Tensor * l.replicas() }

// replicas returns how many ranks hold the same weights, each for its tokens: of every
// replica those that share its sequences (Megatron-LM's data-parallel group "with
// context parallel", over which gradients are reduced and ZeRO shards).
func (l Layout) replicas() int { return max(1, l.Context) * l.Data }

// Sizes names the sizes of the layout whose product is Ranks.
func (l Layout) Sizes() string {
	return fmt.Sprintf("tensor %d × pipeline %d × data %d", l.Tensor, l.Pipeline, l.Data) + l.timesContext()
}

// timesContext ends a product of sizes where ranks share sequences.
func (l Layout) timesContext() string {
	if l.Context <= 1 {
		return ""
	}
	return fmt.Sprintf(" × context %d", l.Context)
}

// Microbatches returns the microbatches each pipeline runs per step.
func (l Layout) Microbatches() int { return l.GlobalBatch / (max(1, l.MicroBatch) * max(1, l.Data)) }

// Coordinates of a rank.
type Coordinates struct{ Data, Pipeline, Context, Tensor int }

// Coordinates returns the place of a rank in the layout.
func (l Layout) Coordinates(rank int) Coordinates {
	return Coordinates{
		Tensor:   rank % l.Tensor,
		Context:  rank / l.Tensor % max(1, l.Context),
		Data:     rank / l.Tensor / max(1, l.Context) % l.Data,
		Pipeline: rank / l.stageRanks(),
	}
}

// Place returns where a rank sits when ranks fill a machine in l.Order: the
// dimension named first lies closest together. Megatron-LM's default is
// tensor-data-pipeline; its --use-tp-pp-dp-mapping is tensor-pipeline-data.
func (l Layout) Place(rank int) int {
	c, stride := l.Coordinates(rank), l.strides()
	return c.Tensor*stride.Tensor + c.Context*stride.Context + c.Data*stride.Data + c.Pipeline*stride.Pipeline
}

// At returns the coordinates of the rank that sits at a place: Place backwards.
func (l Layout) At(place int) Coordinates {
	stride := l.strides()
	return Coordinates{Tensor: place / stride.Tensor % l.Tensor, Context: place / stride.Context % max(1, l.Context),
		Data: place / stride.Data % l.Data, Pipeline: place / stride.Pipeline % l.Pipeline}
}

// strides returns how far apart neighbours of each dimension sit.
func (l Layout) strides() (stride Coordinates) {
	next := 1
	for _, dimension := range strings.Split(l.Order, "-") {
		switch dimension {
		case "tensor":
			stride.Tensor, stride.Context = next, next*l.Tensor
			next = stride.Context * max(1, l.Context)
		case "data":
			stride.Data, next = next, next*l.Data
		case "pipeline":
			stride.Pipeline, next = next, next*l.Pipeline
		}
	}
	return stride
}

// Rank returns the rank at coordinates c.
func (l Layout) Rank(c Coordinates) int {
	return c.Tensor + l.Tensor*(c.Context+max(1, l.Context)*(c.Data+l.Data*c.Pipeline))
}
