package network

// pairs returns the work of an all-to-all in which each member sends to each
// other as NCCL does: (n−H) messages over NVLink, those to other hosts among
// them, which a GPU on the receiver's rail gathers and sends to the H−1 other
// hosts (PXN), all n−1 of them in a pipeline. It takes the time of the slowest of
// NVLink, NIC and socket.
func (f *Fabric) pairs(s Shape, bytes int64) work {
	w := f.exchanged(s, bytes)
	w.intra = s.Ranks - s.Hosts
	inside, outside := f.pairSeconds(s)
	w.wire = wholeBytes(float64(w.wire) * max(inside, outside) * float64(s.Rate))
	return f.sideBySide(w)
}

// hierarchicalPairs returns the work of an all-to-all in two phases, one after
// another, over H hosts with g members each:
//
//	all-to-all in the host    (g−1)/g·S/B + (g−1)·α
//	all-to-all on each rail   (H−1)/H·S/B_nic + (H−1)·α_nic
//
// In the first each member gives the one of its host that has the receiver's
// place whatever goes there; in the second the places exchange it. DeepSpeed-MoE
// (arXiv 2201.05596 §5.3) counts G + p/G steps instead of p, for twice the bytes;
// Tutel (arXiv 2206.03382) calls it 2DH. The links in a host carry in the
// pipeline of pairs what they do in the first phase.
func (f *Fabric) hierarchicalPairs(s Shape, bytes int64) work {
	w := f.exchanged(s, bytes)
	w.intra = ceilDiv(s.Ranks, s.Hosts) - 1
	inside, outside := f.pairSeconds(s)
	w.alone = float64(w.wire) * inside
	w.wire = wholeBytes(float64(w.wire) * outside * float64(s.Rate))
	return f.sideBySide(w)
}

// exchanged returns what all-to-alls have in common.
func (f *Fabric) exchanged(s Shape, bytes int64) work {
	n := int64(s.Ranks)
	w := work{wire: mulDiv(bytes, n-1, n), inter: s.Hosts - 1, spines: s.Pods - 1}
	if f.PairEfficiency == 0 { // else the share is that of whole collectives
		w.exposed = f.DrainSteps * float64(bytes) / float64(n)
	}
	return w
}

// sideBySide replaces the steps in a host by the one time of sends that run side
// by side, where the fabric has that.
func (f *Fabric) sideBySide(w work) work {
	if f.PairLatency > 0 {
		w.intra, w.more = 0, f.PairLatency
	}
	return w
}

// pairSeconds returns the seconds that the links in hosts and all others need for
// each byte on the wire of an all-to-all. What the GPUs of a socket send to the
// other shares one path.
func (f *Fabric) pairSeconds(s Shape) (inside, outside float64) {
	g := ceilDiv(s.Ranks, s.Hosts)
	inside = 1 / (s.Inside * f.meshShare(g))
	outside = 1 / s.Outside
	if f.PairEfficiency > 0 {
		inside *= f.NVLinkEfficiency / f.PairEfficiency
	}
	if f.PairNICShare > 0 {
		outside *= f.NICEfficiency / f.PairNICShare
	}
	if s.Crossing > 0 {
		inside = max(inside, s.Crossing/f.SocketBandwidth)
	}
	return inside, outside
}
