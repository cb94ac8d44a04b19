package training

import (
	"trainsim/sim/engine"
	"trainsim/sim/fold"
	"trainsim/sim/workload"
)

// Edge labels tell the ways two things can be related apart.
const (
	labelHost   = 0 // what hangs on what: ranks on hosts, hosts on feeds, feeds on feeds
	labelComm   = 1
	labelRoute  = labelComm + uint32(workload.NumComms) + 1 // a weight is at least 1
	labelDetour = 1 << 31                                   // see moreEdges
)

// coupling is the graph of an unfolded plan: ranks, communicators, links, hosts and
// feeds in one numbering, in this order.
type coupling struct {
	fold.Graph
	groups, links, hosts, feeds int32 // first vertex of each kind
}

// couple builds the graph of everything that couples ranks, all healthy. Links
// that are wide or that no communicator crosses are left without edges and change
// nothing.
func couple(p *plan, j *Job) *coupling {
	g := &coupling{groups: int32(p.nodes)}
	g.links = g.groups + int32(len(p.groupComm))
	g.hosts = g.links + int32(len(p.net.Capacity))
	g.feeds = g.hosts + int32(len(p.hostCount))
	g.colour(p, j)
	g.connect(p)
	return g
}

// colour says what each vertex is by itself.
func (g *coupling) colour(p *plan, j *Job) {
	g.Colour = make([]uint64, int(g.feeds)+p.grid.length())
	ranks, groups, links, hosts := g.Colour[:g.groups], g.Colour[g.groups:g.links], g.Colour[g.links:g.hosts], g.Colour[g.hosts:g.feeds]
	for r := range ranks {
		ranks[r] = p.warmColour(p.heldColour(mixAll(0, uint64(p.role[r])), r, j.Caps), r, j)
	}
	for i := range groups {
		groups[i] = mixAll(1, uint64(p.groupComm[i]), uint64(p.groupSize[i]), uint64(p.groupShape[i]))
	}
	for l := range links {
		links[l] = linkColour(p, int32(l))
	}
	for h := range hosts {
		hosts[h] = mixAll(4)
	}
	for f := range g.Colour[g.feeds:] {
		g.Colour[int(g.feeds)+f] = p.grid.feedColour(int32(f))
	}
}

func linkColour(p *plan, l int32) uint64 {
	return mixAll(2, uint64(p.net.Tier[l]), uint64(p.net.Capacity[l]))
}

// courseOf tells what a degrade slows from others: by the course of its speed, or of
// the supplies that it takes.
func courseOf(d *Degrade) uint64 {
	if d.Target == TargetSupply {
		return mixAll(7, uint64(d.Supplies), uint64(d.At), uint64(d.For))
	}
	return mixAll(3, uint64(d.Speed), uint64(d.At), uint64(d.For), uint64(d.Every))
}

func mixAll(vs ...uint64) uint64 {
	var h uint64
	for _, v := range vs {
		h = engine.Hash(h, v, 0)
	}
	return h
}

// connect fills the edges, both ways, in two passes: count, then place.
func (g *coupling) connect(p *plan) {
	g.First = make([]int32, len(g.Colour)+1)
	g.each(p, func(a, b int32, _ uint32) { g.First[a+1]++; g.First[b+1]++ })
	for v := range g.Colour {
		g.First[v+1] += g.First[v]
	}
	g.Edges = make([]fold.Edge, g.First[len(g.Colour)])
	next := append([]int32(nil), g.First...)
	g.each(p, func(a, b int32, label uint32) {
		g.Edges[next[a]] = fold.Edge{To: b, Label: label}
		g.Edges[next[b]] = fold.Edge{To: a, Label: label}
		next[a]++
		next[b]++
	})
}

// each calls f for every coupling once.
func (g *coupling) each(p *plan, f func(a, b int32, label uint32)) {
	for r := range p.nodes {
		f(int32(r), g.hosts+p.host[r], labelHost)
	}
	p.grid.each(func(host, feed int32) { f(g.hosts+host, g.feeds+feed, labelHost) }, func(feed, parent int32) { f(g.feeds+feed, g.feeds+parent, labelHost) })
	for i := range p.groupComm {
		v := g.groups + int32(i)
		for _, m := range p.membersOf(int32(i)) {
			f(m.node, v, labelComm+uint32(m.comm))
		}
		for _, h := range p.hopsOf(int32(i)) {
			if !p.net.IsWide(h.Link) {
				f(v, g.links+h.Link, labelRoute+h.Weight)
			}
		}
	}
}
