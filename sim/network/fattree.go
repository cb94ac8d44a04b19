package network

import (
	"fmt"
	"math"

	"trainsim/sim/engine"
)

// fatTree is a fat tree of two or three tiers. Leaf p·leavesPerPod + r is that of
// rail r of pod p. Leaf uplink j leads to spine j of the set of its pod; uplink k
// of that spine to core (j, k), which has a link to spine j of every set. So the
// uplinks that a flow takes decide its way down (Al-Fares et al., "A scalable,
// commodity data center network architecture", SIGCOMM 2008). Sprayed traffic
// sees the uplinks of a switch, and the spines of a set, as one.
type fatTree struct {
	t           *Topology
	leaf, spine row // spine is empty without a core
	leaves      int
	perPod      int32 // leaves
	rails       int32 // 0: all NICs of a host are on one leaf
	uplinks     int32 // links of a leaf up, that is spines of a set
	spineUps    int32 // links of a spine up, 0: no core
	podsPer     int32 // pods under a set of spines
	ecmp        bool
	seed        uint64
	halves      int64
}

func newFatTree(t *Topology, f *Fabric, hosts int) (*fatTree, error) {
	pods := ceilDiv(hosts, f.HostsPerPod)
	perPod := f.leavesPerPod(t.GPUsPerHost)
	w := &fatTree{t: t, leaves: pods * perPod, perPod: int32(perPod), uplinks: 1, podsPer: int32(pods),
		ecmp: f.Routing == "ecmp", seed: uint64(f.RoutingSeed)}
	if f.Topology != fatTreeTopology {
		if w.rails = int32(perPod); t.nics%perPod != 0 {
			return nil, fmt.Errorf("network: rails = %d does not divide the %d NICs of a host", perPod, t.nics)
		}
	}
	down := float64(f.HostsPerPod) * float64(t.nics/perPod) // NICs on a leaf
	leaf := down * float64(wholeRate(f.nic())) / f.Oversubscription
	if w.ecmp {
		w.uplinks = wholeLinks(down / f.Oversubscription)
	}
	w.leaf = row{t.add(w.leaves*int(w.uplinks), pair("leaf", "leaf", leaf/float64(w.uplinks))...), 2}
	w.halves = w.halfOf(f, hosts, pods, wholeRate(leaf/float64(w.uplinks))*int64(w.uplinks))
	if f.PodsPerSpine == 0 || pods <= f.PodsPerSpine {
		return w, nil
	}
	sets := ceilDiv(pods, f.PodsPerSpine)
	w.podsPer, w.spineUps = int32(f.PodsPerSpine), 1
	spine := float64(f.PodsPerSpine*perPod) * leaf / f.spineOversubscription() // of a set
	spines := 1
	if w.ecmp {
		spines = int(w.uplinks)
		w.spineUps = wholeLinks(float64(f.PodsPerSpine*perPod) / f.spineOversubscription())
	}
	each := spine / float64(spines) / float64(w.spineUps)
	w.spine = row{t.add(sets*spines*int(w.spineUps), pair("spine", "spine", each)...), 2}
	w.halves = int64(sets/2) * wholeRate(each) * int64(spines) * int64(w.spineUps)
	return w, nil
}

// leavesPerPod returns the leaf switches of a pod: one per rail.
func (f *Fabric) leavesPerPod(gpusPerHost int) int {
	switch {
	case f.Topology == fatTreeTopology:
		return 1
	case f.Rails > 0:
		return f.Rails
	}
	return f.nicsPerHost(gpusPerHost)
}

func (f *Fabric) spineOversubscription() float64 { return max(1, f.SpineOversubscription) }

// wholeLinks rounds a number of links.
func wholeLinks(n float64) int32 { return int32(max(1, math.Round(n))) }

// halfOf returns the bisection without a core.
func (w *fatTree) halfOf(f *Fabric, hosts, pods int, leaf int64) int64 {
	if pods > 1 {
		return int64(pods/2) * int64(w.perPod) * leaf
	}
	return int64(hosts/2*w.t.nics) * wholeRate(f.nic())
}

func (w *fatTree) bisection() int64 { return w.halves }
func (w *fatTree) uniform() bool    { return !w.ecmp }

func (w *fatTree) on(t *Topology) wiring {
	u := *w
	u.t = t
	return &u
}

// leafOf returns the leaf switch of a NIC.
func (w *fatTree) leafOf(nic int32) int32 {
	leaf := w.t.nicHost(nic) / int32(w.t.HostsPerPod) * w.perPod
	if w.rails > 0 {
		leaf += nic % int32(w.t.nics) % w.rails
	}
	return leaf
}

// setOf returns the set of spines above a leaf.
func (w *fatTree) setOf(leaf int32) int32 { return leaf / w.perPod / w.podsPer }

// route goes up no further than it must. By hash it takes uplink j, and over
// the core uplink k of spine j, or the next after a dead one.
func (w *fatTree) route(out []crossing, from, to int32, amount uint64) []crossing {
	a, b := w.leafOf(from), w.leafOf(to)
	if a == b {
		return out
	}
	ways := uint64(w.uplinks)
	core := w.setOf(a) != w.setOf(b)
	if core {
		ways *= uint64(w.spineUps)
	}
	start, first := len(out), uint64(0)
	if w.ecmp {
		first = engine.Hash(w.seed, uint64(uint32(from)), uint64(uint32(to))) % ways
	}
	for i := range ways {
		out = w.over(out[:start], a, b, int32((first+i)%ways), amount, core)
		if w.t.alive(out[start:]) {
			return out
		}
	}
	return w.over(out[:start], a, b, int32(first), amount, core)
}

// over appends the links of one way from leaf a to leaf b.
func (w *fatTree) over(out []crossing, a, b, way int32, amount uint64, core bool) []crossing {
	j := way % w.uplinks
	out = append(out, crossing{w.leaf.up(a*w.uplinks + j), amount})
	if core {
		k := way / w.uplinks
		out = append(out, crossing{w.spine.up((w.setOf(a)*w.uplinks+j)*w.spineUps + k), amount},
			crossing{w.spine.down((w.setOf(b)*w.uplinks+j)*w.spineUps + k), amount})
	}
	return append(out, crossing{w.leaf.down(b*w.uplinks + j), amount})
}
