package network

// Wide tells, per link of a plan that is not folded, whether it is wide: whether
// what leads to it can never fill it. Such a link bounds no rate, and a plan that
// knows of it is solved without it.
//
// Let link U carry flow f at weight w(f, U), and let N be the links below it that
// flows over U cross. If on the links of N together every such flow has at least
// the weight that it has on U, then with r the rates and C the capacities
//
//	Σ_f r(f)·w(f, U) ≤ Σ_f r(f)·Σ_{l∈N} w(f, l) ≤ Σ_{l∈N} C(l),
//
// and where that is at most C(U), U is never overfull as long as no link of N is.
// The same rates are feasible without U, hence the same of them max-min fair. That
// stays so when links of N become slower, but not when U does, unless all below it
// lose the same share at the same times.
//
// Below a link are those that lead to it from the GPUs, or from it to them, so
// that no two links are left out for each other's sake. Where routes are hashed,
// an uplink is as narrow as a NIC, and none is looked at. Wide returns nil where
// no link is wide.
func (t *Topology) Wide(p *Plan) []bool {
	above := t.Above()
	if above == nil {
		return nil
	}
	for len(above) < len(p.Capacity) { // links of their own that bound background traffic
		above = append(above, -1)
	}
	links := len(p.Capacity)
	w := wideness{above: above, room: make([]int64, links), last: make([]int32, links), below: make([]uint64, links), counted: make([]bool, links)}
	copy(w.room, p.Capacity)
	for f := range p.Flows() {
		w.add(int32(f), p.Hops[p.First[f]:p.First[f+1]], p.Capacity)
	}
	any, wide := false, make([]bool, links)
	for l := range wide {
		wide[l] = w.last[l] > 0 && w.room[l] >= 0
		any = any || wide[l]
	}
	if !any {
		return nil
	}
	return wide
}

// wideness is what is known of links while flows are looked at one by one.
type wideness struct {
	above   []int32  // per link: the one it leads to, or is led to by; -1: none
	room    []int64  // per link: its capacity less that of N; below 0: it is not wide
	last    []int32  // per link: the last flow that crosses it, and one more; 0: none
	below   []uint64 // per link: the weight of the present flow on those below it
	counted []bool   // per link: it is in N of the one above
}

// add takes flow f into account.
func (w *wideness) add(f int32, route []Hop, capacity []int64) {
	for _, h := range route {
		w.last[h.Link] = f + 1
		if u := w.above[h.Link]; u >= 0 {
			w.below[u] += uint64(h.Weight)
		}
	}
	for _, h := range route {
		if w.below[h.Link] < uint64(h.Weight) {
			w.room[h.Link] = -1
		}
	}
	for _, h := range route {
		u := w.above[h.Link]
		if u < 0 {
			continue
		}
		w.below[u] = 0
		if w.last[u] == f+1 && !w.counted[h.Link] {
			w.counted[h.Link] = true
			w.room[u] -= capacity[h.Link]
		}
	}
}

// Above returns, per link, the one above it (see Wide), or -1; nil where no link is
// above another.
func (t *Topology) Above() []int32 {
	w, ok := t.wiring.(*fatTree)
	if !ok || w.ecmp {
		return nil
	}
	above := make([]int32, t.Links())
	for l := range above {
		above[l] = -1
	}
	for n := range int32(t.GPUs / t.GPUsPerHost * t.nics) {
		leaf := w.leafOf(n)
		above[t.nic.up(n)], above[t.nic.down(n)] = w.leaf.up(leaf), w.leaf.down(leaf)
	}
	for leaf := int32(0); w.spineUps > 0 && leaf < int32(w.leaves); leaf++ {
		set := w.setOf(leaf)
		above[w.leaf.up(leaf)], above[w.leaf.down(leaf)] = w.spine.up(set), w.spine.down(set)
	}
	return above
}
