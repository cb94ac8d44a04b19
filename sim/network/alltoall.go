package network

// AllToAll returns the route of the all-to-alls of a group, relative to
// Cost.Wire = (n−1)/n·S: the share of it that stays in a host goes over NVLink,
// the rest over the member's NIC, after a hop over NVLink to the GPU on the
// receiver's rail (NCCL's PXN). On a torus, a dragonfly or a graph, over PCIe and
// with hashed routes, each member sends to each other the way Path goes.
func (t *Topology) AllToAll(members []int32) []Hop {
	sorted := t.sorted(members)
	n := len(sorted)
	if n < 2 {
		return nil
	}
	if t.graph != nil || t.pcie.gpus > 0 || !t.wiring.uniform() {
		return t.pairwise(sorted)
	}
	w := t.wiring.(*fatTree)
	inPod, inSet := map[int32]int{}, map[int32]int{}
	for _, g := range sorted {
		inPod[t.pod(g)]++
		inSet[t.pod(g)/w.podsPer]++
	}
	var out []crossing
	for _, host := range t.byHost(sorted) {
		local, remote := allToAllParts(n, len(host))
		for _, g := range host {
			if local > 0 {
				out = both(out, t.gpu, g, uint64(local*WeightOne))
			}
			for k := range t.perGPU {
				nic := t.nicOf(g, k)
				leaf := w.leafOf(nic)
				if remote > 0 {
					out = both(out, t.nic, nic, uint64(remote*WeightOne/float64(t.perGPU)))
				}
				if away := n - inPod[t.pod(g)]; away > 0 {
					out = both(out, w.leaf, leaf, part(away, (n-1)*t.perGPU))
				}
				if away := n - inSet[t.pod(g)/w.podsPer]; away > 0 {
					out = both(out, w.spine, w.setOf(leaf), part(away, (n-1)*t.perGPU))
				}
			}
		}
	}
	return hopsOf(mergeCrossings(out), 0)
}

// both appends the two directions of a link.
func both(out []crossing, r row, i int32, amount uint64) []crossing {
	return append(out, crossing{r.up(i), amount}, crossing{r.down(i), amount})
}

// fine is by how many bits the amounts of pairs are finer than weights, so that
// the sum over very many is as exact as a weight.
const fine = 24

// pairwise returns the route of every member to every other, each with 1/(n−1)
// of the bytes. Sums are of integers, so that alike links get alike weights
// whatever the order.
func (t *Topology) pairwise(sorted []int32) []Hop {
	each := uint64(WeightOne<<fine) / uint64(len(sorted)-1)
	var out []crossing
	limit := 1 << 16
	for _, dst := range sorted {
		for _, src := range sorted {
			if src != dst {
				out = t.path(out, src, dst, each)
			}
		}
		if len(out) > limit {
			out = mergeCrossings(out)
			limit = max(limit, 2*len(out))
		}
	}
	return hopsOf(mergeCrossings(out), fine)
}

// allToAllParts returns what a member's NVLink and NIC carry of its (n−1)/n·S
// when g of n members share its host.
func allToAllParts(n, g int) (local, remote float64) {
	out := float64(n - 1)
	remote = float64(n-g) / out
	local = float64(g-1)/out + remote*float64(g-1)/float64(g)
	return local, remote
}
