package network

import (
	"math"
	"math/bits"
	"slices"

	"trainsim/sim/engine"
)

// Shape is what the cost of a collective depends on: how many are in its group,
// how far apart, and what its route carries.
type Shape struct {
	Ranks int
	Hosts int // that have members
	Pods  int // that have members

	// Links is the latency of the links that a step crosses, the longest of its
	// rings, where a graph gives links latencies: more time for each step.
	Links engine.Duration

	// Inside and Outside are the bytes/s of Cost.Wire that the links of GPUs and
	// PCIe switches allow on an idle network, and NICs and all that lies beyond;
	// infinite where the route crosses none. Within one host all is inside.
	Inside, Outside float64

	// Rate is the bytes/s of Cost.Wire that the route carries on an idle network,
	// with the weights of its hops: the less of the two but for rounding.
	Rate int64

	// Crossing is the most of the Cost.Wire of an all-to-all that leaves a CPU socket
	// for another of its host, where sockets matter; above 0 where rings do, too.
	Crossing float64
}

// shape returns the shape of a group whose collectives take the given way.
func (t *Topology) shape(sorted []int32, way []crossing, hops []Hop) Shape {
	s := Shape{Ranks: len(sorted), Inside: math.Inf(1), Outside: math.Inf(1), Rate: math.MaxInt64}
	for i, g := range sorted {
		if i == 0 || t.host(g) != t.host(sorted[i-1]) {
			s.Hosts++
		}
		if i == 0 || t.pod(g) != t.pod(sorted[i-1]) {
			s.Pods++
		}
	}
	if t.graph != nil {
		s.Links = t.graph.stepLatency(sorted)
	}
	for _, c := range way {
		rate := float64(t.Capacity[c.link]) * whole / float64(c.amount)
		if s.Hosts == 1 || t.inHost(c.link) {
			s.Inside = min(s.Inside, rate)
		} else {
			s.Outside = min(s.Outside, rate)
		}
	}
	for _, h := range hops {
		s.Rate = min(s.Rate, t.Capacity[h.Link]*WeightOne/int64(h.Weight))
	}
	return s
}

// overSockets returns the most that members on one CPU socket send to the others of
// their host, as a share of the whole.
func (t *Topology) overSockets(hosts [][]int32, of amounts) float64 {
	if t.socket == 0 {
		return 0
	}
	var most uint64
	first := 0 // member of the host
	for _, host := range hosts {
		over := make([]uint64, ceilDiv(t.GPUsPerHost, int(t.socket))) // away from each
		for i, a := range host {
			for j, b := range host {
				if from, to := t.socketOf(a), t.socketOf(b); from != to {
					over[from] += of(first+i, first+j)
				}
			}
		}
		most = max(most, slices.Max(over))
		first += len(host)
	}
	return float64(most) / whole
}

// socketOf returns the CPU socket of a GPU.
func (t *Topology) socketOf(gpu int32) int32 { return gpu % int32(t.GPUsPerHost) / t.socket }

// inHost tells whether a link is one of a GPU or a PCIe switch.
func (t *Topology) inHost(l int32) bool {
	switch t.Tiers[t.Tier[l]] {
	case "nvlink", "pcie", "root", "gpu":
		return true
	}
	return false
}

// Regular returns the shape of a group that has the first GPUs of each of the
// first hosts, as many in each, for a collective.
func (f *Fabric) Regular(c Collective, ranks, hosts int) Shape {
	per := ranks / hosts
	t := f.Build(hosts, per)
	members := make([]int32, ranks)
	for i := range members {
		members[i] = int32(i)
	}
	_, s := t.Route(c, members)
	return s
}

// Transfer returns the time that bytes take at a rate in bytes/s: the first
// nanosecond at which all are there. At no rate it is as long as can be.
func Transfer(bytes, rate int64) engine.Duration {
	hi, lo := bits.Mul64(uint64(bytes), workPerByte)
	if hi >= uint64(rate) {
		return math.MaxInt64
	}
	q, r := bits.Div64(hi, lo, uint64(rate))
	if r > 0 {
		q++
	}
	return engine.Duration(min(q, math.MaxInt64))
}
