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
}

// Complete returns m with the fields that follow from others filled in:
// KVHeads, HeadDim and FFN where they are 0.
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
	return m
}

// Params returns the number of trainable parameters, embeddings included and
// the vocabulary unpadded. For a GPT it is SC'21 (arXiv 2104.04473) equation 2,
// 12·l·h²·(1 + 13/12h + (V+s)/12lh), plus the 2·h of the final norm, which the
// equation leaves out.
func (m Model) Params() int64 {
	m = m.Complete()
	p := m.paramsOnRank(1, int64(m.Vocab))
	n := p.matrices*int64(m.Layers) + p.vectors*int64(m.Layers) + p.table + p.positions + p.finalNorm
	if !m.Tied {
		n += p.table
	}
	return n
}

// params counts the parameters one rank of a tensor group holds.
type params struct {
	matrices  int64 // weights of the matrix products of one layer
	vectors   int64 // biases and norms of one layer
	shared    int64 // of vectors: held whole by every rank of the tensor group
	table     int64 // token embedding, or the untied head
	positions int64 // learned positions
	finalNorm int64
}

// paramsOnRank shards the model over t ranks as Megatron-LM does: QKV and the
// first MLP matrix by column with their biases, projection and second MLP
// matrix by row with whole biases, norms and positions whole, the vocabulary by
// row of the table.
func (m Model) paramsOnRank(t, vocab int64) params {
	h, f := int64(m.Hidden), int64(m.FFN)/t
	q, kv := int64(m.Heads*m.HeadDim)/t, int64(m.KVHeads*m.HeadDim)/t
	up := f
	if m.Gated {
		up = 2 * f
	}
	norm := h
	if !m.RMSNorm {
		norm = 2 * h
	}
	p := params{
		matrices:  h*(q+2*kv) + q*h + h*up + f*h,
		shared:    2 * norm,
		vectors:   2 * norm,
		table:     vocab / t * h,
		finalNorm: norm,
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
