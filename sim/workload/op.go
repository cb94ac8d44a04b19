// Package workload turns a transformer, a parallel layout and a schedule into
// programs: what the ranks of each pipeline stage execute in one step. It is
// made of pure functions and knows neither hardware nor time.
package workload

// Kind says what an operation does.
type Kind uint8

// Compute kinds come first, then communication.
const (
	GEMM           Kind = iota // dense matrix product
	BatchedGEMM                // many small products: attention scores and context without flash attention
	FlashAttention             // fused attention kernel
	Softmax                    // scale + mask + softmax over attention scores
	Norm                       // LayerNorm or RMSNorm
	Elementwise                // bias, activation, dropout, residual, cast
	Embedding                  // table lookup or its gradient scatter
	CrossEntropy               // softmax cross entropy over the (sharded) vocabulary
	Optimizer                  // parameter update, gradient scaling, norm, cast
	AllReduce
	AllGather
	ReduceScatter
	AllToAll
	Broadcast
	Send
	Recv
	Shift // each member sends to the next one and receives from the one before
)

// IsCommunication tells whether operations of this kind join a group.
func (k Kind) IsCommunication() bool { return k >= AllReduce }

var kindNames = [...]string{"gemm", "batched_gemm", "flash_attention", "softmax", "norm", "elementwise", "embedding",
	"cross_entropy", "optimizer", "all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "send", "recv", "shift"}

func (k Kind) String() string { return kindNames[k] }

// Phase says why an operation runs.
type Phase uint8

// The phases of a step.
const (
	Forward    Phase = iota
	Recompute        // forward work repeated in the backward pass
	Backward         // gradients of activations, and of weights where not apart
	WeightGrad       // gradients of weights
	Update           // gradient reduction, clipping, optimiser
)

var phaseNames = [...]string{"forward", "recompute", "backward", "weight_grad", "update"}

func (p Phase) String() string { return phaseNames[p] }

// Comm names a communicator from the point of view of one rank.
type Comm uint8

// A pipeline channel is a group of two: the sender knows it as Send…, the
// receiver as Recv…. Forward channels carry activations to the next stage,
// backward channels gradients to the previous one; with interleaving they form
// a ring over the stages.
const (
	CommTensor       Comm = iota // ranks that share a layer
	CommData                     // replicas of a rank, those that share its sequences among them
	CommEmbedding                // first and last stage, which tie the embedding
	CommModel                    // all ranks of one model replica (tensor × pipeline)
	CommExpert                   // ranks among which the experts of a layer are divided
	CommExpertData               // ranks that hold the same experts
	CommContext                  // ranks that share each sequence
	CommSendForward              // to the next stage
	CommRecvForward              // from the previous stage
	CommSendBackward             // to the previous stage
	CommRecvBackward             // from the next stage
	NumComms
)

var commNames = [...]string{"tensor", "data", "embedding", "model", "expert", "expert_data", "context", "send_forward", "recv_forward", "send_backward", "recv_backward"}

func (c Comm) String() string { return commNames[c] }

// IsPipeline tells whether c is a channel between stages.
func (c Comm) IsPipeline() bool { return c >= CommSendForward && c <= CommRecvBackward }

// Stream is a queue of operations on one rank, executed first in, first out, as
// a CUDA stream is. The compute stream issues; what it starts on another stream
// runs beside it until the compute stream waits for it.
type Stream uint8

// The streams of a rank. A communicator is used from one stream only.
const (
	StreamCompute Stream = iota
	StreamTensor         // collectives within layers: tensor-parallel, of context, and all-to-alls of experts
	StreamData           // data-parallel, embedding and model-parallel collectives
	StreamSendForward
	StreamRecvForward
	StreamSendBackward
	StreamRecvBackward
	NumStreams
)

var streamNames = [...]string{"compute", "tensor", "data", "send_forward", "recv_forward", "send_backward", "recv_backward"}

func (s Stream) String() string { return streamNames[s] }

// Op is one operation of a program: a kernel (or a few launched together), or
// one rank's part in a communication.
type Op struct {
	Name  string // "qkv", "mlp fc1", "grad reduce"
	Kind  Kind
	Phase Phase

	// Compute. GEMM and BatchedGEMM: Batch products of M×K by K×N. FlashAttention:
	// M queries, N keys, head size K, Batch = sequences × heads on this rank.
	M, N, K, Batch int64
	Element        int64   // bytes of an operand of a matrix product; 0: those of the precision
	Accumulate     bool    // adds into an fp32 gradient buffer
	Causal         bool    // attention kernel skips the masked half
	Triton         bool    // attention kernel is FlashAttention's first one in Triton
	FLOP           float64 // executed by this rank
	Bytes          float64 // moved to and from HBM by this rank
	Kernels        int32   // kernels the host issues for it (0 counts as 1)

	// Communication. Size in bytes by NCCL's convention: the whole message for
	// all-reduce and broadcast, the gathered (unsharded) size for all-gather and
	// reduce-scatter, bytes sent per rank for all-to-all, bytes of the message
	// for send, recv and shift.
	Comm Comm
	Size int64
}
