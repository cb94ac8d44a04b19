package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trainsim/sim/cluster"
)

// row is one measurement: the kernel, and what it took.
type row struct {
	id      string
	kernel  cluster.Kernel
	pass    string  // attention: "fwd", "bwd" or "fwd+bwd" (both kernels in one figure)
	seconds float64 // measured
}

// table is a CSV file with its header.
type table struct {
	column map[string]int
	rows   [][]string
}

func readTable(dir, name string) (*table, error) {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t := &table{column: map[string]int{}, rows: records[1:]}
	for i, c := range records[0] {
		t.column[c] = i
	}
	return t, nil
}

func (t *table) text(r []string, column string) string { return r[t.column[column]] }

func (t *table) number(r []string, column string) float64 {
	v, err := strconv.ParseFloat(t.text(r, column), 64)
	if err != nil {
		return 0
	}
	return v
}

// matrixKernel is a product of m×k by k×n in 16-bit elements with the least
// bytes it can move.
func matrixKernel(m, n, k int64, accumulate bool) cluster.Kernel {
	output := 2.0
	if accumulate {
		output = 8
	}
	fm, fn, fk := float64(m), float64(n), float64(k)
	return cluster.Kernel{
		Class: cluster.Matrix, M: m, N: n, K: k, Batch: 1, ElementBytes: 2, Kernels: 1, Accumulate: accumulate,
		FLOP: 2 * fm * fn * fk, Bytes: 2*(fm*fk+fk*fn) + output*fm*fn,
	}
}

// shapes returns the dense rows of gemm_shapes.csv for one part.
func shapes(dir, gpu string) ([]row, error) {
	t, err := readTable(dir, "gemm_shapes.csv")
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range t.rows {
		if t.text(r, "gpu") != gpu || t.text(r, "kind") != "dense" {
			continue
		}
		k := matrixKernel(int64(t.number(r, "m")), int64(t.number(r, "n")), int64(t.number(r, "k")),
			t.text(r, "accumulate_into_fp32") == "yes")
		rows = append(rows, row{id: t.text(r, "id"), kernel: k, seconds: k.FLOP / (t.number(r, "tflops") * 1e12)})
	}
	return rows, nil
}

// attentionRows returns the rows of attention.csv for one part and
// implementation. TFLOP/s of the Transformer Engine rows count the masked half
// too: the kernel executes half of what they state.
func attentionRows(dir, gpu, implementation string) ([]row, error) {
	t, err := readTable(dir, "attention.csv")
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range t.rows {
		if t.text(r, "gpu") != gpu || t.text(r, "implementation") != implementation {
			continue
		}
		s, batch := t.number(r, "seq_len"), t.number(r, "batch")*t.number(r, "heads")
		size, value := t.number(r, "qk_head_dim"), t.number(r, "v_head_dim")
		causal := strings.HasPrefix(t.text(r, "causal"), "yes")
		counted := 2 * batch * s * s * (size + value)
		flop := counted
		if causal {
			flop /= 2
		}
		pass := t.text(r, "pass")
		factor := map[string]float64{"fwd": 1, "bwd": 2.5, "fwd+bwd": 3.5}[pass]
		measured := t.number(r, "tflops") * 1e12
		seconds := flop * factor / measured
		if strings.Contains(t.text(r, "causal"), "unmasked") {
			seconds = counted * factor / measured
		}
		rows = append(rows, row{id: t.text(r, "id"), pass: pass, seconds: seconds, kernel: cluster.Kernel{
			Class: cluster.Attention, M: int64(s), N: int64(s), K: int64(size), Batch: int64(batch), Causal: causal,
			ElementBytes: 2, Kernels: 1, FLOP: flop, Bytes: 2 * batch * s * 2 * (size + value),
		}})
	}
	return rows, nil
}
