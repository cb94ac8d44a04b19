package fold

import (
	"cmp"
	"slices"
)

// Fingerprint is 128 bits of what a graph looks like up to the names of its
// vertices.
type Fingerprint struct{ A, B uint64 }

// FingerprintOf returns the fingerprint of a graph with its coarsest equitable
// partition into n classes: the same for two graphs whose partitions have the same
// colours, sizes and numbers of edges between classes, whatever their vertices are
// called, and else different but for a chance of about 2^-128. As a simulation of
// the classes knows no more than that, it goes the same way for both.
//
// Each class gets a colour that says what is around it, ever further (Weisfeiler
// and Leman, 1968), until all classes are told apart. The time is that of a pass
// over the vertices, and over the edges of a member of each class for each round.
func FingerprintOf(g *Graph, class []int32, n int) Fingerprint {
	first, size := members(class, n)
	colour := make([]sum, n)
	for c, v := range first {
		colour[c] = mix(g.Colour[v], uint64(size[c]))
	}
	seen, next := make([]sum, n), make([]sum, n)
	for before, now := 0, distinct(colour, seen); now > before; before, now = now, distinct(colour, seen) {
		for c, v := range first {
			next[c] = around(g, class, colour, v)
		}
		colour, next = next, colour
	}
	var f Fingerprint
	for _, s := range colour {
		h := chain(sum{}, s)
		f.A += h.a
		f.B += h.b
	}
	return f
}

// members returns the first member of each class and how many it has.
func members(class []int32, n int) (first, size []int32) {
	first, size = make([]int32, n), make([]int32, n)
	for v, c := range class {
		if size[c] == 0 {
			first[c] = int32(v)
		}
		size[c]++
	}
	return first, size
}

// distinct counts different colours. It works in seen.
func distinct(colour, seen []sum) int {
	copy(seen, colour)
	slices.SortFunc(seen, func(x, y sum) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) })
	return len(slices.Compact(seen))
}

// around returns the colour of vertex v with those of its neighbours.
func around(g *Graph, class []int32, colour []sum, v int32) sum {
	var s sum
	for _, e := range g.edges(v) {
		h := chain(sum{a: uint64(e.Label)}, colour[class[e.To]])
		s.a += h.a
		s.b += h.b
	}
	return chain(colour[class[v]], s)
}

// chain hashes one sum with another.
func chain(s, t sum) sum {
	h := mix(s.a, t.a)
	k := mix(h.b^s.b, t.b)
	return sum{h.a ^ k.a, k.b + h.a}
}
