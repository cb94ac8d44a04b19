package training

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/fold"
	"trainsim/sim/network"
)

// Edge labels tell the ways two things can be related apart.
const (
	labelHost  = 1 << 40
	labelRoute = 2 << 40
	labelComm  = 3 << 40
)

// graph is the coupling of an unfolded plan: ranks, communicators, links and
// hosts in one numbering, in this order.
type graph struct {
	fold.Graph
	groups, links, hosts int32 // first vertex of each kind
}

// folded returns the quotient of plan p by its coarsest equitable partition:
// one node per class of ranks, one communicator per class of groups, and so on.
// Because every member of a class sees the same numbers of the same classes,
// the quotient runs through exactly the states of the whole.
func folded(j *Job, p *plan) (*plan, error) {
	g := couplings(j, p)
	class, n := fold.Refine(&g.Graph)
	if err := fold.Check(&g.Graph, class); err != nil {
		return nil, fmt.Errorf("folding: %w", err)
	}
	return quotient(j, p, g, class, n), nil
}

// couplings builds the graph of everything that couples ranks. Links that no
// communicator crosses are left without edges and change nothing.
func couplings(j *Job, p *plan) *graph {
	groups := len(p.groupComm)
	g := &graph{groups: int32(p.nodes)}
	g.links = g.groups + int32(groups)
	g.hosts = g.links + int32(len(p.net.Capacity))
	total := int(g.hosts) + len(p.hostCount)
	g.Colour = make([]uint64, total)
	for i := range p.nodes {
		g.Colour[i] = mixAll(0, uint64(p.stage[i]), speedColour(j, p.speed[i]))
	}
	for i := range groups {
		g.Colour[int(g.groups)+i] = mixAll(1, uint64(p.groupComm[i]), uint64(p.groupSize[i]), uint64(p.groupShape[i]))
	}
	for l := range p.net.Capacity {
		g.Colour[int(g.links)+l] = mixAll(2, uint64(p.net.Tier[l]), uint64(p.net.Capacity[l]))
	}
	for d, l := range p.linkOf {
		if l >= 0 {
			g.Colour[g.links+l] = mixAll(3, g.Colour[g.links+l], speedColour(j, []int32{int32(d)}))
		}
	}
	for h := range p.hostCount {
		g.Colour[int(g.hosts)+h] = mixAll(4)
	}
	g.connect(p)
	return g
}

// speedColour tells apart what differs in the course of a rank's or link's speed.
func speedColour(j *Job, degrades []int32) uint64 {
	h := uint64(5)
	for _, d := range degrades {
		deg := &j.Degrade[d]
		h = mixAll(h, uint64(deg.Speed), uint64(deg.At), uint64(deg.For))
	}
	return h
}

func mixAll(vs ...uint64) uint64 {
	var h uint64
	for _, v := range vs {
		h = engine.Hash(h, v, 0)
	}
	return h
}

// connect fills the edges, both ways, in two passes: count, then place.
func (g *graph) connect(p *plan) {
	g.First = make([]int32, len(g.Colour)+1)
	g.each(p, func(a, b int32, _ uint64) { g.First[a+1]++; g.First[b+1]++ })
	for v := range g.Colour {
		g.First[v+1] += g.First[v]
	}
	g.Edges = make([]fold.Edge, g.First[len(g.Colour)])
	next := append([]int32(nil), g.First...)
	g.each(p, func(a, b int32, label uint64) {
		g.Edges[next[a]] = fold.Edge{To: b, Label: label}
		g.Edges[next[b]] = fold.Edge{To: a, Label: label}
		next[a]++
		next[b]++
	})
}

// each calls f for every coupling once.
func (g *graph) each(p *plan, f func(a, b int32, label uint64)) {
	for r := range p.nodes {
		f(int32(r), g.hosts+p.host[r], labelHost)
	}
	for i := range p.groupComm {
		v := g.groups + int32(i)
		for _, m := range p.membersOf(int32(i)) {
			f(m.node, v, labelComm|uint64(m.comm))
		}
		for _, h := range p.hopsOf(int32(i)) {
			f(v, g.links+h.Link, labelRoute|uint64(h.Weight))
		}
	}
}

// index renumbers the classes found among vertices [lo, hi), in order of their
// first member; the partition never mixes kinds.
type index struct {
	id    []int32 // per class: number within the kind, -1 elsewhere
	first []int32 // first vertex of each, relative to lo
	count []int64
}

func indexOf(class []int32, n int, lo, hi int32) index {
	x := index{id: make([]int32, n)}
	for i := range x.id {
		x.id[i] = -1
	}
	for v := lo; v < hi; v++ {
		c := class[v]
		if x.id[c] < 0 {
			x.id[c] = int32(len(x.first))
			x.first = append(x.first, v-lo)
			x.count = append(x.count, 0)
		}
		x.count[x.id[c]]++
	}
	return x
}

// quotient builds the plan whose nodes are classes.
func quotient(j *Job, p *plan, g *graph, class []int32, n int) *plan {
	total := int32(len(g.Colour))
	ranks := indexOf(class, n, 0, g.groups)
	groups := indexOf(class, n, g.groups, g.links)
	links := indexOf(class, n, g.links, g.hosts)
	hosts := indexOf(class, n, g.hosts, total)
	q := &plan{nodes: len(ranks.first), count: ranks.count, shapes: p.shapes,
		groupCount: groups.count, hostCount: hosts.count, hostName: hosts.first}
	q.rankNode = make([]int32, p.nodes)
	for r := range p.nodes {
		q.rankNode[r] = ranks.id[class[r]]
	}
	for _, r := range ranks.first {
		q.stage = append(q.stage, p.stage[r])
		q.speed = append(q.speed, p.speed[r])
		h := hosts.id[class[g.hosts+p.host[r]]]
		q.host = append(q.host, h)
		q.perHost = append(q.perHost, g.countTo(class, g.hosts+hosts.first[h], labelHost, class[r]))
	}
	for c := range q.group {
		q.group[c] = make([]int32, q.nodes)
		for i, r := range ranks.first {
			q.group[c][i] = -1
			if grp := p.group[c][r]; grp >= 0 {
				q.group[c][i] = groups.id[class[g.groups+grp]]
			}
		}
	}
	q.net = network.Plan{Tiers: p.net.Tiers, LinkCount: links.count, FlowCount: groups.count}
	for _, l := range links.first {
		q.net.Capacity = append(q.net.Capacity, p.net.Capacity[l])
		q.net.Tier = append(q.net.Tier, p.net.Tier[l])
	}
	for _, grp := range groups.first {
		q.firstMember = append(q.firstMember, int32(len(q.members)))
		q.net.First = append(q.net.First, int32(len(q.net.Hops)))
		q.foldMembers(p.membersOf(grp), ranks, class)
		q.foldHops(p.hopsOf(grp), g, links, class, class[g.groups+grp])
		q.groupComm = append(q.groupComm, p.groupComm[grp])
		q.groupSize = append(q.groupSize, p.groupSize[grp])
		q.groupShape = append(q.groupShape, p.groupShape[grp])
	}
	q.firstMember = append(q.firstMember, int32(len(q.members)))
	q.net.First = append(q.net.First, int32(len(q.net.Hops)))
	q.linkOf = make([]int32, len(j.Degrade))
	for d, l := range p.linkOf {
		q.linkOf[d] = -1
		if l < 0 {
			continue
		}
		// Links of a class are degraded alike: the first stands for all.
		if c := links.id[class[g.links+l]]; links.first[c] == l {
			q.linkOf[d] = c
		}
	}
	return q
}

// countTo counts the edges of vertex v with the given label to class c.
func (g *graph) countTo(class []int32, v int32, label uint64, c int32) int64 {
	var n int64
	for _, e := range g.Edges[g.First[v]:g.First[v+1]] {
		if e.Label == label && class[e.To] == c {
			n++
		}
	}
	return n
}

// foldMembers appends the members of one group, alike ones counted once.
func (p *plan) foldMembers(ms []member, ranks index, class []int32) {
	first := len(p.members)
next:
	for _, m := range ms {
		node := ranks.id[class[m.node]]
		for i := first; i < len(p.members); i++ {
			if p.members[i].node == node && p.members[i].comm == m.comm {
				p.members[i].count++
				continue next
			}
		}
		p.members = append(p.members, member{node: node, count: 1, comm: m.comm})
	}
}

// foldHops appends the hops of one group, one per class of link and weight. The
// number of such flows on one link is counted from the link's side.
func (p *plan) foldHops(hops []network.Hop, g *graph, links index, class []int32, groupClass int32) {
	first := len(p.net.Hops)
next:
	for _, h := range hops {
		l := links.id[class[g.links+h.Link]]
		for i := first; i < len(p.net.Hops); i++ {
			if p.net.Hops[i].Link == l && p.net.Hops[i].Weight == h.Weight {
				continue next
			}
		}
		n := g.countTo(class, g.links+h.Link, labelRoute|uint64(h.Weight), groupClass)
		p.net.Hops = append(p.net.Hops, network.Hop{Link: l, Weight: h.Weight, Flows: n})
	}
}

// stageRanks counts the ranks of each stage.
func (p *plan) stageRanks(stages int) []int64 {
	n := make([]int64, stages)
	for i := range p.nodes {
		n[p.stage[i]] += p.count[i]
	}
	return n
}
