package workload

// Schedule orders the forward and backward passes of a pipeline stage.
type Schedule string

// The schedules.
const (
	GPipe       Schedule = "gpipe"
	OneFOneB    Schedule = "1f1b"
	Interleaved Schedule = "interleaved" // 1F1B with VirtualPipeline chunks per stage
)

// Precision is the element type of matrix products.
type Precision string

// The precisions. All keep fp32 master weights except FP32 itself.
const (
	FP32 Precision = "fp32"
	BF16 Precision = "bf16"
	FP16 Precision = "fp16"
)

// Bytes returns the size of one element.
func (p Precision) Bytes() int64 {
	if p == FP32 {
		return 4
	}
	return 2
}

// RecomputeMode says which activations are computed again in the backward pass.
type RecomputeMode string

// The recompute modes, as Megatron-LM names them.
const (
	RecomputeNone      RecomputeMode = "none"
	RecomputeSelective RecomputeMode = "selective" // attention scores, softmax, dropout, context
	RecomputeFull      RecomputeMode = "full"      // whole layers
)

// Layout says how a model is spread over ranks and in which order it runs.
// Ranks are numbered as Megatron-LM does by default: tensor fastest, then data,
// then pipeline.
type Layout struct {
	Tensor           int
	Pipeline         int
	VirtualPipeline  int // chunks per stage; 1 without interleaving
	Data             int
	SequenceParallel bool // norms, dropouts and residuals sharded over the tensor group

	MicroBatch  int // sequences
	GlobalBatch int // sequences
	Schedule    Schedule
	StageLayers []int // layers per stage (Pipeline entries); nil: even

	ZeRO            int   // 0: replicated; 1: optimiser sharded; 2: gradients too
	GradBytes       int   // bytes per element of gradient reduction: 2 or 4
	BucketBytes     int64 // size of a gradient or parameter bucket; 0: one bucket
	OverlapGrad     bool  // reduce buckets beside the backward pass of the last microbatch
	OverlapParam    bool  // gather parameters beside the next step's first forward pass (ZeRO ≥ 1)
	OverlapTensor   bool  // backward tensor all-reduce beside the weight gradient
	OverlapPipeline bool  // sends and receives beside compute instead of blocking
	ScatterGather   bool  // pipeline sends split over the tensor group, gathered by the receiver

	Precision      Precision // of matrix products and of what is sent
	Recompute      RecomputeMode
	FlashAttention bool // fused attention kernel; else scores are written to HBM
	FusedKernels   bool // bias+GeLU, bias+dropout+add and scale+mask+softmax fused
	PadVocabTo     int  // vocabulary padded to a multiple of PadVocabTo×Tensor; 0: of Tensor
	LossScale      bool // fp16: check gradients for overflow before the update
	GradClip       bool // global gradient norm before the update
}

// Ranks returns the number of ranks.
func (l Layout) Ranks() int { return l.Tensor * l.Pipeline * l.Data }

// Microbatches returns the microbatches each pipeline runs per step.
func (l Layout) Microbatches() int { return l.GlobalBatch / (l.MicroBatch * l.Data) }

// Coordinates of a rank.
type Coordinates struct{ Data, Pipeline, Tensor int }

// Coordinates returns the place of a rank in the layout.
func (l Layout) Coordinates(rank int) Coordinates {
	return Coordinates{
		Tensor:   rank % l.Tensor,
		Data:     rank / l.Tensor % l.Data,
		Pipeline: rank / (l.Tensor * l.Data),
	}
}

// Rank returns the rank at coordinates c.
func (l Layout) Rank(c Coordinates) int {
	return c.Tensor + l.Tensor*(c.Data+l.Data*c.Pipeline)
}
