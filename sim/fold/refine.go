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
// Whatever a vertex sees of the partition on its way is up to date in known,
// except for vertices next to a move.
type Refiner struct {
	g     *Graph
	class []int32
	size  []int32 // per class
	known []sum   // per class: the sum of each member when last looked at

	seen    []int32 // per class: members in the groups of this split
	largest []int32 // per class: its largest group, -1 none
	groups  []group
	groupOf []int32 // per vertex to be split, by position
	table   []int32 // open addressing: index into groups, -1 empty
	keys    []sum   // per vertex to be split, by position
	moved   []int32
	dirty   []int32
	marked  []bool // per vertex
}

// Refine returns the coarsest equitable partition that refines the colours:
// vertices of one class have one colour and, for every class and label, equally
// many edges with that label into it. class[v] is the class of vertex v; n is
// the number of classes, which are numbered by their first member.
func (r *Refiner) Refine(g *Graph) (class []int32, n int) {
	r.begin(g, 1)
	clear(r.class)
	r.size[0] = int32(len(g.Colour))
	r.dirty = r.dirty[:0]
	for v := range g.Colour {
		r.dirty = append(r.dirty, int32(v))
	}
	r.splitByColour(r.dirty)
	r.settle(r.dirty)
	return number(r.class, r.seen)
}

// RefineFrom returns the coarsest equitable partition that refines both the
// colours of g and a given partition into n classes, which must be equitable for
// the same edges. changed lists the vertices, each once, whose colour is another
// than when class was made. It takes time for what changes, and a few passes over
// the vertices.
func (r *Refiner) RefineFrom(g *Graph, class []int32, n int, changed []int32) ([]int32, int) {
	r.begin(g, n)
	copy(r.class, class)
	for v, c := range class {
		if r.size[c] == 0 {
			r.known[c] = r.sum(int32(v))
		}
		r.size[c]++
	}
	r.settle(r.next(r.splitByColour(changed)))
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
	r.marked = slices.Grow(r.marked[:0], vertices)[:vertices] // all false between runs
	r.size, r.known, r.seen, r.largest = r.size[:0], r.known[:0], r.seen[:0], r.largest[:0]
	for range n {
		r.addClass(0, sum{})
	}
}

// addClass appends a class.
func (r *Refiner) addClass(size int32, known sum) int32 {
	r.size = append(r.size, size)
	r.known = append(r.known, known)
	r.seen = append(r.seen, 0)
	r.largest = append(r.largest, -1)
	return int32(len(r.size) - 1)
}

// settle splits the dirty vertices, then those next to one that moved, until
// nothing moves.
func (r *Refiner) settle(dirty []int32) {
	for len(dirty) > 0 {
		r.keys = r.keys[:0]
		for _, v := range dirty {
			r.keys = append(r.keys, r.sum(v))
		}
		moved := r.split(dirty, r.known)
		for i, v := range dirty {
			r.known[r.class[v]] = r.keys[i]
		}
		dirty = r.next(moved)
	}
}

// splitByColour separates the given vertices by colour, and from the rest of
// their classes. What they see around them is not looked at.
func (r *Refiner) splitByColour(vertices []int32) (moved []int32) {
	r.keys = r.keys[:0]
	for _, v := range vertices {
		r.keys = append(r.keys, sum{a: r.g.Colour[v]})
	}
	return r.split(vertices, nil)
}

// split separates vertices of one class that have different keys and returns
// those that moved to a new class. Members of the class that are not given stay
// together, and with them those whose key is the one in rest.
func (r *Refiner) split(vertices []int32, rest []sum) (moved []int32) {
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
			stays = rest != nil && rest[g.class] == g.key
		}
		g.to = g.class
		if !stays {
			g.to = r.addClass(g.count, r.known[g.class])
		}
	}
	for _, g := range r.groups {
		r.seen[g.class], r.largest[g.class] = 0, -1
		if g.to != g.class {
			r.size[g.class] -= g.count
		}
	}
	r.moved = r.moved[:0]
	for i, v := range vertices {
		if to := r.groups[r.groupOf[i]].to; to != r.class[v] {
			r.class[v] = to
			r.moved = append(r.moved, v)
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

// next returns the vertices next to those that moved, each once.
func (r *Refiner) next(moved []int32) []int32 {
	r.dirty = r.dirty[:0]
	for _, u := range moved {
		for _, e := range r.g.edges(u) {
			if !r.marked[e.To] {
				r.marked[e.To] = true
				r.dirty = append(r.dirty, e.To)
			}
		}
	}
	for _, v := range r.dirty {
		r.marked[v] = false
	}
	return r.dirty
}

// sum returns what vertex v sees: the multiset of (label, class) of its edges.
func (r *Refiner) sum(v int32) sum {
	var s sum
	for _, e := range r.g.edges(v) {
		h := mix(e.Label, uint64(r.class[e.To]))
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
