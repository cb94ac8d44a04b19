package network

import (
	"math"
	"testing"

	"trainsim/sim/engine"
)

// 1 GiB all-reduced on a ring of N GPUs, each a corner of a 1-D torus with links
// of 50 GB/s and 500 ns a step: T = 2(N−1)·(500 ns + 2^30/N/50 GB/s), rounded up.
func TestRingOnTorus(t *testing.T) {
	for n, want := range map[int]engine.Time{
		8:    37_587_964, // 7 µs + 1.75·2^30/50e9 = 37.580 963 84 ms
		512:  43_376_787, // 511 µs + 42.865 786 88 ms
		4096: 47_034_188, // 4.095 ms + 42.939 187 2 ms
	} {
		f := torusOf(n)
		f.NICBandwidth, f.NICLatency, f.Algorithm = 50e9, 500, byRing
		p := f.Build(n, 1)
		var members []int32
		for g := range int32(n) {
			members = append(members, g)
		}
		ring, s := p.Route(AllReduce, members)
		cost := f.Cost(AllReduce, s, 1<<30)
		b := newBench(t, plan(p, ring))
		b.n.Start(0, 0, cost.Wire, cost.Latency)
		exact := 2 * float64(n-1) * (500 + float64(int64(1<<30)/int64(n))/50)
		if got := engine.Time(math.Ceil(exact - 1e-6)); got != want {
			t.Fatalf("%d GPUs: the form gives %d, by hand %d", n, got, want)
		}
		b.drain(want)
	}
}

// A step over two links of 300 and 400 ns takes 700 ns more: a send once, a ring
// of two 2(2−1) times.
func TestLinkLatency(t *testing.T) {
	f := plain()
	f.Topology, f.Link = "graph", links("gpu[0]-s gpu[1]-s")
	f.Link[0].Latency, f.Link[1].Latency = 300, 400
	s := f.Regular(AllReduce, 2, 2)
	if s.Links != 700 || f.Cost(SendRecv, s, 1).Latency != 5000+700 || f.Cost(AllReduce, s, 1).Latency != 2*(5000+700) {
		t.Errorf("%+v: send %+v, all-reduce %+v", s, f.Cost(SendRecv, s, 1), f.Cost(AllReduce, s, 1))
	}
	if s := square().Regular(AllReduce, 2, 2); s.Links != 0 {
		t.Errorf("links without latency: %+v", s)
	}
}

// all runs groups over routes at once and returns when the last is done.
func all(t *testing.T, p *Topology, bytes int64, routes ...[]Hop) engine.Time {
	b := newBench(t, plan(p, routes...))
	for f := range routes {
		b.n.Start(0, int32(f), bytes, 0)
	}
	b.until(engine.Never)
	last := engine.Time(0)
	for _, at := range b.done {
		last = max(last, at)
	}
	return last
}

// A k:1 taper slows an all-reduce across pods by exactly k when every hop
// crosses: one member per pod in each group, as many groups as a pod has NICs.
// In pod order, with one ring per rail, it costs nothing until what crosses
// exceeds the uplinks: one ring needs one NIC's worth of an uplink that is 4/k.
func TestTaperInTime(t *testing.T) {
	for _, topology := range []string{"rail", "fat-tree"} {
		for _, k := range []float64{1, 2, 4, 8} {
			f := plain() // pods of 4 hosts of 2 GPUs
			f.Topology, f.Oversubscription = topology, k
			p := f.Build(8, 2)
			var crossing [][]Hop
			for g := range int32(8) {
				crossing = append(crossing, p.Ring([]int32{g, g + 8}))
			}
			if got, want := all(t, p, 25e9, crossing...), engine.Time(k*1e9); got != want {
				t.Errorf("%s %g:1: %d ns, want %d", topology, k, got, want)
			}
			byRail := make([][]int32, 2)
			for g := range int32(16) {
				byRail[g%2] = append(byRail[g%2], g)
			}
			want := engine.Time(max(1, k/4) * 1e9)
			if got := all(t, p, 25e9, p.Ring(byRail[0]), p.Ring(byRail[1])); got != want {
				t.Errorf("%s %g:1 in pod order: %d ns, want %d", topology, k, got, want)
			}
		}
	}
}
