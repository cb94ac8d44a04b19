package fold

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func fingerprint(g *Graph) Fingerprint {
	class, n := Refine(g)
	return FingerprintOf(g, class, n)
}

// union returns both graphs side by side.
func union(g, h *Graph) *Graph {
	both := &Graph{Colour: slices.Concat(g.Colour, h.Colour), First: slices.Clone(g.First), Edges: slices.Clone(g.Edges)}
	for _, e := range h.Edges {
		both.Edges = append(both.Edges, Edge{To: e.To + int32(len(g.Colour)), Label: e.Label})
	}
	for _, f := range h.First[1:] {
		both.First = append(both.First, f+int32(len(g.Edges)))
	}
	return both
}

// alike tells whether refinement finds as many vertices of every class in both
// graphs when it looks at them side by side.
func alike(g, h *Graph) bool {
	class, n := naive(union(g, h))
	balance := make([]int, n)
	for v, c := range class {
		if v < len(g.Colour) {
			balance[c]++
		} else {
			balance[c]--
		}
	}
	return !slices.ContainsFunc(balance, func(b int) bool { return b != 0 })
}

// Fingerprints are equal where, and only where, refinement cannot tell two graphs
// apart: one sick vertex here or there.
func TestFingerprintAgainstNaive(t *testing.T) {
	same := 0
	rapid.Check(t, func(t *rapid.T) {
		g := copies(drawGraph(t), rapid.IntRange(1, 3).Draw(t, "copies"))
		h := &Graph{Colour: slices.Clone(g.Colour), First: g.First, Edges: g.Edges}
		g.Colour[rapid.IntRange(0, len(g.Colour)-1).Draw(t, "here")] = 7
		h.Colour[rapid.IntRange(0, len(g.Colour)-1).Draw(t, "there")] = 7
		want := alike(g, h)
		if got := fingerprint(g) == fingerprint(h); got != want {
			t.Fatalf("same fingerprints: %v, want %v", got, want)
		}
		if want {
			same++
		}
	})
	if same == 0 {
		t.Error("no two graphs were alike")
	}
}

// A graph has the fingerprint of its vertices in another order, and of the
// partition that comes from a healthy one.
func TestFingerprintIsInvariant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := copies(drawGraph(t), rapid.IntRange(1, 3).Draw(t, "copies"))
		healthy, n := Refine(g)
		sick := rapid.Int32Range(0, int32(len(g.Colour))-1).Draw(t, "sick")
		g.Colour[sick] = 7
		from, m := new(Refiner).RefineFrom(g, healthy, n, []int32{sick})
		if got, want := FingerprintOf(g, from, m), fingerprint(g); got != want {
			t.Fatalf("from the healthy partition %v, from none %v", got, want)
		}
		h, _ := shuffled(t, g)
		if got, want := fingerprint(h), fingerprint(g); got != want {
			t.Fatalf("in another order %v, in this %v", got, want)
		}
	})
}

// Two triangles and a hexagon look alike from every vertex, but two triangles and
// two hexagons do not: there are more of them.
func TestFingerprintCounts(t *testing.T) {
	if two, six := fingerprint(copies(ring(3, true), 2)), fingerprint(ring(6, true)); two != six {
		t.Errorf("two triangles %v, a hexagon %v", two, six)
	}
	if one, two := fingerprint(ring(6, true)), fingerprint(copies(ring(6, true), 2)); one == two {
		t.Error("one hexagon and two have the same fingerprint")
	}
	if a, b := fingerprint(ring(6, true)), fingerprint(ring(6, false)); a == b {
		t.Error("a directed ring and an undirected one have the same fingerprint")
	}
}
