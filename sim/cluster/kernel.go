package cluster

// Class says which part of the GPU bounds a kernel and how its efficiency is found.
type Class uint8

// The classes of kernel.
const (
	Matrix        Class = iota // dense matrix product: tile and wave quantisation
	BatchedMatrix              // many small products
	Attention                  // fused attention
	Streaming                  // bound by HBM: elementwise, norm, optimiser
	Softmax                    // softmax over attention scores: HBM too, but rows half masked and exponentials keep it further from peak
)

// Kernel is what the operation model needs to know of an operation.
type Kernel struct {
	Class          Class
	M, N, K, Batch int64 // shapes as in workload.Op
	Backward       bool  // attention: backward kernel (2.5× the FLOP of forward)
	Causal         bool
	Triton         bool    // attention: see GPU.AttentionTriton
	Accumulate     bool    // adds into fp32
	ElementBytes   int64   // 1 for fp8, 2 for bf16/fp16, 4 for fp32
	FLOP           float64 // executed
	Bytes          float64 // to and from HBM
	Kernels        int32   // launches
}
