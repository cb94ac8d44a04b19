package network

import (
	"slices"
	"strings"
	"testing"
)

// namesOf returns the names of links.
func namesOf(t *Topology, links []int32) (names []string) {
	for _, l := range links {
		names = append(names, t.LinkName(l))
	}
	return names
}

// plainBut returns the plain fabric, changed.
func plainBut(change func(*Fabric)) *Fabric {
	f := plain()
	change(f)
	return f
}

// pods returns three pods of two hosts of four GPUs, two NICs to a rail.
func pods() *Topology {
	f := plainBut(func(f *Fabric) { f.HostsPerPod, f.Rails = 2, 2 })
	return f.Build(6, 4)
}

// TestSwitchLinks: leaf 3 is rail 1 of pod 1, hosts 2 and 3: NICs 9, 11, 13, 15.
func TestSwitchLinks(t *testing.T) {
	p := pods()
	got, err := p.SwitchLinks("leaf[3]")
	want := []string{"nic_up[9]", "nic_down[9]", "nic_up[11]", "nic_down[11]", "nic_up[13]", "nic_down[13]", "nic_up[15]", "nic_down[15]",
		"leaf_up[3]", "leaf_down[3]"}
	if err != nil || !slices.Equal(namesOf(p, got), want) {
		t.Errorf("%v, %v; want %v", namesOf(p, got), err, want)
	}
	if _, err := p.SwitchLinks("leaf[6]"); err == nil || !strings.Contains(err.Error(), "switches are leaf[0] to leaf[5]") {
		t.Errorf("leaf 6 of 6: %v", err)
	}
}

// TestEveryUplinkOfALeaf: hashed routes take one of four uplinks; those of leaf
// 1 are 4 to 7.
func TestEveryUplinkOfALeaf(t *testing.T) {
	f := plainBut(func(f *Fabric) { f.HostsPerPod, f.Rails, f.Routing = 2, 2, "ecmp" })
	p := f.Build(4, 4)
	got, err := p.SwitchLinks("leaf[1]")
	names := namesOf(p, got)
	if err != nil || len(names) != 16 {
		t.Fatalf("%v, %v; want four NICs and four uplinks, both ways", names, err)
	}
	if first, last := names[8], names[15]; first != "leaf_up[4]" || last != "leaf_down[7]" {
		t.Errorf("uplinks %s to %s, want leaf_up[4] to leaf_down[7]", first, last)
	}
}

// TestSpines: with hashed routes spine j has uplink j of every leaf of its set,
// and core (j, k) uplink k of spine j of every set. 4 leaves of 4 uplinks, 2 sets
// of 4 spines of one uplink.
func TestSpines(t *testing.T) {
	f := clos()
	f.Routing, f.Oversubscription, f.SpineOversubscription = "ecmp", 1, 2
	p := f.Build(8, 2)
	for name, want := range map[string]string{
		"spine[1]": "leaf_up[1] leaf_down[1] leaf_up[5] leaf_down[5] spine_up[1] spine_down[1]",
		"spine[6]": "leaf_up[10] leaf_down[10] leaf_up[14] leaf_down[14] spine_up[6] spine_down[6]",
		"core[2]":  "spine_up[2] spine_down[2] spine_up[6] spine_down[6]",
	} {
		links, err := p.SwitchLinks(name)
		if got := strings.Join(namesOf(p, links), " "); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", name, got, err, want)
		}
	}
	if _, err := p.SwitchLinks("spine[8]"); err == nil || !strings.HasSuffix(err.Error(), "leaf[0] to leaf[3], spine[0] to spine[7], core[0] to core[3]") {
		t.Errorf("spine 8 of 8: %v", err)
	}
	if _, err := clos().Build(8, 2).SwitchLinks("spine[0]"); err == nil || !strings.Contains(err.Error(), `give routing = "ecmp"`) {
		t.Errorf("a spine of sprayed traffic: %v", err)
	}
}

// TestRailLinks: a rail is its leaf in every pod, and rails part the NICs.
func TestRailLinks(t *testing.T) {
	p := pods()
	seen := map[int32]bool{}
	for rail := range 2 {
		links, err := p.RailLinks(rail)
		if err != nil || len(links) != 2*(12+3) {
			t.Errorf("rail %d: %d links, %v; want 12 NICs and 3 leaves, both ways", rail, len(links), err)
		}
		if !slices.IsSorted(links) {
			t.Errorf("rail %d: links out of order", rail)
		}
		for _, l := range links {
			if seen[l] {
				t.Errorf("link %s is on both rails", p.LinkName(l))
			}
			seen[l] = true
		}
	}
	if _, err := p.RailLinks(2); err == nil || err.Error() != "there is no rail 2; rails are 0 to 1" {
		t.Errorf("rail 2 of 2: %v", err)
	}
}

// TestNoSuchSwitches: topologies without leaves or rails say which have them.
func TestNoSuchSwitches(t *testing.T) {
	torus := plainBut(func(f *Fabric) { f.Topology, f.Dims = torusTopology, []int{2, 2} })
	ring := torus.Build(4, 4)
	if _, err := ring.SwitchLinks("leaf[0]"); err == nil || !strings.Contains(err.Error(), "rail and fat-tree have leaf[0]") {
		t.Errorf("switch of a torus: %v", err)
	}
	if _, err := ring.RailLinks(0); err == nil || !strings.Contains(err.Error(), `topology = "rail" has`) {
		t.Errorf("rail of a torus: %v", err)
	}
	tree := plainBut(func(f *Fabric) { f.Topology = fatTreeTopology })
	if _, err := tree.Build(4, 4).RailLinks(0); err == nil {
		t.Error("a fat tree has a rail")
	}
}

// TestSwitchOfAGraph: the links at a node, by its name.
func TestSwitchOfAGraph(t *testing.T) {
	f := plainBut(func(f *Fabric) {
		f.Topology = graphTopology
		f.Link = []Link{{From: "gpu[0]", To: "s0", Bandwidth: 1e9}, {From: "gpu[1]", To: "s1", Bandwidth: 1e9}, {From: "s0", To: "s1", Bandwidth: 1e9}}
	})
	p := f.Build(1, 2)
	got, err := p.SwitchLinks("s1")
	names := namesOf(p, got)
	slices.Sort(names)
	if want := []string{"gpu[1]->s1", "s0->s1", "s1->gpu[1]", "s1->s0"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("%v, %v; want %v", names, err, want)
	}
	for _, name := range []string{"gpu[0]", "s2"} {
		if _, err := p.SwitchLinks(name); err == nil || !strings.Contains(err.Error(), "switches are s0, s1") {
			t.Errorf("switch %s: %v", name, err)
		}
	}
	if got, err := p.LinksByName("gpu[*]->s*"); err != nil || !slices.Equal(namesOf(p, got), []string{"gpu[0]->s0", "gpu[1]->s1"}) {
		t.Errorf("links of GPUs %v, %v", namesOf(p, got), err)
	}
}
