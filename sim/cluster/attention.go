package cluster

import "math"

// backwardBlock is the number of rows that one thread block of the backward
// kernel works on (FlashAttention-2, arXiv 2307.08691, section 3.2).
const backwardBlock = 128

// attention returns the time of a fused attention kernel in seconds. Thread
// blocks, one per head and block of rows, run on the SMs as these become free:
//
//	T = max(L, W/SMs + tail·(1 − 1/SMs)·L)
//
// with W the work of all blocks and L the longest block, in seconds of one SM.
// With tail = 1 this is Graham's bound for list scheduling (1969, "Bounds on
// multiprocessing timing anomalies"), which measured forward kernels follow
// over 4 to 128 heads; backward kernels balance better, with a fitted tail.
//
// A block that sees n keys costs n + start keys, where one on the causal
// diagonal costs diagonal keys more. Under a causal mask a block sees n/2 keys
// on average, and the longest sees them all.
func (g *GPU) attention(k Kernel) float64 {
	perSM := g.Peak(k.ElementBytes) * g.attentionEfficiency(k) / float64(g.SMs)
	if k.M <= 0 || k.N <= 0 || k.Batch <= 0 {
		return k.FLOP / (perSM * float64(g.free()))
	}
	rows, start, tail := int64(g.AttentionBlock), g.AttentionStart, 1.0
	if k.Backward {
		rows, start, tail = backwardBlock, g.AttentionStartBackward, g.AttentionTailBackward
	}
	longest := float64(k.N)
	mean := longest
	if k.Causal {
		mean /= 2
		start += g.AttentionDiagonal
	}
	blocks := float64(k.Batch * ceilDiv(k.M, rows))
	sms := float64(g.free())
	work := blocks * (mean + start) / sms
	last := longest + start
	keyTime := k.FLOP / (blocks * mean) / perSM // of one block against one key
	if k.Triton {
		keyTime *= g.AttentionTriton
	}
	return keyTime * max(last, work+tail*(1-1/sms)*last)
}

// attentionEfficiency returns the share of peak on long sequences. It is
// measured at head sizes 64 and 128, follows a power law between and below
// them, and is flat beyond 128.
func (g *GPU) attentionEfficiency(k Kernel) float64 {
	e, head64 := g.AttentionForward, g.AttentionHead64
	if k.Backward {
		e = g.AttentionBackward
		if g.AttentionHead64Back > 0 {
			head64 = g.AttentionHead64Back
		}
	}
	if k.K > 0 && k.K < 128 {
		e *= math.Pow(head64, math.Log2(128/float64(k.K)))
	}
	return e
}
