package network

import (
	"fmt"
	"slices"

	"trainsim/sim/engine"
)

// Shape is what the cost of a collective depends on.
type Shape struct {
	Ranks int
	Hosts int // that have members
	Pods  int // that have members

	// Links is the latency of the links that a step crosses, the longest of its
	// rings, where a graph gives links latencies: more time for each step.
	Links engine.Duration
}

// Shape returns the shape of a group of distinct GPUs, in any order.
func (t *Topology) Shape(members []int32) Shape {
	sorted := t.sorted(members)
	s := Shape{Ranks: len(sorted)}
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
	return s
}

// sorted returns the members in ring order: by GPU, hence by host and pod. It
// panics on a GPU that is not there or named twice.
func (t *Topology) sorted(members []int32) []int32 {
	s := slices.Clone(members)
	slices.Sort(s)
	for i, g := range s {
		if g < 0 || int(g) >= t.GPUs {
			panic(fmt.Sprintf("network: GPU %d of %d", g, t.GPUs))
		}
		if i > 0 && s[i-1] == g {
			panic(fmt.Sprintf("network: GPU %d is twice in a group", g))
		}
	}
	return s
}

// Ring returns the route of the collectives of a group: what its rings use of
// each link, relative to Cost.Wire. As NCCL does, a group with g members in a
// host runs g rings through it, each entering and leaving by another NIC: a NIC
// carries 1/g of the bytes and a member's NVLink the rings that do not leave
// there, (g−1)/g. Rings go from host to host in order of GPU ids and take the
// uplinks of leaves, the links of a torus, …, where the next NIC is not on the
// same switch. On PCIe the bytes of a NIC pass the link of its GPU too.
func (t *Topology) Ring(members []int32) []Hop {
	if len(members) < 2 {
		return nil
	}
	hosts := t.byHost(t.sorted(members))
	if t.graph != nil {
		return t.graphRing(hosts)
	}
	var out []crossing
	for i, h := range hosts {
		out = t.ringWithin(out, h, len(hosts) > 1)
		if len(hosts) > 1 {
			out = t.ringBetween(out, h, hosts[(i+1)%len(hosts)])
		}
	}
	return hopsOf(mergeCrossings(out), 0)
}

// ringWithin appends what the rings use of a host: its GPUs one after another,
// and unless the group ends there, the NIC of each.
func (t *Topology) ringWithin(out []crossing, h []int32, leaving bool) []crossing {
	g := len(h)
	inside := uint64(WeightOne)
	if leaving {
		inside = part(g-1, g)
	}
	for i, gpu := range h {
		if g > 1 {
			out = t.within(out, gpu, h[(i+1)%g], inside)
		}
		for k := 0; leaving && k < t.perGPU; k++ {
			out = t.leave(out, gpu, k, part(1, g*t.perGPU))
			out = t.enter(out, gpu, k, part(1, g*t.perGPU))
		}
	}
	return out
}

// ringBetween appends what the rings use between the NICs of two hosts. Where
// one host has fewer members, its NICs each serve several rings.
func (t *Topology) ringBetween(out []crossing, from, to []int32) []crossing {
	rings := max(len(from), len(to))
	for i := range rings {
		for k := range t.perGPU {
			a, b := t.nicOf(from[i*len(from)/rings], k), t.nicOf(to[i*len(to)/rings], k)
			out = t.wiring.route(out, a, b, part(1, rings*t.perGPU))
		}
	}
	return out
}

// Path returns the route of a send from one GPU to another, over all the NICs
// of each.
func (t *Topology) Path(src, dst int32) []Hop {
	t.sorted([]int32{src, dst})
	out := t.path(nil, src, dst, WeightOne)
	if repeats(out) {
		out = mergeCrossings(out)
	}
	return hopsOf(out, 0)
}

// repeats tells whether a link comes twice: where parts of a path meet again.
func repeats(out []crossing) bool {
	for i, c := range out {
		for _, d := range out[:i] {
			if d.link == c.link {
				return true
			}
		}
	}
	return false
}

// path appends the links from one GPU to another.
func (t *Topology) path(out []crossing, src, dst int32, amount uint64) []crossing {
	switch {
	case t.graph != nil:
		return t.graph.route(out, src, dst, amount)
	case t.host(src) == t.host(dst):
		return t.within(out, src, dst, amount)
	}
	for k := range t.perGPU {
		each := share64(amount, k, t.perGPU)
		out = t.leave(out, src, k, each)
		out = t.wiring.route(out, t.nicOf(src, k), t.nicOf(dst, k), each)
		out = t.enter(out, dst, k, each)
	}
	return out
}

// byHost cuts sorted members into hosts.
func (t *Topology) byHost(sorted []int32) (hosts [][]int32) {
	from := 0
	for i := 1; i <= len(sorted); i++ {
		if i == len(sorted) || t.host(sorted[i]) != t.host(sorted[from]) {
			hosts = append(hosts, sorted[from:i])
			from = i
		}
	}
	return hosts
}

// part returns the weight num/den.
func part(num, den int) uint64 { return uint64(num * WeightOne / den) }

// mergeCrossings sorts crossings by link and adds up those of one link.
func mergeCrossings(all []crossing) []crossing {
	slices.SortFunc(all, func(a, b crossing) int { return int(a.link) - int(b.link) })
	out := all[:0]
	for _, c := range all {
		if n := len(out); n > 0 && out[n-1].link == c.link {
			out[n-1].amount += c.amount
		} else {
			out = append(out, c)
		}
	}
	return out
}

// hopsOf returns hops of amounts in units of WeightOne << shift.
func hopsOf(merged []crossing, shift int) []Hop {
	hops := make([]Hop, 0, len(merged))
	half := uint64(1) << shift >> 1
	for _, c := range merged {
		if c.amount > 0 {
			hops = append(hops, Hop{c.link, uint32(max(1, (c.amount+half)>>shift)), 1})
		}
	}
	return hops
}

// CheckRoute tells whether traffic can take a route: it names a dead link that
// no other shortest path leads around.
func (t *Topology) CheckRoute(hops []Hop) error {
	for _, h := range hops {
		if t.Capacity[h.Link] == 0 {
			return fmt.Errorf("network: link %s is dead, and no other shortest path leads around it", t.LinkName(h.Link))
		}
	}
	return nil
}
