package main

import (
	"fmt"
	"slices"

	"trainsim/sim/cluster"
)

var matrixKnobs = []knob{operand, output, latency, waveTail}

func large(r row) bool { return min(r.kernel.M, r.kernel.N, r.kernel.K) >= 1024 }

func matrixA100(dir string) error {
	rows, err := shapes(dir, "A100-80GB-PCIe")
	if err != nil {
		return err
	}
	g := fit(a100PCIe(a100()), rows, matrixKnobs...)
	show("A100, from the PCIe part at "+fmt.Sprintf("%.3f", pcieClock)+" of the clock", &g, matrixKnobs...)
	spread("all shapes", errors(&g, rows))
	spread("m, n, k ≥ 1024", errors(&g, where(rows, large)))
	sxm := g
	sxm.SustainedClock, sxm.HBMBandwidth = 1, a100().HBMBandwidth
	best(&sxm, "SXM", 1024, 10240, 5120, 271.2)
	return nil
}

func matrixB200(dir string) error {
	rows, err := shapes(dir, "B200-180GB-SXM")
	if err != nil {
		return err
	}
	knobs := append(slices.Clone(matrixKnobs), boostTime, sustained)
	g := fit(b200(), rows, knobs...)
	show("B200", &g, knobs...)
	spread("all shapes", errors(&g, rows))
	spread("m, n, k ≥ 1024", errors(&g, where(rows, large)))
	spread("1 ms and longer", errors(&g, where(rows, func(r row) bool { return r.seconds >= 1e-3 })))
	spread("same shape measured twice, halved", repeats(rows))
	best(&g, "B200", 1792, 16128, 3072, 1745)
	return nil
}

// repeats returns half the relative difference of rows that state the same
// shape and layout: what no model of the shape can explain.
func repeats(rows []row) (out []float64) {
	seen := map[cluster.Kernel]float64{}
	for _, r := range rows {
		if before, ok := seen[r.kernel]; ok {
			out = append(out, (before-r.seconds)/(before+r.seconds))
		}
		seen[r.kernel] = r.seconds
	}
	return out
}

// matrixH100 fits the products of 256 to 4,096 in each dimension, alone and 2 or 4 in a batch, that XLA keeps for
// this part (tensorflow/tensorflow, xla/service/gpu/model/matmul_interpolator_data.h, sm_90, bf16xbf16->bf16,
// Apache-2.0). They were called one at a time: each holds the same few microseconds of call, which are fitted and
// then left out, and the part was cool, at its boost clock.
func matrixH100(path string) error {
	rows, err := products(path)
	if err != nil {
		return err
	}
	base := h100()
	base.LaunchGap = 5000
	knobs := append([]knob{gap}, matrixKnobs...)
	g := fit(base, rows, knobs...)
	show("H100, H200", &g, knobs...)
	spread("all shapes", errors(&g, rows))
	for _, c := range []struct{ above, below float64 }{{0, 15e-6}, {15e-6, 40e-6}, {40e-6, 120e-6}, {120e-6, 1}} {
		of := where(rows, func(r row) bool { return r.seconds >= c.above && r.seconds < c.below })
		spread(fmt.Sprintf("%.0f us and longer", c.above*1e6), errors(&g, of))
	}
	sustain(&g)
	return nil
}

// inTraining are products of Llama 70B in training and the usual square. Normal
// data, L2 flushed, the median of 200 ms: roughly 720 TFLOP/s on H100 and H200
// (SemiAnalysis, "MI300X vs H100 vs H200 Benchmark Part 1: Training", 2024).
var inTraining = [...][3]int64{{16384, 8192, 1280}, {16384, 1024, 8192}, {16384, 8192, 7168}, {16384, 3584, 8192}, {8192, 8192, 8192}}

// sustain prints the clock that the power limit leaves to products one after
// another, and what it makes of other published ones.
func sustain(g *cluster.GPU) {
	g.LaunchGap = h100().LaunchGap
	mean := 0.0
	for _, s := range inTraining {
		mean += rate(g, s) / float64(len(inTraining))
	}
	g.SustainedClock = 720e12 / mean
	fmt.Printf("  sustained_clock = %.3f\n", g.SustainedClock)
	for _, p := range []struct {
		shape    [3]int64
		measured float64
		source   string
	}{
		{[3]int64{8192, 8192, 8192}, 716, "pranjalssh/fast.cu, cuBLAS"},
		{[3]int64{1024, 1024, 1024}, 176.6, "zzc0721/torch-performance-test-data issue 79"},
		{[3]int64{2048, 2048, 2048}, 676.6, "the same"},
		{[3]int64{4096, 4096, 4096}, 788.7, "the same"},
		{[3]int64{8192, 8192, 8192}, 797.5, "the same"},
		{[3]int64{10240, 10240, 10240}, 719.7, "the same"},
		{[3]int64{4224, 2048, 8192}, 780.2, "gist Chillee/2ec89696, 10 s, vboost"},
		{[3]int64{2048, 2048, 13312}, 794.5, "stas00/ml-engineering, best of a search"},
		{[3]int64{8192, 8192, 1024}, 628, "tilelang on an H800, its own kernels"},
		{[3]int64{8192, 8192, 4096}, 736, "the same"},
		{[3]int64{8192, 8192, 16384}, 766, "the same"},
	} {
		fmt.Printf("  %-20s %6.1f TFLOP/s, at boost %6.1f, measured %6.1f (%s)\n", fmt.Sprint(p.shape), rate(g, p.shape)/1e12,
			rate(g, p.shape)/g.SustainedClock/1e12, p.measured, p.source)
	}
}

// rate returns the FLOP/s of a product.
func rate(g *cluster.GPU, s [3]int64) float64 {
	k := matrixKernel(s[0], s[1], s[2], false)
	return k.FLOP / g.Time(k).Seconds()
}

// best compares a best shape found by search (gemm.csv).
func best(g *cluster.GPU, name string, m, n, k int64, measured float64) {
	fmt.Printf("  best shape of %s, %d×%d×%d: %.1f TFLOP/s, measured %.1f\n", name, m, n, k, rate(g, [3]int64{m, n, k})/1e12, measured)
}
