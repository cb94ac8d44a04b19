package workload

import "testing"

// Published weights count exactly this many parameters (model cards; the sum of
// the tensors in their safetensors index).
func TestParamsOfPublishedModels(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Model
		want int64
	}{
		{"Llama 2 7B", llama(32, 4096, 32, 32, 11008, 32000, 4096), 6738415616},
		{"Llama 2 13B", llama(40, 5120, 40, 40, 13824, 32000, 4096), 13015864320},
		{"Llama 2 70B", llama(80, 8192, 64, 8, 28672, 32000, 4096), 68976648192},
		{"Llama 3 8B", llama(32, 4096, 32, 8, 14336, 128256, 8192), 8030261248},
		{"Llama 3 70B", llama(80, 8192, 64, 8, 28672, 128256, 8192), 70553706496},
		{"Llama 3.1 405B", llama(126, 16384, 128, 8, 53248, 128256, 8192), 405853388800},
		// GPT-2 small: 50257 tokens, 1024 positions, tied.
		{"GPT-2", Model{Layers: 12, Hidden: 768, Heads: 12, Vocab: 50257, SeqLen: 1024, Bias: true, Tied: true}, 124439808},
		// 12·96·12288²·(1 + 13/(12·12288) + (51200+2048)/(12·96·12288)) + 2·12288.
		{"GPT-3", gpt3(), 173946175488 + 15335424 + 654311424 + 24576},
	} {
		if got := c.m.Params(); got != c.want {
			t.Errorf("%s: %d parameters, want %d", c.name, got, c.want)
		}
	}
}

// Table 1 of arXiv 2104.04473 prints parameters in billions to one digit.
func TestParamsOfSC21Table1(t *testing.T) {
	for _, c := range []struct {
		layers, hidden, heads int
		billions              float64
	}{{24, 2304, 24, 1.7}, {30, 3072, 32, 3.6}, {36, 4096, 32, 7.5}, {40, 6144, 48, 18.4}, {48, 8192, 64, 39.1},
		{60, 10240, 80, 76.1}, {80, 12288, 96, 145.6}, {96, 16384, 128, 310.1}, {105, 20480, 128, 529.6}, {128, 25600, 160, 1008.0}} {
		got := float64(gpt(c.layers, c.hidden, c.heads).Params()) / 1e9
		if got < c.billions-0.05001 || got > c.billions+0.05001 {
			t.Errorf("%d layers of %d: %.3f billion, want %.1f", c.layers, c.hidden, got, c.billions)
		}
	}
}

func TestCompleteFillsWhatFollows(t *testing.T) {
	m := Model{Hidden: 64, Heads: 4}.Complete()
	if m.KVHeads != 4 || m.HeadDim != 16 || m.FFN != 256 {
		t.Errorf("completed to %d key and value heads of %d, MLP %d", m.KVHeads, m.HeadDim, m.FFN)
	}
	if m = (Model{Hidden: 64, Heads: 4, KVHeads: 2, HeadDim: 32, FFN: 100}).Complete(); m.KVHeads != 2 || m.HeadDim != 32 || m.FFN != 100 {
		t.Errorf("given fields changed: %+v", m)
	}
}

// The shards of a tensor group hold the model once, but for what each holds whole.
func TestShardsSumToTheModel(t *testing.T) {
	m := gpt3().Complete()
	whole, shard := m.paramsOnRank(1, 51200), m.paramsOnRank(8, 51200)
	if got := 8*shard.matrices - whole.matrices; got != 0 {
		t.Errorf("matrices differ by %d", got)
	}
	if got := 8*(shard.vectors-shard.shared) + shard.shared; got != whole.vectors {
		t.Errorf("vectors sum to %d, want %d", got, whole.vectors)
	}
	if 8*shard.table != whole.table || shard.positions != whole.positions {
		t.Errorf("tables: %+v of %+v", shard, whole)
	}
	// One GPT layer holds 12h²+13h parameters, 6h of them whole on every rank.
	if h := int64(12288); whole.matrices+whole.vectors != 12*h*h+13*h || whole.shared != 6*h {
		t.Errorf("a layer holds %d + %d (%d shared)", whole.matrices, whole.vectors, whole.shared)
	}
}
