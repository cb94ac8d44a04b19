package study

import (
	"trainsim/sim/results"
	"trainsim/sim/trace"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// waterfall takes the peak apart: what share of it each cause takes, down to
// what is left as MFU. Times are means per GPU over the steady step; what the
// causes take and MFU sum to 1.
func waterfall(s *results.Summary, r *training.Result) []results.Share {
	step := s.StepTimeS
	ranks := float64(r.Ranks)
	var matrix, streaming, launch, recompute, optimizer float64
	for _, p := range r.Profile {
		if p.Kind.IsCommunication() {
			continue
		}
		t := (p.Seconds - p.Launch) * float64(r.RoleRanks[p.Role]) / ranks
		launch += p.Launch * float64(r.RoleRanks[p.Role]) / ranks
		switch {
		case p.Phase == workload.Update:
			optimizer += t
		case p.Phase == workload.Recompute:
			recompute += t
		case p.Kind == workload.GEMM || p.Kind == workload.BatchedGEMM || p.Kind == workload.FlashAttention:
			matrix += t
		default:
			streaming += t
		}
	}
	bucket := func(bs ...trace.Bucket) float64 {
		var t float64
		for _, b := range bs {
			t += bucketTime(r, b)
		}
		return t / ranks
	}
	slow := bucket(trace.Compute, trace.Recompute, trace.Optimizer) - matrix - streaming - launch - recompute - optimizer
	overlapped := min(max(slow, 0), r.Steady.Overlapped.Float()/1e6/1e9/ranks) // less where kernels wait for the host
	capped := min(max(slow-overlapped, 0), s.LostToCapsS)                      // the same
	shares := []results.Share{
		{Name: "kernel efficiency", Share: matrix/step - s.MFU},
		{Name: "memory-bound kernels", Share: streaming / step},
		{Name: "kernel launch", Share: launch / step},
		{Name: "recomputation", Share: recompute / step},
		{Name: "overlapped communication", Share: overlapped / step},
		{Name: "power caps", Share: capped / step},
		{Name: "slow GPUs and noise", Share: (slow - overlapped - capped) / step},
		{Name: "tensor parallelism", Share: bucket(trace.ExposedTensor) / step},
		{Name: "pipeline messages", Share: bucket(trace.ExposedPipeline) / step},
		{Name: "pipeline bubble", Share: bucket(trace.Bubble) / step},
		{Name: "stragglers", Share: bucket(trace.Straggler) / step},
		{Name: "garbage collection", Share: bucket(trace.Pause) / step},
		{Name: "data parallelism", Share: bucket(trace.ExposedData, trace.ExposedOther) / step},
		{Name: "link contention", Share: bucket(trace.Contention) / step},
		{Name: "optimizer", Share: optimizer / step},
		{Name: "idle", Share: bucket(trace.Idle) / step},
	}
	shares = append([]results.Share{{Name: "peak", Share: 1}}, shares...)
	return append(shares, results.Share{Name: "MFU", Share: s.MFU})
}
