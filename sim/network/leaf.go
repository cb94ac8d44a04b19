package network

import (
	"fmt"
	"slices"
	"strings"
)

// linksOfLeaves returns the links of the leaf switches that are picked, in
// order: those of the NICs on them and their uplinks, both ways. Leaf p·rails + r
// is that of rail r of pod p.
func (t *Topology) linksOfLeaves(picked func(leaf int32) bool) []int32 {
	w := t.wiring.(*fatTree)
	var links []int32
	for n := range int32(t.GPUs / t.GPUsPerHost * t.nics) {
		if picked(w.leafOf(n)) {
			links = append(links, t.nic.up(n), t.nic.down(n))
		}
	}
	for l := range int32(w.leaves) {
		for j := l * w.uplinks; picked(l) && j < (l+1)*w.uplinks; j++ {
			links = append(links, w.leaf.up(j), w.leaf.down(j))
		}
	}
	slices.Sort(links)
	return links
}

// SwitchLinks returns the links of a switch, in order: of leaf[3] those of
// its NICs and its uplinks; where routes are hashed, of spine[3] and core[3] too
// all of theirs; of a node of a graph that is no GPU, by its name there, all its
// links. Other topologies have no switches by name.
func (t *Topology) SwitchLinks(name string) ([]int32, error) {
	if t.graph != nil {
		return t.graph.switchLinks(name)
	}
	w, ok := t.wiring.(*fatTree)
	if !ok {
		return nil, fmt.Errorf("the topology has no switches with names; rail and fat-tree have leaf[0], leaf[1], …, a graph those of its links")
	}
	kind, i, ok := numbered(name)
	switch {
	case ok && kind == "leaf" && i < int32(w.leaves):
		return t.linksOfLeaves(func(leaf int32) bool { return leaf == i }), nil
	case ok && kind == "spine" && i < w.spines():
		return w.linksOfSpine(i), nil
	case ok && kind == "core" && i < w.cores():
		return w.linksOfCore(i), nil
	}
	if !w.ecmp && (kind == "spine" || kind == "core") {
		return nil, fmt.Errorf("switch %q is one of several that sprayed traffic sees as one; give routing = \"ecmp\", or the links of leaves a lower speed", name)
	}
	return nil, fmt.Errorf("there is no switch %q; switches are %s", name, w.switchNames())
}

// RailLinks returns the links of every leaf switch of a rail, in order, where
// the topology is one of rails.
func (t *Topology) RailLinks(rail int) ([]int32, error) {
	w, ok := t.wiring.(*fatTree)
	switch {
	case !ok || w.rails == 0:
		return nil, fmt.Errorf("the topology has no rails; topology = \"rail\" has")
	case rail < 0 || rail >= int(w.rails):
		return nil, fmt.Errorf("there is no rail %d; rails are 0 to %d", rail, w.rails-1)
	}
	return t.linksOfLeaves(func(leaf int32) bool { return int(leaf%w.perPod) == rail }), nil
}

// switchLinks returns the links at a node that is no GPU.
func (g *graph) switchLinks(name string) ([]int32, error) {
	n := int32(slices.Index(g.names, name))
	if n >= 0 && !strings.HasPrefix(name, "gpu[") {
		return g.linksAt(n, n+1), nil
	}
	var names []string
	for _, s := range g.names {
		if !strings.HasPrefix(s, "gpu[") {
			names = append(names, s)
		}
	}
	return nil, fmt.Errorf("there is no switch %q; switches are %s", name, strings.Join(names, ", "))
}
