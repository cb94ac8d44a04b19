package network

import "fmt"

// The algorithms that a scenario may force; auto leaves the choice.
const (
	anyAlgorithm   = "auto"
	byRing         = "ring"
	byTree         = "tree"
	byNVLS         = "nvls"
	byHierarchical = "hierarchical"
	byPairs        = "pairwise"
)

// algorithms lists them in the order in which the first of equals is taken.
var algorithms = [...]string{byRing, byTree, byNVLS, byPairs, byHierarchical}

// option is a cost with its predicted time.
type option struct {
	Cost
	seconds float64
}

func faster(a, b option) option {
	if a.Algorithm == "" || b.seconds < a.seconds {
		return b
	}
	return a
}

// Cost returns what a collective over a group of the given shape asks for,
// with the algorithm and protocol of least predicted time, as NCCL's tuner
// picks them (NCCL src/graph/tuning.cc), or those that the fabric forces:
//
//   - ring: 2(n−1)/n·S for all-reduce and (n−1)/n·S for gather and scatter, in
//     2(n−1) and n−1 steps, of which 2(H−1) and H−1 cross hosts. With no fixed
//     latency, drain or LL, one host and efficiency 1, an all-reduce takes
//     exactly 2(n−1)/n·S/B + 2(n−1)·α (Patarasuk and Yuan 2009).
//   - tree, all-reduce across hosts: up and down a double binary tree in
//     2·⌈log2 H⌉ steps between hosts and 2(n/H−1) along the chain within each
//     (Sanders, Speck, Träff 2009). A host sends 2S, of two hosts S, and the
//     chain in a host carries 2S.
//   - nvls, all-reduce: the switch reads S from each GPU and hands it S/n of
//     the sum, which goes back once and comes out everywhere: S·(1+1/n) per
//     direction. Across hosts (nvls_tree) a host sends 2(H−1)/H·S, the mean
//     over a tree: its NICs take different places. Eight 400 Gb/s rails at 4
//     hosts would give 490 GB/s of bus bandwidth; NVIDIA shows 480 (GTC24 S62129).
//   - hierarchical, all-reduce across hosts, only when forced (NCCL has none),
//     and all-to-all across hosts of several members joined by NVLink.
//   - pairwise: all-to-all, (n−1)/n·S.
//
// A forced algorithm that a collective or group does not have leaves the choice
// free, so that one key serves all collectives of a step. A group of fewer than
// two ranks costs nothing.
func (f *Fabric) Cost(c Collective, s Shape, bytes int64) Cost {
	switch {
	case s.Ranks < 2:
		return Cost{Algorithm: "none"}
	case c == SendRecv:
		return f.sendCost(s, bytes)
	case f.has(f.Algorithm, c, s):
		return f.price(f.Algorithm, c, s, bytes).Cost
	}
	var best option
	for _, algorithm := range algorithms {
		if f.has(algorithm, c, s) && (algorithm != byHierarchical || c == AllToAll) {
			best = faster(best, f.price(algorithm, c, s, bytes))
		}
	}
	return best.Cost
}

// has tells whether a collective of a group can go by an algorithm.
func (f *Fabric) has(algorithm string, c Collective, s Shape) bool {
	switch algorithm {
	case byRing:
		return c != AllToAll && c != SendRecv
	case byTree:
		return c == AllReduce && s.Hosts > 1
	case byNVLS:
		return c == AllReduce && f.reducesInSwitch(s) && f.mayUse("simple", 1)
	case byHierarchical:
		return s.Hosts > 1 && (c == AllReduce || c == AllToAll && s.Ranks > s.Hosts && f.relays())
	case byPairs:
		return c == AllToAll
	}
	return false
}

// price returns the cost of a collective by one of the algorithms that it has.
func (f *Fabric) price(algorithm string, c Collective, s Shape, bytes int64) option {
	switch {
	case algorithm == byNVLS:
		return f.inSwitch(s, bytes)
	case algorithm == byTree:
		return f.protocols(byTree, f.tree(s, bytes), s)
	case algorithm == byPairs:
		return f.protocols(byPairs, f.pairs(s, bytes), s)
	case algorithm == byHierarchical && c == AllToAll:
		return f.protocols(byHierarchical, f.hierarchicalPairs(s, bytes), s)
	case algorithm == byHierarchical:
		return f.protocols(byHierarchical, f.hierarchical(s, bytes), s)
	}
	return f.protocols(byRing, f.ring(c, s, bytes), s)
}

// relays tells whether what leaves a host can be handed to another GPU first,
// over NVLink (see Topology.AllToAll).
func (f *Fabric) relays() bool {
	return f.Topology != graphTopology && f.GPUsPerPCIeSwitch == 0
}

// reducesInSwitch tells whether NVLink switches can sum for a group.
func (f *Fabric) reducesInSwitch(s Shape) bool {
	return f.InSwitchEfficiency > 0 && s.Ranks/s.Hosts > 1 && s.Ranks > 2
}

// checkTuning tells what is forced that the fabric does not have at all.
func (f *Fabric) checkTuning() error {
	switch {
	case f.Algorithm == byNVLS && f.InSwitchEfficiency == 0:
		return fmt.Errorf("network: algorithm = \"nvls\", but switches do not reduce: in_switch_efficiency is 0; give it, or take auto, ring, tree or hierarchical")
	case f.Algorithm == byNVLS && !f.mayUse("simple", 1):
		return fmt.Errorf("network: protocol = %q, but algorithm = \"nvls\" has only simple; take simple or auto", f.Protocol)
	case f.Protocol == "ll" && f.NVLinkLLShare == 0:
		return fmt.Errorf("network: protocol = \"ll\", but there is none: nvlink_ll_share is 0; give it, or take auto%s", f.others("ll"))
	case f.Protocol == "ll128" && f.LL128Share == 0:
		return fmt.Errorf("network: protocol = \"ll128\", but there is none: ll128_share is 0; give it, or take auto%s", f.others("ll128"))
	case f.SocketGPUs > 0 && !(positive(f.SocketBandwidth) && share(f.SocketEfficiency)):
		return fmt.Errorf("network: socket_gpus = %d needs socket_bandwidth and socket_efficiency, which are %v and %v",
			f.SocketGPUs, f.SocketBandwidth, f.SocketEfficiency)
	}
	return nil
}

// others lists the protocols that there are beside one.
func (f *Fabric) others(but string) string {
	switch {
	case but != "ll" && f.NVLinkLLShare > 0:
		return ", simple or ll"
	case but != "ll128" && f.LL128Share > 0:
		return ", simple or ll128"
	}
	return " or simple"
}
