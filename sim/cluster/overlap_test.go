package cluster

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestBesideWaves: a product of 132 tiles fills an H100. Beside a communication that
// holds 20 of its 132 SMs the 20 tiles left over take a second wave:
// 132/112 + wave_tail·(2 − 132/112) = 1.536 times as long; 80 and 47 % of peak, 1.70,
// were measured beside an all-gather of 24 thread blocks (NVIDIA developer forum,
// "Compute-Communication Overlap Causes Severe GEMM Performance Degradation because
// of Tail Effect").
func TestBesideWaves(t *testing.T) {
	var h100 GPU
	preset(t, "gpu", "h100-80gb-sxm", &h100)
	k := Kernel{Class: Matrix, M: 12 * 128, N: 11 * 256, K: 1 << 17, ElementBytes: 2}
	k.FLOP = 2 * float64(k.M*k.N*k.K)
	h100.LaunchGap = 0
	want := 132.0/112 + h100.WaveTail*(2-132.0/112)
	if got := h100.BesideAny().Time(k).Seconds() / h100.Time(k).Seconds(); math.Abs(got-want) > 1e-3 {
		t.Errorf("%.4f times as long, want %.4f", got, want)
	}
}

// TestHBMLeft: 240 GB/s over NVLink, 3 times through HBM, take 720 of the 1000 GB/s
// that it gives at most; a kernel keeps half. 100 GB/s take 30 %.
func TestHBMLeft(t *testing.T) {
	g := &GPU{HBMBandwidth: 1250e9, StreamEfficiency: 0.8, CommHBM: 3}
	for rate, want := range map[int64]Speed{0: Nominal, 100e9: 700_000, 240e9: 500_000} {
		if got := g.Overlap().HBMLeft(rate); got-want > 1 || want-got > 1 {
			t.Errorf("beside %d B/s: %d, want %d", rate, got, want)
		}
	}
	if o := (&GPU{}).Overlap(); o.HBMLeft(1e12) != Nominal || o.Share != Nominal {
		t.Errorf("without parameters communication and kernels take from each other: %+v", o)
	}
	if o := (&GPU{CommOverlapShare: 0.77}).Overlap(); o.Share != 770_000 {
		t.Errorf("77 %% are %d", o.Share)
	}
}

// TestBesideIsNeverFaster: no kernel gains from a communication beside it, none is
// longer bound by HBM than it takes, and with no SM taken nothing changes.
func TestBesideIsNeverFaster(t *testing.T) {
	var a100 GPU
	preset(t, "gpu", "a100-80gb-sxm", &a100)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.Int64Range(1, 8192)
		k := Kernel{Class: Class(rapid.IntRange(0, int(Softmax)).Draw(t, "class")), ElementBytes: 2, Kernels: rapid.Int32Range(0, 4).Draw(t, "kernels"),
			M: size.Draw(t, "M"), N: size.Draw(t, "N"), K: size.Draw(t, "K"), Batch: rapid.Int64Range(1, 96).Draw(t, "batch")}
		k.FLOP = 2 * float64(k.M*k.N*k.K*k.Batch)
		k.Bytes = float64(rapid.Int64Range(0, 1<<34).Draw(t, "bytes"))
		g := a100
		g.CommSMs = rapid.IntRange(0, 200).Draw(t, "SMs")
		alone, memory := g.Times(k)
		beside, left := g.BesideAny().Times(k)
		if beside < alone || memory > alone || left > beside || g.CommSMs == 0 && beside != alone {
			t.Fatalf("%d ns, %d of it HBM; beside %d SMs %d ns, %d of it HBM", alone, memory, g.CommSMs, beside, left)
		}
	})
}
