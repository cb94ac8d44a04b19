package fold

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// naive is colour refinement as the textbook has it: every vertex is looked at
// in every round, and what it sees is spelled out.
func naive(g *Graph) ([]int32, int) {
	class := make([]int32, len(g.Colour))
	n := 0
	spell := func(v int32) string { return fmt.Sprint(g.Colour[v]) }
	for {
		index := map[string]int32{}
		next := make([]int32, len(class))
		for v := range class {
			key := spell(int32(v))
			c, ok := index[key]
			if !ok {
				c = int32(len(index))
				index[key] = c
			}
			next[v] = c
		}
		if len(index) == n {
			return next, n
		}
		class, n = next, len(index)
		spell = func(v int32) string {
			return fmt.Sprint(class[v], view(nil, g, class, v))
		}
	}
}

// drawGraph draws a graph with few colours and labels, so that much is alike.
func drawGraph(t *rapid.T) *Graph {
	n := rapid.IntRange(1, 24).Draw(t, "vertices")
	colour := rapid.SliceOfN(rapid.Uint64Range(0, 1), n, n).Draw(t, "colours")
	links := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) link {
		return link{
			a: rapid.Int32Range(0, int32(n)-1).Draw(t, "a"), b: rapid.Int32Range(0, int32(n)-1).Draw(t, "b"),
			label: rapid.Uint32Range(0, 1).Draw(t, "label"),
		}
	}), 0, 30).Draw(t, "links")
	return build(colour, links)
}

// copies returns a graph of k copies of g, so that every vertex has peers.
func copies(g *Graph, k int) *Graph {
	big := &Graph{First: []int32{0}}
	for i := range k {
		shift := int32(i * len(g.Colour))
		for v := range g.Colour {
			for _, e := range g.edges(int32(v)) {
				big.Edges = append(big.Edges, Edge{To: e.To + shift, Label: e.Label})
			}
			big.Colour = append(big.Colour, g.Colour[v])
			big.First = append(big.First, int32(len(big.Edges)))
		}
	}
	return big
}

func TestRefineAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := copies(drawGraph(t), rapid.IntRange(1, 3).Draw(t, "copies"))
		if err := g.Validate(); err != nil {
			t.Fatal(err)
		}
		if rapid.Bool().Draw(t, "odd one") {
			g.Colour[rapid.IntRange(0, len(g.Colour)-1).Draw(t, "which")] = 7
		}
		got, n := Refine(g)
		want, m := naive(g)
		if n != m || !slices.Equal(got, want) {
			t.Fatalf("%d classes %v\nwant %d %v", n, got, m, want)
		}
		if err := Check(g, got); err != nil {
			t.Fatal(err)
		}
	})
}

// Refining onwards from the healthy partition gives what refining the healthy
// classes and the new colours together gives.
func TestRefineFromAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := copies(drawGraph(t), rapid.IntRange(1, 4).Draw(t, "copies"))
		healthy, n := Refine(g)
		both := &Graph{Colour: make([]uint64, len(healthy)), First: g.First, Edges: g.Edges}
		var changed []int32
		for v, c := range healthy {
			both.Colour[v] = uint64(c) * 10
			if rapid.IntRange(0, 9).Draw(t, "change") == 0 {
				sick := rapid.Uint64Range(2, 3).Draw(t, "sick")
				g.Colour[v] = sick
				both.Colour[v] += sick
				changed = append(changed, int32(v))
			}
		}
		before := slices.Clone(healthy)
		got, m := new(Refiner).RefineFrom(g, healthy, n, changed)
		want, k := naive(both)
		if m != k || !slices.Equal(got, want) {
			t.Fatalf("changed %v: %d classes %v\nwant %d %v", changed, m, got, k, want)
		}
		if !slices.Equal(before, healthy) {
			t.Fatal("the partition given was changed")
		}
		if err := Check(g, got); err != nil {
			t.Fatal(err)
		}
	})
}

// A refiner that has worked on other graphs gives what a new one gives.
func TestRefinerIsReusable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Refiner
		for range 4 {
			g := copies(drawGraph(t), rapid.IntRange(1, 3).Draw(t, "copies"))
			want, k := Refine(g)
			got, n := r.Refine(g)
			if n != k || !slices.Equal(got, want) {
				t.Fatalf("%d classes %v\nwant %d %v", n, got, k, want)
			}
			sick := rapid.Int32Range(0, int32(len(want))-1).Draw(t, "sick")
			g.Colour[sick] = 7
			whole, k := Refine(g)
			from, n := r.RefineFrom(g, want, n, []int32{sick})
			if n != k || !slices.Equal(from, whole) {
				t.Fatalf("%d classes %v\nwant %d %v", n, from, k, whole)
			}
		}
	})
}

// shuffled returns g with its vertices and edges in another order, and for each
// vertex which one of g it was.
func shuffled(t *rapid.T, g *Graph) (h *Graph, old []int32) {
	vertices := make([]int32, len(g.Colour))
	for v := range vertices {
		vertices[v] = int32(v)
	}
	old = rapid.Permutation(vertices).Draw(t, "order")
	to := make([]int32, len(old))
	for i, v := range old {
		to[v] = int32(i)
	}
	h = &Graph{First: []int32{0}}
	for _, v := range old {
		h.Colour = append(h.Colour, g.Colour[v])
		edges := slices.Clone(g.edges(v))
		slices.Reverse(edges)
		for _, e := range edges {
			h.Edges = append(h.Edges, Edge{To: to[e.To], Label: e.Label})
		}
		h.First = append(h.First, int32(len(h.Edges)))
	}
	return h, old
}

// One look tells apart what one step of the textbook does.
func TestLookAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := copies(drawGraph(t), rapid.IntRange(1, 3).Draw(t, "copies"))
		colours := &Graph{Colour: g.Colour, First: make([]int32, len(g.Colour)+1)}
		byColour, _ := naive(colours)
		index := map[string]int32{}
		want := make([]int32, len(byColour))
		for v := range want {
			key := fmt.Sprint(byColour[v], view(nil, g, byColour, int32(v)))
			if _, ok := index[key]; !ok {
				index[key] = int32(len(index))
			}
			want[v] = index[key]
		}
		if got, n := new(Refiner).Look(g); n != len(index) || !slices.Equal(got, want) {
			t.Fatalf("%d classes %v\nwant %d %v", n, got, len(index), want)
		}
	})
}

// The partition does not depend on the order of vertices and edges.
func TestRefineIsInvariant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := drawGraph(t)
		h, old := shuffled(t, g)
		a, n := Refine(g)
		b, m := Refine(h)
		moved := make([]int32, len(b))
		for i, v := range old {
			moved[v] = b[i]
		}
		moved, _ = number(moved, make([]int32, m))
		if n != m || !slices.Equal(a, moved) {
			t.Fatalf("%v\n%v", a, moved)
		}
	})
}

// ring returns n ranks, each with a link to the next; with directed, a message
// between the two tells a rank the next from the one before.
func ring(n int, directed bool) *Graph {
	var links []link
	colour := make([]uint64, n)
	for v := range n {
		next := int32((v + 1) % n)
		if directed {
			message := int32(len(colour))
			colour = append(colour, 1000)
			links = append(links, link{a: int32(v), b: message, label: 1}, link{a: message, b: next, label: 2})
		} else {
			links = append(links, link{a: int32(v), b: next})
		}
	}
	return build(colour, links)
}

func TestRing(t *testing.T) {
	tests := []struct {
		name     string
		n        int
		directed bool
		slow     []int
		classes  int
	}{
		{"healthy", 12, true, nil, 1},
		{"one slow, directed: all differ by distance", 12, true, []int{5}, 12},
		{"one slow, undirected: mirror images", 12, false, []int{5}, 7},
		{"two slow opposite: half of that", 12, true, []int{2, 8}, 6},
		{"all slow: alike again", 3, true, []int{0, 1, 2}, 1},
		{"long", 2001, false, []int{0}, 1001},
	}
	for _, tt := range tests {
		g := ring(tt.n, tt.directed)
		for _, v := range tt.slow {
			g.Colour[v] = 90
		}
		class, _ := Refine(g)
		if n := int(slices.Max(class[:tt.n])) + 1; n != tt.classes { // ranks are numbered first
			t.Errorf("%s: %d classes, want %d", tt.name, n, tt.classes)
		}
		if err := Check(g, class); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// grid returns the ranks of replicas × stages × tensor: tensor and data groups
// as vertices, messages between stages as links. Rank (d, p, t) is vertex
// (d·stages+p)·tensor+t; stages have colours of their own.
func grid(replicas, stages, tensor int) *Graph {
	ranks := replicas * stages * tensor
	colour := make([]uint64, ranks)
	var links []link
	for d := range replicas {
		for p := range stages {
			group := int32(len(colour))
			colour = append(colour, 1000)
			for t := range tensor {
				v := (d*stages+p)*tensor + t
				colour[v] = uint64(p)
				links = append(links, link{a: int32(v), b: group, label: 1})
				if p+1 < stages {
					links = append(links, link{a: int32(v), b: int32(v + tensor), label: 2})
				}
			}
		}
	}
	for p := range stages {
		for t := range tensor {
			group := int32(len(colour))
			colour = append(colour, 2000)
			for d := range replicas {
				links = append(links, link{a: int32((d*stages+p)*tensor + t), b: group, label: 4})
			}
		}
	}
	return build(colour, links)
}

// counts returns the number of members of each of n classes.
func counts(class []int32, n int) []int64 {
	c := make([]int64, n)
	for _, k := range class {
		c[k]++
	}
	return c
}

// A healthy grid has one kind of rank, tensor group and data group per stage. A
// slow rank tells its replica from the others and its tensor lane, whose data
// groups are its own, from the other lanes: 4 kinds of ranks per stage, and 2 of
// either group. At its own stage, too, it is one of those 4.
func TestStragglerSplitsOnlyWhatItMust(t *testing.T) {
	const replicas, stages, tensor = 16, 8, 4
	g := grid(replicas, stages, tensor)
	if err := g.Validate(); err != nil {
		t.Fatal(err)
	}
	healthy, n := Refine(g)
	if n != 3*stages {
		t.Errorf("healthy: %d classes, want %d", n, 3*stages)
	}
	for _, c := range counts(healthy, n)[:stages] {
		if c != replicas*tensor {
			t.Errorf("healthy: a stage of %d ranks, want %d", c, replicas*tensor)
		}
	}
	slow := int32((3*stages+5)*tensor + 2)
	g.Colour[slow] = 90
	class, n := Refine(g)
	if n != 8*stages {
		t.Errorf("one slow rank: %d classes, want %d", n, 8*stages)
	}
	if err := Check(g, class); err != nil {
		t.Error(err)
	}
	if c := counts(class, n)[class[slow]]; c != 1 {
		t.Errorf("the slow rank shares its class with %d", c-1)
	}
	if from, m := new(Refiner).RefineFrom(g, healthy, 3*stages, []int32{slow}); m != n || !slices.Equal(from, class) {
		t.Errorf("from the healthy partition: %d classes", m)
	}
	// Without lanes there is one data group per stage: 2 kinds of ranks, 2 of tensor groups, 1.
	g = grid(replicas, stages, 1)
	g.Colour[3] = 90
	if _, n = Refine(g); n != 5*stages {
		t.Errorf("one slow pipeline: %d classes, want %d", n, 5*stages)
	}
}

func TestEmptyAndLoose(t *testing.T) {
	if class, n := Refine(build(nil, nil)); n != 0 || len(class) != 0 {
		t.Errorf("empty graph: %d classes", n)
	}
	class, n := Refine(build([]uint64{5, 3, 5, 9}, nil))
	if n != 3 || !slices.Equal(class, []int32{0, 1, 0, 2}) {
		t.Errorf("no edges: %v", class)
	}
}

// Labels and classes must not trade places in the hash: 0x9e37… apart in the
// label is the same as 1 apart in the class for a careless one.
func TestMixTellsLabelFromClass(t *testing.T) {
	seen := map[sum][2]uint64{}
	var lanes [2]map[uint64]bool
	lanes[0], lanes[1] = map[uint64]bool{}, map[uint64]bool{}
	for x := range uint64(300) {
		for y := range uint64(300) {
			h := mix(x, y)
			if other, clash := seen[h]; clash {
				t.Fatalf("%v and %v", other, [2]uint64{x, y})
			}
			seen[h] = [2]uint64{x, y}
			lanes[0][h.a], lanes[1][h.b] = true, true
		}
	}
	if len(lanes[0]) != 90_000 || len(lanes[1]) != 90_000 {
		t.Errorf("%d and %d distinct values of 90000", len(lanes[0]), len(lanes[1]))
	}
	x, y := uint64(12345), uint64(678)
	twin := x ^ (y+1)*0x9e3779b97f4a7c15 ^ 0x9e3779b97f4a7c15 // with class 0, equal in lane a
	if one, two := mix(x, y), mix(twin, 0); one.a != two.a || one.b == two.b {
		t.Errorf("%v and %v: the lanes must start from different combinations", one, two)
	}
}

func BenchmarkRefine(b *testing.B) {
	for _, slow := range []bool{false, true} {
		g := grid(1<<12, 16, 8) // 524,288 ranks, 65,664 groups
		if slow {
			g.Colour[12345] = 90
		}
		b.Run(fmt.Sprintf("slow=%v", slow), func(b *testing.B) {
			for b.Loop() {
				Refine(g)
			}
			b.ReportMetric(float64(len(g.Colour)), "vertices")
			b.ReportMetric(float64(len(g.Edges)), "edges")
		})
	}
	g := grid(1<<12, 16, 8)
	class, n := Refine(g)
	g.Colour[12345] = 90
	b.Run("from", func(b *testing.B) {
		var r Refiner
		for b.Loop() {
			r.RefineFrom(g, class, n, []int32{12345})
		}
	})
	b.Run("check", func(b *testing.B) {
		class, _ := Refine(g)
		for b.Loop() {
			if err := Check(g, class); err != nil {
				b.Fatal(err)
			}
		}
	})
}
