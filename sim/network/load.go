package network

import "math/bits"

// Carried returns the bytes that each link has carried when flow f has carried
// bytes[f]: Σ bytes·weight over its flows, rounded down flow by flow.
func (n *Network) Carried(bytes []int64) []int64 {
	out := make([]int64, len(n.links))
	for i := range n.steps {
		s := &n.steps[i]
		hi, lo := bits.Mul64(uint64(bytes[s.flow]), uint64(s.load))
		out[s.link] += int64(hi<<48 | lo>>16) // by WeightOne
	}
	return out
}
