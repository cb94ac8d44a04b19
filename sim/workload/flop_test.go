package workload

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// 72·B·s·l·h²·(1 + s/6h + V/12lh), arXiv 2205.05198.
func gptFLOP(m Model, batch int) float64 {
	b, s, l, h, v := float64(batch), float64(m.SeqLen), float64(m.Layers), float64(m.Hidden), float64(m.Vocab)
	return 72 * b * s * l * h * h * (1 + s/(6*h) + v/(12*l*h))
}

func TestModelFLOPIsTheClosedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		heads := rapid.IntRange(1, 64).Draw(t, "heads")
		m := gpt(rapid.IntRange(1, 128).Draw(t, "layers"), 64*heads, heads)
		batch := rapid.IntRange(1, 4096).Draw(t, "batch")
		if got, want := m.ModelFLOP(batch), gptFLOP(m, batch); !near(got, want, 1e-14) {
			t.Fatalf("%g, want %g", got, want)
		}
	})
	// By hand: one layer of width 2 and one sequence of one token over a
	// vocabulary of 3. Forward: matrices 12·2²·2 = 96, attention 4·1·2 = 8,
	// head 2·2·3 = 12.
	m := Model{Layers: 1, Hidden: 2, Heads: 1, FFN: 8, Vocab: 3, SeqLen: 1}
	if got := m.ModelFLOP(1); got != 3*(96+8+12) {
		t.Errorf("%g, want 348", got)
	}
}

// arXiv 2104.04473 equation 3 for full recomputation:
// 96·B·s·l·h²·(1 + s/6h + V/16lh).
func TestHardwareFLOP(t *testing.T) {
	m := gpt(80, 12288, 96)
	b, s, l, h, v := 2304.0, 2048.0, 80.0, 12288.0, 51200.0
	full := Layout{GlobalBatch: 2304, Recompute: RecomputeFull}.HardwareFLOP(m)
	if want := 96 * b * s * l * h * h * (1 + s/(6*h) + v/(16*l*h)); !near(full, want, 1e-14) {
		t.Errorf("full: %g, want %g", full, want)
	}
	// Selective adds 4·s²·h a layer and sequence.
	selective := Layout{GlobalBatch: 2304, Recompute: RecomputeSelective}.HardwareFLOP(m)
	if want := m.ModelFLOP(2304) + b*l*4*s*s*h; !near(selective, want, 1e-14) {
		t.Errorf("selective: %g, want %g", selective, want)
	}
	if none := (Layout{GlobalBatch: 2304}).HardwareFLOP(m); none != m.ModelFLOP(2304) {
		t.Errorf("none: %g, want the model's %g", none, m.ModelFLOP(2304))
	}
}

// Model FLOP are 6 per parameter and token but for attention; embeddings are
// looked up, biases and norms are not products.
func TestModelFLOPIsSixPerParameter(t *testing.T) {
	for _, m := range []Model{gpt3(), llama(80, 8192, 64, 8, 28672, 128256, 8192)} {
		tokens := 16 * float64(m.SeqLen)
		attention := 12 * float64(m.Layers) * float64(m.SeqLen) * float64(m.Hidden) * tokens
		params := float64(m.Params())
		if !m.Tied {
			params -= float64(m.Vocab * m.Hidden)
		}
		if got, want := m.ModelFLOP(16), 6*params*tokens+attention; !near(got, want, 0.005) {
			t.Errorf("%g, want %g within 0.5 %%", got, want)
		}
	}
}

// What the programs execute is what the model takes: a third forward, two thirds
// backward, and what HardwareFLOP adds in the recompute phase.
func TestProgramsExecuteModelFLOP(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		l.Context, l.FlashAttention = 1, false // skips the masked half, and its backward pass runs scores again
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		l.ExpertImbalance = 1
		m.Vocab = 64 * l.Tensor // nothing to pad
		l.PadVocabTo = 64
		var phase [5]float64
		for _, p := range mustPrograms(t, m, l) {
			eachOp(&p, func(op Op) { phase[op.Phase] += op.FLOP * float64(l.Tensor*l.Data) })
		}
		model := m.ModelFLOP(l.GlobalBatch)
		if !near(phase[Forward], model/3, 1e-12) {
			t.Fatalf("forward: %g, want %g", phase[Forward], model/3)
		}
		if got := phase[Backward] + phase[WeightGrad]; !near(got, model*2/3, 1e-12) {
			t.Fatalf("backward: %g, want %g", got, model*2/3)
		}
		if want := l.HardwareFLOP(m) - model; math.Abs(phase[Recompute]-want) > 1e-9*model {
			t.Fatalf("recompute: %g, want %g", phase[Recompute], want)
		}
		if phase[Update] != 0 {
			t.Fatalf("the update is counted as %g FLOP of products", phase[Update])
		}
	})
}

// Flash attention skips the masked half and runs five products backward for two forward.
func TestFlashFLOP(t *testing.T) {
	d := newShape(Model{Layers: 1, Hidden: 8, Heads: 2, Vocab: 8, SeqLen: 16}, Layout{MicroBatch: 3, GlobalBatch: 3, FlashAttention: true})
	forward, backward := d.flash(16, 16, true), d.flashBackward(16, 16, true)
	// 4·16²·4 per head and sequence, half of it, 6 of them.
	if want := 4.0 * 256 * 4 / 2 * 6; forward.FLOP != want || backward.FLOP != 2.5*want {
		t.Errorf("%g forward and %g backward, want %g and %g", forward.FLOP, backward.FLOP, want, 2.5*want)
	}
	// q, k, v, output: 4 tensors of 48 tokens × 8 × 2 bytes.
	if want := 4.0 * 48 * 8 * 2; forward.Bytes != want {
		t.Errorf("%g bytes, want %g", forward.Bytes, want)
	}
	if !forward.Causal || forward.Batch != 6 || forward.M != 16 || forward.K != 4 {
		t.Errorf("shape of %+v", forward)
	}
}
