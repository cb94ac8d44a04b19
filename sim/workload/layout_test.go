package workload

import (
	"testing"

	"pgregory.net/rapid"
)

func TestCoordinatesInvertRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		for r := range l.Ranks() {
			if got := l.Rank(l.Coordinates(r)); got != r {
				t.Fatalf("rank %d has coordinates %+v of rank %d", r, l.Coordinates(r), got)
			}
		}
	})
	// Tensor fastest, then data, then pipeline: 13 = 1 + 4·(0 + 3·1).
	if got := (Layout{Tensor: 4, Data: 3, Pipeline: 2}).Coordinates(13); got != (Coordinates{Data: 0, Pipeline: 1, Tensor: 1}) {
		t.Errorf("rank 13 at %+v", got)
	}
	// With context between tensor and data: 13 = 1 + 2·(0 + 2·(0 + 3·1)).
	if got := (Layout{Tensor: 2, Context: 2, Data: 3, Pipeline: 2}).Coordinates(13); got != (Coordinates{Data: 0, Pipeline: 1, Context: 0, Tensor: 1}) {
		t.Errorf("rank 13 at %+v", got)
	}
}

func TestPaddedVocab(t *testing.T) {
	for _, c := range []struct {
		vocab, to, tensor int
		want              int64
	}{{50257, 128, 8, 51200}, {51200, 128, 8, 51200}, {50257, 128, 1, 50304}, {50257, 0, 8, 50264}, {32000, 0, 1, 32000}} {
		if got := (Layout{Tensor: c.tensor, PadVocabTo: c.to}).PaddedVocab(c.vocab); got != c.want {
			t.Errorf("%d over %d ranks to %d: %d, want %d", c.vocab, c.tensor, c.to, got, c.want)
		}
	}
}

// Chunks tile the layers in the order the forward pass visits them.
func TestChunkLayersTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		if uneven := rapid.SampledFrom([]string{"", "stages", "chunks"}).Draw(t, "uneven"); uneven != "" {
			drawUneven(t, &m, &l, uneven == "chunks")
		}
		next := 0
		for chunk := range l.VirtualPipeline {
			for stage := range l.Pipeline {
				first, last := l.ChunkLayers(m, stage, chunk)
				if first != next || last < first {
					t.Fatalf("chunk %d of stage %d holds [%d, %d), want to start at %d", chunk, stage, first, last, next)
				}
				next = last
			}
		}
		if next != m.Layers {
			t.Fatalf("%d of %d layers placed", next, m.Layers)
		}
		mustPrograms(t, m, l)
	})
	// Megatron-LM: 8 layers, 2 stages, 2 chunks: stage 0 holds 0 1 and 4 5.
	l := Layout{Pipeline: 2, VirtualPipeline: 2}
	if first, last := l.ChunkLayers(Model{Layers: 8}, 0, 1); first != 4 || last != 6 {
		t.Errorf("[%d, %d), want [4, 6)", first, last)
	}
}

// drawUneven gives stages, or chunks, layers of their own.
func drawUneven(t *rapid.T, m *Model, l *Layout, chunks bool) {
	n, each := l.Pipeline, l.VirtualPipeline
	if chunks && each > 1 {
		n, each = n*each, 1
	}
	l.StageLayers, m.Layers = make([]int, n), 0
	for i := range l.StageLayers {
		least := 1
		if chunks && n > 1 && l.VirtualPipeline > 1 && (i == 0 || i == n-1) {
			least = 0 // the embedding, or the head, alone
		}
		l.StageLayers[i] = each * rapid.IntRange(least, 3).Draw(t, "layers")
		m.Layers += l.StageLayers[i]
	}
}

// 126 layers over 4 stages of 2 chunks, the first and the last of which hold one
// layer less, in the order of the model.
func TestChunksOfTheirOwn(t *testing.T) {
	m := Model{Layers: 126}
	l := Layout{Pipeline: 4, VirtualPipeline: 2, StageLayers: []int{15, 16, 16, 16, 16, 16, 16, 15}}
	for _, c := range []struct{ stage, chunk, first, last int }{{0, 0, 0, 15}, {3, 0, 47, 63}, {0, 1, 63, 79}, {3, 1, 111, 126}} {
		if first, last := l.ChunkLayers(m, c.stage, c.chunk); first != c.first || last != c.last {
			t.Errorf("chunk %d of stage %d: [%d, %d), want [%d, %d)", c.chunk, c.stage, first, last, c.first, c.last)
		}
	}
}

func TestCompleteLayout(t *testing.T) {
	l := Layout{GlobalBatch: 8}.Complete()
	if l.Ranks() != 1 || l.Microbatches() != 8 || l.Schedule != OneFOneB || l.GradBytes != 4 || l.Precision != BF16 || l.Recompute != RecomputeNone {
		t.Errorf("%+v", l)
	}
	if l = (Layout{VirtualPipeline: 2}).Complete(); l.Schedule != Interleaved {
		t.Errorf("2 chunks run %s", l.Schedule)
	}
}
