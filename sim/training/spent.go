package training

import (
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Spent is what a rank did with its time in the steady step.
type Spent struct {
	Compute engine.Duration // kernels, optimiser included
	Wait    engine.Duration // for other ranks: bubble and stragglers
}

// spend books time of node i in the bucket in force for itself.
func (s *simulation) spend(i int32, b trace.Bucket, dt engine.Duration) {
	switch {
	case Computes(b):
		s.spent[i].Compute += dt
	case b == trace.Bubble || b == trace.Straggler:
		s.spent[i].Wait += dt
	}
}

// perRank returns what each rank did, from what the nodes did that stand for them.
func (p *plan) perRank(spent []Spent) []Spent {
	if spent == nil {
		return nil
	}
	ranks := make([]Spent, len(p.rankNode))
	for r, node := range p.rankNode {
		ranks[r] = spent[node]
	}
	return ranks
}

// spentSince returns what was done from an earlier balance to a later one.
func spentSince(later, earlier []Spent) []Spent {
	out := slices.Clone(later)
	for i := range earlier {
		out[i].Compute -= earlier[i].Compute
		out[i].Wait -= earlier[i].Wait
	}
	return out
}
