package network

import (
	"math"
	"math/bits"

	"trainsim/sim/engine"
)

// Collective is a kind of communication.
type Collective uint8

// The collectives, with sizes by NCCL's convention: the whole message for
// all-reduce and broadcast, the gathered (unsharded) buffer for all-gather and
// reduce-scatter, what a rank sends to all for all-to-all, the message for a send.
const (
	AllReduce Collective = iota
	AllGather
	ReduceScatter
	AllToAll
	Broadcast
	SendRecv
)

var collectiveNames = [...]string{"all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast", "send_recv"}

func (c Collective) String() string { return collectiveNames[c] }

// Cost is what a collective asks of the network. Alone, it takes Latency and
// then the time its route needs for Wire bytes.
type Cost struct {
	// Wire is what a link of weight one carries, in bytes. An algorithm that
	// gets less out of a link than the plan's capacity asks for more of it.
	Wire      int64
	Latency   engine.Duration
	Algorithm string // "ring", "tree", "nvls", …, with "ll" for protocol LL
}

// BusBandwidth returns nccl-tests' bus bandwidth of a collective that took t:
// bytes/t times 2(n−1)/n for all-reduce, (n−1)/n for gather, scatter and
// all-to-all, 1 otherwise (nccl-tests, doc/PERFORMANCE.md).
func BusBandwidth(c Collective, ranks int, bytes int64, t engine.Duration) float64 {
	factor := 1.0
	switch c {
	case AllReduce:
		factor = 2 * float64(ranks-1) / float64(ranks)
	case AllGather, ReduceScatter, AllToAll:
		factor = float64(ranks-1) / float64(ranks)
	}
	return factor * float64(bytes) / t.Seconds()
}

// Cost returns what a collective over a group of the given shape asks for,
// with the algorithm and protocol of least predicted time, as NCCL's tuner
// picks them (NCCL src/graph/tuning.cc):
//
//   - ring: 2(n−1)/n·S for all-reduce and (n−1)/n·S for gather and scatter, in
//     2(n−1) and n−1 steps, of which 2(H−1) and H−1 cross hosts. With no fixed
//     latency, drain or LL, one host and efficiency 1, an all-reduce takes
//     exactly 2(n−1)/n·S/B + 2(n−1)·α (Patarasuk and Yuan 2009).
//   - tree, all-reduce across hosts: up and down a double binary tree in
//     2·⌈log2 H⌉ steps between hosts and 2(n/H−1) along the chain within each
//     (Sanders, Speck, Träff 2009). A host sends 2S, of two hosts S, and the
//     chain in a host carries 2S.
//   - nvls, all-reduce: the switch reads S from each GPU and hands it S/n of
//     the sum, which goes back once and comes out everywhere: S·(1+1/n) per
//     direction. Across hosts (nvls_tree) a host sends 2(H−1)/H·S, the mean
//     over a tree: its NICs take different places. Eight 400 Gb/s rails at 4
//     hosts would give 490 GB/s of bus bandwidth; NVIDIA shows 480 (GTC24 S62129).
//   - pairwise: all-to-all, (n−1)/n·S.
//
// A group of fewer than two ranks costs nothing.
func (f *Fabric) Cost(c Collective, s Shape, bytes int64) Cost {
	if s.Ranks < 2 {
		return Cost{Algorithm: "none"}
	}
	if c == SendRecv {
		return f.sendCost(s, bytes)
	}
	name, rate := "ring", f.RingRate(s)
	if c == AllToAll {
		name, rate = "pairwise", f.allToAllRate(s)
	}
	best := f.protocol(name, f.ring(c, s, bytes), rate)
	if c != AllReduce {
		return best.Cost
	}
	if s.Hosts > 1 {
		best = faster(best, f.protocol("tree", f.tree(s, bytes), rate))
	}
	if f.InSwitchEfficiency > 0 && s.Ranks/s.Hosts > 1 && s.Ranks > 2 {
		best = faster(best, f.inSwitch(s, bytes, rate))
	}
	return best.Cost
}

// Time returns what a collective takes on an idle network.
func (f *Fabric) Time(c Collective, s Shape, bytes int64) engine.Duration {
	cost := f.Cost(c, s, bytes)
	rate := f.RingRate(s)
	switch {
	case s.Ranks < 2:
		return 0
	case c == AllToAll:
		rate = f.allToAllRate(s)
	case c == SendRecv && s.Hosts > 1:
		rate = f.nic()
	}
	return cost.Latency + engine.FromSeconds(float64(cost.Wire)/rate)
}

// RingRate returns the bytes/s of Cost.Wire that a group reaches on an idle
// network: NVLink in a host; across hosts, with g members in each, that of g
// NICs, or of NVLink, which carries (g−1)/g. See Topology.Ring.
func (f *Fabric) RingRate(s Shape) float64 {
	if s.Hosts == 1 {
		return f.nvlink()
	}
	g := float64(s.Ranks) / float64(s.Hosts)
	if g <= 1 {
		return f.nic()
	}
	return min(g*f.nic(), f.nvlink()*g/(g-1))
}

// work is an algorithm's part in a cost: bytes, steps, and exposed bytes.
type work struct {
	wire                 int64
	intra, inter, spines int
	exposed              float64 // bytes a ring exposes while it fills and drains
}

// option is a cost with its predicted time.
type option struct {
	Cost
	seconds float64
}

func faster(a, b option) option {
	if b.seconds < a.seconds {
		return b
	}
	return a
}

// ring returns the work of a ring, or of the exchange of all pairs.
func (f *Fabric) ring(c Collective, s Shape, bytes int64) work {
	n, rounds := int64(s.Ranks), 1
	w := work{exposed: f.DrainSteps * float64(bytes) / float64(n)}
	switch c {
	case AllReduce:
		rounds = 2
		w.wire = mulDiv(bytes, 2*(n-1), n)
	case Broadcast:
		w.wire = bytes // the chain is pipelined: every link carries all
	default:
		w.wire = mulDiv(bytes, n-1, n)
	}
	w.intra = rounds * (s.Ranks - s.Hosts)
	w.inter = rounds * (s.Hosts - 1)
	w.spines = rounds * max(s.Pods-1, 0)
	return w
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
		wire:   f.busiest(s, between, sent),
		intra:  2 * (ceilDiv(s.Ranks, s.Hosts) - 1),
		inter:  2 * log2(s.Hosts),
		spines: 2 * log2(s.Pods),
	}
}

// busiest returns the wire bytes of an algorithm across hosts whose NICs carry
// nic bytes a host and whose NVLinks carry link bytes of weight (g−1)/g: what
// makes the route of Topology.Ring take the time of the slower of the two.
func (f *Fabric) busiest(s Shape, nic, link float64) int64 {
	g := float64(s.Ranks) / float64(s.Hosts)
	seconds := nic / (g * f.nic())
	if g > 1 {
		seconds = max(seconds, link*(g-1)/g/f.nvlink())
	}
	return int64(math.Ceil(seconds*f.RingRate(s) - 1e-6))
}

// protocol prices work by NCCL's protocols Simple (full bandwidth) and LL
// (a fraction of the bandwidth, shorter steps) and returns the faster. What
// keeps the links idle counts as latency.
func (f *Fabric) protocol(name string, w work, rate float64) option {
	transfer := float64(w.wire) / rate
	spine := engine.Duration(w.spines) * f.SpineLatency
	simple := f.FixedLatency + engine.Duration(w.intra)*f.NVLinkLatency + engine.Duration(w.inter)*f.NICLatency + spine +
		engine.FromSeconds(w.exposed/rate)
	best := option{Cost{w.wire, simple, name}, simple.Seconds() + transfer}
	if f.NVLinkLLShare == 0 {
		return best
	}
	ll := f.FixedLatency + engine.Duration(w.intra)*f.NVLinkLLLatency + engine.Duration(w.inter)*f.NICLLLatency + spine +
		engine.FromSeconds(transfer*(1/f.NVLinkLLShare-1))
	return faster(best, option{Cost{w.wire, ll, name + " ll"}, ll.Seconds() + transfer})
}

// inSwitch prices an all-reduce that NVLink switches compute. Its pipeline of
// chunks loses √(τ·transfer time), the fill and overhead at the best number
// of chunks.
func (f *Fabric) inSwitch(s Shape, bytes int64, rate float64) option {
	g := float64(s.Ranks) / float64(s.Hosts)
	name := "nvls"
	reduced := float64(bytes) * (1 + 1/g) * f.NVLinkEfficiency / f.InSwitchEfficiency
	wire := int64(math.Ceil(reduced))
	if s.Hosts > 1 {
		name = "nvls_tree"
		h := float64(s.Hosts)
		wire = f.busiest(s, 2*(h-1)/h*float64(bytes), reduced*g/(g-1))
	}
	transfer := float64(wire) / rate
	latency := f.FixedLatency + f.InSwitchLatency +
		engine.Duration(2*log2(s.Hosts))*f.NICLatency + engine.Duration(2*log2(s.Pods))*f.SpineLatency +
		engine.FromSeconds(math.Sqrt(f.RampTime.Seconds()*transfer))
	return option{Cost{wire, latency, name}, latency.Seconds() + transfer}
}

// sendCost prices a send between two GPUs, of one host or of two.
func (f *Fabric) sendCost(s Shape, bytes int64) Cost {
	if s.Hosts == 1 {
		return Cost{bytes, f.SendLatency + f.NVLinkLatency, "send"}
	}
	c := Cost{bytes, f.SendLatency + f.NICLatency, "send"}
	if s.Pods > 1 {
		c.Latency += f.SpineLatency
	}
	if f.SendEfficiency < f.NICEfficiency {
		c.Wire = int64(math.Ceil(float64(bytes) * f.NICEfficiency / f.SendEfficiency))
	}
	return c
}

// allToAllRate returns the bytes/s of Cost.Wire of an all-to-all on an idle
// network, with the weights of Topology.AllToAll.
func (f *Fabric) allToAllRate(s Shape) float64 {
	local, remote := allToAllParts(s.Ranks, ceilDiv(s.Ranks, s.Hosts))
	rate := f.nvlink() / max(local, 0x1p-40)
	if remote > 0 {
		rate = min(rate, f.nic()/remote)
	}
	return rate
}

// log2 returns ⌈log2 n⌉.
func log2(n int) int { return bits.Len(uint(max(n, 1) - 1)) }

// mulDiv returns ⌈a·b/c⌉ for a, b ≥ 0 and c > 0; the result must fit.
func mulDiv(a, b, c int64) int64 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	q, r := bits.Div64(hi, lo, uint64(c))
	if r > 0 {
		q++
	}
	return int64(q)
}
