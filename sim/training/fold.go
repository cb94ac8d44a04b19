package training

import (
	"cmp"
	"slices"

	"trainsim/sim/fold"
	"trainsim/sim/network"
)

// folding makes quotients of an unfolded plan: plans in which a node is a class
// of ranks, a communicator a class of groups, and so on. What a class is, its
// first member says. It keeps its memory from one quotient to the next.
type folding struct {
	whole    *plan
	coupling *coupling
	healthy  []int32 // class of each vertex of the coupling
	classes  int     // healthy ones

	graph   fold.Graph // the coupling, coloured by what is wrong, and with detours
	changed []int32    // vertices of other than healthy colour
	refiner fold.Refiner
	wrong   []Degrade // that the classes are for
	detours *detours  // around what is dead
	err     error     // why there are none
	class   []int32   // of each vertex; nil: not found yet
	n       int       // classes
	number  []int32   // see classes.count

	ranks, groups, links, hosts, feeds classes
	wide                               *wideClasses
}

func newFolding(p *Prepared) *folding {
	f := &folding{whole: p.plan, coupling: p.coupling, healthy: p.class, classes: p.classes, graph: p.coupling.Graph, wide: newWideClasses(p.wide)}
	f.graph.Colour = slices.Clone(p.coupling.Colour)
	return f
}

// quotient returns the quotient of the plan, with what is wrong in job j, by its
// coarsest equitable partition. Because every member of a class sees the same
// numbers of the same classes, the quotient runs through exactly the states of
// the whole. It is valid until the next.
func (f *folding) quotient(j *Job) *plan {
	ranks, links := f.whole.harms(j)
	f.refine(j, ranks, links)
	f.count()
	q := &plan{nodes: len(f.ranks.first), shapes: f.whole.shapes}
	f.foldNodes(q)
	f.foldHeld(q)
	f.foldCooling(q)
	f.foldHosts(q)
	f.foldFeeds(q)
	f.foldLinks(q)
	if j.Trace != nil {
		f.foldWide(q)
	}
	f.foldGroups(q)
	f.foldSpeeds(q, ranks)
	f.foldDegrades(q, links, len(j.Degrade))
	f.foldSupplies(q, j)
	f.foldDetours(q)
	return q
}

// refine finds the classes with what is wrong in job j, unless it has just done so.
func (f *folding) refine(j *Job, ranks, links []harm) {
	if f.class == nil || !slices.Equal(f.wrong, j.Degrade) {
		f.wrong = append(f.wrong[:0], j.Degrade...)
		f.detours, f.err = f.whole.detours(j)
		f.colour(j, ranks, links)
		f.class, f.n = f.refiner.RefineFrom(&f.graph, f.healthy, f.classes, f.changed)
	}
}

// fingerprint returns what the quotient looks like up to the names of ranks, links
// and hosts.
func (f *folding) fingerprint(j *Job) fold.Fingerprint {
	ranks, links := f.whole.harms(j)
	f.refine(j, ranks, links)
	return fold.FingerprintOf(&f.graph, f.class, f.n)
}

// colour gives the vertices that something is wrong with colours of their own,
// and the healthy ones back to those that were changed before.
func (f *folding) colour(j *Job, ranks, links []harm) {
	for _, v := range f.changed {
		f.graph.Colour[v] = f.coupling.Colour[v]
	}
	f.changed = f.changed[:0]
	change := func(v int32, what uint64) {
		f.graph.Colour[v] = mixAll(f.graph.Colour[v], what)
		f.changed = append(f.changed, v)
	}
	for _, h := range ranks {
		change(h.at, courseOf(&j.Degrade[h.degrade]))
	}
	for _, h := range links {
		change(f.coupling.links+h.at, courseOf(&j.Degrade[h.degrade]))
	}
	for d, h := range f.whole.supplyHosts(j) {
		if h >= 0 {
			change(f.coupling.hosts+h, courseOf(&j.Degrade[d]))
		}
	}
	f.detour(change)
	slices.Sort(f.changed)
	f.changed = slices.Compact(f.changed)
}

// count lists the classes of each kind of vertex.
func (f *folding) count() {
	g := f.coupling
	f.number = slices.Grow(f.number[:0], f.n)[:f.n]
	f.ranks.count(f.class[:g.groups], f.number)
	f.groups.count(f.class[g.groups:g.links], f.number)
	f.links.count(f.class[g.links:g.hosts], f.number)
	f.hosts.count(f.class[g.hosts:g.feeds], f.number)
	f.feeds.count(f.class[g.feeds:], f.number)
}

// classes are the classes of one kind of vertex, in order of their first member;
// the partition never mixes kinds.
type classes struct {
	of    []int32 // per vertex: its class within the kind
	first []int32 // per class: its first vertex
	size  []int64 // per class: its vertices
}

// count renumbers the classes of the vertices of one kind. It works in number: of
// each class of any kind, the one within its kind.
func (x *classes) count(class, number []int32) {
	for i := range number {
		number[i] = -1
	}
	x.of, x.first, x.size = x.of[:0], x.first[:0], x.size[:0]
	for v, c := range class {
		if number[c] < 0 {
			number[c] = int32(len(x.first))
			x.first = append(x.first, int32(v))
			x.size = append(x.size, 0)
		}
		x.of = append(x.of, number[c])
		x.size[number[c]]++
	}
}

// foldNodes makes a node of each class of ranks.
func (f *folding) foldNodes(q *plan) {
	p := f.whole
	q.count, q.rankNode = f.ranks.size, f.ranks.of
	for _, r := range f.ranks.first {
		host := p.host[r]
		q.role = append(q.role, p.role[r])
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
	q.hostCount, q.hostClass, q.hostID = f.hosts.size, f.hosts.of, f.whole.hostID
}

func (f *folding) foldLinks(q *plan) {
	net := &f.whole.net
	q.net = network.Plan{Tiers: net.Tiers, LinkCount: f.links.size, FlowCount: f.groups.size}
	q.linkFirst = f.links.first
	for _, l := range f.links.first {
		q.net.Capacity = append(q.net.Capacity, net.Capacity[l])
		q.net.Tier = append(q.net.Tier, net.Tier[l])
	}
}

// foldWide adds the classes of wide links, which are counted where somebody looks.
func (f *folding) foldWide(q *plan) {
	f.wide.find(&f.groups, len(q.linkFirst))
	q.net.Wide = make([]bool, len(q.linkFirst))
	for i, first := range f.wide.classes.first {
		l := f.wide.links[first]
		q.linkFirst = append(q.linkFirst, l)
		q.net.Capacity = append(q.net.Capacity, f.whole.net.Capacity[l])
		q.net.Tier = append(q.net.Tier, f.whole.net.Tier[l])
		q.net.LinkCount = append(q.net.LinkCount, f.wide.classes.size[i])
		q.net.Wide = append(q.net.Wide, true)
	}
}

// foldGroups makes a communicator, with members and a route, of each class of groups.
func (f *folding) foldGroups(q *plan) {
	p := f.whole
	q.groupCount = f.groups.size
	var passages []passage
	if q.net.Wide != nil {
		passages = f.wide.passages
	}
	for i, g := range f.groups.first {
		q.firstMember = append(q.firstMember, int32(len(q.members)))
		q.net.First = append(q.net.First, int32(len(q.net.Hops)))
		q.members = f.appendMembers(q.members, g)
		q.net.Hops = f.appendHops(q.net.Hops, g, p.hopsOf(g), func(h network.Hop) uint32 { return labelRoute + h.Weight })
		for ; len(passages) > 0 && passages[0].group == int32(i); passages = passages[1:] {
			q.net.Hops = append(q.net.Hops, passages[0].hop)
		}
		q.groupComm = append(q.groupComm, p.groupComm[g])
		q.groupSize = append(q.groupSize, p.groupSize[g])
		q.groupShape = append(q.groupShape, p.groupShape[g])
	}
	q.firstMember = append(q.firstMember, int32(len(q.members)))
	q.net.First = append(q.net.First, int32(len(q.net.Hops)))
}

// foldSpeeds notes the degrades that slow a class: those of its first rank.
func (f *folding) foldSpeeds(q *plan, ranks []harm) {
	q.speed = make([][]int32, q.nodes)
	for _, h := range ranks {
		if i := f.ranks.of[h.at]; f.ranks.first[i] == h.at {
			q.speed[i] = append(q.speed[i], h.degrade)
		}
	}
}

// foldDegrades keeps one degrade of a link for each class: its links are
// degraded alike, and the first stands for all.
func (f *folding) foldDegrades(q *plan, links []harm, degrades int) {
	q.linkOf = make([]int32, degrades)
	for d := range q.linkOf {
		q.linkOf[d] = -1
	}
	for _, h := range links {
		if l := f.links.of[h.at]; f.links.first[l] == h.at {
			q.linkOf[h.degrade] = l
		}
	}
}

// foldSupplies keeps the degrades that take supplies of the first host of a class,
// which stands for the others.
func (f *folding) foldSupplies(q *plan, j *Job) {
	q.supplyOf = f.whole.supplyHosts(j)
	for d, h := range q.supplyOf {
		if h < 0 {
			continue
		}
		q.supplyOf[d] = -1
		if class := f.hosts.of[h]; f.hosts.first[class] == h {
			q.supplyOf[d] = class
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

// appendHops appends a route of group g without wide links: a hop for each class
// of links and weight, sorted by them. How many groups of the class cross one such
// link is counted from the link's side, by the edges that stand for such a hop.
func (f *folding) appendHops(hops []network.Hop, g int32, whole []network.Hop, label func(network.Hop) uint32) []network.Hop {
	var route []network.Hop
	for _, h := range whole {
		if !f.whole.net.IsWide(h.Link) {
			h.Link = f.links.of[h.Link]
			route = append(route, h)
		}
	}
	slices.SortFunc(route, func(a, b network.Hop) int {
		return cmp.Or(cmp.Compare(a.Link, b.Link), cmp.Compare(a.Weight, b.Weight))
	})
	groups := f.class[f.coupling.groups+g]
	for _, h := range slices.Compact(route) {
		link := f.coupling.links + f.links.first[h.Link]
		h.Flows = f.countEdges(link, label(h), groups)
		hops = append(hops, h)
	}
	return hops
}

// countEdges counts the edges of vertex v with the given label to class c.
func (f *folding) countEdges(v int32, label uint32, c int32) (n int64) {
	g := &f.graph
	for _, e := range g.Edges[g.First[v]:g.First[v+1]] {
		if e.Label == label && f.class[e.To] == c {
			n++
		}
	}
	return n
}

// roleRanks counts the ranks that execute each of a number of programs.
func (p *plan) roleRanks(programs int) []int64 {
	n := make([]int64, programs)
	for i := range p.nodes {
		n[p.role[i]] += p.count[i]
	}
	return n
}
