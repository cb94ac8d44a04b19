package training

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/fold"
	"trainsim/sim/network"
)

// folding makes the quotient of an unfolded plan: a plan in which a node is a
// class of ranks, a communicator a class of groups, and so on. What a class is,
// its first member says.
type folding struct {
	whole    *plan
	coupling *coupling
	class    []int32 // of each vertex of the coupling

	ranks, groups, links, hosts classes
}

// folded returns the quotient of plan p by its coarsest equitable partition.
// Because every member of a class sees the same numbers of the same classes,
// the quotient runs through exactly the states of the whole.
func folded(j *Job, p *plan) (*plan, error) {
	g := couple(j, p)
	class, n := fold.Refine(&g.Graph)
	if err := fold.Check(&g.Graph, class); err != nil {
		return nil, fmt.Errorf("folding: %w", err)
	}
	f := &folding{whole: p, coupling: g, class: class,
		ranks:  classesOf(class[:g.groups], n),
		groups: classesOf(class[g.groups:g.links], n),
		links:  classesOf(class[g.links:g.hosts], n),
		hosts:  classesOf(class[g.hosts:], n),
	}
	q := &plan{nodes: len(f.ranks.first), shapes: p.shapes}
	f.foldNodes(q)
	f.foldHosts(q)
	f.foldLinks(q)
	f.foldGroups(q)
	f.foldDegrades(q)
	return q, nil
}

// classes are the classes of one kind of vertex, in order of their first member;
// the partition never mixes kinds.
type classes struct {
	of    []int32 // per vertex: its class within the kind
	first []int32 // per class: its first vertex
	count []int64 // per class: its vertices
}

// classesOf renumbers the classes, of n in all, of the vertices of one kind.
func classesOf(class []int32, n int) classes {
	x := classes{of: make([]int32, len(class))}
	number := make([]int32, n) // of each class within the kind, and one more; 0: not seen yet
	for v, c := range class {
		if number[c] == 0 {
			x.first = append(x.first, int32(v))
			x.count = append(x.count, 0)
			number[c] = int32(len(x.first))
		}
		x.of[v] = number[c] - 1
		x.count[x.of[v]]++
	}
	return x
}

// foldNodes makes a node of each class of ranks.
func (f *folding) foldNodes(q *plan) {
	p := f.whole
	q.count, q.rankNode = f.ranks.count, f.ranks.of
	for _, r := range f.ranks.first {
		host := p.host[r]
		q.stage = append(q.stage, p.stage[r])
		q.speed = append(q.speed, p.speed[r])
		q.host = append(q.host, f.hosts.of[host])
		q.perHost = append(q.perHost, f.countEdges(f.coupling.hosts+host, labelHost, f.class[r]))
	}
	for c := range q.group {
		q.group[c] = make([]int32, q.nodes)
		for i, r := range f.ranks.first {
			q.group[c][i] = -1
			if g := p.group[c][r]; g >= 0 {
				q.group[c][i] = f.groups.of[g]
			}
		}
	}
}

func (f *folding) foldHosts(q *plan) {
	q.hostCount, q.hostClass, q.hostID = f.hosts.count, f.hosts.of, f.whole.hostID
}

func (f *folding) foldLinks(q *plan) {
	net := &f.whole.net
	q.net = network.Plan{Tiers: net.Tiers, LinkCount: f.links.count, FlowCount: f.groups.count}
	q.linkFirst = f.links.first
	for _, l := range f.links.first {
		q.net.Capacity = append(q.net.Capacity, net.Capacity[l])
		q.net.Tier = append(q.net.Tier, net.Tier[l])
	}
}

// foldGroups makes a communicator, with members and a route, of each class of groups.
func (f *folding) foldGroups(q *plan) {
	p := f.whole
	q.groupCount = f.groups.count
	for _, g := range f.groups.first {
		q.firstMember = append(q.firstMember, int32(len(q.members)))
		q.net.First = append(q.net.First, int32(len(q.net.Hops)))
		q.members = f.appendMembers(q.members, g)
		q.net.Hops = f.appendHops(q.net.Hops, g)
		q.groupComm = append(q.groupComm, p.groupComm[g])
		q.groupSize = append(q.groupSize, p.groupSize[g])
		q.groupShape = append(q.groupShape, p.groupShape[g])
	}
	q.firstMember = append(q.firstMember, int32(len(q.members)))
	q.net.First = append(q.net.First, int32(len(q.net.Hops)))
}

// foldDegrades keeps one degrade of a link for each class: its links are
// degraded alike, and the first stands for all.
func (f *folding) foldDegrades(q *plan) {
	q.linkOf = make([]int32, len(f.whole.linkOf))
	for d, l := range f.whole.linkOf {
		q.linkOf[d] = -1
		if l >= 0 && f.links.first[f.links.of[l]] == l {
			q.linkOf[d] = f.links.of[l]
		}
	}
}

// appendMembers appends the members of group g, alike ones counted once.
func (f *folding) appendMembers(members []member, g int32) []member {
	from := len(members)
	for _, m := range f.whole.membersOf(g) {
		node := f.ranks.of[m.node]
		alike := func(o member) bool { return o.node == node && o.comm == m.comm }
		if i := slices.IndexFunc(members[from:], alike); i >= 0 {
			members[from+i].count++
		} else {
			members = append(members, member{node: node, count: 1, comm: m.comm})
		}
	}
	return members
}

// appendHops appends the route of group g: a hop for each class of links and
// weight, sorted by them. How many groups of the class cross one such link is
// counted from the link's side.
func (f *folding) appendHops(hops []network.Hop, g int32) []network.Hop {
	route := slices.Clone(f.whole.hopsOf(g))
	for i := range route {
		route[i].Link = f.links.of[route[i].Link]
	}
	slices.SortFunc(route, func(a, b network.Hop) int {
		return cmp.Or(cmp.Compare(a.Link, b.Link), cmp.Compare(a.Weight, b.Weight))
	})
	groups := f.class[f.coupling.groups+g]
	for _, h := range slices.Compact(route) {
		link := f.coupling.links + f.links.first[h.Link]
		h.Flows = f.countEdges(link, labelRoute|uint64(h.Weight), groups)
		hops = append(hops, h)
	}
	return hops
}

// countEdges counts the edges of vertex v with the given label to class c.
func (f *folding) countEdges(v int32, label uint64, c int32) (n int64) {
	g := f.coupling
	for _, e := range g.Edges[g.First[v]:g.First[v+1]] {
		if e.Label == label && f.class[e.To] == c {
			n++
		}
	}
	return n
}

// stageRanks counts the ranks of each stage.
func (p *plan) stageRanks(stages int) []int64 {
	n := make([]int64, stages)
	for i := range p.nodes {
		n[p.stage[i]] += p.count[i]
	}
	return n
}
