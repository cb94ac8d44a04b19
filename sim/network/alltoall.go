package network

// AllToAll returns the route of the all-to-alls of a group, relative to
// Cost.Wire = (n−1)/n·S: the share of it that stays in a host goes over NVLink,
// the rest over the member's NIC, after a hop over NVLink to the GPU on the
// receiver's rail (NCCL's PXN).
func (t *Topology) AllToAll(members []int32) []Hop {
	sorted := t.sorted(members)
	n := len(sorted)
	if n < 2 {
		return nil
	}
	inPod := map[int32]int{}
	for _, g := range sorted {
		inPod[t.pod(g)]++
	}
	var hops []Hop
	for _, host := range t.byHost(sorted) {
		local, remote := allToAllParts(n, len(host))
		for _, g := range host {
			if local > 0 {
				hops = t.appendPair(hops, g, nvlinkUp, uint32(local*WeightOne))
			}
			if remote > 0 {
				hops = t.appendPair(hops, g, nicUp, uint32(remote*WeightOne))
			}
			if away := n - inPod[t.pod(g)]; away > 0 {
				w, leaf := part(away, n-1), t.leaf(g)
				hops = append(hops, Hop{t.leafLink(leaf, leafUp), w, 1}, Hop{t.leafLink(leaf, leafDown), w, 1})
			}
		}
	}
	return merge(hops)
}

// allToAllParts returns what a member's NVLink and NIC carry of its (n−1)/n·S
// when g of n members share its host.
func allToAllParts(n, g int) (local, remote float64) {
	out := float64(n - 1)
	remote = float64(n-g) / out
	local = float64(g-1)/out + remote*float64(g-1)/float64(g)
	return local, remote
}
