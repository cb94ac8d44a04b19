package cluster

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

var cubic = ClockLaw{Exponent: 3, Floor: 0.8, Least: 0.1}

// A product of 1 s that draws 200 W above idle. Above the floor power is 200·f³, at
// 0.9 that is 145.8 W; below it 200·0.8²·f, at 0.5 that is 64 W. At the lowest
// clock it draws 12.8 W and can do with no less.
func TestClockUnderCapByHand(t *testing.T) {
	b, d := Bound{Compute: 1}, Draw{Clock: 60_000, Matrix: 140_000}
	for cap, want := range map[int64]float64{300_000: 1, 200_000: 1, 145_800: 0.9, 102_400: 0.8, 64_000: 0.5, 12_800: 0.1, 5_000: 0.1} {
		f := d.ClockUnder(b, cubic, cap)
		if math.Abs(f-want) > 1e-6 {
			t.Errorf("cap %d mW: clock %.7f, want %v", cap, f, want)
		}
		if got := b.Seconds(f); math.Abs(got*want-1) > 1e-5 {
			t.Errorf("cap %d mW: %.6f s, want 1/%v", cap, got, want)
		}
	}
}

// A kernel of 2 s of bytes and 1 s of FLOP takes 2 s down to half the clock, and
// its bytes draw as before; then its FLOP bind it, and it moves bytes more slowly.
// At clock 0.25 it takes 4 s: 0.64·(0.25·100 + 0.5·40) + 0.5·60 = 58.8 W.
func TestClockOfBytesByHand(t *testing.T) {
	b, d := Bound{Compute: 1, Stream: 2}, Draw{Clock: 100_000, Matrix: 40_000, HBM: 60_000}
	for f, want := range map[float64]struct {
		seconds float64
		power   int64
	}{1: {2, 200_000}, 0.5: {2, 60_000 + 64*(500+400)}, 0.25: {4, 58_800}} {
		if got := b.Seconds(f); got != want.seconds {
			t.Errorf("clock %v: %v s, want %v", f, got, want.seconds)
		}
		if got := d.Power(b, cubic, f); got != want.power {
			t.Errorf("clock %v: %d mW, want %d", f, got, want.power)
		}
	}
	if total, memory := b.At(0.5); total != 2*engine.Second || memory != total {
		t.Errorf("at half the clock HBM binds %v of %v", memory, total)
	}
	if total, memory := b.At(0.25); total != 4*engine.Second || memory != 0 {
		t.Errorf("at a quarter HBM binds %v of %v", memory, total)
	}
}

// With idle power I and dynamic power D·f³ the energy of a product is I/f + D·f²,
// least at f = (I/2D)^(1/3): for 160 and 100 W at 0.928, under a cap of 240 W.
func TestEnergyAgainstCapIsU(t *testing.T) {
	b, d := Bound{Compute: 1}, Draw{Clock: 100_000}
	energy := func(cap int64) float64 {
		f := d.ClockUnder(b, cubic, cap-160_000)
		return b.Seconds(f) * float64(160_000+d.Power(b, cubic, f))
	}
	least := energy(240_000)
	for _, cap := range []int64{260_000, 250_000, 230_000, 220_000, 200_000} {
		if energy(cap) <= least {
			t.Errorf("cap %d mW: %.0f mJ, under 240 W %.0f", cap, energy(cap), least)
		}
	}
}

// What the limit cuts is what the kernel was measured under: the clock there is 1.
func TestNoClockIsCountedTwice(t *testing.T) {
	g := gpu(t, "a100-80gb-sxm")
	g.PowerMatrix = 1.2
	k := product(8192, 8192, 8192)
	d := g.Time(k)
	draw := g.Draw(k, d)
	if whole := g.Power(k, d); whole != g.LimitPower()-g.IdlePower() {
		t.Fatalf("a large product draws %d mW, below the limit", whole)
	}
	if f := draw.ClockUnder(g.Bound(k), g.Law(), g.LimitPower()-g.IdlePower()); f != 1 {
		t.Errorf("clock %v under the limit itself", f)
	}
	if f := draw.ClockUnder(g.Bound(k), g.Law(), g.LimitPower()-g.IdlePower()-1000); f >= 1 || f < 0.99 {
		t.Errorf("clock %v one watt below", f)
	}
}

// A kernel keeps its cap unless it is at the lowest clock, and is no slower under a
// higher cap; its draw in parts is that as a whole.
func TestClockBounds(t *testing.T) {
	g := gpu(t, "h100-80gb-sxm")
	rapid.Check(t, func(t *rapid.T) {
		n := func(what string) int64 { return rapid.Int64Range(16, 16384).Draw(t, what) }
		k := product(n("m"), n("n"), n("k"))
		k.Bytes *= rapid.Float64Range(1, 200).Draw(t, "passes")
		b, d := g.Bound(k), g.Time(k)
		draw := g.Draw(k, d)
		if p := draw.Power(b, g.Law(), 1); max(p-g.Power(k, d), g.Power(k, d)-p) > 1 {
			t.Fatalf("%d mW in parts, %d as a whole", p, g.Power(k, d))
		}
		cap := rapid.Int64Range(1, 700_000).Draw(t, "cap")
		f, higher := draw.ClockUnder(b, g.Law(), cap), draw.ClockUnder(b, g.Law(), cap+rapid.Int64Range(0, 200_000).Draw(t, "more"))
		if f > higher || f < g.ClockMin || higher > 1 {
			t.Fatalf("clock %v, under a higher cap %v", f, higher)
		}
		if p := draw.Power(b, g.Law(), f); p > cap && f > g.ClockMin {
			t.Fatalf("%d mW at clock %v under a cap of %d", p, f, cap)
		}
	})
}
