package workload

// forwardFLOP are the FLOP of one sequence's forward pass through all layers,
// through core attention alone, and through the head: two per multiply-add of
// the matrix products, attention unmasked.
func (m Model) forwardFLOP() (layers, attention, head float64) {
	m = m.Complete()
	s, h := float64(m.SeqLen), float64(m.Hidden)
	p := m.paramsOnRank(1, int64(m.Vocab))
	attention = float64(m.Layers) * 4 * s * s * float64(m.Heads*m.HeadDim)
	dense, sparse := m.layersOf(0, m.Layers)
	layers = 2*s*float64(dense*p.matrices+sparse*(p.sparse.matrices+int64(m.TopK)*p.expert)) + attention
	return layers, attention, 2 * s * h * float64(m.Vocab)
}

// ModelFLOP returns the FLOP that a step over globalBatch sequences takes in any
// layout: forward, and twice that backward. For a GPT it is
// 72·B·s·l·h²·(1 + s/6h + V/12lh) (arXiv 2205.05198 appendix A), for others the
// same count with their widths, as Megatron-LM reports it: attention unmasked,
// the vocabulary unpadded, no recomputation. Of experts those that a token goes through
// count, and the router.
func (m Model) ModelFLOP(globalBatch int) float64 {
	layers, _, head := m.forwardFLOP()
	return 3 * float64(globalBatch) * (layers + head)
}

// HardwareFLOP adds to ModelFLOP of l's global batch what l computes twice: the
// forward pass of all layers with full recomputation, which for a GPT gives
// 96·B·s·l·h²·(1 + s/6h + V/16lh) (arXiv 2104.04473 equation 3), or core
// attention with selective. arXiv 2205.05198 counts 12 instead of 4·s²·h for
// the latter, so its HFU is higher by up to 3 %.
func (l Layout) HardwareFLOP(m Model) float64 {
	layers, attention, _ := m.forwardFLOP()
	flop := m.ModelFLOP(l.GlobalBatch)
	switch l.Recompute {
	case RecomputeFull:
		flop += float64(l.GlobalBatch) * layers
	case RecomputeSelective:
		flop += float64(l.GlobalBatch) * attention
	}
	return flop
}
