package training

import (
	"cmp"
	"slices"

	"trainsim/sim/fold"
	"trainsim/sim/network"
)

// wideLinks are the wide links of an unfolded plan (network.Topology.Wide). They
// couple nobody, and are classed apart, after all else: by which groups cross them.
// The graph leads from links to groups, and not back. Groups come first, then links.
type wideLinks struct {
	fold.Graph
	links []int32 // in order
}

// groupsOver builds the graph of the wide links of a plan.
func groupsOver(p *plan) *wideLinks {
	w := &wideLinks{}
	groups := len(p.groupComm)
	vertex := make([]int32, len(p.net.Wide)) // of each wide link
	for l, wide := range p.net.Wide {
		if wide {
			vertex[l] = int32(groups + len(w.links))
			w.links = append(w.links, int32(l))
		}
	}
	w.Colour = make([]uint64, groups+len(w.links))
	for i, l := range w.links {
		w.Colour[groups+i] = linkColour(p, l)
	}
	w.First = make([]int32, len(w.Colour)+1)
	p.eachWide(func(_ int32, h network.Hop) { w.First[vertex[h.Link]+1]++ })
	for v := range w.Colour {
		w.First[v+1] += w.First[v]
	}
	w.Edges = make([]fold.Edge, w.First[len(w.Colour)])
	next := slices.Clone(w.First)
	p.eachWide(func(g int32, h network.Hop) {
		v := vertex[h.Link]
		w.Edges[next[v]] = fold.Edge{To: g, Label: h.Weight}
		next[v]++
	})
	return w
}

// eachWide calls f for every group and wide link that it crosses.
func (p *plan) eachWide(f func(group int32, h network.Hop)) {
	for g := range p.groupComm {
		for _, h := range p.hopsOf(int32(g)) {
			if p.net.IsWide(h.Link) {
				f(int32(g), h)
			}
		}
	}
}

// narrowedBy lists, in order, the wide links of a plan that degrades slow and that
// may no longer be wide: unless every link below is slowed alike.
func (p *Prepared) narrowedBy(degrade []Degrade) []int32 {
	wide := func(d Degrade) bool { return d.Target == TargetLink && p.plan.net.IsWide(d.ID) }
	if !slices.ContainsFunc(degrade, wide) {
		return nil
	}
	same := map[Degrade]int{} // times that a link has a course
	for _, d := range degrade {
		same[nameless(d)]++
	}
	below := make([][]int32, len(p.plan.net.Wide))
	for l, u := range p.job.Topology.Above() {
		if u >= 0 {
			below[u] = append(below[u], int32(l))
		}
	}
	var slow []int32
	for _, d := range degrade {
		faster := func(l int32) bool {
			o := nameless(d)
			o.ID = l
			return same[o] < same[nameless(d)]
		}
		if wide(d) && slices.ContainsFunc(below[d.ID], faster) {
			slow = append(slow, d.ID)
		}
	}
	slices.Sort(slow)
	return slices.Compact(slow)
}

// nameless returns a degrade without the name that it is told of by.
func nameless(d Degrade) Degrade {
	d.Part = ""
	return d
}

// passage is a class of groups that crosses a class of wide links.
type passage struct {
	group int32
	hop   network.Hop
}

// wideClasses puts wide links into classes, with what crosses each.
type wideClasses struct {
	wideLinks // with colours of their own
	refiner   fold.Refiner
	number    []int32 // see classes.count
	classes   classes
	passages  []passage // by group, link and weight
}

func newWideClasses(w *wideLinks) *wideClasses {
	c := &wideClasses{wideLinks: *w}
	c.Colour = slices.Clone(w.Colour)
	return c
}

// find classes the wide links by the classes of the groups. In the quotient they
// come after a number of other classes of links.
func (w *wideClasses) find(groups *classes, after int) {
	for g, c := range groups.of {
		w.Colour[g] = uint64(c)
	}
	class, n := w.refiner.Look(&w.Graph)
	w.number = slices.Grow(w.number[:0], n)[:n]
	w.classes.count(class[len(groups.of):], w.number)
	w.passages = w.passages[:0]
	for i, first := range w.classes.first {
		v := len(groups.of) + int(first)
		for _, e := range w.Edges[w.First[v]:w.First[v+1]] {
			hop := network.Hop{Link: int32(after + i), Weight: e.Label, Flows: 1}
			w.passages = append(w.passages, passage{groups.of[e.To], hop})
		}
	}
	w.merge()
}

// merge sorts the passages and counts those alike.
func (w *wideClasses) merge() {
	slices.SortFunc(w.passages, func(a, b passage) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.hop.Link, b.hop.Link), cmp.Compare(a.hop.Weight, b.hop.Weight))
	})
	out := w.passages[:0]
	for _, p := range w.passages {
		if n := len(out); n > 0 && out[n-1].group == p.group && out[n-1].hop.Link == p.hop.Link && out[n-1].hop.Weight == p.hop.Weight {
			out[n-1].hop.Flows++
		} else {
			out = append(out, p)
		}
	}
	w.passages = out
}
