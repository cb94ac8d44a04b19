package network

import (
	"slices"

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

// Collectives lists the names of the collectives, in order.
func Collectives() []string { return slices.Clone(collectiveNames[:]) }

// CollectiveByName is the inverse of String; ok is false when there is none.
func CollectiveByName(name string) (c Collective, ok bool) {
	i := slices.Index(collectiveNames[:], name)
	return Collective(max(i, 0)), i >= 0
}

// Cost is what a collective asks of the network. Alone, it takes Latency and
// then the time its route needs for Wire bytes.
type Cost struct {
	// Wire is what a link of weight one carries, in bytes. An algorithm that
	// gets less out of a link than the plan's capacity asks for more of it.
	Wire      int64
	Latency   engine.Duration
	Algorithm string // "ring", "tree", "nvls", …, with "ll" or "ll128" for that protocol
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

// Time returns what a collective takes on an idle network.
func (f *Fabric) Time(c Collective, s Shape, bytes int64) engine.Duration {
	if s.Ranks < 2 {
		return 0
	}
	cost := f.Cost(c, s, bytes)
	return cost.Latency + Transfer(cost.Wire, s.Rate)
}

// IdealBus returns the bus bandwidth in bytes/s that the wires alone would
// allow on an idle network: no latency, every byte of every link used, and no
// switch that sums (which may do better).
func (f *Fabric) IdealBus(s Shape) float64 {
	if s.Ranks < 2 {
		return 0
	}
	if f.Topology == graphTopology { // whose links are given as what a transfer reaches
		return min(s.Inside, s.Outside)
	}
	return min(s.Inside/f.NVLinkEfficiency, s.Outside/f.NICEfficiency)
}

// perHost returns the mean number of members in a host.
func perHost(s Shape) float64 { return float64(s.Ranks) / float64(s.Hosts) }

// sendCost prices a send between two GPUs, of one host or of two.
func (f *Fabric) sendCost(s Shape, bytes int64) Cost {
	if s.Hosts == 1 {
		return Cost{bytes, f.SendLatency + f.NVLinkLatency + s.Links, "send"}
	}
	c := Cost{bytes, f.SendLatency + f.NICLatency + s.Links, "send"}
	if s.Pods > 1 {
		c.Latency += f.SpineLatency
	}
	if f.SendEfficiency < f.NICEfficiency {
		c.Wire = wholeBytes(s.busiest(float64(bytes)*f.NICEfficiency/f.SendEfficiency, float64(bytes)))
	}
	return c
}
