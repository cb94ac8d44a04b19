package network

import (
	"fmt"
	"math/bits"
	"slices"
)

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

// Route returns the links that a collective of a group takes, relative to
// Cost.Wire, and the shape of the group over them. See Ring, AllToAll and Path,
// of which a send takes that from the first member to the second.
func (t *Topology) Route(c Collective, members []int32) ([]Hop, Shape) {
	sorted := t.sorted(members)
	var way []crossing
	switch c {
	case SendRecv:
		way = t.send(members[0], members[1])
	case AllToAll:
		way = t.allToAll(sorted)
	default:
		way = t.ring(sorted)
	}
	hops := hopsOf(way)
	s := t.shape(sorted, way, hops)
	if len(sorted) > 1 {
		s.Crossing = t.overSockets(t.byHost(sorted), evenly(len(sorted)))
	}
	return hops, s
}

// Ring returns the route of the collectives of a group: what its rings use of
// each link, relative to Cost.Wire. As NCCL does, a group with g members in a
// host runs g rings through it, each entering and leaving by another NIC: a NIC
// carries 1/g of the bytes and a member's NVLink the rings that do not leave
// there, (g−1)/g. Rings go from host to host in order of GPU ids and take the
// uplinks of leaves, the links of a torus, …, where the next NIC is not on the
// same switch. On PCIe the bytes of a NIC pass the link of its GPU too.
func (t *Topology) Ring(members []int32) []Hop { return hopsOf(t.ring(t.sorted(members))) }

func (t *Topology) ring(sorted []int32) []crossing {
	if len(sorted) < 2 {
		return nil
	}
	hosts := t.byHost(sorted)
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
	return mergeCrossings(out)
}

// ringWithin appends what the rings use of a host: its GPUs one after another,
// and unless the group ends there, the NIC of each.
func (t *Topology) ringWithin(out []crossing, h []int32, leaving bool) []crossing {
	g := len(h)
	inside := uint64(whole)
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
	return hopsOf(t.send(src, dst))
}

func (t *Topology) send(src, dst int32) []crossing {
	out := t.path(nil, src, dst, whole)
	if repeats(out) {
		out = mergeCrossings(out)
	}
	return out
}

// Shifting returns the links that a group takes whose members each send to the next, the
// last to the first, relative to the bytes of one message, and its shape over them.
func (t *Topology) Shifting(members []int32) ([]Hop, Shape) {
	sorted := t.sorted(members)
	var way []crossing
	for i, gpu := range members {
		way = t.path(way, gpu, members[(i+1)%len(members)], whole)
	}
	way = mergeCrossings(way)
	hops := hopsOf(way)
	return hops, t.shape(sorted, way, hops)
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

// whole is the amount of a route that carries every byte. It is finer than a
// weight by 24 bits, so that the sum of very many parts is as exact as a weight.
const whole = WeightOne << fine

const fine = 24

// part returns num/den of the whole.
func part(num, den int) uint64 {
	hi, lo := bits.Mul64(uint64(num), whole)
	q, _ := bits.Div64(hi, lo, uint64(den))
	return q
}

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

// hopsOf returns hops of amounts, rounded to the nearest weight.
func hopsOf(merged []crossing) []Hop {
	hops := make([]Hop, 0, len(merged))
	for _, c := range merged {
		if c.amount > 0 {
			hops = append(hops, Hop{c.link, uint32(max(1, (c.amount+whole/WeightOne/2)>>fine)), 1})
		}
	}
	return hops
}

// CheckRoute tells whether traffic can take a route: it names a dead link that
// no path leads around.
func (t *Topology) CheckRoute(hops []Hop) error {
	for _, h := range hops {
		if t.Capacity[h.Link] == 0 {
			return fmt.Errorf("network: link %s is dead, and no path leads around it", t.LinkName(h.Link))
		}
	}
	return nil
}
