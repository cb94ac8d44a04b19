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
// over the vertices and over the edges of a member of each class, and in each round
// over the classes that it sees.
func FingerprintOf(g *Graph, class []int32, n int) Fingerprint {
	first, size := members(class, n)
	around := surroundings(g, class, first)
	colour := make([]sum, n)
	for c, v := range first {
		colour[c] = mix(g.Colour[v], uint64(size[c]))
	}
	seen, next := make([]sum, n), make([]sum, n)
	for before, now := 0, distinct(colour, seen); now > before; before, now = now, distinct(colour, seen) {
		for c := range next {
			next[c] = chain(colour[c], sum{})
		}
		for _, s := range around {
			h := chain(sum{a: uint64(s.label)}, colour[s.seen])
			next[s.by].a += h.a * s.times
			next[s.by].b += h.b * s.times
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

// sight is a class that a member of another sees, over so many edges of a label.
type sight struct {
	by, seen int32
	label    uint32
	times    uint64
}

// surroundings returns what the first member of each class sees.
func surroundings(g *Graph, class, first []int32) []sight {
	var all []sight
	for c, v := range first {
		from := len(all)
		for _, e := range g.edges(v) {
			all = append(all, sight{int32(c), class[e.To], e.Label, 1})
		}
		row := all[from:]
		slices.SortFunc(row, func(x, y sight) int { return cmp.Or(cmp.Compare(x.seen, y.seen), cmp.Compare(x.label, y.label)) })
		all = all[:from]
		for _, s := range row {
			if k := len(all) - 1; k >= from && all[k].seen == s.seen && all[k].label == s.label {
				all[k].times++
			} else {
				all = append(all, s)
			}
		}
	}
	return all
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

// chain hashes one sum with another.
func chain(s, t sum) sum {
	h := mix(s.a, t.a)
	k := mix(h.b^s.b, t.b)
	return sum{h.a ^ k.a, k.b + h.a}
}
