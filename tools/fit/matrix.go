package main

import (
	"fmt"
	"math"
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

// matrixH100 has one published shape in bf16. Latency, wave tail and the ratio of
// output to HBM bandwidth are taken midway (geometric mean) between the
// generations before and after, and the operand bandwidth is what reproduces
// the shape.
func matrixH100(dir string) error {
	rows, err := shapes(dir, "A100-80GB-PCIe")
	if err != nil {
		return err
	}
	a := fit(a100PCIe(a100()), rows, matrixKnobs...)
	if rows, err = shapes(dir, "B200-180GB-SXM"); err != nil {
		return err
	}
	b := fit(b200(), rows, append(slices.Clone(matrixKnobs), boostTime, sustained)...)
	g := h100()
	for _, k := range []knob{latency, waveTail} {
		k.set(&g, math.Sqrt(k.get(&a)*k.get(&b)))
	}
	g.OutputBandwidth = g.HBMBandwidth * math.Sqrt(a.OutputBandwidth/a.HBMBandwidth*b.OutputBandwidth/b.HBMBandwidth)
	g.OperandBandwidth = g.PeakHalf * math.Sqrt(a.OperandBandwidth/a.PeakHalf*b.OperandBandwidth/b.PeakHalf)
	k := matrixKernel(2048, 2048, 13312, false)
	g = fit(g, []row{{kernel: k, seconds: k.FLOP / 794.5e12}}, operand)
	show("H100, H200", &g, matrixKnobs...)
	best(&g, "H100", 2048, 2048, 13312, 794.5)
	return nil
}

// best compares a best shape found by search (gemm.csv).
func best(g *cluster.GPU, name string, m, n, k int64, measured float64) {
	kernel := matrixKernel(m, n, k, false)
	fmt.Printf("  best shape of %s, %d×%d×%d: %.1f TFLOP/s, measured %.1f\n", name, m, n, k,
		kernel.FLOP/g.Time(kernel).Seconds()/1e12, measured)
}
