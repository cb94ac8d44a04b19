// Package budget holds closed forms: FLOP, pipeline bubbles, collectives, what
// happens between steps, energy, money and carbon. They are what a person
// computes on paper, and what the simulation is compared with. Plain functions
// on plain numbers; it imports nothing of the simulator. The FLOP and parameters
// of a given shape of model are sim/workload's to count; here are the laws that
// know its size alone.
package budget

import "math"

// DenseFLOP returns 6·P·D, the FLOP to train P parameters on D tokens: 2 per
// parameter and token forward, 4 backward. Of a mixture of experts P are the
// parameters that take part in one token. Source: Kaplan et al., "Scaling laws
// for neural language models", arXiv 2001.08361, section 2.1.
func DenseFLOP(params, tokens float64) float64 { return 6 * params * tokens }

// RecomputedFLOP returns 8·P·D, the FLOP computed with full activation
// recomputation: the forward pass twice. Source: EleutherAI, "Transformer math
// 101", 2023.
func RecomputedFLOP(params, tokens float64) float64 { return 8 * params * tokens }

// OptimalTokensPerParam is the number of training tokens per parameter that
// uses compute best. Source: Hoffmann et al., "Training compute-optimal large
// language models", arXiv 2203.15556, table 3, rounded as in Faraboschi et al.,
// "Reducing the barriers to entry for foundation model training", arXiv
// 2404.08811.
const OptimalTokensPerParam = 20

// OptimalFLOP returns 120·P², the FLOP to train P parameters on
// OptimalTokensPerParam tokens each. Source: arXiv 2404.08811.
func OptimalFLOP(params float64) float64 {
	return DenseFLOP(params, OptimalTokensPerParam*params)
}

// OptimalSparseFLOP returns 120·P²/K for a mixture of experts of P parameters in
// all, of which 1/K take part in each token, on OptimalTokensPerParam tokens per
// parameter. K is total over active parameters; it is the number of experts only
// with one active and nothing shared. Source: arXiv 2404.08811.
func OptimalSparseFLOP(params, k float64) float64 { return OptimalFLOP(params) / k }

// LargestModel returns the parameters that so many FLOP train at r tokens per
// parameter, √(C·K/6r), all of them active with K = 1: OptimalSparseFLOP solved
// for P where r is OptimalTokensPerParam.
func LargestModel(flop, tokensPerParam, k float64) float64 {
	return math.Sqrt(flop * k / (6 * tokensPerParam))
}
