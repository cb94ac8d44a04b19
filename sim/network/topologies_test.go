package network

import (
	"math"
	"strings"
	"testing"
)

// torusOf returns a torus of hosts with one GPU each.
func torusOf(dims ...int) *Fabric {
	f := plain()
	f.Topology, f.Dims = "torus", dims
	return f
}

// clos returns a classic fat tree of three tiers: 2 hosts of 2 GPUs on a leaf,
// two leaves under a set of spines, tapered 2:1 and 4:1.
func clos() *Fabric {
	f := plain()
	f.Topology, f.HostsPerPod, f.Oversubscription = "fat-tree", 2, 2
	f.PodsPerSpine, f.SpineOversubscription = 2, 4
	return f
}

// flies returns 3 groups of 2 routers of one host each.
func flies() *Fabric {
	f := plain()
	f.Topology, f.Groups, f.RoutersPer, f.HostsPerRouter, f.LinkBandwidth = "dragonfly", 3, 2, 1, 10e9
	return f
}

func links(text string) (out []Link) {
	for _, line := range strings.Fields(text) {
		from, to, _ := strings.Cut(line, "-")
		out = append(out, Link{From: from, To: to, Bandwidth: 10e9})
	}
	return out
}

// square is two hosts of a GPU on switches a and d, which b and c join.
func square() *Fabric {
	f := plain()
	f.Topology, f.Link = "graph", links("gpu[0]-a gpu[1]-d a-b a-c b-d c-d")
	return f
}

// Links and bisections, counted by hand.
func TestTopologies(t *testing.T) {
	for _, c := range []struct {
		name      string
		f         *Fabric
		hosts     int
		gpus      int
		links     int
		bisection int64
	}{
		// 10 hosts: 5 leaves, 3 sets of spines. A leaf has 4 NICs and 50 GB/s up, a
		// set 100 GB/s of which 25 go up to the core: of three sets one is cut off.
		{"clos", clos(), 10, 2, 20*4 + 5*2 + 3*2, 25e9},
		{"clos of one set", clos(), 4, 2, 8*4 + 2*2, 50e9},
		{"ring", torusOf(8), 8, 1, 8 * (4 + 2), 2 * 25e9},
		{"4×2 torus", torusOf(4, 2), 8, 1, 8 * (4 + 4), 2 * 2 * 25e9},
		{"4×4×4 torus", torusOf(4, 4, 4), 64, 2, 64 * (8 + 6), 2 * 16 * 50e9},
		// 6 routers with a link each to the other of the group, 3 pairs of groups.
		{"dragonfly", flies(), 6, 2, 12*4 + 6 + 6, 2 * 10e9},
		{"square", square(), 2, 1, 12, 10e9},
	} {
		p := c.f.Build(c.hosts, c.gpus)
		if p.Links() != c.links || p.Bisection() != c.bisection {
			t.Errorf("%s: %d links, bisection %d; want %d, %d", c.name, p.Links(), p.Bisection(), c.links, c.bisection)
		}
		for l := range int32(p.Links()) {
			if back, ok := p.LinkByName(p.LinkName(l)); !ok || back != l {
				t.Errorf("%s: link %d is %s is %d", c.name, l, p.LinkName(l), back)
			}
		}
		if _, ok := p.LinkByName("no"); ok || len(p.LinkNames()) == 0 || len(p.HostLinks(1)) == 0 {
			t.Errorf("%s: names %q, links of host 1 %v", c.name, p.LinkNames(), p.HostLinks(1))
		}
	}
}

// The presets are the machines that they name.
func TestPresetTopologies(t *testing.T) {
	for _, c := range []struct {
		name      string
		hosts     int
		gpus      int
		links     int
		bisection float64
	}{
		// Llama 3: 8 pods of 192 racks; each pod has 3,072 NICs, a seventh of which go up.
		{"nvlink4-roce400-clos", 3072, 8, 24576*4 + 1536*2 + 8*2, 4 * 3072 * 47.6e9 / 7},
		{"ici-torus", 64, 1, 64 * (2 + 12 + 6), 32 * 45e9},
		// 74·37²… pairs of groups are cut: 37·37 of 4 links of 22.5 GB/s.
		{"slingshot-dragonfly", 9472, 8, 9472*(16+8) + 74*32*31 + 74*73*4, 37 * 37 * 4 * 22.5e9},
		{"nvlink2-cube-graph", 1, 8, 32, 6 * 25e9}, // 0-4 and 1-5 double, 2-6 and 3-7 single
		{"nvlink5-nvl72", 16, 72, 16*72*4 + 2*72*2, 72 * 8 * 47.6e9},
		{"nvlink4-ndr400", 64, 8, 512*4 + 2*8*2, 8 * 32 * 47.6e9},
		{"pcie4-hdr200", 4, 8, 32*2 + 4*2 + 2, 2 * 25e9 * 0.969}, // one NIC a host
	} {
		f := preset(t, c.name)
		p := f.Build(c.hosts, c.gpus)
		if got := float64(p.Bisection()); p.Links() != c.links || got < c.bisection*0.999999 || got > c.bisection*1.000001 {
			t.Errorf("%s: %d links, bisection %g; want %d, %g", c.name, p.Links(), got, c.links, c.bisection)
		}
	}
}

// A pod of 4,096 TPU v4 has 24 TB/s across its middle (Google Cloud), of which links
// of 45 GB/s are 23; Frontier 270 TB/s between all groups (SC'23), of which 0.9.
func TestPublishedBisections(t *testing.T) {
	pod := preset(t, "ici-torus")
	pod.Dims = []int{16, 16, 16}
	if got := float64(pod.Build(4096, 1).Bisection()); math.Abs(got/24e12-1) > 0.05 {
		t.Errorf("TPU v4: %g B/s", got)
	}
	p := preset(t, "slingshot-dragonfly").Build(9472, 8)
	var global float64
	for l, c := range p.Capacity {
		if p.Tiers[p.Tier[l]] == "global" {
			global += float64(c)
		}
	}
	if math.Abs(global/2/270e12-0.9) > 0.005 {
		t.Errorf("Frontier: %g B/s each way", global/2)
	}
}

func TestRoutesOfTopologies(t *testing.T) {
	pcie := plain()
	pcie.GPUsPerPCIeSwitch, pcie.PCIeRootBandwidth, pcie.NICsPerHost = 2, 50e9, 2
	host := pcie.Build(2, 4)
	shared := plain()
	shared.NICsPerHost = 2
	few := shared.Build(2, 4)
	shared.NICsPerHost, shared.Rails = 8, 2
	many := shared.Build(8, 4)
	tree, fly := clos().Build(10, 2), flies().Build(6, 1)
	two := flies()
	two.Rails = 2
	spread := two.Build(6, 2)
	flat, ring := torusOf(4, 4).Build(16, 1), torusOf(4).Build(4, 1)
	graph := square().Build(2, 1)
	for _, c := range []struct {
		name string
		p    *Topology
		hops []Hop
		want string
	}{
		{"under one PCIe switch", host, host.Path(0, 1), "pcie_up[0] 1.000\npcie_down[1] 1.000\n"},
		{"over the root", host, host.Path(1, 2), "pcie_up[1] 1.000\nroot_up[0] 1.000\nroot_down[1] 1.000\npcie_down[2] 1.000\n"},
		{"from PCIe to another host", host, host.Path(3, 5), "pcie_up[3] 1.000\nnic_up[1] 1.000\nleaf_up[1] 1.000\nleaf_down[0] 1.000\nnic_down[2] 1.000\npcie_down[5] 1.000\n"},
		{"ring of a PCIe host", host, host.Ring([]int32{0, 1, 2}),
			"pcie_up[0] 1.000\npcie_down[0] 1.000\npcie_up[1] 1.000\npcie_down[1] 1.000\npcie_up[2] 1.000\npcie_down[2] 1.000\n" +
				"root_up[0] 1.000\nroot_down[0] 1.000\nroot_up[1] 1.000\nroot_down[1] 1.000\n"},
		{"two GPUs share a NIC", few, few.Ring([]int32{0, 1, 4, 5}),
			"nvlink_up[0] 0.500\nnvlink_down[0] 0.500\nnvlink_up[1] 0.500\nnvlink_down[1] 0.500\nnvlink_up[4] 0.500\nnvlink_down[4] 0.500\nnvlink_up[5] 0.500\nnvlink_down[5] 0.500\n" +
				"nic_up[0] 1.000\nnic_down[0] 1.000\nnic_up[2] 1.000\nnic_down[2] 1.000\n"},
		{"a GPU has two NICs on two rails", many, many.Path(1, 18),
			"nic_up[2] 0.500\nleaf_up[0] 0.500\nleaf_down[2] 0.500\nnic_down[36] 0.500\nnic_up[3] 0.500\nleaf_up[1] 0.500\nleaf_down[3] 0.500\nnic_down[37] 0.500\n"},
		{"on one leaf", tree, tree.Path(0, 3), "nic_up[0] 1.000\nnic_down[3] 1.000\n"},
		{"under one set of spines", tree, tree.Path(0, 4), "nic_up[0] 1.000\nleaf_up[0] 1.000\nleaf_down[1] 1.000\nnic_down[4] 1.000\n"},
		{"over the core", tree, tree.Path(0, 16), "nic_up[0] 1.000\nleaf_up[0] 1.000\nspine_up[0] 1.000\nspine_down[2] 1.000\nleaf_down[4] 1.000\nnic_down[16] 1.000\n"},
		{"all to all over the core", tree, tree.AllToAll([]int32{0, 4, 16}),
			"nic_up[0] 1.000\nnic_down[0] 1.000\nnic_up[4] 1.000\nnic_down[4] 1.000\nnic_up[16] 1.000\nnic_down[16] 1.000\n" +
				"leaf_up[0] 1.000\nleaf_down[0] 1.000\nleaf_up[1] 1.000\nleaf_down[1] 1.000\nleaf_up[4] 1.000\nleaf_down[4] 1.000\n" +
				"spine_up[0] 1.000\nspine_down[0] 1.000\nspine_up[2] 1.000\nspine_down[2] 1.000\n"},
		// Host 1 is at (1, 0), host 12 at (0, 3): one back along x, one back along y.
		{"torus, both around the edge", flat, flat.Path(1, 12), "nic_up[1] 1.000\nx_minus[1] 1.000\ny_minus[0] 1.000\nnic_down[12] 1.000\n"},
		{"torus, half way round", ring, ring.Path(0, 2), "nic_up[0] 1.000\nx_plus[0] 0.500\nx_plus[1] 0.500\nx_minus[0] 0.500\nx_minus[3] 0.500\nnic_down[2] 1.000\n"},
		{"to the other router", fly, fly.Path(0, 1), "nic_up[0] 1.000\nlocal[0] 1.000\nnic_down[1] 1.000\n"},
		// Group 0 reaches group 2 from router 1, and comes in at router 0 there.
		{"to another group", fly, fly.Path(0, 5), "nic_up[0] 1.000\nlocal[0] 1.000\nglobal[1] 1.000\nlocal[4] 1.000\nnic_down[5] 1.000\n"},
		// NICs 0 and 1 of a host are on routers 0 and 1 of its set, NIC k reaches NIC k:
		// in group 0, where two hosts are on a set of two routers, over none; from
		// router 1 of group 0 to router 1 of group 2 over global link 1 and router 0 there.
		{"NICs on a router each", spread, spread.Path(1, 3), "nic_up[1] 1.000\nnic_down[3] 1.000\n"},
		{"and to another group", spread, spread.Path(1, 9), "nic_up[1] 1.000\nglobal[1] 1.000\nlocal[4] 1.000\nnic_down[9] 1.000\n"},
		{"both ways of a graph", graph, graph.Path(0, 1), "gpu[0]->a 1.000\na->b 0.500\na->c 0.500\nb->d 0.500\nc->d 0.500\nd->gpu[1] 1.000\n"},
		{"ring of a graph", graph, graph.Ring([]int32{0, 1}),
			"gpu[0]->a 1.000\na->gpu[0] 1.000\ngpu[1]->d 1.000\nd->gpu[1] 1.000\na->b 0.500\nb->a 0.500\na->c 0.500\nc->a 0.500\nb->d 0.500\nd->b 0.500\nc->d 0.500\nd->c 0.500\n"},
	} {
		if got := show(c.p, c.hops); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
}
