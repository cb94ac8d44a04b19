package fold

// link is an edge in both directions.
type link struct {
	a, b  int32
	label uint32
}

// build returns the graph of links between vertices of the given colours. Its
// ends must be vertices.
func build(colour []uint64, links []link) *Graph {
	first := make([]int32, len(colour)+1)
	for _, l := range links {
		first[l.a+1]++
		first[l.b+1]++
	}
	for v := range colour {
		first[v+1] += first[v]
	}
	edges := make([]Edge, 2*len(links))
	next := append([]int32(nil), first...)
	for _, l := range links {
		edges[next[l.a]] = Edge{To: l.b, Label: l.label}
		next[l.a]++
		edges[next[l.b]] = Edge{To: l.a, Label: l.label}
		next[l.b]++
	}
	return &Graph{Colour: colour, First: first, Edges: edges}
}
