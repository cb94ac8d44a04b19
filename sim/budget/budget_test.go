package budget

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// near fails unless got is want up to the rounding of a few float operations.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*math.Abs(want) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

// The counts of published checkpoints.
func TestParamsOfCheckpoints(t *testing.T) {
	mixtral := Llama(32, 4096, 32, 8, 14336, 32000)
	mixtral.Experts, mixtral.TopK = 8, 2
	tests := []struct {
		name string
		d    Decoder
		want int64
	}{
		{"GPT-2 small", GPT(12, 768, 12, 50257, 1024), 124_439_808},
		{"GPT-2 XL", GPT(48, 1600, 25, 50257, 1024), 1_557_611_200},
		{"Llama 7B", Llama(32, 4096, 32, 32, 11008, 32000), 6_738_415_616},
		{"Llama 2 70B", Llama(80, 8192, 64, 8, 28672, 32000), 68_976_648_192},
		{"Llama 3 8B", Llama(32, 4096, 32, 8, 14336, 128256), 8_030_261_248},
		{"Mixtral 8x7B", mixtral, 46_702_792_704},
	}
	for _, tt := range tests {
		if got := tt.d.Params(); got != tt.want {
			t.Errorf("%s: %d parameters, want %d", tt.name, got, tt.want)
		}
		if tt.d.Experts == 0 && tt.d.ActiveParams() != tt.want {
			t.Errorf("%s: a dense model has all parameters active", tt.name)
		}
	}
	// 6 idle experts of 3·4096·14336 in each of 32 layers: 33.8 G less.
	if got, want := mixtral.ActiveParams(), int64(46_702_792_704-6*3*4096*14336*32); got != want {
		t.Errorf("Mixtral: %d active, want %d", got, want)
	}
}

// GPT-3 175B as in SC'21: 96 layers of 12288, vocabulary 51200, 2048 tokens.
func TestGPTParamsFormula(t *testing.T) {
	// 12·96·12288² + 13·96·12288 + 53248·12288
	const want = 173_946_175_488 + 15_335_424 + 654_311_424
	near(t, "GPT-3", GPTParams(96, 12288, 51200, 2048), want)
	// The count adds the weight and bias of the final norm.
	if got := GPT(96, 12288, 96, 51200, 2048).Params(); got != want+2*12288 {
		t.Errorf("GPT-3: %d parameters, want %d", got, int64(want+2*12288))
	}
}

// One layer by hand: h = 4, s = 2, v = 8, B = 3.
//
// Per token forward: QKV 2·4·12 = 96, projection 2·4·4 = 32, MLP 2·2·4·16 = 256,
// attention 4·2·4 = 32: 416; head 2·4·8 = 64; 480 in all. Step: 3·480·6 = 8640.
// With the layer's forward again: (3·480 + 416)·6 = 11136.
func TestFLOPByHand(t *testing.T) {
	d := GPT(1, 4, 2, 8, 2)
	near(t, "forward", d.ForwardFLOP(2), 480)
	near(t, "step", d.StepFLOP(3, 2), 8640)
	near(t, "recomputed", d.StepFLOPRecomputed(3, 2), 11136)
	near(t, "GPT step", GPTStepFLOP(3, 2, 1, 4, 8), 8640)
	near(t, "GPT recomputed", GPTStepFLOPRecomputed(3, 2, 1, 4, 8), 11136)

	// Grouped queries and SwiGLU: h = 4, 2 heads and 1 key-value head of 2, ffn 6.
	// Q 2·16 = 32, K and V 2·2·8 = 32, output 32, attention 4·2·4 = 32, MLP 2·3·24 = 144, head 64.
	d = Llama(1, 4, 2, 1, 6, 8)
	near(t, "grouped", d.ForwardFLOP(2), 32+32+32+32+144+64)
	// 5 experts, 2 active, and a router of 4·5.
	d.Experts, d.TopK = 5, 2
	near(t, "experts", d.ForwardFLOP(2), 32+32+32+32+2*144+2*20+64)
}

// The expanded forms equal those printed, and the general decoder equals both.
func TestFLOPFormsAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int) int { return rapid.IntRange(1, most).Draw(t, name) }
		l, heads, vocab, seq := draw("layers", 128), draw("heads", 128), draw("vocab", 200_000), draw("seq", 131_072)
		h := heads * draw("head dim", 128)
		L, H, V, S, B := float64(l), float64(h), float64(vocab), float64(seq), float64(draw("batch", 4096))
		d := GPT(l, h, heads, vocab, seq)
		pairs := [][2]float64{
			{GPTStepFLOP(B, S, L, H, V), 72 * B * S * L * H * H * (1 + S/(6*H) + V/(12*L*H))},
			{GPTStepFLOPRecomputed(B, S, L, H, V), 96 * B * S * L * H * H * (1 + S/(6*H) + V/(16*L*H))},
			{d.StepFLOP(B, S), GPTStepFLOP(B, S, L, H, V)},
			{d.StepFLOPRecomputed(B, S), GPTStepFLOPRecomputed(B, S, L, H, V)},
		}
		for i, p := range pairs {
			if math.Abs(p[0]-p[1]) > 1e-12*p[1] {
				t.Fatalf("pair %d: %g and %g", i, p[0], p[1])
			}
		}
	})
}

// 6·P·tokens plus attention comes within 0.5 % of the exact count: what differs
// is biases, norms and positions, which are parameters without products.
func TestDenseFLOPNearExact(t *testing.T) {
	d := GPT(96, 12288, 96, 51200, 2048)
	const batch, seq = 1536, 2048
	tokens := float64(batch * seq)
	attention := 12.0 * 96 * seq * 12288 * tokens
	rough := DenseFLOP(float64(d.Params()), tokens) + attention
	if off := math.Abs(rough/d.StepFLOP(batch, seq) - 1); off > 0.005 {
		t.Errorf("%.2g off", off)
	}
}

func TestLaws(t *testing.T) {
	near(t, "6PD", DenseFLOP(70e9, 1.4e12), 5.88e23)
	near(t, "120P²", OptimalFLOP(1e12), 1.2e26)
	near(t, "120P²/K", OptimalSparseFLOP(1e12, 8), 1.5e25)
}

func TestPipeline(t *testing.T) {
	near(t, "1F1B, 16 stages, 192 microbatches", BubbleShare(16, 192, 1), 15.0/207) // 7.2 %
	near(t, "interleaved, 2 chunks", BubbleShare(4, 8, 2), 3.0/19)
	near(t, "one stage", BubbleShare(1, 8, 1), 0)
	near(t, "overhead", BubbleOverhead(4, 8, 2), 3.0/16)
	near(t, "time", PipelineTime(4, 8, 1, 1, 2), 33)
	near(t, "time, 2 chunks", PipelineTime(4, 8, 2, 1, 2), 28.5)
	rapid.Check(t, func(t *rapid.T) {
		p, m := float64(rapid.IntRange(1, 64).Draw(t, "p")), float64(rapid.IntRange(1, 512).Draw(t, "m"))
		v := float64(rapid.IntRange(1, 8).Draw(t, "v"))
		// Bubble is what the pipeline takes beyond m microbatches of work.
		total := PipelineTime(p, m, v, 0.3, 0.6)
		if want := (total - m*0.9) / total; math.Abs(BubbleShare(p, m, v)-want) > 1e-12 {
			t.Fatalf("share %g, want %g", BubbleShare(p, m, v), want)
		}
	})
}

func TestCollectives(t *testing.T) {
	// 8 ranks, 1 GB at 100 GB/s: 7/8 of 10 ms and 7 steps of 2 µs.
	near(t, "gather", RingGatherTime(8, 1e9, 100e9, 2e-6), 8.75e-3+14e-6)
	near(t, "all-reduce", RingAllReduceTime(8, 1e9, 100e9, 2e-6), 17.5e-3+28e-6)
	near(t, "all-to-all", AllToAllTime(4, 1e9, 100e9, 2e-6), 7.5e-3+6e-6)
	near(t, "send", SendTime(1e6, 25e9, 5e-6), 45e-6)
	near(t, "alone", RingAllReduceTime(1, 1e9, 100e9, 2e-6), 0)
}

func TestCost(t *testing.T) {
	// 3.6e21 FLOP on 1,000 chips of 1 PFLOP/s at one half: 7,200 s, 2,000 chip hours.
	near(t, "time", WallTime(3.6e21, 1000, 1e15, 0.5), 7200)
	near(t, "hours", ChipHours(3.6e21, 1e15, 0.5), 2000)
	near(t, "MFU", MFU(3.6e21, 1000, 1e15, 7200), 0.5)
	near(t, "money", Money(2000, 2.5), 5000)
	// At 1 kW and a PUE of 1.2: 2.4 MWh; at 0.4 kg/kWh 960 kg.
	near(t, "energy", MWh(Energy(2000, 1000, 1.2)), 2.4)
	near(t, "carbon", Carbon(Energy(2000, 1000, 1.2), 0.4), 960)
}
