package workload

// Model is a decoder-only transformer. Lengths are in tokens, widths in
// elements.
type Model struct {
	Name    string
	Layers  int
	Hidden  int
	Heads   int
	KVHeads int  // = Heads for multi-head, 1 for multi-query attention
	HeadDim int  // 0: Hidden/Heads
	FFN     int  // width of the MLP
	Gated   bool // SwiGLU: three matrices of Hidden×FFN instead of two
	Vocab   int
	SeqLen  int
	RMSNorm bool // else LayerNorm
	Bias    bool // biases in linear layers (GPT yes, Llama no)
	Tied    bool // output head shares the embedding's weight
	Rotary  bool // rotary positions; else a learned table of SeqLen×Hidden
	Dropout bool // dropout on attention, residuals and embeddings
}
