// Package budget holds closed forms: FLOP, pipeline bubbles, collectives, cost.
// They are what a person computes on paper, and what the simulation is compared
// with. Plain functions on plain numbers; it imports nothing of the simulator.
package budget

// GPTStepFLOP returns the model FLOP of one step of a GPT of l layers of width h
// with a vocabulary of v, on B sequences of s tokens:
//
//	72·B·s·l·h²·(1 + s/6h + v/12lh)
//
// It counts the matrix products of forward and backward pass (2 FLOP per
// multiply-add, backward twice forward), attention unmasked, and nothing
// computed twice. Source: Korthikanti et al., "Reducing activation
// recomputation in large transformer models", arXiv 2205.05198, equation 7;
// written out per term so that integers stay exact.
func GPTStepFLOP(batch, seq, layers, hidden, vocab float64) float64 {
	perToken := 72*layers*hidden*hidden + 12*layers*seq*hidden + 6*vocab*hidden
	return batch * seq * perToken
}

// GPTStepFLOPRecomputed returns the FLOP computed in one step of a GPT with full
// activation recomputation, the layers' forward pass twice:
//
//	96·B·s·l·h²·(1 + s/6h + v/16lh)
//
// Source: Narayanan et al., "Efficient large-scale language model training on
// GPU clusters using Megatron-LM", SC'21, arXiv 2104.04473, equation 3.
func GPTStepFLOPRecomputed(batch, seq, layers, hidden, vocab float64) float64 {
	perToken := 96*layers*hidden*hidden + 16*layers*seq*hidden + 6*vocab*hidden
	return batch * seq * perToken
}

// ForwardFLOP returns the FLOP of the forward pass per token of sequences of
// seq tokens: 2 per weight of each matrix used, 4·seq·heads·head_dim per layer
// for the two attention products without mask, 2·hidden·vocab for the head.
func (d Decoder) ForwardFLOP(seq float64) float64 {
	perLayer := 2*float64(d.attentionWeights()+d.activeFFNWeights()) + 4*seq*float64(d.Heads*d.HeadDim)
	return float64(d.Layers)*perLayer + 2*float64(d.Hidden*d.Vocab)
}

// StepFLOP returns the model FLOP of one step on sequences of seq tokens: three
// times the forward pass. For a GPT it equals GPTStepFLOP.
func (d Decoder) StepFLOP(batch, seq float64) float64 {
	return 3 * batch * seq * d.ForwardFLOP(seq)
}

// StepFLOPRecomputed returns the FLOP computed in one step with full activation
// recomputation: the layers' forward pass again, not the head's. For a GPT it
// equals GPTStepFLOPRecomputed.
func (d Decoder) StepFLOPRecomputed(batch, seq float64) float64 {
	head := 2 * float64(d.Hidden*d.Vocab)
	return batch * seq * (4*d.ForwardFLOP(seq) - head)
}

// DenseFLOP returns 6·P·D, the FLOP to train P parameters on D tokens: 2 per
// parameter and token forward, 4 backward. Source: Kaplan et al., "Scaling laws
// for neural language models", arXiv 2001.08361, section 2.1.
func DenseFLOP(params, tokens float64) float64 { return 6 * params * tokens }

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
