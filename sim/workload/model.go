package workload

// Model is a decoder-only transformer. Lengths are in tokens, widths in
// elements.
type Model struct {
	Name    string `toml:"name" default:"" help:"name shown in titles"`
	Layers  int    `toml:"layers" range:"[1,)" help:"transformer layers"`
	Hidden  int    `toml:"hidden" range:"[1,)" help:"width of the residual stream"`
	Heads   int    `toml:"heads" range:"[1,)" help:"attention (query) heads"`
	KVHeads int    `toml:"kv_heads" range:"[0,)" default:"0" help:"key and value heads: 0 or = heads for multi-head, fewer for grouped-query, 1 for multi-query attention"`
	HeadDim int    `toml:"head_dim" range:"[0,)" default:"0" help:"size of a head; 0: hidden/heads"`
	FFN     int    `toml:"ffn" range:"[0,)" default:"0" help:"width of the MLP; 0: 4×hidden"`
	Gated   bool   `toml:"gated" default:"false" help:"SwiGLU: three matrices of hidden×ffn instead of two"`
	Vocab   int    `toml:"vocab" range:"[1,)" help:"vocabulary, before padding"`
	SeqLen  int    `toml:"seq_len" range:"[1,)" help:"tokens in a sequence"`
	RMSNorm bool   `toml:"rms_norm" default:"false" help:"RMSNorm instead of LayerNorm"`
	Bias    bool   `toml:"bias" default:"true" help:"biases in linear layers (GPT yes, Llama no)"`
	Tied    bool   `toml:"tied" default:"true" help:"output head shares the embedding's weight"`
	Rotary  bool   `toml:"rotary" default:"false" help:"rotary positions instead of a learned table of seq_len×hidden"`
	Dropout bool   `toml:"dropout" default:"false" help:"dropout on attention, residuals and embeddings"`

	Experts     int `toml:"experts" range:"[0,)" default:"0" help:"MLPs of a layer among which a router chooses for each token (mixture of experts); 0: one for all tokens"`
	TopK        int `toml:"top_k" range:"[1,)" default:"2" help:"experts that a token goes through"`
	MoEFFN      int `toml:"moe_ffn" range:"[0,)" default:"0" help:"width of one expert; 0: ffn"`
	SharedFFN   int `toml:"shared_ffn" range:"[0,)" default:"0" help:"width of the shared expert that every token goes through beside; 0: there is none"`
	DenseLayers int `toml:"dense_layers" range:"[0,)" default:"0" help:"first layers that have one MLP of ffn for all tokens in spite of experts"`
}

// Complete returns m with the fields that follow from others filled in:
// KVHeads, HeadDim, FFN, TopK and MoEFFN where they are 0.
func (m Model) Complete() Model {
	if m.KVHeads == 0 {
		m.KVHeads = m.Heads
	}
	if m.HeadDim == 0 && m.Heads > 0 {
		m.HeadDim = m.Hidden / m.Heads
	}
	if m.FFN == 0 {
		m.FFN = 4 * m.Hidden
	}
	if m.TopK == 0 {
		m.TopK = 2
	}
	if m.MoEFFN == 0 {
		m.MoEFFN = m.FFN
	}
	return m
}

// Params returns the number of trainable parameters, embeddings included and
// the vocabulary unpadded. For a GPT it is SC'21 (arXiv 2104.04473) equation 2,
// 12·l·h²·(1 + 13/12h + (V+s)/12lh), plus the 2·h of the final norm, which the
// equation leaves out.
func (m Model) Params() int64 { return m.paramsWith(m.Experts) }

// ActiveParams returns how many of them one token goes through: of the experts, TopK.
func (m Model) ActiveParams() int64 { return m.paramsWith(min(m.Complete().TopK, m.Experts)) }

// paramsWith counts so many experts of each layer that has some.
func (m Model) paramsWith(experts int) int64 {
	m = m.Complete()
	p := m.paramsOnRank(1, int64(m.Vocab))
	dense, sparse := m.layersOf(0, m.Layers)
	n := (p.matrices+p.vectors)*dense + (p.sparse.matrices+p.sparse.vectors+int64(experts)*p.expert)*sparse
	n += p.table + p.positions + p.finalNorm
	if !m.Tied {
		n += p.table
	}
	return n
}

// isSparse tells whether a layer has experts.
func (m Model) isSparse(layer int) bool { return m.Experts > 0 && layer >= m.DenseLayers }

// layersOf counts the layers in [first, last) without experts and with.
func (m Model) layersOf(first, last int) (dense, sparse int64) {
	for i := first; i < last; i++ {
		if m.isSparse(i) {
			sparse++
		} else {
			dense++
		}
	}
	return dense, sparse
}

// params counts the parameters one rank of a tensor group holds.
type params struct {
	layerParams             // of a layer without experts
	sparse      layerParams // of one with experts, but for those
	expert      int64       // weights of one expert, which are not divided over the group
	table       int64       // token embedding, or the untied head
	positions   int64       // learned positions
	finalNorm   int64
}

// layerParams counts the parameters of one layer.
type layerParams struct {
	matrices int64 // weights of matrix products
	vectors  int64 // biases and norms
	shared   int64 // of both: held whole by every rank of the tensor group
}

// paramsOnRank shards the model over t ranks as Megatron-LM does: QKV and the
// first MLP matrix by column with their biases, projection and second MLP
// matrix by row with whole biases, norms and positions whole, the vocabulary by
// row of the table. The router is whole; a shared expert is sharded as an MLP is.
func (m Model) paramsOnRank(t, vocab int64) params {
	h, f, shared := int64(m.Hidden), int64(m.FFN)/t, int64(m.SharedFFN)/t
	q, kv := int64(m.Heads*m.HeadDim)/t, int64(m.KVHeads*m.HeadDim)/t
	up, attention, router := m.upOf(f), h*(q+2*kv)+q*h, h*int64(m.Experts)
	norm := h
	if !m.RMSNorm {
		norm = 2 * h
	}
	p := params{
		layerParams: layerParams{attention + h*(up+f), 2 * norm, 2 * norm},
		sparse:      layerParams{attention + router + h*(m.upOf(shared)+shared), 2 * norm, 2*norm + router},
		expert:      h * (m.upOf(int64(m.MoEFFN)) + int64(m.MoEFFN)),
		table:       vocab / t * h,
		finalNorm:   norm,
	}
	if m.Bias {
		p.shared += 2 * h
		p.vectors += q + 2*kv + up + 2*h
	}
	if !m.Rotary {
		p.positions = int64(m.SeqLen) * h
	}
	return p
}

// upOf returns the output width of the first matrix of an MLP of a width.
func (m Model) upOf(ffn int64) int64 {
	if m.Gated {
		return 2 * ffn
	}
	return ffn
}
