package network

import "trainsim/sim/engine"

// hierarchical prices an all-reduce in three phases, one after another, over H
// hosts with g members each (as in Horovod's hierarchical all-reduce; each rail
// is a ring of its own):
//
//	reduce-scatter in the host   (g−1)/g·S/B + (g−1)·α
//	all-reduce on each rail      2(H−1)/H·(S/g)/B_nic + 2(H−1)·α_nic
//	all-gather in the host       (g−1)/g·S/B + (g−1)·α
//
// The rails are what is shared with others, so they are the bytes on the wire;
// the phases in the host keep NICs idle and count as latency.
func (f *Fabric) hierarchical(s Shape, bytes int64, rate float64) option {
	g, h := perHost(s), float64(s.Hosts)
	wire := f.busiest(s, 2*(h-1)/h*float64(bytes), 0)
	inside := 2 * (g - 1) / g * float64(bytes) / f.within(s, f.NVLinkEfficiency)
	steps := 2 * (ceilDiv(s.Ranks, s.Hosts) - 1)
	latency := f.FixedLatency + engine.Duration(steps)*(f.NVLinkLatency+s.Links) +
		engine.Duration(2*(s.Hosts-1))*(f.NICLatency+s.Links) +
		engine.Duration(2*max(s.Pods-1, 0))*f.SpineLatency + engine.FromSeconds(inside)
	return option{Cost{wire, latency, byHierarchical}, latency.Seconds() + float64(wire)/rate}
}
