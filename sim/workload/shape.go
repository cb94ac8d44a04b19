package workload

// shape holds the sizes one rank computes with, for one microbatch.
type shape struct {
	Model
	Layout
	seq      int64 // tokens of a sequence on this rank, s/c
	tokens   int64 // of a microbatch on this rank, b·s/c
	residual int64 // tokens on the residual path of this rank: b·s/c, divided by t with sequence parallelism
	hidden   int64
	query    int64 // width of the queries on this rank, heads/t·head size
	key      int64 // width of the keys (and of the values) on this rank
	qkv      int64 // query + 2·key
	up       int64 // output width of the first MLP matrix on this rank
	ffn      int64 // input width of the second MLP matrix on this rank
	groups   int64 // products side by side of which each has a part of the tokens: 1, of experts their number here
	vocab    int64 // padded rows of the table on this rank
	batch    int64 // sequences × heads on this rank
	scores   int64 // elements of the attention matrices of one layer, b·a/t·(s/c)²
	elem     int64 // bytes of an element
	line     int64 // bytes of an operand of the products of the layers
	sharded  bool  // sequence parallelism is on and does something
	routed   int64 // rows that this rank sends to experts, of a token one to each of its TopK
	rows     int64 // rows that the experts of this rank get
}

func newShape(m Model, l Layout) *shape {
	m, l = m.Complete(), l.Complete()
	t, b, s := int64(l.Tensor), int64(l.MicroBatch), int64(m.SeqLen/l.Context)
	d := &shape{Model: m, Layout: l, seq: s, tokens: b * s, residual: b * s, hidden: int64(m.Hidden),
		query: int64(m.Heads*m.HeadDim) / t, key: int64(m.KVHeads*m.HeadDim) / t,
		ffn: int64(m.FFN) / t, groups: 1, vocab: l.PaddedVocab(m.Vocab) / t,
		batch: b * int64(m.Heads) / t, elem: l.Precision.Bytes(), line: l.Precision.LinearBytes(),
		sharded: l.SequenceParallel && l.Tensor > 1}
	d.qkv = d.query + 2*d.key
	d.up = m.upOf(d.ffn)
	d.scores = d.batch * s * s
	if d.sharded {
		d.residual /= t
	}
	d.routed = d.residual * int64(m.TopK)
	d.rows = d.routed
	return d
}

// product is one of tokens×k by k×n, read and written once, with operands of so many
// bytes. FLOP are 2·M·N·K. Of groups each multiplies its part of the tokens by weights of
// its own, a kernel each (cuBLAS side by side on a few streams in Transformer Engine's
// GroupedLinear).
func (d *shape) product(name string, n, k, element int64) Op {
	m := d.tokens
	return Op{Name: name, Kind: GEMM, M: d.perGroup(), N: n, K: k, Batch: d.groups, Element: d.operand(element), Kernels: d.kernels(),
		FLOP: 2 * float64(m) * float64(n) * float64(k), Bytes: float64(element*(m*k+d.groups*k*n) + d.elem*m*n)}
}

// perGroup is how many tokens the fullest of groups has.
func (d *shape) perGroup() int64 { return (d.tokens + d.groups - 1) / d.groups }

// kernels is what Op.Kernels says of the products of groups.
func (d *shape) kernels() int32 {
	if d.groups == 1 {
		return 0
	}
	return int32(d.groups)
}

// linear is a product of a layer.
func (d *shape) linear(name string, n, k int64) Op { return d.product(name, n, k, d.line) }

// operand returns what Op.Element says of operands of so many bytes.
func (d *shape) operand(element int64) int64 {
	if element == d.elem {
		return 0
	}
	return element
}

// batched is one product of attention per head and sequence: m×k by k×n.
func (d *shape) batched(name string, m, n, k int64) Op {
	return Op{Name: name, Kind: BatchedGEMM, M: m, N: n, K: k, Batch: d.batch,
		FLOP:  2 * float64(d.batch) * float64(m) * float64(n) * float64(k),
		Bytes: float64(d.elem * d.batch * (m*k + k*n + m*n))}
}

// stream is a kernel bound by HBM.
func stream(name string, k Kind, bytes int64, kernels int32) Op {
	return Op{Name: name, Kind: k, Bytes: float64(bytes), Kernels: kernels}
}

// mask is the bytes per element a dropout keeps: PyTorch writes one.
func (d *shape) mask() int64 {
	if d.Dropout {
		return 1
	}
	return 0
}
