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
		if rapid.Bool().Draw(t, "uneven") {
			l.StageLayers = make([]int, l.Pipeline)
			m.Layers = 0
			for i := range l.StageLayers {
				l.StageLayers[i] = l.VirtualPipeline * rapid.IntRange(1, 3).Draw(t, "layers")
				m.Layers += l.StageLayers[i]
			}
		}
		next := 0
		for chunk := range l.VirtualPipeline {
			for stage := range l.Pipeline {
				first, last := l.ChunkLayers(m, stage, chunk)
				if first != next || last <= first {
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

func TestCompleteLayout(t *testing.T) {
	l := Layout{GlobalBatch: 8}.Complete()
	if l.Ranks() != 1 || l.Microbatches() != 8 || l.Schedule != OneFOneB || l.GradBytes != 4 || l.Precision != BF16 || l.Recompute != RecomputeNone {
		t.Errorf("%+v", l)
	}
	if l = (Layout{VirtualPipeline: 2}).Complete(); l.Schedule != Interleaved {
		t.Errorf("2 chunks run %s", l.Schedule)
	}
}
