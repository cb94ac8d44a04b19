package budget

// BubbleShare returns the share of a step that a stage of a pipeline waits when
// stages are equal and communication is free:
//
//	(p−1)/(v·m + p−1)
//
// with p stages, m microbatches and v chunks of layers per stage. With v = 1 it
// holds for GPipe and for 1F1B, which differ in memory only; with more for the
// interleaved schedule, m a multiple of p. Sources: Huang et al., "GPipe",
// arXiv 1811.06965, section 2.3; Narayanan et al., SC'21, arXiv 2104.04473,
// section 2.2, which states bubble over ideal time, (p−1)/(v·m): BubbleOverhead.
func BubbleShare(stages, microbatches, chunks float64) float64 {
	return (stages - 1) / (chunks*microbatches + stages - 1)
}

// BubbleOverhead returns the time a stage waits over the time it works,
// (p−1)/(v·m).
func BubbleOverhead(stages, microbatches, chunks float64) float64 {
	return (stages - 1) / (chunks * microbatches)
}

// ZeroBubbleTime returns the time of m microbatches through p equal stages that make
// the gradients of weights in passes of their own, forward, backward and weight seconds
// long, with the memory of 1F1B (ZB-H1), or twice that (ZB-H2):
//
//	m·(F+B+W) + (p−1)·(F+B−W)
//	m·(F+B+W) + (p−1)·(F+B−2W), no less than m·(F+B+W)
//
// Source: Qi et al., arXiv 2401.10241, table 1.
func ZeroBubbleTime(stages, microbatches, forward, backward, weight float64, twice bool) float64 {
	gap := forward + backward - weight
	if twice {
		gap = max(0, gap-weight)
	}
	return microbatches*(forward+backward+weight) + (stages-1)*gap
}

// PipelineTime returns the time of m microbatches through p equal stages of v
// chunks, each microbatch taking forward and backward seconds per stage:
//
//	(m + (p−1)/v)·(forward + backward)
func PipelineTime(stages, microbatches, chunks, forward, backward float64) float64 {
	return (microbatches + (stages-1)/chunks) * (forward + backward)
}
