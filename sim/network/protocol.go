package network

import (
	"math"

	"trainsim/sim/engine"
)

// latency returns the time of the steps of w, each of the given length
// and that of the links of the group.
func (f *Fabric) latency(w work, s Shape, intra, inter engine.Duration) engine.Duration {
	return f.FixedLatency + w.more + engine.Duration(w.intra)*(intra+s.Links) + engine.Duration(w.inter)*(inter+s.Links) +
		engine.Duration(w.spines)*f.SpineLatency
}

// protocols prices work by NCCL's protocols and returns the fastest, or the
// forced one where the fabric has it: Simple has the full bandwidth, LL and
// LL128 a share of it and shorter steps. What keeps the links idle counts as
// latency, beside the bytes at the rate of the route.
func (f *Fabric) protocols(name string, w work, s Shape) option {
	rate := float64(s.Rate)
	transfer := float64(w.wire) / rate
	pipeline := w.exposed/rate + f.nicRamp(s, transfer)
	price := func(name string, latency engine.Duration, share, idle float64) option {
		latency += engine.FromSeconds(transfer*(1/share-1) + w.alone/share + idle)
		return option{Cost{w.wire, latency, name}, latency.Seconds() + transfer}
	}
	var best option
	if f.mayUse("simple", 1) {
		best = price(name, f.latency(w, s, f.NVLinkLatency, f.NICLatency), 1, pipeline)
	}
	if f.mayUse("ll", f.NVLinkLLShare) {
		best = faster(best, price(name+" ll", f.latency(w, s, f.NVLinkLLLatency, f.NICLLLatency), f.NVLinkLLShare, 0))
	}
	if f.mayUse("ll128", f.LL128Share) {
		best = faster(best, price(name+" ll128", f.latency(w, s, f.NVLinkLL128Step, f.NICLL128Step), f.LL128Share, pipeline))
	}
	return best
}

// mayUse tells whether a protocol that reaches the given share of bandwidth is
// there and not ruled out.
func (f *Fabric) mayUse(protocol string, share float64) bool {
	return share > 0 && (f.Protocol == "" || f.Protocol == anyAlgorithm || f.Protocol == protocol)
}

// nicRamp returns the seconds that a pipeline of chunks across hosts loses: the
// fill and overhead at the best number of chunks, √(τ·transfer), until chunks
// are as large as their buffers.
func (f *Fabric) nicRamp(s Shape, transfer float64) float64 {
	if s.Hosts == 1 {
		return 0
	}
	loss := math.Sqrt(f.NICRampTime.Seconds() * transfer)
	if f.NICRampLimit > 0 {
		loss = min(loss, f.NICRampLimit.Seconds())
	}
	return loss
}
