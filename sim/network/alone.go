package network

// Alone returns the bytes/s that flow f reaches when it has its links, as they
// are now, for itself.
func (n *Network) Alone(f int32) int64 {
	w := &n.flows[f]
	if w.version != n.version {
		w.version, w.sole = n.version, n.soleRate(n.steps[n.first[f]:n.first[f+1]])
	}
	return w.sole
}
