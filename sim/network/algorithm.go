package network

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
)

// work is an algorithm's part in a cost: bytes, steps, and what they leave idle.
type work struct {
	wire                 int64
	intra, inter, spines int             // steps in a host, between hosts, and of those across pods
	exposed              float64         // bytes of the wire that are exposed while the rings of a collective fill and drain
	alone                float64         // seconds of phases in the hosts, which come one after another with the wire
	more                 engine.Duration // beside the fixed latency
}

// busiest returns the wire bytes of an algorithm that moves other amounts over
// NICs than over the links in hosts: what makes the route take the time of the
// slower of the two.
func (s *Shape) busiest(outside, inside float64) float64 {
	return max(outside/s.Outside, inside/s.Inside) * float64(s.Rate)
}

// ring returns the work of a ring.
func (f *Fabric) ring(c Collective, s Shape, bytes int64) work {
	n, rounds := int64(s.Ranks), 1
	w := work{exposed: f.DrainSteps * float64(bytes) / float64(n)}
	efficiency := f.NVLinkEfficiency
	switch c {
	case AllReduce:
		rounds = 2
		w.wire = mulDiv(bytes, 2*(n-1), n)
	case Broadcast:
		w.wire = bytes // the chain is pipelined: every link carries all
		w.exposed = 0  // and has no step of S/n that comes around
	default:
		w.wire = mulDiv(bytes, n-1, n)
		if f.GatherEfficiency > 0 {
			efficiency = f.GatherEfficiency
			w.exposed = 0 // the share is that of whole collectives
		}
		if c == ReduceScatter {
			w.more = f.ScatterLatency
		}
	}
	w.intra = rounds * (s.Ranks - s.Hosts)
	w.inter = rounds * (s.Hosts - 1)
	w.spines = rounds * (s.Pods - 1)
	longer := s.busiest(1, f.slower(s, efficiency))
	w.wire = wholeBytes(float64(w.wire) * longer)
	w.exposed *= longer
	return w
}

// slower returns how many times as long as by the capacity of links the rings of
// a group take inside a host, with the given share of the NVLink wire rate: more
// where they have to pass from socket to socket, or where a mesh has few rings.
func (f *Fabric) slower(s Shape, efficiency float64) float64 {
	rate := f.NVLinkBandwidth * efficiency * f.meshShare(ceilDiv(s.Ranks, s.Hosts))
	if s.Crossing > 0 {
		rate = min(rate, f.SocketBandwidth*f.SocketEfficiency)
	}
	return f.nvlink() / rate
}

// treeEfficiency is what a tree reaches of the bandwidth of rings (NCCL
// src/graph/tuning.cc, ncclTopoTuneModel: 0.92).
const treeEfficiency = 0.92

// tree returns the work of a double binary tree over the hosts, with a chain
// within each. It needs no drain: nothing comes around.
func (f *Fabric) tree(s Shape, bytes int64) work {
	sent := 2 * float64(bytes) / treeEfficiency
	between := sent
	if s.Hosts == 2 { // each is the root of one tree and a leaf of the other
		between /= 2
	}
	return work{
		wire:   wholeBytes(s.busiest(between, sent*f.slower(s, f.NVLinkEfficiency))),
		intra:  2 * (ceilDiv(s.Ranks, s.Hosts) - 1),
		inter:  2 * log2(s.Hosts),
		spines: 2 * log2(s.Pods),
	}
}

// hierarchical returns the work of an all-reduce in three phases, one after
// another, over H hosts with g members each (as in Horovod's hierarchical
// all-reduce; each rail is a ring of its own):
//
//	reduce-scatter in the host   (g−1)/g·S/B + (g−1)·α
//	all-reduce on each rail      2(H−1)/H·(S/g)/B_nic + 2(H−1)·α_nic
//	all-gather in the host       (g−1)/g·S/B + (g−1)·α
//
// The rails are what is shared with others, so they are the bytes on the wire.
// The links in a host carry (g−1)/g of the wire of a ring.
func (f *Fabric) hierarchical(s Shape, bytes int64) work {
	h := float64(s.Hosts)
	return work{
		wire:   wholeBytes(s.busiest(2*(h-1)/h*float64(bytes), 0)),
		alone:  2 * float64(bytes) * f.slower(s, f.NVLinkEfficiency) / s.Inside,
		intra:  2 * (ceilDiv(s.Ranks, s.Hosts) - 1),
		inter:  2 * (s.Hosts - 1),
		spines: 2 * (s.Pods - 1),
	}
}

// inSwitch prices an all-reduce that NVLink switches compute. Its pipeline of
// chunks loses √(τ·transfer time), the fill and overhead at the best number
// of chunks.
func (f *Fabric) inSwitch(s Shape, bytes int64) option {
	g, h := perHost(s), float64(s.Hosts)
	name := byNVLS
	reduced := float64(bytes) * (1 + 1/g) * f.NVLinkEfficiency / f.InSwitchEfficiency
	if s.Hosts > 1 {
		name = "nvls_tree"
		reduced *= g / (g - 1) // of the wire of a ring, of which links in a host carry the inverse
	}
	wire := wholeBytes(s.busiest(2*(h-1)/h*float64(bytes), reduced))
	transfer := float64(wire) / float64(s.Rate)
	latency := f.FixedLatency + f.InSwitchLatency +
		engine.Duration(2*log2(s.Hosts))*(f.NICLatency+s.Links) + engine.Duration(2*log2(s.Pods))*f.SpineLatency +
		engine.FromSeconds(math.Sqrt(f.RampTime.Seconds()*transfer)+f.nicRamp(s, transfer))
	return option{Cost{wire, latency, name}, latency.Seconds() + transfer}
}

// log2 returns ⌈log2 n⌉.
func log2(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

// wholeBytes rounds down, but for what floating point took off, so that a time
// that is rounded up is not a nanosecond late. Any bytes are at least one.
func wholeBytes(b float64) int64 {
	if b <= 0 {
		return 0
	}
	return max(1, int64(b+1e-6+b*1e-15))
}

// mulDiv returns ⌈a·b/c⌉ for a, b ≥ 0 and c > 0; the result must fit.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	if r > 0 {
		q++
	}
	return int64(q)
}
