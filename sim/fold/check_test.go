package fold

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheckFinds(t *testing.T) {
	// A path of four: ends see one, middles two.
	path := build([]uint64{0, 0, 0, 0}, []link{{a: 0, b: 1}, {a: 1, b: 2}, {a: 2, b: 3}})
	tests := []struct {
		name   string
		colour []uint64
		class  []int32
		want   string // "" none
	}{
		{"coarsest", []uint64{0, 0, 0, 0}, []int32{0, 1, 1, 0}, ""},
		{"finer than needed", []uint64{0, 0, 0, 0}, []int32{0, 1, 2, 3}, ""},
		{"ends with middles", []uint64{0, 0, 0, 0}, []int32{0, 0, 0, 0}, "class 0: vertices 0 and 1 see 1 and 2 edges"},
		{"one end apart", []uint64{0, 0, 0, 0}, []int32{0, 1, 1, 2}, "class 1: vertices 1 and 2 see class 0 with label 0x0 and class 1 with label 0x0"},
		{"colour", []uint64{0, 0, 0, 8}, []int32{0, 1, 1, 0}, "class 0: vertices 0 and 3 differ in colour"},
		{"too few", []uint64{0, 0, 0, 0}, []int32{0, 1, 1}, "classes of 3 vertices for a graph of 4"},
		{"out of range", []uint64{0, 0, 0, 0}, []int32{0, 1, 4, 0}, "vertex 2 is in class 4 of at most 4"},
	}
	for _, tt := range tests {
		path.Colour = tt.colour
		err := Check(path, tt.class)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || err.Error() != tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

// A coarser partition than the coarsest equitable one is never equitable:
// joining any two of its classes must fail.
func TestCheckRefusesJoinedClasses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		class, n := Refine(g)
		if n < 2 {
			return
		}
		a := rapid.Int32Range(1, int32(n)-1).Draw(t, "a")
		b := rapid.Int32Range(0, a-1).Draw(t, "b")
		for v, c := range class {
			if c == a {
				class[v] = b
			}
		}
		if Check(g, class) == nil {
			t.Fatalf("classes %d and %d joined, and nothing said", a, b)
		}
	})
}

func TestValidateFinds(t *testing.T) {
	tests := []struct {
		name string
		g    Graph
		want string
	}{
		{"rows", Graph{Colour: []uint64{1}, First: []int32{0}}, "rows of 1 vertices"},
		{"order", Graph{Colour: []uint64{1, 1, 1}, First: []int32{0, 2, 1, 2}, Edges: make([]Edge, 2)}, "row of vertex 1 ends before"},
		{"range", Graph{Colour: []uint64{1}, First: []int32{0, 1}, Edges: []Edge{{To: 1}}}, "leads to 1 of 1"},
		{"another label", Graph{Colour: []uint64{1, 1}, First: []int32{0, 1, 2}, Edges: []Edge{{To: 1, Label: 3}, {To: 0, Label: 4}}}, "edge from 0 to 1 with label 0x3 has no opposite"},
		{"one way", Graph{Colour: []uint64{1, 1}, First: []int32{0, 1, 1}, Edges: []Edge{{To: 1}}}, "edge from 0 to 1 with label 0x0 has no opposite"},
	}
	for _, tt := range tests {
		if err := tt.g.Validate(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
	loop := build([]uint64{0}, []link{{a: 0, b: 0, label: 1}})
	if err := loop.Validate(); err != nil {
		t.Errorf("a loop: %v", err)
	}
}
