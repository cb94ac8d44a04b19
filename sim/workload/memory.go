package workload

// Footprint is the memory of one rank of a stage, in bytes.
type Footprint struct {
	Weights     int64 // as computed with
	Gradients   int64
	Optimizer   int64 // fp32 master weights and moments
	Activations int64 // at the fullest moment of the schedule
	Buffers     int64 // communication and logits workspace
}

// Total returns the sum.
func (f Footprint) Total() int64 {
	return f.Weights + f.Gradients + f.Optimizer + f.Activations + f.Buffers
}

// chunkActivations is what a forward pass of a chunk keeps for its backward pass.
func (d *shape) chunkActivations(stage, chunk int) int64 { return 0 }
