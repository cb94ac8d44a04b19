package training

import (
	"cmp"

	"trainsim/sim/cluster"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// kernel translates an operation into what the GPU's operation model needs.
func kernel(op *workload.Op, elementBytes int64) cluster.Kernel {
	k := cluster.Kernel{
		Class: cluster.Streaming, M: op.M, N: op.N, K: op.K, Batch: op.Batch,
		Backward: op.Phase == workload.Backward, Causal: op.Causal, Triton: op.Triton, Accumulate: op.Accumulate,
		ElementBytes: cmp.Or(op.Element, elementBytes), FLOP: op.FLOP, Bytes: op.Bytes, Kernels: op.Kernels,
	}
	switch op.Kind {
	case workload.GEMM:
		k.Class = cluster.Matrix
	case workload.BatchedGEMM:
		k.Class = cluster.BatchedMatrix
	case workload.FlashAttention:
		k.Class = cluster.Attention
	case workload.Softmax:
		k.Class = cluster.Softmax
	}
	return k
}

// collective translates a communication kind.
func collective(k workload.Kind) network.Collective {
	switch k {
	case workload.AllReduce:
		return network.AllReduce
	case workload.AllGather:
		return network.AllGather
	case workload.ReduceScatter:
		return network.ReduceScatter
	case workload.AllToAll:
		return network.AllToAll
	case workload.Broadcast:
		return network.Broadcast
	case workload.Send, workload.Recv, workload.Shift:
		return network.SendRecv
	}
	panic("training: " + k.String() + " is not a communication")
}

// bucketOf says which bucket the time of a compute operation belongs to.
func bucketOf(op *workload.Op) trace.Bucket {
	switch {
	case op.Phase == workload.Recompute:
		return trace.Recompute
	case op.Phase == workload.Update:
		return trace.Optimizer
	}
	return trace.Compute
}

// exposedBucket says which bucket the transfer of a communication belongs to
// while the compute stream waits for it.
func exposedBucket(c workload.Comm) trace.Bucket {
	switch {
	case c == workload.CommTensor || c == workload.CommContext || c == workload.CommExpert:
		return trace.ExposedTensor
	case c == workload.CommData || c == workload.CommExpertData:
		return trace.ExposedData
	case c.IsPipeline():
		return trace.ExposedPipeline
	}
	return trace.ExposedOther
}

// exposed tells whether b is the bucket of a transfer that compute waits for.
func exposed(b trace.Bucket) bool { return b >= trace.ExposedTensor && b <= trace.ExposedOther }

// waitBucket says which bucket the time belongs to before the last member of a
// communication has arrived, with a number of stages. A wait for another stage is
// bubble, whether for its message or, at the end of a step, in a join that spans
// the pipeline.
func waitBucket(c workload.Comm, stages int) trace.Bucket {
	if c.IsPipeline() || stages > 1 && (c == workload.CommModel || c == workload.CommEmbedding) {
		return trace.Bubble
	}
	return trace.Straggler
}

// Computes tells whether a kernel runs on the compute stream in bucket b.
func Computes(b trace.Bucket) bool {
	return b == trace.Compute || b == trace.Recompute || b == trace.Optimizer
}
