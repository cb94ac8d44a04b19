package main

import (
	"fmt"

	"trainsim/sim/cluster"
)

// pcieClock is the clock of the power-limited A100 PCIe relative to the SXM
// part, from the best shape of each (gemm.csv: 81.1 % and 86.9 % of 312 TFLOP/s).
const pcieClock = 81.1 / 86.9

// a100 is the SXM part. Every part starts from the parameters in its preset, so
// that a fit that moves far away says that data or model have changed.
func a100() cluster.GPU {
	return cluster.GPU{
		PeakHalf: 312e12, PeakSingle: 19.5e12, HBMBandwidth: 2.039e12, SMs: 108, LaunchGap: 900,
		MatrixEfficiency: 1, OperandBandwidth: 18.47e12, OutputBandwidth: 3.762e12, TileLatency: 2459, WaveTail: 0.649, SustainedClock: 1,
		AttentionForward: 0.775, AttentionBackward: 0.638, AttentionHead64: 0.865, AttentionBlock: 128,
		AttentionStart: 45, AttentionStartBackward: 225, AttentionDiagonal: 79, AttentionTailBackward: 0.447,
		StreamEfficiency: 0.85, SoftmaxEfficiency: 0.42, StreamRamp: 1_200_000,
	}
}

// a100PCIe is the part that was measured: the same chip at a lower clock, with
// slower memory.
func a100PCIe(g cluster.GPU) cluster.GPU {
	g.SustainedClock, g.HBMBandwidth = pcieClock, 1.94e12
	return g
}

func h100() cluster.GPU {
	g := a100()
	g.PeakHalf, g.PeakSingle, g.HBMBandwidth, g.SMs = 989e12, 67e12, 3.35e12, 132
	g.OperandBandwidth, g.OutputBandwidth, g.TileLatency, g.WaveTail = 82.9e12, 9.03e12, 699, 0.913
	g.AttentionForward, g.AttentionHead64, g.AttentionStart, g.AttentionDiagonal = 0.655, 0.662, 111, 102
	g.AttentionBackward, g.AttentionHead64Back, g.AttentionStartBackward, g.AttentionTailBackward = 0.557, 0.825, 327, 0.358
	g.StreamEfficiency, g.StreamRamp = 0.87, 2_000_000
	return g
}

func b200() cluster.GPU {
	g := a100()
	g.PeakHalf, g.PeakSingle, g.HBMBandwidth, g.SMs = 2250e12, 80e12, 8e12, 148
	g.OperandBandwidth, g.OutputBandwidth, g.TileLatency, g.WaveTail = 47.05e12, 29.58e12, 1134, 0.291
	g.BoostTime, g.SustainedClock = 76_400, 0.783
	g.AttentionForward, g.AttentionBackward, g.AttentionBlock, g.AttentionTailBackward = 0.602, 0.465, 256, 0.214
	g.StreamEfficiency, g.StreamRamp = 0.666, 4_800_000
	return g
}

func show(title string, g *cluster.GPU, knobs ...knob) {
	fmt.Println(title)
	for _, k := range knobs {
		fmt.Printf("  %s = %.4g\n", k.key, k.get(g))
	}
}

func errors(g *cluster.GPU, rows []row) []float64 {
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = predict(g, r)/r.seconds - 1
	}
	return out
}

func where(rows []row, keep func(row) bool) (out []row) {
	for _, r := range rows {
		if keep(r) {
			out = append(out, r)
		}
	}
	return out
}
