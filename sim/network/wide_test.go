package network

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// wideNames lists the wide links of a plan over a topology.
func wideNames(t *Topology, p *Plan) string {
	var names []string
	for l, wide := range t.Wide(p) {
		if wide {
			names = append(names, t.LinkName(int32(l)))
		}
	}
	return strings.Join(names, " ")
}

func TestWide(t *testing.T) {
	// Pods of 4 hosts of 2 GPUs, with NICs of 25 GB/s: a leaf has 4 below and so
	// much above that its taper divides.
	rail := func(taper float64) *Topology {
		f := plain()
		f.Oversubscription = taper
		return f.Build(8, 2)
	}
	one, two, three := rail(1), rail(2), clos().Build(10, 2)
	untapered := clos()
	untapered.Oversubscription, untapered.SpineOversubscription = 1, 1
	full := untapered.Build(10, 2)
	// All hosts of a pod send along rail 0 to the other pod.
	all := func(t *Topology) (routes [][]Hop) {
		for h := range int32(4) {
			routes = append(routes, t.Path(2*h, 2*h+8), t.Path(2*h+8, 2*h))
		}
		return routes
	}
	odd := plain()
	odd.NICEfficiency = 0.7 + 1e-12 // NICs of 17,500,000,000.025 B/s
	uneven := odd.Build(8, 2)
	const both = "leaf_up[0] leaf_down[0] leaf_up[2] leaf_down[2]"
	for _, c := range []struct {
		name string
		t    *Topology
		p    *Plan
		want string
	}{
		{"nothing crosses", one, plan(one, one.Path(0, 2)), ""},
		{"a whole pod sends", one, plan(one, all(one)...), both},
		{"where NICs are not of whole bytes/s", uneven, plan(uneven, all(uneven)...), both},
		{"and sends twice over each NIC", one, plan(one, append(all(one), all(one)...)...), both},
		{"with a ring over it", one, plan(one, append(all(one), one.Ring([]int32{0, 2, 10}))...), both},
		{"half the pod sends, tapered", two, plan(two, all(two)[:4]...), both},
		{"more than half the pod sends, tapered", two, plan(two, all(two)[:6]...), ""},
		{"one way only", two, plan(two, two.Path(0, 8), two.Path(2, 8), two.Path(4, 8)), "leaf_down[2]"},
		{"others use a link by itself", one, plan(one, append(all(one), []Hop{{linkNamed(one, "leaf_up[0]"), WeightOne, 1}})...),
			"leaf_down[0] leaf_up[2] leaf_down[2]"},
		// Two members of a host and three of the next share three rings, of which the
		// first NIC serves two but is taken to carry half.
		{"rings that a NIC shares", one, plan(one, []Hop{{linkNamed(one, "nic_up[0]"), WeightOne / 2, 1}, {linkNamed(one, "leaf_up[0]"), WeightOne * 2 / 3, 1}}), ""},
		// A leaf has 50 GB/s up, a set of two 25 GB/s on to the core: less than the leaf.
		{"three tiers, tapered", three, plan(three, three.Path(0, 16)), "leaf_up[0] leaf_down[4]"},
		{"three tiers", full, plan(full, full.Path(0, 16), full.Path(4, 8)),
			"leaf_up[0] leaf_up[1] leaf_down[2] leaf_down[4] spine_up[0] spine_down[1] spine_down[2]"},
		{"a torus", torusOf(4).Build(4, 1), plan(torusOf(4).Build(4, 1)), ""},
	} {
		if got := wideNames(c.t, c.p); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func linkNamed(t *Topology, name string) int32 {
	l, ok := t.LinkByName(name)
	if !ok {
		panic(name)
	}
	return l
}

// drawTree draws a fat tree, tapered or not, and traffic over it.
func drawTree(t *rapid.T) (*Topology, *Plan) {
	f := plain()
	f.Topology = rapid.SampledFrom([]string{"rail", "fat-tree"}).Draw(t, "topology")
	f.HostsPerPod = rapid.IntRange(1, 4).Draw(t, "hosts per pod")
	f.Oversubscription = rapid.SampledFrom([]float64{1, 1, 1.5, 2}).Draw(t, "taper")
	f.PodsPerSpine = rapid.IntRange(0, 2).Draw(t, "pods per spine")
	f.SpineOversubscription = rapid.SampledFrom([]float64{1, 1, 2}).Draw(t, "spine taper")
	f.NICEfficiency = rapid.Float64Range(0.5, 1).Draw(t, "efficiency")
	top := f.Build(8, 2)
	var routes [][]Hop
	for range rapid.IntRange(1, 16).Draw(t, "flows") {
		members := rapid.SliceOfNDistinct(rapid.Int32Range(0, 15), 2, 8, rapid.ID).Draw(t, "members")
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			routes = append(routes, top.Ring(members))
		case 1:
			routes = append(routes, top.AllToAll(members))
		default:
			routes = append(routes, top.Path(members[0], members[1]))
		}
	}
	return top, plan(top, routes...)
}

// TestWideBoundsNothing: without its wide links a plan gets the rates that it gets
// with them, but for the remainders of floor divisions, whatever becomes slower
// below; and no link is overfull (Check).
func TestWideBoundsNothing(t *testing.T) {
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		top, p := drawTree(t)
		p.Wide = top.Wide(p)
		if p.Wide == nil {
			return
		}
		met++
		n := New(p, new(engine.Queue), testKind, nil)
		capacity, active := slices.Clone(p.Capacity), make([]bool, p.Flows())
		for range rapid.IntRange(0, 3).Draw(t, "slow links") {
			if l := rapid.IntRange(0, len(capacity)-1).Draw(t, "slow"); !p.Wide[l] {
				capacity[l] = capacity[l] * int64(rapid.IntRange(0, 99).Draw(t, "per cent")) / 100
				n.SetCapacity(0, int32(l), capacity[l])
			}
		}
		limits := make([]int64, p.Flows())
		for f := range active {
			limits[f] = rapid.SampledFrom([]int64{Unlimited, Unlimited, 1e9, 15e9}).Draw(t, "limit")
			n.SetLimit(int32(f), limits[f])
			if active[f] = rapid.IntRange(0, 4).Draw(t, "starts") > 0; active[f] {
				n.Start(0, int32(f), 1e15, 0)
			}
		}
		n.Settle(0)
		if err := n.Check(); err != nil {
			t.Fatal(err)
		}
		for f, with := range naive(p, capacity, limits, active) {
			if without := n.Rate(int32(f)); active[f] && (without < with-16 || without > with+16) {
				t.Fatalf("flow %d at %d B/s, with all links %d", f, without, with)
			}
		}
	})
	if met == 0 {
		t.Error("no plan had wide links")
	}
}
