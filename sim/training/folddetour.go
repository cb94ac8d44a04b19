package training

import (
	"cmp"
	"slices"

	"trainsim/sim/fold"
	"trainsim/sim/network"
)

// coupledTo is one direction of an edge between a communicator and a link of a
// detour.
type coupledTo struct {
	from int32
	fold.Edge
}

// label tells the hops of detours apart by the number of the detour, of those of
// its communicator, and by weight.
func (d *detours) label(number int32, weight uint32) uint32 {
	i, _ := slices.BinarySearch(d.labels, tag(number, weight))
	return labelDetour + uint32(i)
}

func tag(number int32, weight uint32) uint64 { return uint64(number)<<32 | uint64(weight) }

// findLabels lists what tells hops apart, in an order that no name decides.
func (d *detours) findLabels() {
	for _, r := range d.routes {
		for _, h := range r.hops {
			d.labels = append(d.labels, tag(r.number, h.Weight))
		}
	}
	slices.Sort(d.labels)
	d.labels = slices.Compact(d.labels)
}

// coupledByDetours returns both directions of every edge of the detours, in order.
func (f *folding) coupledByDetours() (edges []coupledTo) {
	d := f.detours
	for _, r := range d.routes {
		group := f.coupling.groups + r.group
		for _, h := range r.hops {
			link, label := f.coupling.links+h.Link, d.label(r.number, h.Weight)
			edges = append(edges, coupledTo{group, fold.Edge{To: link, Label: label}}, coupledTo{link, fold.Edge{To: group, Label: label}})
		}
	}
	slices.SortStableFunc(edges, func(a, b coupledTo) int { return cmp.Compare(a.from, b.from) })
	return edges
}

// detour adds the edges of the detours to the graph, and calls change for each
// vertex that has some, with what tells it from others: when a communicator takes
// which of its detours, and how many edges there are into each healthy class.
func (f *folding) detour(change func(vertex int32, what uint64)) {
	f.graph.First, f.graph.Edges = f.coupling.First, f.coupling.Edges
	d := f.detours
	if len(d.routes) == 0 {
		return
	}
	d.findLabels()
	for _, a := range d.around {
		for _, i := range a.takes {
			change(f.coupling.groups+d.routes[i].group, mixAll(6, a.colour, uint64(d.routes[i].number)))
		}
	}
	more := f.coupledByDetours()
	for i := 0; i < len(more); {
		v, sum := more[i].from, uint64(0)
		for ; i < len(more) && more[i].from == v; i++ {
			sum += mixAll(7, d.labels[more[i].Label-labelDetour], uint64(f.healthy[more[i].To]))
		}
		change(v, sum)
	}
	f.graph.First, f.graph.Edges = withMore(&f.coupling.Graph, more)
}

// withMore returns the rows of a graph with more edges, which are in order.
func withMore(g *fold.Graph, more []coupledTo) (first []int32, edges []fold.Edge) {
	first, edges = make([]int32, 0, len(g.First)), make([]fold.Edge, 0, len(g.Edges)+len(more))
	for v := range g.Colour {
		first = append(first, int32(len(edges)))
		edges = append(edges, g.Edges[g.First[v]:g.First[v+1]]...)
		for ; len(more) > 0 && more[0].from == int32(v); more = more[1:] {
			edges = append(edges, more[0].Edge)
		}
	}
	return append(first, int32(len(edges))), edges
}

// foldDetours keeps the detours of the first communicator of each class: all of it
// take alike ones, when it does.
func (f *folding) foldDetours(q *plan) {
	d := f.detours
	q.outages = d.outages
	number := make([]int32, len(d.routes)) // among those that are kept, -1: it is not
	for i, r := range d.routes {
		class := f.groups.of[r.group]
		if number[i] = -1; f.groups.first[class] != r.group {
			continue
		}
		number[i] = int32(len(q.net.Detours))
		q.net.Detours = append(q.net.Detours, class)
		q.net.Hops = f.appendHops(q.net.Hops, r.group, r.hops, func(h network.Hop) uint32 { return d.label(r.number, h.Weight) })
		q.net.First = append(q.net.First, int32(len(q.net.Hops)))
	}
	for _, a := range d.around {
		kept := around{outages: a.outages}
		for _, i := range a.takes {
			if number[i] >= 0 {
				kept.takes = append(kept.takes, number[i])
			}
		}
		for _, g := range a.stuck {
			if class := f.groups.of[g]; f.groups.first[class] == g {
				kept.stuck = append(kept.stuck, class)
			}
		}
		q.around = append(q.around, kept)
	}
}
