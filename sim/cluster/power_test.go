package cluster

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// The part has 300 W between idle and limit. At half of the matrix peak and a
// tenth of HBM: 0.2 + 0.8·0.5 + 0.4·0.1 = 0.64, 192 W.
func TestPowerByHand(t *testing.T) {
	g := small()
	k := Kernel{FLOP: 2e12, Bytes: 1e11, ElementBytes: 2}
	if got := g.Power(k, engine.Second); got != 192_000 {
		t.Errorf("%d mW, want 192,000", got)
	}
	if got := g.Power(k, 10*engine.Second); got != 73_200 { // 0.2 + 0.04 + 0.004
		t.Errorf("ten times longer: %d mW, want 73,200", got)
	}
	if got := g.Power(k, engine.Second/2); got != 300_000 { // 0.2 + 0.8 + 0.08, cut
		t.Errorf("above the limit: %d mW, want 300,000", got)
	}
	if got := g.Power(k, 0); got != 0 {
		t.Errorf("no time: %d mW", got)
	}
	for what, c := range map[string][2]int64{"idle": {g.IdlePower(), 100_000}, "limit": {g.LimitPower(), 400_000},
		"wait": {g.WaitPower(), 60_000}, "transfer": {g.TransferPower(), 90_000}} {
		if c[0] != c[1] {
			t.Errorf("%s: %d mW, want %d", what, c[0], c[1])
		}
	}
}

// A wait power below idle draws nothing, one above the limit the limit.
func TestPowerOfPhaseIsBounded(t *testing.T) {
	g := small()
	g.PowerWait, g.PowerTransfer = 50, 1000
	if g.WaitPower() != 0 || g.TransferPower() != 300_000 {
		t.Errorf("wait %d, transfer %d mW", g.WaitPower(), g.TransferPower())
	}
}

// Public measurements of a B200 (by NVML): BF16 products
// 988 W at about 1254 TFLOP/s, copies 628 W and elementwise kernels 686 W.
func TestPowerMeasuredB200(t *testing.T) {
	g := gpu(t, "b200-180gb-sxm")
	watts := func(k Kernel, d engine.Duration) float64 { return float64(g.IdlePower()+g.Power(k, d)) / 1000 }
	k := product(8192, 8192, 8192)
	if w := watts(k, engine.FromSeconds(k.FLOP/1254.5e12)); w < 978 || w > 998 {
		t.Errorf("product at the measured rate: %.0f W, measured 988", w)
	}
	copying := Kernel{Class: Streaming, Bytes: 4e9, Kernels: 1}
	if w := watts(copying, g.Time(copying)); w < 628 || w > 686 {
		t.Errorf("streaming: %.0f W, measured 628 (copy) and 686 (elementwise)", w)
	}
}

// No kernel exceeds the limit, and a faster run of the same work never draws less.
func TestPowerBounds(t *testing.T) {
	g := gpu(t, "h100-80gb-sxm")
	rapid.Check(t, func(t *rapid.T) {
		k := Kernel{ElementBytes: 2, FLOP: rapid.Float64Range(0, 1e15).Draw(t, "flop"), Bytes: rapid.Float64Range(0, 1e12).Draw(t, "bytes")}
		d := engine.Duration(rapid.Int64Range(1, 1e10).Draw(t, "duration"))
		p, q := g.Power(k, d), g.Power(k, d+engine.Duration(rapid.Int64Range(0, 1e9).Draw(t, "longer")))
		if p < 0 || p+g.IdlePower() > g.LimitPower() || q > p {
			t.Fatalf("%+v: %d mW in %d ns, %d mW in longer", k, p, d, q)
		}
	})
}
