// Package fold finds classes: vertices of a graph that must behave identically
// because they look alike, and so do all their neighbours, and theirs. A
// simulation of one member of each class, counted, is then exact. It knows
// nothing of GPUs; its vertices are integers.
package fold

import "fmt"

// Edge leads from a vertex to another, with a label: what the vertex sees in
// the other (its part in a group, bytes on a link). Parallel edges and loops
// are allowed.
type Edge struct {
	To    int32
	Label uint64
}

// Graph is a coloured graph in compressed rows: the edges of vertex v are
// Edges[First[v]:First[v+1]]. Both directions of an edge must be present; their
// labels may differ.
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
	// The neighbours of v, listed as sources in order, must be those it leads to.
	sources := make([][]int32, n)
	for v := range int32(n) {
		for _, e := range g.edges(v) {
			if e.To < 0 || int(e.To) >= n {
				return fmt.Errorf("edge of vertex %d leads to %d of %d vertices", v, e.To, n)
			}
			sources[e.To] = append(sources[e.To], v)
		}
	}
	seen := make([]int32, n) // edges from v to each vertex less those back
	for v := range int32(n) {
		for _, e := range g.edges(v) {
			seen[e.To]++
		}
		for _, u := range sources[v] {
			seen[u]--
		}
		for _, e := range g.edges(v) {
			if seen[e.To] != 0 {
				return fmt.Errorf("vertices %d and %d: %+d edges there than back", v, e.To, seen[e.To])
			}
		}
		for _, u := range sources[v] {
			if seen[u] != 0 {
				return fmt.Errorf("vertices %d and %d: %+d edges there than back", v, u, seen[u])
			}
		}
	}
	return nil
}
