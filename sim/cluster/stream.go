package cluster

// stream returns the time in seconds to move the bytes of kernel k to and from
// HBM at the given efficiency:
//
//	(bytes + n·ramp) / (HBM bandwidth · efficiency),  n = kernels launched
//
// The ramp is Little's law: until latency × bandwidth bytes are in flight the
// memory is not saturated, so a kernel that moves as much reaches half.
func (g *GPU) stream(k Kernel, efficiency float64) float64 {
	if k.Bytes <= 0 {
		return 0
	}
	ramp := float64(g.StreamRamp) * float64(max(k.Kernels, 1))
	return (k.Bytes + ramp) / (g.HBMBandwidth * efficiency)
}

// streamEfficiency returns the share of HBM bandwidth that kernel k reaches.
func (g *GPU) streamEfficiency(k Kernel) float64 {
	if k.Class == Softmax {
		return g.SoftmaxEfficiency
	}
	return g.StreamEfficiency
}
