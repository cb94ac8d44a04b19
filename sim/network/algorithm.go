package network

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
)

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
	w.spines = rounds * max(s.Pods-1, 0)
	if rate := f.within(s, efficiency); rate != f.nvlink() {
		carried := f.busiest(s, float64(w.wire), float64(w.wire)*f.nvlink()/rate)
		w.exposed *= float64(carried) / float64(w.wire)
		w.wire = carried
	}
	return w
}

// within returns the bytes/s that the rings of a group get inside a host, with
// the given share of the NVLink wire rate: less where they have to pass from
// socket to socket, or where a mesh has few rings.
func (f *Fabric) within(s Shape, efficiency float64) float64 {
	rate := f.NVLinkBandwidth * efficiency * f.meshShare(ceilDiv(s.Ranks, s.Hosts))
	if f.crossesSockets(s) {
		rate = min(rate, f.SocketBandwidth*f.SocketEfficiency)
	}
	return rate
}

// crossesSockets tells whether members in one host hang on two sockets. Groups
// fill a socket before they take GPUs of the other.
func (f *Fabric) crossesSockets(s Shape) bool {
	return f.SocketGPUs > 0 && ceilDiv(s.Ranks, s.Hosts) > f.SocketGPUs
}

// pairs returns the work of an all-to-all: (n−1)/n·S, as much longer as the
// slowest of NVLink, NIC and socket makes it.
func (f *Fabric) pairs(s Shape, bytes int64) work {
	w := f.ring(AllGather, s, bytes)
	w.exposed = f.DrainSteps * float64(bytes) / float64(s.Ranks)
	if f.PairLatency > 0 {
		w.intra, w.more = 0, f.PairLatency
	}
	n := int64(s.Ranks)
	w.wire = mulDiv(bytes, n-1, n)
	seconds, ideal := f.pairSeconds(s), 1/f.allToAllRate(s)
	if f.PairEfficiency > 0 {
		w.exposed = 0 // the share is that of whole collectives
	}
	if math.Abs(seconds/ideal-1) > 1e-12 {
		w.wire = wholeBytes(float64(w.wire) * seconds / ideal)
	}
	return w
}

// pairSeconds returns the seconds that an all-to-all needs for each byte a
// member sends. Of these, local go over NVLink and remote over the NIC; what
// the GPUs of a socket send to the other shares one path.
func (f *Fabric) pairSeconds(s Shape) float64 {
	nvlink, nic := f.PairEfficiency, f.PairNICShare
	if nvlink == 0 {
		nvlink = f.NVLinkEfficiency
	}
	if nic == 0 {
		nic = f.NICEfficiency
	}
	g := ceilDiv(s.Ranks, s.Hosts)
	local, remote := allToAllParts(s.Ranks, g)
	seconds := max(local/(f.NVLinkBandwidth*nvlink*f.meshShare(g)), remote/(f.NICBandwidth*nic))
	if f.crossesSockets(s) {
		crossing := float64(f.SocketGPUs*(g-f.SocketGPUs)) / float64(s.Ranks-1)
		seconds = max(seconds, crossing/f.SocketBandwidth)
	}
	return seconds
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
		wire:   f.busiest(s, between, sent*f.nvlink()/f.within(s, f.NVLinkEfficiency)),
		intra:  2 * (ceilDiv(s.Ranks, s.Hosts) - 1),
		inter:  2 * log2(s.Hosts),
		spines: 2 * log2(s.Pods),
	}
}

// busiest returns the wire bytes of an algorithm whose NICs carry nic bytes a
// host and whose NVLinks carry link bytes (of weight (g−1)/g across hosts):
// what makes the route of Topology.Ring take the time of the slower of the two.
func (f *Fabric) busiest(s Shape, nic, link float64) int64 {
	if s.Hosts == 1 {
		return wholeBytes(link)
	}
	g := perHost(s)
	seconds := nic / (g * f.nic())
	if g > 1 {
		seconds = max(seconds, link*(g-1)/g/f.nvlink())
	}
	return wholeBytes(seconds * f.RingRate(s))
}

// inSwitch prices an all-reduce that NVLink switches compute. Its pipeline of
// chunks loses √(τ·transfer time), the fill and overhead at the best number
// of chunks.
func (f *Fabric) inSwitch(s Shape, bytes int64, rate float64) option {
	g := perHost(s)
	name := byNVLS
	reduced := float64(bytes) * (1 + 1/g) * f.NVLinkEfficiency / f.InSwitchEfficiency
	wire := int64(math.Ceil(reduced))
	if s.Hosts > 1 {
		name = "nvls_tree"
		h := float64(s.Hosts)
		wire = f.busiest(s, 2*(h-1)/h*float64(bytes), reduced*g/(g-1))
	}
	transfer := float64(wire) / rate
	latency := f.FixedLatency + f.InSwitchLatency +
		engine.Duration(2*log2(s.Hosts))*(f.NICLatency+s.Links) + engine.Duration(2*log2(s.Pods))*f.SpineLatency +
		engine.FromSeconds(math.Sqrt(f.RampTime.Seconds()*transfer)+f.nicRamp(s, transfer))
	return option{Cost{wire, latency, name}, latency.Seconds() + transfer}
}

// log2 returns ⌈log2 n⌉.
func log2(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

// wholeBytes rounds up, but for what floating point added.
func wholeBytes(b float64) int64 { return int64(math.Ceil(b - 1e-6)) }

// mulDiv returns ⌈a·b/c⌉ for a, b ≥ 0 and c > 0; the result must fit.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	if r > 0 {
		q++
	}
	return int64(q)
}
