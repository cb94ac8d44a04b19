package budget

// Decoder is the shape of a decoder-only transformer, as plain numbers. All
// must be given: KVHeads equals Heads without grouped queries.
type Decoder struct {
	Layers, Hidden          int
	Heads, KVHeads, HeadDim int
	FFN                     int  // width of one MLP, or of one expert
	Gated                   bool // three matrices instead of two (SwiGLU)
	Vocab                   int
	Tied                    bool // the head shares the embedding's weight
	Positions               int  // rows of the learned position table, 0 none
	Bias                    bool // linear layers have biases
	RMSNorm                 bool // norms have a weight only, no bias
	Experts, TopK           int  // mixture of experts: experts per layer, and active per token; 0 dense
}

// GPT returns the decoder of GPT-2 and GPT-3: LayerNorm, biases, an MLP of four
// times the width, tied embeddings, learned positions.
func GPT(layers, hidden, heads, vocab, positions int) Decoder {
	return Decoder{
		Layers: layers, Hidden: hidden, Heads: heads, KVHeads: heads, HeadDim: hidden / heads,
		FFN: 4 * hidden, Vocab: vocab, Tied: true, Positions: positions, Bias: true,
	}
}

// Llama returns the decoder of Llama: RMSNorm, no biases, SwiGLU, an untied
// head, rotary positions.
func Llama(layers, hidden, heads, kvHeads, ffn, vocab int) Decoder {
	return Decoder{
		Layers: layers, Hidden: hidden, Heads: heads, KVHeads: kvHeads, HeadDim: hidden / heads,
		FFN: ffn, Gated: true, Vocab: vocab, RMSNorm: true,
	}
}

// attentionWeights returns the weights of the query, key, value and output
// matrices of a layer.
func (d Decoder) attentionWeights() int {
	return 2*d.Hidden*d.Heads*d.HeadDim + 2*d.Hidden*d.KVHeads*d.HeadDim
}

// matrices returns the number of matrices of an MLP.
func (d Decoder) matrices() int {
	if d.Gated {
		return 3
	}
	return 2
}

// ffnWeights returns the weights of a layer's MLP, or of its experts and router,
// of which active take part.
func (d Decoder) ffnWeights(active int) int {
	mlp := d.matrices() * d.Hidden * d.FFN
	if d.Experts == 0 {
		return mlp
	}
	return active*mlp + d.Hidden*d.Experts
}

func (d Decoder) activeFFNWeights() int { return d.ffnWeights(d.TopK) }

// biases returns the biases of a layer's linear layers.
func (d Decoder) biases(experts int) int {
	if !d.Bias {
		return 0
	}
	attention := (d.Heads+2*d.KVHeads)*d.HeadDim + d.Hidden
	return attention + max(experts, 1)*((d.matrices()-1)*d.FFN+d.Hidden)
}

// params counts parameters when so many experts of a layer are counted.
func (d Decoder) params(experts int) int64 {
	norm := 2 * d.Hidden
	if d.RMSNorm {
		norm = d.Hidden
	}
	n := d.Layers*(d.attentionWeights()+d.ffnWeights(experts)+d.biases(experts)+2*norm) + norm
	n += (d.Vocab + d.Positions) * d.Hidden
	if !d.Tied {
		n += d.Vocab * d.Hidden
	}
	return int64(n)
}

// Params returns the number of parameters: all that a checkpoint holds.
func (d Decoder) Params() int64 { return d.params(d.Experts) }

// ActiveParams returns the number of parameters that take part in one token: of
// the experts, TopK a layer.
func (d Decoder) ActiveParams() int64 { return d.params(d.TopK) }

// GPTParams returns the number of parameters of a GPT by the published formula,
// which leaves out the final norm (2·h):
//
//	12·l·h²·(1 + 13/12h + (v+s)/12lh)
//
// Source: Narayanan et al., SC'21, arXiv 2104.04473, equation 2.
func GPTParams(layers, hidden, vocab, positions float64) float64 {
	return 12*layers*hidden*hidden + 13*layers*hidden + (vocab+positions)*hidden
}
