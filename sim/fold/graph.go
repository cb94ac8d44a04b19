// Package fold finds classes: vertices of a graph that must behave identically
// because they look alike, and so do all their neighbours, and theirs. A
// simulation of one member of each class, counted, is then exact. It knows
// nothing of GPUs; its vertices are integers.
package fold

import (
	"cmp"
	"fmt"
	"slices"
)

// Edge leads from a vertex to another, with a label: what they are to each other (a
// member of a group, so many bytes on a link). Parallel edges and loops are
// allowed.
type Edge struct {
	To    int32
	Label uint32
}

// Graph is a coloured graph in compressed rows: the edges of vertex v are
// Edges[First[v]:First[v+1]]. Both directions of an edge must be present, with one
// label.
type Graph struct {
	Colour []uint64 // per vertex: what it is by itself
	First  []int32  // per vertex and one more
	Edges  []Edge
}

// edges returns the edges of vertex v.
func (g *Graph) edges(v int32) []Edge { return g.Edges[g.First[v]:g.First[v+1]] }

// Validate returns an error unless the rows are whole and every edge has an
// opposite.
func (g *Graph) Validate() error {
	n := len(g.Colour)
	if len(g.First) != n+1 || g.First[0] != 0 || int(g.First[n]) != len(g.Edges) {
		return fmt.Errorf("rows of %d vertices do not cover %d edges", n, len(g.Edges))
	}
	for v := range n {
		if g.First[v] > g.First[v+1] {
			return fmt.Errorf("row of vertex %d ends before it starts", v)
		}
	}
	var there, back []directed
	for v := range int32(n) {
		for _, e := range g.edges(v) {
			if e.To < 0 || int(e.To) >= n {
				return fmt.Errorf("edge of vertex %d leads to %d of %d vertices", v, e.To, n)
			}
			there, back = append(there, directed{v, e.To, e.Label}), append(back, directed{e.To, v, e.Label})
		}
	}
	slices.SortFunc(there, directed.compare)
	slices.SortFunc(back, directed.compare)
	for i, e := range there {
		switch e.compare(back[i]) {
		case -1:
			return fmt.Errorf("edge from %d to %d with label %#x has no opposite", e.from, e.to, e.label)
		case 1:
			return fmt.Errorf("edge from %d to %d with label %#x has no opposite", back[i].to, back[i].from, back[i].label)
		}
	}
	return nil
}

// directed is one direction of an edge.
type directed struct {
	from, to int32
	label    uint32
}

func (e directed) compare(o directed) int {
	return cmp.Or(cmp.Compare(e.from, o.from), cmp.Compare(e.to, o.to), cmp.Compare(e.label, o.label))
}
