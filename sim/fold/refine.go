package fold

import (
	"math/bits"
	"slices"
)

// Refiner refines partitions, one after another in the same memory. The zero
// value is ready to use; a partition it returns holds until the next.
//
// It is colour refinement (Weisfeiler and Leman, 1968; Paige and Tarjan, "Three
// partition refinement algorithms", SIAM J. Comput. 16(6), 1987) with hashed
// multisets: a vertex is known by the 128-bit sum of a hash of (label, class)
// over its edges, and only vertices next to one that changed class are looked
// at again. Different multisets have equal sums with a probability of about
// 2^-128; Check tells with certainty.
//
// The members of a class have equal sums at any time. Those of the vertices next to
// a move change by the difference of two hashes, so that the new sums of a class
// are equal where these differences are: no sum is computed more than once.
type Refiner struct {
	g     *Graph
	class []int32
	size  []int32 // per class

	change []sum   // per vertex: of its sum, by the last moves; 0 between them
	marked []bool  // per vertex: it is in dirty
	dirty  []int32 // next to a move
	moved  []int32
	left   []int32 // the class that each of those was in

	seen    []int32 // per class: members in the groups of this split
	largest []int32 // per class: its largest group, -1 none
	groups  []group
	groupOf []int32 // per vertex to be split, by position
	table   []int32 // open addressing: index into groups, -1 empty
	keys    []sum   // per vertex to be split, by position
}

// Refine returns the coarsest equitable partition that refines the colours:
// vertices of one class have one colour and, for every class and label, equally
// many edges with that label into it. class[v] is the class of vertex v; n is
// the number of classes, which are numbered by their first member.
func (r *Refiner) Refine(g *Graph) (class []int32, n int) {
	r.settle(r.look(g))
	return number(r.class, r.seen)
}

// Look returns the partition by colours and, for every colour and label, the number
// of edges with that label into it: one step of refinement. Edges may lead one way.
func (r *Refiner) Look(g *Graph) (class []int32, n int) {
	r.look(g)
	return number(r.class, r.seen)
}

// RefineFrom returns the coarsest equitable partition that refines both the
// colours of g and a given partition into n classes, which must be equitable for
// the same edges; or for fewer, where the colours of the vertices with more tell
// how many of these, with which labels, lead into each class. changed lists the vertices, each once, whose colour is another
// than when class was made. It takes time for what changes, and a few passes over
// the vertices.
func (r *Refiner) RefineFrom(g *Graph, class []int32, n int, changed []int32) ([]int32, int) {
	r.begin(g, n)
	copy(r.class, class)
	for _, c := range class {
		r.size[c]++
	}
	r.settle(r.splitByColour(changed))
	return number(r.class, r.seen)
}

// Refine returns the coarsest equitable partition; see [Refiner.Refine].
func Refine(g *Graph) (class []int32, n int) { return new(Refiner).Refine(g) }

// sum is a multiset of (label, class), as the sum of hashes in two lanes.
type sum struct{ a, b uint64 }

// group is what one class splits off: members with one sum.
type group struct {
	key   sum
	class int32
	count int32
	to    int32 // the class it becomes
}

// begin makes room for a partition of g that starts with n classes, all empty.
func (r *Refiner) begin(g *Graph, n int) {
	r.g = g
	vertices := len(g.Colour)
	r.class = slices.Grow(r.class[:0], vertices)[:vertices]
	r.change = slices.Grow(r.change[:0], vertices)[:vertices]
	r.marked = slices.Grow(r.marked[:0], vertices)[:vertices]
	r.size, r.seen, r.largest = r.size[:0], r.seen[:0], r.largest[:0]
	for range n {
		r.addClass(0)
	}
}

// addClass appends a class.
func (r *Refiner) addClass(size int32) int32 {
	r.size = append(r.size, size)
	r.seen = append(r.seen, 0)
	r.largest = append(r.largest, -1)
	return int32(len(r.size) - 1)
}

// look splits all vertices by colour, then by their sums, and returns those that
// the sums moved.
func (r *Refiner) look(g *Graph) (moved []int32) {
	r.begin(g, 1)
	clear(r.class)
	r.size[0] = int32(len(g.Colour))
	r.dirty = r.dirty[:0]
	for v := range g.Colour {
		r.dirty = append(r.dirty, int32(v))
	}
	r.splitByColour(r.dirty)
	r.keys = r.keys[:0]
	for v := range g.Colour {
		r.keys = append(r.keys, r.sum(int32(v)))
	}
	return r.split(r.dirty, false)
}

// settle splits the vertices next to those that moved, until nothing moves.
func (r *Refiner) settle(moved []int32) {
	for len(moved) > 0 {
		r.spread(moved)
		r.keys = r.keys[:0]
		for _, v := range r.dirty {
			r.keys = append(r.keys, r.change[v])
			r.change[v], r.marked[v] = sum{}, false
		}
		moved = r.split(r.dirty, true)
	}
}

// spread changes the sums of the vertices next to those that moved, which become
// the dirty ones.
func (r *Refiner) spread(moved []int32) {
	r.dirty = r.dirty[:0]
	for i, u := range moved {
		var by sum
		known, label := false, uint32(0) // that by is for
		for _, e := range r.g.edges(u) {
			if !known || e.Label != label {
				to, from := mix(uint64(e.Label), uint64(r.class[u])), mix(uint64(e.Label), uint64(r.left[i]))
				by, known, label = sum{to.a - from.a, to.b - from.b}, true, e.Label
			}
			change := &r.change[e.To]
			change.a += by.a
			change.b += by.b
			if !r.marked[e.To] {
				r.marked[e.To] = true
				r.dirty = append(r.dirty, e.To)
			}
		}
	}
}

// splitByColour separates the given vertices by colour, and from the rest of
// their classes. What they see around them is not looked at.
func (r *Refiner) splitByColour(vertices []int32) (moved []int32) {
	r.keys = r.keys[:0]
	for _, v := range vertices {
		r.keys = append(r.keys, sum{a: r.g.Colour[v]})
	}
	return r.split(vertices, false)
}

// split separates vertices of one class that have different keys and returns
// those that moved to a new class. Members of the class that are not given stay
// together, and with zero also those whose key is 0.
func (r *Refiner) split(vertices []int32, zero bool) (moved []int32) {
	r.collect(vertices)
	for i, g := range r.groups {
		r.seen[g.class] += g.count
		if l := r.largest[g.class]; l < 0 || g.count > r.groups[l].count {
			r.largest[g.class] = int32(i)
		}
	}
	for i := range r.groups {
		g := &r.groups[i]
		stays := r.largest[g.class] == int32(i)
		if r.seen[g.class] < r.size[g.class] {
			stays = zero && g.key == sum{}
		}
		g.to = g.class
		if !stays {
			g.to = r.addClass(g.count)
		}
	}
	for _, g := range r.groups {
		r.seen[g.class], r.largest[g.class] = 0, -1
		if g.to != g.class {
			r.size[g.class] -= g.count
		}
	}
	r.moved, r.left = r.moved[:0], r.left[:0]
	for i, v := range vertices {
		if to := r.groups[r.groupOf[i]].to; to != r.class[v] {
			r.moved, r.left = append(r.moved, v), append(r.left, r.class[v])
			r.class[v] = to
		}
	}
	return r.moved
}

// collect puts the vertices into groups by class and key.
func (r *Refiner) collect(vertices []int32) {
	slots := 1 << bits.Len(uint(2*len(vertices)))
	if cap(r.table) < slots {
		r.table = make([]int32, slots)
	}
	table := r.table[:slots]
	for i := range table {
		table[i] = -1
	}
	r.groups, r.groupOf = r.groups[:0], r.groupOf[:0]
	for i, v := range vertices {
		key, class := r.keys[i], r.class[v]
		slot := mix(key.a^key.b, uint64(class)).a & uint64(slots-1)
		for ; ; slot = (slot + 1) & uint64(slots-1) {
			at := table[slot]
			if at < 0 {
				at = int32(len(r.groups))
				table[slot] = at
				r.groups = append(r.groups, group{key: key, class: class})
			}
			if g := &r.groups[at]; g.key == key && g.class == class {
				g.count++
				r.groupOf = append(r.groupOf, at)
				break
			}
		}
	}
}

// sum returns what vertex v sees: the multiset of (label, class) of its edges.
func (r *Refiner) sum(v int32) sum {
	var s sum
	for _, e := range r.g.edges(v) {
		h := mix(uint64(e.Label), uint64(r.class[e.To]))
		s.a += h.a
		s.b += h.b
	}
	return s
}

// mix hashes two words to 128 bits with the finaliser of MurmurHash3 in each
// lane. The lanes start from different combinations of the words, so that pairs
// that collide in one do not in the other, and (0, 0) hashes to other than 0:
// an edge with label 0 to class 0 must not look like no edge.
func mix(x, y uint64) sum {
	a := x ^ (y+1)*0x9e3779b97f4a7c15
	a = (a ^ a>>33) * 0xff51afd7ed558ccd
	a = (a ^ a>>33) * 0xc4ceb9fe1a85ec53
	b := x*0xd1342543de82ef95 + y
	b = (b ^ b>>32) * 0xbf58476d1ce4e5b9
	b = (b ^ b>>29) * 0x94d049bb133111eb
	return sum{a ^ a>>33, b ^ b>>32}
}

// number renumbers the classes by their first member, and counts them. It takes
// a zero for each class to work in.
func number(class, as []int32) ([]int32, int) {
	next := int32(0)
	for v, c := range class {
		if as[c] == 0 {
			next++
			as[c] = next
		}
		class[v] = as[c] - 1
	}
	return class, int(next)
}
