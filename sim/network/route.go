package network

import (
	"fmt"
	"slices"
)

// Shape is what the cost of a collective depends on.
type Shape struct {
	Ranks int
	Hosts int // that have members
	Pods  int // that have members
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
// there, (g−1)/g. Rings go from host to host in order of GPU ids and cross a
// leaf's uplinks where the next NIC hangs on another leaf.
func (t *Topology) Ring(members []int32) []Hop {
	if len(members) < 2 {
		return nil
	}
	hosts := t.byHost(t.sorted(members))
	var hops []Hop
	for _, h := range hosts {
		g := len(h)
		for _, gpu := range h {
			if len(hosts) == 1 {
				hops = t.appendPair(hops, gpu, nvlinkUp, WeightOne)
				continue
			}
			if g > 1 {
				hops = t.appendPair(hops, gpu, nvlinkUp, part(g-1, g))
			}
			hops = t.appendPair(hops, gpu, nicUp, part(1, g))
		}
	}
	if len(hosts) == 1 {
		return hops
	}
	for i, from := range hosts {
		hops = t.appendUplinks(hops, from, hosts[(i+1)%len(hosts)])
	}
	return merge(hops)
}

// Path returns the route of a send from one GPU to another.
func (t *Topology) Path(src, dst int32) []Hop {
	t.sorted([]int32{src, dst})
	if t.host(src) == t.host(dst) {
		return []Hop{{t.gpuLink(src, nvlinkUp), WeightOne, 1}, {t.gpuLink(dst, nvlinkDown), WeightOne, 1}}
	}
	hops := []Hop{{t.gpuLink(src, nicUp), WeightOne, 1}}
	if a, b := t.leaf(src), t.leaf(dst); a != b {
		hops = append(hops, Hop{t.leafLink(a, leafUp), WeightOne, 1}, Hop{t.leafLink(b, leafDown), WeightOne, 1})
	}
	return append(hops, Hop{t.gpuLink(dst, nicDown), WeightOne, 1})
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

// appendPair appends a link of a GPU and the opposite direction.
func (t *Topology) appendPair(hops []Hop, gpu, up int32, weight uint32) []Hop {
	return append(hops, Hop{t.gpuLink(gpu, up), weight, 1}, Hop{t.gpuLink(gpu, up+1), weight, 1})
}

// appendUplinks appends what the rings use of the leaves between two hosts.
// Where one host has fewer members, its NICs each serve several rings.
func (t *Topology) appendUplinks(hops []Hop, from, to []int32) []Hop {
	rings := max(len(from), len(to))
	for k := range rings {
		a := t.leaf(from[k*len(from)/rings])
		b := t.leaf(to[k*len(to)/rings])
		if a != b {
			w := part(1, rings)
			hops = append(hops, Hop{t.leafLink(a, leafUp), w, 1}, Hop{t.leafLink(b, leafDown), w, 1})
		}
	}
	return hops
}

// part returns the weight num/den.
func part(num, den int) uint32 { return uint32(num * WeightOne / den) }

// merge sorts hops by link and adds up those of one link.
func merge(hops []Hop) []Hop {
	slices.SortFunc(hops, func(a, b Hop) int { return int(a.Link) - int(b.Link) })
	out := hops[:0]
	for _, h := range hops {
		if n := len(out); n > 0 && out[n-1].Link == h.Link {
			out[n-1].Weight += h.Weight
		} else {
			out = append(out, h)
		}
	}
	return out
}
