// Package cluster is the hardware apart from the network: how long an
// operation takes on a GPU, what it draws, how hosts and power supplies turn
// that into load, and what is wrong now.
package cluster

import "trainsim/sim/engine"

// Class says which part of the GPU bounds a kernel and how its efficiency is found.
type Class uint8

// The classes of kernel.
const (
	Matrix        Class = iota // dense matrix product: tile and wave quantisation
	BatchedMatrix              // many small products
	Attention                  // fused attention
	Streaming                  // bound by HBM: elementwise, norm, softmax, optimiser
)

// Kernel is what the operation model needs to know of an operation.
type Kernel struct {
	Class          Class
	M, N, K, Batch int64 // shapes as in workload.Op
	Backward       bool  // attention: backward kernel (2.5× the FLOP of forward)
	Causal         bool
	Accumulate     bool    // adds into fp32
	ElementBytes   int64   // 2 for bf16/fp16, 4 for fp32
	FLOP           float64 // executed
	Bytes          float64 // to and from HBM
	Kernels        int32   // launches
}

// GPU describes a part. See sim/scenario/presets/gpu for values and sources.
type GPU struct {
	Name   string
	Memory int64 // bytes
	// … peak FLOP/s by precision, HBM bandwidth, SMs, efficiency and power parameters
}

// Time returns how long kernel k takes at nominal speed.
func (g *GPU) Time(k Kernel) engine.Duration { panic("todo") }

// Power returns what kernel k draws above idle while it runs for d, in mW.
func (g *GPU) Power(k Kernel, d engine.Duration) int64 { panic("todo") }

// IdlePower returns the power of a GPU with nothing running, in mW.
func (g *GPU) IdlePower() int64 { panic("todo") }

// WaitPower returns what a posted communication draws above idle while it
// busy-polls for its peers, in mW.
func (g *GPU) WaitPower() int64 { panic("todo") }

// TransferPower returns what a communication draws above idle while bytes move, in mW.
func (g *GPU) TransferPower() int64 { panic("todo") }
