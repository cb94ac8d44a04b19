package fold

import (
	"cmp"
	"fmt"
	"slices"
)

// seen is one edge as the partition shows it.
type seen struct {
	label uint32
	class int32
}

// Check returns an error unless the partition is equitable and refines the
// colours: for members of one class, equal colours and equal multisets of
// (label, class) over their edges. It compares sorted lists, no hashes; the time
// is in O(E log E). Whether the partition is the coarsest is not its business.
func Check(g *Graph, class []int32) error {
	if len(class) != len(g.Colour) {
		return fmt.Errorf("classes of %d vertices for a graph of %d", len(class), len(g.Colour))
	}
	var first []int32  // per class: its first member, -1 none yet
	var views [][]seen // per class: what that member sees
	var own, arena []seen
	for v, c := range class {
		if c < 0 || int(c) >= len(class) {
			return fmt.Errorf("vertex %d is in class %d of at most %d", v, c, len(class))
		}
		for int(c) >= len(first) {
			first, views = append(first, -1), append(views, nil)
		}
		own = view(own[:0], g, class, int32(v))
		if first[c] < 0 {
			first[c] = int32(v)
			start := len(arena)
			arena = append(arena, own...)
			views[c] = arena[start:len(arena):len(arena)]
			continue
		}
		if g.Colour[v] != g.Colour[first[c]] {
			return fmt.Errorf("class %d: vertices %d and %d differ in colour", c, first[c], v)
		}
		if !slices.Equal(own, views[c]) {
			return fmt.Errorf("class %d: vertices %d and %d see %s", c, first[c], v, contrast(views[c], own))
		}
	}
	return nil
}

// view appends the sorted edges of v as the partition shows them.
func view(list []seen, g *Graph, class []int32, v int32) []seen {
	for _, e := range g.edges(v) {
		list = append(list, seen{e.Label, class[e.To]})
	}
	slices.SortFunc(list, func(x, y seen) int {
		return cmp.Or(cmp.Compare(x.label, y.label), cmp.Compare(x.class, y.class))
	})
	return list
}

// contrast says where two different views first differ.
func contrast(x, y []seen) string {
	i := 0
	for i < len(x) && i < len(y) && x[i] == y[i] {
		i++
	}
	if i == len(x) || i == len(y) {
		return fmt.Sprintf("%d and %d edges", len(x), len(y))
	}
	return fmt.Sprintf("class %d with label %#x and class %d with label %#x",
		x[i].class, x[i].label, y[i].class, y[i].label)
}
