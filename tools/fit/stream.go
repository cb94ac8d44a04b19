package main

import (
	"fmt"

	"trainsim/sim/cluster"
)

// streamA100 prints what three published figures say of the share of HBM
// bandwidth that kernels reach; they agree to ± 0.1, and the preset takes a
// value between.
func streamA100(dir string) error {
	t, err := readTable(dir, "korthikanti22_layer_times.csv")
	if err != nil {
		return err
	}
	ms := map[string]float64{}
	for _, r := range t.rows {
		ms[t.text(r, "case")+" fwd"] = t.number(r, "forward_ms")
		ms[t.text(r, "case")+" bwd"] = t.number(r, "backward_ms")
	}
	const (
		hbm    = 2.039e12
		sbh    = 4 * 2048 * 6144            // activations of the 22B layer, elements
		scores = 4 * 64 / 8 * 2048.0 * 2048 // attention scores per GPU, elements
	)
	fmt.Println("A100 streaming")
	fmt.Printf("  SimuMax fit, PCIe part:       %.2f\n", 1456.0/1940)
	// Sequence parallelism leaves 1/8 of: two norms (read, write) and two bias +
	// dropout + residual (read two, write one, and a mask of one byte).
	saved := (ms["baseline no recompute fwd"] - ms["sequence parallelism fwd"]) * 1e-3
	bytes := 7.0 / 8 * sbh * (2*(2+2) + 2*(3*2+1))
	fmt.Printf("  sequence parallel saving:     %.2f (%.2f GB in %.1f ms)\n", bytes/saved/hbm, bytes/1e9, saved*1e3)
	// Selective recompute repeats scores, softmax, dropout and context. The two
	// products and the dropout (read, write, mask) are modelled; what is left is
	// softmax, which reads the lower triangle and writes the whole.
	repeated := (ms["selective recompute bwd"] - ms["baseline no recompute bwd"]) * 1e-3
	g := a100()
	product := matrixKernel(2048, 2048, 96, false)
	product.Batch, product.FLOP, product.Bytes = 32, 32*product.FLOP, 32*product.Bytes
	context := matrixKernel(2048, 96, 2048, false)
	context.Batch, context.FLOP, context.Bytes = 32, 32*context.FLOP, 32*context.Bytes
	dropout := cluster.Kernel{Class: cluster.Streaming, Bytes: 5 * scores}
	rest := g.Time(product).Seconds() + g.Time(context).Seconds() + g.Time(dropout).Seconds()
	bytes = 3 * scores
	fmt.Printf("  softmax, repeated:            %.2f (%.2f GB in %.2f − %.2f ms)\n", bytes/(repeated-rest)/hbm, bytes/1e9,
		repeated*1e3, rest*1e3)
	return nil
}
