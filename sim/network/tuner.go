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
//   - hierarchical, all-reduce across hosts, only when forced (NCCL has none):
//     reduce-scatter in each host, a ring all-reduce of S/g on each rail, and
//     all-gather, one after another (see hierarchical.go).
//   - pairwise: all-to-all, (n−1)/n·S.
//
// A forced algorithm or protocol that a collective or group does not have
// leaves the choice free, so that one key serves all collectives of a step. A
// group of fewer than two ranks costs nothing.
func (f *Fabric) Cost(c Collective, s Shape, bytes int64) Cost {
	if s.Ranks < 2 {
		return Cost{Algorithm: "none"}
	}
	if c == SendRecv {
		return f.sendCost(s, bytes)
	}
	if c == AllToAll {
		return f.protocols(byPairs, f.pairs(s, bytes), s, f.allToAllRate(s)).Cost
	}
	rate := f.RingRate(s)
	if c != AllReduce {
		return f.protocols(byRing, f.ring(c, s, bytes), s, rate).Cost
	}
	may := func(algorithm string) bool {
		return f.algorithmFor(s) == anyAlgorithm || f.algorithmFor(s) == algorithm
	}
	var best option
	if may(byRing) {
		best = f.protocols(byRing, f.ring(c, s, bytes), s, rate)
	}
	if s.Hosts > 1 && may(byTree) {
		best = faster(best, f.protocols(byTree, f.tree(s, bytes), s, rate))
	}
	if f.reducesInSwitch(s) && may(byNVLS) {
		best = faster(best, f.inSwitch(s, bytes, rate))
	}
	if f.algorithmFor(s) == byHierarchical {
		best = f.hierarchical(s, bytes, rate)
	}
	return best.Cost
}

// algorithmFor returns the algorithm forced for all-reduces of a group, or auto
// where the group does not have it.
func (f *Fabric) algorithmFor(s Shape) string {
	switch f.Algorithm {
	case byRing:
		return byRing
	case byTree, byHierarchical:
		if s.Hosts > 1 {
			return f.Algorithm
		}
	case byNVLS:
		if f.reducesInSwitch(s) {
			return byNVLS
		}
	}
	return anyAlgorithm
}

// reducesInSwitch tells whether NVLink switches can sum for a group.
func (f *Fabric) reducesInSwitch(s Shape) bool {
	return f.InSwitchEfficiency > 0 && s.Ranks/s.Hosts > 1 && s.Ranks > 2
}

// checkTuning tells what is forced that the fabric does not have at all.
func (f *Fabric) checkTuning() error {
	switch {
	case f.Algorithm == byNVLS && f.InSwitchEfficiency == 0:
		return fmt.Errorf("network: algorithm = \"nvls\", but switches do not reduce: in_switch_efficiency is 0")
	case f.Protocol == "ll" && f.NVLinkLLShare == 0:
		return fmt.Errorf("network: protocol = \"ll\", but there is none: nvlink_ll_share is 0")
	case f.Protocol == "ll128" && f.LL128Share == 0:
		return fmt.Errorf("network: protocol = \"ll128\", but there is none: ll128_share is 0")
	case f.SocketGPUs > 0 && !(positive(f.SocketBandwidth) && share(f.SocketEfficiency)):
		return fmt.Errorf("network: socket_gpus = %d needs socket_bandwidth and socket_efficiency, which are %v and %v",
			f.SocketGPUs, f.SocketBandwidth, f.SocketEfficiency)
	}
	return nil
}
