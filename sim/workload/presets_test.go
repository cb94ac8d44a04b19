package workload

// Models of the sources that tests compare with.

func gpt(layers, hidden, heads int) Model {
	return Model{Layers: layers, Hidden: hidden, Heads: heads, FFN: 4 * hidden, Vocab: 51200, SeqLen: 2048,
		Bias: true, Tied: true, Dropout: true}
}

func gpt3() Model { return gpt(96, 12288, 96) }

func llama(layers, hidden, heads, kv, ffn, vocab, seq int) Model {
	return Model{Layers: layers, Hidden: hidden, Heads: heads, KVHeads: kv, FFN: ffn, Vocab: vocab, SeqLen: seq,
		Gated: true, RMSNorm: true, Rotary: true}
}

// eachOp calls f for every operation a stage executes in a step.
func eachOp(p *Program, f func(Op)) {
	for _, t := range p.Tasks {
		for _, in := range p.Blocks[t.Block].Code {
			switch in.Code {
			case Run:
				for _, op := range p.Ops[in.First:in.Last] {
					f(op)
				}
			case Start, Sync:
				f(p.Ops[in.First])
			}
		}
	}
}

func near(got, want, share float64) bool {
	return got >= want*(1-share) && got <= want*(1+share)
}
