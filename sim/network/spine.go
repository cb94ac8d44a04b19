package network

import (
	"fmt"
	"slices"
)

// spines returns how many spine switches there are: of each set as many as a
// leaf has uplinks. Sprayed traffic sees a set as one, so that none fails alone.
func (w *fatTree) spines() int32 {
	if !w.ecmp {
		return 0
	}
	return int32(ceilDiv(w.leaves, int(w.perPod*w.podsPer))) * w.uplinks
}

// cores returns how many core switches there are.
func (w *fatTree) cores() int32 {
	if !w.ecmp {
		return 0
	}
	return w.uplinks * w.spineUps
}

// linksOfSpine returns the links of spine j of a set, number set·uplinks + j: to
// each leaf of the set and up to the core.
func (w *fatTree) linksOfSpine(spine int32) (links []int32) {
	for leaf := range int32(w.leaves) {
		if j := leaf*w.uplinks + spine%w.uplinks; w.setOf(leaf) == spine/w.uplinks {
			links = append(links, w.leaf.up(j), w.leaf.down(j))
		}
	}
	for k := spine * w.spineUps; k < (spine+1)*w.spineUps; k++ {
		links = append(links, w.spine.up(k), w.spine.down(k))
	}
	slices.Sort(links)
	return links
}

// linksOfCore returns the links of core (j, k), number j·spineUps + k: to spine j
// of every set.
func (w *fatTree) linksOfCore(core int32) (links []int32) {
	j, k := core/w.spineUps, core%w.spineUps
	for set := range w.spines() / w.uplinks {
		up := (set*w.uplinks+j)*w.spineUps + k
		links = append(links, w.spine.up(up), w.spine.down(up))
	}
	return links
}

// switchNames says in words which switches there are.
func (w *fatTree) switchNames() string {
	names := fmt.Sprintf("leaf[0] to leaf[%d]", w.leaves-1)
	if n := w.spines(); n > 0 {
		names += fmt.Sprintf(", spine[0] to spine[%d]", n-1)
	}
	if n := w.cores(); n > 0 {
		names += fmt.Sprintf(", core[0] to core[%d]", n-1)
	}
	return names
}
