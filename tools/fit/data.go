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
	in := csv.NewReader(f)
	in.Comment = '#'
	records, err := in.ReadAll()
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

// products returns the rows of a table of batched products, one call a row.
func products(path string) ([]row, error) {
	t, err := readTable(filepath.Split(path))
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range t.rows {
		k := matrixKernel(int64(t.number(r, "m")), int64(t.number(r, "n")), int64(t.number(r, "k")), false)
		batch := t.number(r, "b")
		k.Batch, k.FLOP, k.Bytes = int64(batch), batch*k.FLOP, batch*k.Bytes
		rows = append(rows, row{kernel: k, seconds: k.FLOP / (t.number(r, "tflops") * 1e12)})
	}
	return rows, nil
}

// figures returns the kernels of one implementation in testdata/attention_h100.csv.
func figures(implementation string) ([]row, error) {
	t, err := readTable("sim/cluster/testdata", "attention_h100.csv")
	if err != nil {
		return nil, err
	}
	const tokens, hidden = 16384, 2048
	var rows []row
	for _, r := range t.rows {
		if t.text(r, "implementation") != implementation {
			continue
		}
		s, size := t.number(r, "seq_len"), t.number(r, "head_dim")
		batch := tokens / s * hidden / size
		k := attentionKernel(batch, s, size, size, t.text(r, "causal") == "yes")
		pass := t.text(r, "pass")
		rows = append(rows, row{pass: pass, kernel: k, seconds: k.FLOP * passes[pass] / (t.number(r, "tflops") * 1e12)})
	}
	return rows, nil
}

// passes is the FLOP of each pass relative to forward.
var passes = map[string]float64{"fwd": 1, "bwd": 2.5, "fwd+bwd": 3.5}

// attentionKernel is the forward kernel over batch heads of s tokens. A causal
// one executes half of the FLOP.
func attentionKernel(batch, s, size, value float64, causal bool) cluster.Kernel {
	flop := 2 * batch * s * s * (size + value)
	if causal {
		flop /= 2
	}
	return cluster.Kernel{
		Class: cluster.Attention, M: int64(s), N: int64(s), K: int64(size), Batch: int64(batch), Causal: causal,
		ElementBytes: 2, Kernels: 1, FLOP: flop, Bytes: 2 * batch * s * 2 * (size + value),
	}
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
		k := attentionKernel(batch, s, size, value, strings.HasPrefix(t.text(r, "causal"), "yes"))
		pass, counted := t.text(r, "pass"), k.FLOP
		if strings.Contains(t.text(r, "causal"), "unmasked") {
			counted = 2 * batch * s * s * (size + value)
		}
		seconds := counted * passes[pass] / (t.number(r, "tflops") * 1e12)
		rows = append(rows, row{id: t.text(r, "id"), pass: pass, seconds: seconds, kernel: k})
	}
	return rows, nil
}
