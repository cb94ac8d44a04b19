package network

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// hashed returns two pods of four hosts with a GPU each: a leaf has 4 uplinks.
func hashed() *Fabric {
	f := plain()
	f.Routing, f.RoutingSeed = "ecmp", 1
	return f
}

// Four flows from one pod to the other on four uplinks: the hash puts some on
// the same one, the same ones every time, and others with another seed.
func TestHashedRoutes(t *testing.T) {
	f := hashed()
	p := f.Build(8, 1)
	if p.Links() != 8*4+2*4*2 || p.Bisection() != 4*25e9 {
		t.Fatalf("%d links, bisection %d", p.Links(), p.Bisection())
	}
	paths := func(p *Topology) (routes [][]Hop) {
		for g := range int32(4) {
			routes = append(routes, p.Path(g, g+4))
		}
		return routes
	}
	r := plan(p, paths(p)...)
	c := p.Collisions(r)
	flows := 0
	for _, l := range c.Links {
		if !strings.HasPrefix(p.LinkName(l.Link), "leaf_") || l.Load != int64(l.Flows)*WeightOne {
			t.Errorf("%s: %+v", p.LinkName(l.Link), l)
		}
		flows += l.Flows
	}
	if flows != 8 || c.Most() < 2 || c.Shared() < 2 {
		t.Errorf("%d crossings, at most %d on one link, %d links shared: no collision among four hashes; draw another seed", flows, c.Most(), c.Shared())
	}
	if again := plan(f.Build(8, 1), paths(f.Build(8, 1))...); !slices.Equal(again.Hops, r.Hops) {
		t.Error("the same seed gives other routes")
	}
	f.RoutingSeed = 2
	if other := plan(f.Build(8, 1), paths(f.Build(8, 1))...); slices.Equal(other.Hops, r.Hops) {
		t.Error("another seed gives the same routes")
	}
	// As many flows as share an uplink share its bandwidth.
	n := New(r, new(engine.Queue), testKind, nil)
	for g := range 4 {
		n.Start(0, int32(g), 1e12, 0)
	}
	n.Settle(0)
	slowest := int64(25e9)
	for g := range int32(4) {
		slowest = min(slowest, n.Rate(g))
	}
	if want := 25e9 / int64(c.Most()); slowest != want {
		t.Errorf("slowest flow at %d, want %d", slowest, want)
	}
	if s := plain().Build(8, 1); s.Collisions(plan(s, paths(s)...)).Most() != 4 {
		t.Error("sprayed flows share one uplink of four times the bandwidth")
	}
}

// Hashes spread: of 512 flows over 32 uplinks none carries more than 40 (16 is
// the mean, √16 the deviation).
func TestHashSpreads(t *testing.T) {
	f := hashed()
	f.HostsPerPod = 32
	p := f.Build(1024, 1)
	load := map[int32]int{}
	for g := range int32(512) {
		for _, h := range p.Path(g%32, 32+g) {
			load[h.Link]++
		}
	}
	for l := range int32(32) {
		if n := load[p.wiring.(*fatTree).leaf.up(l)]; n > 40 || n < 2 {
			t.Errorf("uplink %d has %d of 512 flows", l, n)
		}
	}
}

// Every hashed way of three tiers leads up and down by the same switches.
func TestHashedCore(t *testing.T) {
	f := clos()
	f.Routing, f.Oversubscription, f.SpineOversubscription = "ecmp", 1, 2
	p := f.Build(8, 2) // 4 leaves of 4 uplinks, 2 sets of 4 spines with an uplink each
	if p.Links() != 16*4+4*4*2+2*4*2 || p.Bisection() != 4*50e9/2*2/2 {
		t.Fatalf("%d links, bisection %d", p.Links(), p.Bisection())
	}
	for g := range int32(8) {
		hops := p.Path(g, g+8)
		if len(hops) != 6 {
			t.Fatalf("%s", show(p, hops))
		}
		w := p.wiring.(*fatTree)
		j := (hops[1].Link - w.leaf.first) / 2 % 4
		for i, at := range []int32{(hops[2].Link - w.spine.first) / 2, (hops[3].Link - w.spine.first) / 2, (hops[4].Link - w.leaf.first) / 2} {
			if at%4 != j {
				t.Errorf("hop %d of\n%s", i+2, show(p, hops))
			}
		}
	}
}

// A dead link is routed around where another shortest path is, and named where
// there is none.
func TestDeadLinks(t *testing.T) {
	ecmp, wide, flat, spray := hashed(), flies(), torusOf(4, 4), torusOf(4)
	wide.GlobalLinks = 2
	for _, c := range []struct {
		name     string
		f        *Fabric
		hosts    int
		dead     []string
		src, dst int32
		bad      string // named by CheckRoute
	}{
		{"three of four uplinks", ecmp, 8, []string{"leaf_up[0]", "leaf_up[1]", "leaf_up[3]"}, 0, 4, ""},
		{"and the way down", ecmp, 8, []string{"leaf_up[0]", "leaf_up[1]", "leaf_up[3]", "leaf_down[6]"}, 0, 4, "leaf_"},
		{"a NIC", ecmp, 8, []string{"nic_down[4]"}, 0, 4, "nic_down[4]"},
		{"sprayed uplinks", plain(), 8, []string{"leaf_up[0]"}, 0, 4, "leaf_up[0]"},
		{"torus, y before x", flat, 16, []string{"x_plus[0]"}, 0, 5, ""},
		{"torus, straight", flat, 16, []string{"x_plus[0]"}, 0, 1, ""},
		{"torus, the other way round", spray, 4, []string{"x_minus[3]"}, 0, 2, ""},
		{"one of two global links", wide, 6, []string{"global[2]"}, 0, 5, ""},
		{"both", wide, 6, []string{"global[2]", "global[3]"}, 0, 5, ""},
		{"graph", square(), 2, []string{"a->b"}, 0, 1, ""},
		{"graph, cut", square(), 2, []string{"a->b", "c->d"}, 0, 1, ">"},
	} {
		f := *c.f
		f.DeadLinks = c.dead
		p := f.Build(c.hosts, 1)
		hops := p.Path(c.src, c.dst)
		err := p.CheckRoute(hops)
		if c.bad == "" && err != nil || c.bad != "" && (err == nil || !strings.Contains(err.Error(), c.bad)) {
			t.Errorf("%s: %v\n%s", c.name, err, show(p, hops))
		}
		if got := carried(p, hops); got != WeightOne {
			t.Errorf("%s: %d of %d arrive", c.name, got, WeightOne)
		}
	}
}

// carried returns what a path brings to its last link.
func carried(p *Topology, hops []Hop) (sum int64) {
	for _, h := range hops {
		if name := p.LinkName(h.Link); strings.HasPrefix(name, "nic_down") || strings.HasSuffix(name, "->gpu[1]") {
			sum += int64(h.Weight)
		}
	}
	return sum
}

// On a torus or a dragonfly with dead links a path lives where any does, and on a
// torus it is as short as any; where none does, it is over a dead link. A path
// that crosses no dead link stays as it was.
func TestPathsAroundDeadLinks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawDirect(t)
		hosts := max(1, f.Groups*f.RoutersPer)
		for _, n := range f.Dims {
			hosts *= n
		}
		p := f.Build(hosts, 1)
		if hosts < 2 || p.Links() == 4*hosts {
			return
		}
		dead := rapid.SliceOfN(rapid.Int32Range(int32(4*hosts), int32(p.Links()-1)), 1, 4).Draw(t, "dead")
		q := p.Without(dead)
		ends := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(hosts-1)), 2, 2, rapid.ID).Draw(t, "ends")
		was, is := p.Path(ends[0], ends[1]), q.Path(ends[0], ends[1])
		if crosses := slices.ContainsFunc(was, func(h Hop) bool { return slices.Contains(dead, h.Link) }); !crosses {
			if !slices.Equal(was, is) {
				t.Fatalf("the path was\n%sis\n%s", show(p, was), show(q, is))
			}
			return
		}
		want := stepsBetween(q, ends[0], ends[1])
		if alive := q.CheckRoute(is) == nil; alive != (want >= 0) {
			t.Fatalf("%d links away, path\n%s", want, show(q, is))
		}
		if got := links64(q, is); want >= 0 && (got < want*WeightOne-8 || f.Topology == "torus" && got > want*WeightOne+8) {
			t.Fatalf("%d links away, path of %.3f\n%s", want, float64(got)/WeightOne, show(q, is))
		}
		if got := carried(q, is); got != WeightOne {
			t.Fatalf("%d of %d arrive", got, WeightOne)
		}
	})
}

// drawDirect draws a torus or a dragonfly of hosts with one GPU.
func drawDirect(t *rapid.T) *Fabric {
	f := torusOf(rapid.IntRange(1, 5).Draw(t, "x"), rapid.IntRange(1, 4).Draw(t, "y"), rapid.IntRange(1, 4).Draw(t, "z"))
	if rapid.Bool().Draw(t, "dragonfly") {
		f = flies()
		f.Groups, f.RoutersPer, f.GlobalLinks = f.Groups+rapid.IntRange(0, 2).Draw(t, "groups"), rapid.IntRange(1, 4).Draw(t, "routers"), rapid.IntRange(1, 2).Draw(t, "global")
	}
	f.Routing = rapid.SampledFrom([]string{"spray", "ecmp"}).Draw(t, "routing")
	return f
}

// links64 returns over how many links between hosts a path leads, in weights.
func links64(p *Topology, path []Hop) (n int64) {
	for _, h := range path {
		if p.between(h.Link) {
			n += int64(h.Weight)
		}
	}
	return n
}

// stepsBetween returns the length of a shortest path between GPUs over links
// that live, by trying, or -1: whoever is n links from a neighbour of the
// destination that lives is n + 1 from it.
func stepsBetween(p *Topology, from, to int32) int64 {
	near := map[int32]bool{to: true}
	for n := int64(0); n < int64(p.GPUs); n++ {
		if near[from] {
			return n
		}
		next := map[int32]bool{}
		for l := range int32(p.Links()) {
			if a, b := ends(p, l); a >= 0 && p.Capacity[l] > 0 && near[b] {
				next[a] = true
			}
		}
		for a := range near {
			next[a] = true
		}
		near = next
	}
	return -1
}

// ends returns the hosts or routers that a link between them joins, worked out
// from its name, or -1.
func ends(p *Topology, l int32) (from, to int32) {
	kind, i, _ := numbered(p.LinkName(l))
	switch w := p.wiring.(type) {
	case *torus:
		stride := int32(1)
		for d, n := range w.dims {
			at := i / stride % n
			switch kind {
			case "xyz"[d:d+1] + "_plus":
				return i, i - at*stride + (at+1)%n*stride
			case "xyz"[d:d+1] + "_minus":
				return i, i - at*stride + (at+n-1)%n*stride
			}
			stride *= n
		}
	case *dragonfly:
		switch kind {
		case "local":
			at := i / (w.routers - 1)
			others := make([]int32, 0, w.routers)
			for r := at / w.routers * w.routers; int32(len(others)) < w.routers-1; r++ {
				if r != at {
					others = append(others, r)
				}
			}
			return at, others[i%(w.routers-1)]
		case "global":
			g, slot := i/w.slots(), i%w.slots()
			h := slot / w.parallel
			if h >= g {
				h++
			}
			back := g * w.parallel
			if g > h {
				back -= w.parallel
			}
			back += slot % w.parallel
			return g*w.routers + slot%w.routers, h*w.routers + back%w.routers
		}
	}
	return -1, -1
}

// Mistakes are told by the name of what is wrong.
func TestFitsNames(t *testing.T) {
	with := func(f *Fabric, change func(f *Fabric)) *Fabric {
		change(f)
		return f
	}
	for name, c := range map[string]struct {
		f    *Fabric
		want string
	}{
		"nics":      {with(plain(), func(f *Fabric) { f.NICsPerHost = 3 }), "nics_per_host = 3"},
		"rails":     {with(plain(), func(f *Fabric) { f.Rails = 3 }), "rails = 3 does not divide the 4 NICs"},
		"dims":      {torusOf(3, 2), "dims = [3 2] are 6 hosts, the machine has 2"},
		"no dims":   {torusOf(), "dims = []"},
		"dims of 0": {torusOf(2, 0), "dims = [2 0]"},
		"dragonfly": {with(flies(), func(f *Fabric) { f.Groups = 1; f.RoutersPer = 1 }), "room for 1 hosts"},
		"sets":      {with(flies(), func(f *Fabric) { f.Rails = 4 }), "rails = 4 does not divide the 4 NICs of a host and the routers_per_group = 2"},
		"no groups": {with(flies(), func(f *Fabric) { f.Groups = 0 }), "groups = 0"},
		"dead":      {with(plain(), func(f *Fabric) { f.DeadLinks = []string{"leaf_up[99]"} }), `"leaf_up[99]"`},
		"bandwidth": {with(plain(), func(f *Fabric) { f.LinkBandwidth = -1 }), "link_bandwidth"},
		"spine":     {with(plain(), func(f *Fabric) { f.SpineOversubscription = 0.5 }), "spine_oversubscription"},
		"not connected": {with(square(), func(f *Fabric) {
			f.Link = links("gpu[0]-a gpu[1]-a gpu[2]-a gpu[3]-b gpu[4]-a gpu[5]-a gpu[6]-a gpu[7]-a")
		}), "gpu[3]"},
		"no capacity": {with(square(), func(f *Fabric) { f.Link[2].Bandwidth = 0 }), "link[2] from a to b has no capacity"},
		"twice":       {with(square(), func(f *Fabric) { f.Link = append(f.Link, links("b-a")...) }), "link[6] from b to a is given twice"},
		"loop":        {with(square(), func(f *Fabric) { f.Link[0].To = "gpu[0]" }), "joins a thing to itself"},
		"no name":     {with(square(), func(f *Fabric) { f.Link[0].To = "" }), "link[0] has an end"},
		"no such GPU": {with(square(), func(f *Fabric) { f.Link[0].To = "gpu[8]" }), "gpu[8]; the machine has gpu[0] to gpu[7]"},
	} {
		if err := c.f.Fits(2, 4); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if err := plain().Fits(0, 4); err == nil {
		t.Error("no hosts: no error")
	}
}

// Machines of 100,000 GPUs are built and routed without searching.
func TestLargeTopologies(t *testing.T) {
	fly := flies()
	fly.Groups, fly.RoutersPer, fly.HostsPerRouter = 74, 32, 6
	for name, c := range map[string]struct {
		f     *Fabric
		hosts int
	}{"torus": {torusOf(16, 28, 28), 12544}, "dragonfly": {fly, 12544}, "tree": {clos(), 12544}} {
		p := c.f.Build(c.hosts, 8)
		var members []int32
		for h := range int32(c.hosts) {
			members = append(members, 8*h)
		}
		if p.GPUs != 100352 || len(p.Ring(members)) < 2*c.hosts || len(p.Path(0, int32(p.GPUs-1))) < 4 {
			t.Errorf("%s: %d GPUs", name, p.GPUs)
		}
	}
}
