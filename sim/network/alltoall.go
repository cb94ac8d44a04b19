package network

// AllToAll returns the route of the all-to-alls of a group, relative to
// Cost.Wire = (n−1)/n·S: the share of it that stays in a host goes over NVLink,
// the rest over a NIC, after a hop over NVLink to the member whose place in the
// host is that of the receiver (NCCL's PXN). Over PCIe and in a graph each member
// sends to each other the way Path goes.
func (t *Topology) AllToAll(members []int32) []Hop { return hopsOf(t.allToAll(t.sorted(members))) }

func (t *Topology) allToAll(sorted []int32) []crossing {
	hosts, n := t.byHost(sorted), len(sorted)
	switch {
	case n < 2:
		return nil
	case t.graph == nil && t.pcie.gpus == 0 && t.wiring.uniform() && t.alike(hosts):
		return t.exchange(hosts, n)
	}
	return t.pairwise(hosts, evenly(n))
}

// alike tells whether the members have the same places in each host.
func (t *Topology) alike(hosts [][]int32) bool {
	for _, h := range hosts {
		if len(h) != len(hosts[0]) {
			return false
		}
		for i, g := range h {
			if g%int32(t.GPUsPerHost) != hosts[0][i]%int32(t.GPUsPerHost) {
				return false
			}
		}
	}
	return true
}

// exchange returns the all-to-all of n members alike in all hosts where the links
// of a switch upwards are one: what pairwise does, without a look at the pairs.
// Of what each of g in a host sends to the n−1 others, n−g leave it, each over its
// own NIC, and (g−1)/g of these pass over NVLink before, to another's.
func (t *Topology) exchange(hosts [][]int32, n int) []crossing {
	w := t.wiring.(*fatTree)
	g := len(hosts[0])
	inPod, inSet := map[int32]int{}, map[int32]int{}
	for _, host := range hosts {
		inPod[t.pod(host[0])] += g
		inSet[t.pod(host[0])/w.podsPer] += g
	}
	var out []crossing
	for _, host := range hosts {
		pod := t.pod(host[0])
		for _, gpu := range host {
			out = both(out, t.gpu, gpu, part((g-1)*n, g*(n-1)))
			for k := range t.perGPU {
				nic := t.nicOf(gpu, k)
				leaf := w.leafOf(nic)
				out = both(out, t.nic, nic, part(n-g, (n-1)*t.perGPU))
				out = both(out, w.leaf, leaf, part(n-inPod[pod], (n-1)*t.perGPU))
				if n > inSet[pod/w.podsPer] {
					out = both(out, w.spine, w.setOf(leaf), part(n-inSet[pod/w.podsPer], (n-1)*t.perGPU))
				}
			}
		}
	}
	return mergeCrossings(out)
}

// both appends the two directions of a link.
func both(out []crossing, r row, i int32, amount uint64) []crossing {
	return append(out, crossing{r.up(i), amount}, crossing{r.down(i), amount})
}

// amounts says what member number src, in order of GPUs, sends to number dst.
type amounts func(src, dst int) uint64

// evenly is what n members send to each other: of n−1 parts, one to each.
func evenly(n int) amounts {
	each := part(1, n-1)
	return func(int, int) uint64 { return each }
}

// pairwise returns the route of each member to each other. Sums are of integers, so
// that alike links get alike weights whatever the order.
func (t *Topology) pairwise(hosts [][]int32, of amounts) []crossing {
	var out []crossing
	limit, d := 1<<16, 0
	for _, there := range hosts {
		for place, dst := range there {
			s := 0
			for _, here := range hosts {
				for _, src := range here {
					if src != dst {
						out = t.relayed(out, src, here[place%len(here)], dst, of(s, d))
					}
					s++
				}
			}
			d++
			if len(out) > limit {
				out = mergeCrossings(out)
				limit = max(limit, 2*len(out))
			}
		}
	}
	return mergeCrossings(out)
}

// relayed appends the links from one GPU to another, to which another host is
// left by the NICs of a relay where NVLink leads to that.
func (t *Topology) relayed(out []crossing, src, relay, dst int32, amount uint64) []crossing {
	if src == relay || t.graph != nil || t.pcie.gpus > 0 || t.host(src) == t.host(dst) {
		return t.path(out, src, dst, amount)
	}
	return t.path(t.within(out, src, relay, amount), relay, dst, amount)
}
