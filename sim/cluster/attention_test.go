package cluster

import (
	"testing"

	"pgregory.net/rapid"
)

func flash(batch, s, head int64, causal, backward bool) Kernel {
	k := Kernel{Class: Attention, M: s, N: s, K: head, Batch: batch, Causal: causal, Backward: backward, ElementBytes: 2, Kernels: 1}
	k.FLOP = 4 * float64(batch*s*s*head)
	if causal {
		k.FLOP /= 2
	}
	if backward {
		k.FLOP *= 2.5
	}
	return k
}

// Two SMs of 1 TFLOP/s at efficiency 0.5, two heads of 256 queries and keys:
// four blocks of 128 rows. A block against one key is 4·128·128 = 65,536 FLOP,
// 0.131072 µs.
func TestAttentionByHand(t *testing.T) {
	g := small()
	g.SMs, g.PeakHalf = 2, 2e12
	// Each block costs 256 + 64 keys: 4·320/2 = 640 per SM, and half of the last
	// block, 160: 800 keys.
	near(t, "full", g.attention(flash(2, 256, 128, false, false)), 800*0.131072e-6)
	// Causal: 128 + 64 + 32 keys on average, 448 per SM; the longest has 352: 624.
	near(t, "causal", g.attention(flash(2, 256, 128, true, false)), 624*0.131072e-6)
	// Head size 64: half the FLOP at 0.8 of the efficiency.
	near(t, "head 64", g.attention(flash(2, 256, 64, false, false)), 800*0.065536e-6/0.8)
	// Backward: 2.5 times the FLOP at half the efficiency; 256 + 128 keys a
	// block, 768 per SM, and a quarter of the last: 96.
	near(t, "backward", g.attention(flash(2, 256, 128, false, true)), 864*0.131072e-6*5)
}

// One head of one block runs on one SM however many there are.
func TestAttentionLongestBlock(t *testing.T) {
	g := small()
	g.SMs, g.PeakHalf, g.AttentionTailBackward = 1000, 1000e12, 0
	k := flash(1, 128, 128, false, true)
	near(t, "one block", g.attention(k), (128+128)*(65536*2.5)/(0.25*1e12))
	near(t, "no shape", g.attention(Kernel{FLOP: 1e12, ElementBytes: 2, K: 128}), 1e12/(1000e12*0.5))
}

// Power law below head size 128: a quarter of the size is two halvings.
func TestAttentionHeadSize(t *testing.T) {
	g := small()
	for head, want := range map[int64]float64{0: 0.5, 32: 0.5 * 0.64, 64: 0.4, 128: 0.5, 256: 0.5} {
		near(t, "head", g.attentionEfficiency(Kernel{K: head}), want)
	}
	// The backward kernel as the forward one, until it has a ratio of its own.
	near(t, "backward", g.attentionEfficiency(Kernel{K: 64, Backward: true}), 0.25*0.8)
	g.AttentionHead64Back = 0.9
	near(t, "backward alone", g.attentionEfficiency(Kernel{K: 64, Backward: true}), 0.25*0.9)
	near(t, "forward", g.attentionEfficiency(Kernel{K: 64}), 0.4)
}

// Longer sequences and more heads never run faster, and efficiency never falls
// with either.
func TestAttentionMonotone(t *testing.T) {
	g := gpu(t, "a100-80gb-sxm")
	rapid.Check(t, func(t *rapid.T) {
		s := 128 * rapid.Int64Range(1, 128).Draw(t, "blocks")
		heads := rapid.Int64Range(1, 256).Draw(t, "heads")
		causal, backward := rapid.Bool().Draw(t, "causal"), rapid.Bool().Draw(t, "backward")
		k := flash(heads, s, 128, causal, backward)
		a := g.attention(k)
		for _, more := range []Kernel{flash(heads+1, s, 128, causal, backward), flash(heads, s+128, 128, causal, backward)} {
			b := g.attention(more)
			if b < a {
				t.Fatalf("%+v: %g s, more: %g s", k, a, b)
			}
			if more.FLOP/b < k.FLOP/a*(1-1e-9) {
				t.Fatalf("%+v: rate falls from %g to %g", k, k.FLOP/a, more.FLOP/b)
			}
		}
	})
}
