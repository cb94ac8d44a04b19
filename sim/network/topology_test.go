package network

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// 6 hosts of 2 GPUs in pods of 4: 12 GPUs with 4 links each, 2 pods × 2 rails
// with an uplink and a downlink each.
func TestBuild(t *testing.T) {
	f := plain()
	f.NICEfficiency, f.Oversubscription = 0.9, 2
	p := f.Build(6, 2)
	if p.Links() != 12*4+4*2 || p.Leaves() != 4 || p.GPUs != 12 {
		t.Fatalf("%d links, %d leaves, %d GPUs", p.Links(), p.Leaves(), p.GPUs)
	}
	for name, want := range map[string]struct {
		tier     string
		capacity int64
	}{
		"nvlink_up[0]":    {"nvlink", 100e9},
		"nvlink_down[11]": {"nvlink", 100e9},
		"nic_up[5]":       {"nic", 22_500_000_000},
		"nic_down[11]":    {"nic", 22_500_000_000},
		"leaf_up[3]":      {"leaf", 45_000_000_000}, // 4 hosts × 22.5 / 2
		"leaf_down[0]":    {"leaf", 45_000_000_000},
	} {
		l, ok := p.LinkByName(name)
		if !ok || p.Capacity[l] != want.capacity || p.Tiers[p.Tier[l]] != want.tier {
			t.Errorf("%s: %v %d %s, want %+v", name, ok, p.Capacity[l], p.Tiers[p.Tier[l]], want)
		}
	}
	for l := range int32(p.Links()) {
		if back, ok := p.LinkByName(p.LinkName(l)); !ok || back != l {
			t.Errorf("link %d is %s is %d", l, p.LinkName(l), back)
		}
	}
	for _, name := range []string{"", "nic", "nic_up", "nic_up[", "nic_up[]", "nic_up[12]", "nic_up[-1]", "nic_up[01]", "nic_up[1", "leaf_up[4]", "NIC_up[1]", "nic_up[1]x"} {
		if l, ok := p.LinkByName(name); ok {
			t.Errorf("%q is link %d", name, l)
		}
	}
	if got := p.HostLinks(1); !slices.Equal(got, []int32{8, 9, 10, 11, 12, 13, 14, 15}) {
		t.Errorf("links of host 1: %v", got)
	}
}

// Half the pods' uplinks, or within one pod half the NICs.
func TestBisection(t *testing.T) {
	f := plain()
	if got := f.Build(16, 8).Bisection(); got != 2*8*4*25e9 {
		t.Errorf("4 pods, full: %d", got)
	}
	f.Oversubscription = 4
	if got := f.Build(16, 8).Bisection(); got != 2*8*25e9 {
		t.Errorf("4 pods, 4:1: %d", got)
	}
	if got := f.Build(4, 8).Bisection(); got != 2*8*25e9 {
		t.Errorf("one pod: %d", got)
	}
}

// DGX SuperPOD with A100, 140 hosts of 8 in pods of 20, switches of 40 ports: 56
// leaves, 56 spines and 28 cores, all ports in use. One pod uses half of its
// leaves' ports, two need no core, and one host needs no switch.
func TestSwitches(t *testing.T) {
	f := plain()
	f.HostsPerPod, f.SwitchPorts = 20, 40
	for hosts, want := range map[int]float64{140: 56 + 56 + 28, 20: 4, 40: 8 + 8 + 8, 1: 0} {
		if got := f.Switches(hosts, 8); got != want {
			t.Errorf("%d hosts: %v switches, want %v", hosts, got, want)
		}
	}
}

func show(t *Topology, hops []Hop) string {
	s := ""
	for _, h := range hops {
		s += fmt.Sprintf("%s %.3f\n", t.LinkName(h.Link), float64(h.Weight)/WeightOne)
	}
	return s
}

func TestRoutes(t *testing.T) {
	p := plain().Build(8, 4) // pods of 4 hosts
	for _, c := range []struct {
		name string
		hops []Hop
		want string
	}{
		{"one host", p.Ring([]int32{1, 0}), "nvlink_up[0] 1.000\nnvlink_down[0] 1.000\nnvlink_up[1] 1.000\nnvlink_down[1] 1.000\n"},
		{"one rail of one pod", p.Ring([]int32{9, 1}), "nic_up[1] 1.000\nnic_down[1] 1.000\nnic_up[9] 1.000\nnic_down[9] 1.000\n"},
		{"one rail of two pods", p.Ring([]int32{1, 5, 17}),
			"nic_up[1] 1.000\nnic_down[1] 1.000\nnic_up[5] 1.000\nnic_down[5] 1.000\nnic_up[17] 1.000\nnic_down[17] 1.000\n" +
				"leaf_up[1] 1.000\nleaf_down[1] 1.000\nleaf_up[5] 1.000\nleaf_down[5] 1.000\n"},
		{"two of each of two hosts", p.Ring([]int32{0, 1, 4, 5}),
			"nvlink_up[0] 0.500\nnvlink_down[0] 0.500\nnic_up[0] 0.500\nnic_down[0] 0.500\n" +
				"nvlink_up[1] 0.500\nnvlink_down[1] 0.500\nnic_up[1] 0.500\nnic_down[1] 0.500\n" +
				"nvlink_up[4] 0.500\nnvlink_down[4] 0.500\nnic_up[4] 0.500\nnic_down[4] 0.500\n" +
				"nvlink_up[5] 0.500\nnvlink_down[5] 0.500\nnic_up[5] 0.500\nnic_down[5] 0.500\n"},
		{"two rails of a pod meet over the spine", p.Ring([]int32{0, 5}),
			"nic_up[0] 1.000\nnic_down[0] 1.000\nnic_up[5] 1.000\nnic_down[5] 1.000\nleaf_up[0] 1.000\nleaf_down[0] 1.000\nleaf_up[1] 1.000\nleaf_down[1] 1.000\n"},
		{"alone", p.Ring([]int32{3}), ""},
		{"send in a host", p.Path(2, 3), "nvlink_up[2] 1.000\nnvlink_down[3] 1.000\n"},
		{"send along a rail", p.Path(2, 14), "nic_up[2] 1.000\nnic_down[14] 1.000\n"},
		{"send to another pod", p.Path(2, 18), "nic_up[2] 1.000\nleaf_up[2] 1.000\nleaf_down[6] 1.000\nnic_down[18] 1.000\n"},
		{"all to all over a rail of two pods", p.AllToAll([]int32{0, 4, 16}),
			"nic_up[0] 1.000\nnic_down[0] 1.000\nnic_up[4] 1.000\nnic_down[4] 1.000\nnic_up[16] 1.000\nnic_down[16] 1.000\n" +
				"leaf_up[0] 1.000\nleaf_down[0] 1.000\nleaf_up[4] 1.000\nleaf_down[4] 1.000\n"},
	} {
		if got := show(p, c.hops); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
	// Two rings through the host of two, so that the hosts of one need their NIC
	// for both: 25 GB/s, where the links of the pair would carry 200.
	members := []int32{17, 0, 1, 4}
	if _, got := p.Route(AllReduce, members); got != (Shape{Ranks: 4, Hosts: 3, Pods: 2, Inside: 200e9, Outside: 25e9, Rate: 25e9}) {
		t.Errorf("shape %+v", got)
	}
}

func TestGroupsThatCannotBe(t *testing.T) {
	p := plain().Build(2, 2)
	for _, members := range [][]int32{{0, 0}, {0, 4}, {-1, 0}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%v: no panic", members)
				}
			}()
			p.Ring(members)
		}()
	}
}

// plan runs the given routes over a topology.
func plan(p *Topology, routes ...[]Hop) *Plan {
	r := &Plan{Capacity: p.Capacity, Tier: p.Tier, Tiers: p.Tiers, First: []int32{0}}
	for _, hops := range routes {
		r.Hops = append(r.Hops, hops...)
		r.First = append(r.First, int32(len(r.Hops)))
	}
	return r
}

// What the route of a group carries on an idle network, for the same g GPUs in
// each of H hosts: rings g NICs' worth, or that of NVLinks which carry (g−1)/g;
// all-to-alls 1/(n−g) of (n−1) NICs' worth, or of NVLinks n·(g−1)/g of (n−1).
func TestRatesOfRoutes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := plain()
		f.NVLinkBandwidth = rapid.SampledFrom([]float64{100e9, 900e9}).Draw(t, "nvlink")
		f.HostsPerPod = 16
		p := f.Build(16, 8)
		rails := rapid.SliceOfNDistinct(rapid.Int32Range(0, 7), 1, 8, rapid.ID).Draw(t, "rails")
		hosts := rapid.SliceOfNDistinct(rapid.Int32Range(0, 15), 1, 16, rapid.ID).Draw(t, "hosts")
		var members []int32
		for _, h := range hosts {
			for _, r := range rails {
				members = append(members, 8*h+r)
			}
		}
		g, n, nvlink, nic := float64(len(rails)), float64(len(members)), f.NVLinkBandwidth, f.NICBandwidth
		if n < 2 {
			return
		}
		ring, pairs := min(g*nic, nvlink*g/(g-1)), min((n-1)/(n-g)*nic, nvlink*(n-1)*g/(n*(g-1)))
		if len(hosts) == 1 {
			ring = nvlink
		}
		for c, want := range map[Collective]float64{AllReduce: ring, AllToAll: pairs} {
			_, s := p.Route(c, members)
			if got := min(s.Inside, s.Outside); math.Abs(got/want-1) > 1e-10 || math.Abs(float64(s.Rate)/want-1) > 1e-4 {
				t.Fatalf("%v over %+v: closed form %v", c, s, want)
			}
		}
	})
}

// A k:1 taper slows an all-reduce across pods by exactly k when every hop
// crosses: a member per pod in each group, as many groups as a pod has NICs.
// In one group per rail over all hosts, in pod order, it costs nothing.
func TestTaper(t *testing.T) {
	f := plain()
	f.Oversubscription = 4
	p := f.Build(8, 2)
	var crossing, railwise [][]Hop
	for g := range int32(8) {
		crossing = append(crossing, p.Ring([]int32{g, g + 8}))
	}
	for r := range int32(2) {
		var members []int32
		for h := range int32(8) {
			members = append(members, 2*h+r)
		}
		railwise = append(railwise, p.Ring(members))
	}
	for name, c := range map[string]struct {
		routes [][]Hop
		want   int64
	}{"crossing": {crossing, 25e9 / 4}, "by rail": {railwise, 25e9}} {
		n := New(plan(p, c.routes...), new(engine.Queue), testKind, nil)
		for i := range c.routes {
			n.Start(0, int32(i), 1e12, 0)
		}
		n.Settle(0)
		for i := range c.routes {
			if got := n.Rate(int32(i)); got != c.want {
				t.Errorf("%s: group %d at %d, want %d", name, i, got, c.want)
			}
		}
	}
}

func TestFabricCheck(t *testing.T) {
	for name, spoil := range map[string]func(f *Fabric){
		"nvlink_bandwidth":  func(f *Fabric) { f.NVLinkBandwidth = 0 },
		"nic_bandwidth":     func(f *Fabric) { f.NICBandwidth = -1 },
		"nvlink_efficiency": func(f *Fabric) { f.NVLinkEfficiency = 1.1 },
		"nic_efficiency":    func(f *Fabric) { f.NICEfficiency = 0 },
		"send_efficiency":   func(f *Fabric) { f.SendEfficiency = 2 },
		"hosts_per_pod":     func(f *Fabric) { f.HostsPerPod = 0 },
		"oversubscription":  func(f *Fabric) { f.Oversubscription = 0.5 },
		"switch_ports":      func(f *Fabric) { f.SwitchPorts = 1 },
	} {
		f := plain()
		if err := f.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(f)
		if f.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
