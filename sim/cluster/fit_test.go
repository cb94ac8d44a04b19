package cluster

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// published reads a table of measured operations, which is not part of this
// repository: without it the test is skipped.
func published(t *testing.T, name string) []map[string]string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "published", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no published data here: ", err)
	}
	return table(t, path)
}

// table reads a CSV file with a header, each row by its columns.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in := csv.NewReader(f)
	in.Comment = '#'
	records, err := in.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, c := range records[0] {
			row[c] = r[i]
		}
		out = append(out, row)
	}
	return out
}

func value(t *testing.T, s string) float64 {
	t.Helper()
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// meanMedian returns the mean and median of |e|.
func meanMedian(e []float64) (mean, median float64) {
	for i := range e {
		e[i] = math.Abs(e[i])
		mean += e[i] / float64(len(e))
	}
	slices.Sort(e)
	return mean, e[len(e)/2]
}

// pcie is the A100 that was measured: the chip of the SXM part at 81.1/86.9 of
// its clock (best shapes) with 1.94 TB/s of HBM.
func pcie(t *testing.T) *GPU {
	g := gpu(t, "a100-80gb-sxm")
	g.SustainedClock, g.HBMBandwidth = 81.1/86.9, 1.94e12
	return g
}

// The presets keep what tools/fit promises of the shapes they were fitted to.
func TestMatrixFit(t *testing.T) {
	rows := published(t, "gemm_shapes.csv")
	for _, c := range []struct {
		gpu          string
		part         *GPU
		mean, median float64
	}{{"A100-80GB-PCIe", pcie(t), 0.025, 0.012}, {"B200-180GB-SXM", gpu(t, "b200-180gb-sxm"), 0.086, 0.047}} {
		var errors []float64
		for _, r := range rows {
			if r["gpu"] != c.gpu || r["kind"] != "dense" {
				continue
			}
			m, n, k := int64(value(t, r["m"])), int64(value(t, r["n"])), int64(value(t, r["k"]))
			if min(m, n, k) < 1024 {
				continue
			}
			p := product(m, n, k)
			if p.Accumulate = r["accumulate_into_fp32"] == "yes"; p.Accumulate {
				p.Bytes += 6 * float64(m*n)
			}
			errors = append(errors, c.part.Time(p).Seconds()/(p.FLOP/(value(t, r["tflops"])*1e12))-1)
		}
		mean, median := meanMedian(errors)
		t.Logf("%s: %d shapes with m, n, k ≥ 1024: mean %.1f %%, median %.1f %%", c.gpu, len(errors), 100*mean, 100*median)
		if len(errors) < 100 || mean > c.mean || median > c.median {
			t.Errorf("%s: mean %.3f above %.3f or median %.3f above %.3f", c.gpu, mean, c.mean, median, c.median)
		}
	}
}

// FlashAttention-2 on the A100, forward and backward in one figure, causal FLOP
// counted as half.
func TestAttentionFit(t *testing.T) {
	g := gpu(t, "a100-80gb-sxm")
	var errors []float64
	for _, r := range published(t, "attention.csv") {
		if r["gpu"] != "A100-80GB-SXM" {
			continue
		}
		s, head := int64(value(t, r["seq_len"])), int64(value(t, r["qk_head_dim"]))
		batch := int64(value(t, r["batch"]) * value(t, r["heads"]))
		f, b := flash(batch, s, head, r["causal"] == "yes", false), flash(batch, s, head, r["causal"] == "yes", true)
		measured := (f.FLOP + b.FLOP) / (value(t, r["tflops"]) * 1e12)
		errors = append(errors, (g.Time(f)+g.Time(b)).Seconds()/measured-1)
	}
	mean, median := meanMedian(errors)
	t.Logf("%d figures: mean %.1f %%, median %.1f %%", len(errors), 100*mean, 100*median)
	if len(errors) != 23 || mean > 0.015 || median > 0.012 {
		t.Errorf("mean %.3f, median %.3f of %d", mean, median, len(errors))
	}
}

// Products of the H100 at its boost clock, called one at a time with 5.1 us a call,
// as XLA keeps them (matmul_interpolator_data.h, sm_90, bf16; single figures).
func TestProductsH100(t *testing.T) {
	g := gpu(t, "h100-80gb-sxm")
	g.SustainedClock, g.LaunchGap = 1, 5100
	for _, c := range []struct {
		batch, m, n, k int64
		tflops         float64
	}{
		{1, 2048, 2048, 2048, 632.0}, {1, 4096, 4096, 256, 392.2}, {1, 4096, 4096, 1024, 677.4}, {1, 1024, 4096, 4096, 738.5},
		{1, 4096, 4096, 4096, 783.3}, {2, 2048, 4096, 1024, 678.7}, {4, 4096, 4096, 4096, 793.1},
	} {
		k := product(c.m, c.n, c.k)
		k.Batch, k.FLOP, k.Bytes = c.batch, float64(c.batch)*k.FLOP, float64(c.batch)*k.Bytes
		if e := k.FLOP/g.Time(k).Seconds()/(c.tflops*1e12) - 1; math.Abs(e) > 0.05 {
			t.Errorf("%d of %d×%d×%d: %+.1f %% of %.1f TFLOP/s", c.batch, c.m, c.n, c.k, 100*e, c.tflops)
		}
	}
}

// Products one after another under the power limit, H100 and H200 alike: roughly
// 720 TFLOP/s in the mean of four shapes of Llama 70B in training and 8,192 cubed
// (SemiAnalysis, December 2024), and about 730 for the last over 60 s, which is not
// fitted to (huggingface/gpu-fryer).
func TestSustainedProductsHopper(t *testing.T) {
	shapes := [][3]int64{{16384, 8192, 1280}, {16384, 1024, 8192}, {16384, 8192, 7168}, {16384, 3584, 8192}, {8192, 8192, 8192}}
	for _, name := range []string{"h100-80gb-sxm", "h200-141gb-sxm"} {
		g, mean, last := gpu(t, name), 0.0, 0.0
		for _, s := range shapes {
			k := product(s[0], s[1], s[2])
			last = k.FLOP / g.Time(k).Seconds() / 1e12
			mean += last / float64(len(shapes))
		}
		if math.Abs(mean-720) > 3 || math.Abs(last-730) > 15 {
			t.Errorf("%s: %.1f TFLOP/s in the mean, published 720; last %.1f, published 730", name, mean, last)
		}
	}
}

// cuDNN on the H100, forward and backward apart.
func TestAttentionFitH100(t *testing.T) {
	g := gpu(t, "h100-80gb-sxm")
	errors := map[string][]float64{}
	for _, r := range table(t, filepath.Join("testdata", "attention_h100.csv")) {
		if r["implementation"] != "cuDNN 9.1" {
			continue
		}
		s, head := int64(value(t, r["seq_len"])), int64(value(t, r["head_dim"]))
		k := flash(16384/s*2048/head, s, head, r["causal"] == "yes", r["pass"] == "bwd")
		errors[r["pass"]] = append(errors[r["pass"]], g.Time(k).Seconds()/(k.FLOP/(value(t, r["tflops"])*1e12))-1)
	}
	for pass, count := range map[string]int{"fwd": 24, "bwd": 12} {
		mean, median := meanMedian(errors[pass])
		t.Logf("%s: %d figures: mean %.1f %%, median %.1f %%", pass, len(errors[pass]), 100*mean, 100*median)
		if len(errors[pass]) != count || mean > 0.02 || median > 0.02 {
			t.Errorf("%s: mean %.3f, median %.3f of %d", pass, mean, median, len(errors[pass]))
		}
	}
}

// Best shapes in fp8 (stas00/ml-engineering, compute/accelerator: mean of 100) follow
// from what bf16 was fitted to, twice the peak and half the bytes, within 10 %: the fp8
// peak is the only parameter of its own. Like the products of that fit, those of a search
// run at the boost clock. The H200 multiplies as the H100 does.
func TestFP8FollowsFromBF16(t *testing.T) {
	g := gpu(t, "h100-80gb-sxm")
	g.SustainedClock = 1
	for _, c := range []struct {
		m, n, k int64
		tflops  float64
	}{{1024, 9216, 14336, 1402.6}, {1280, 4096, 12032, 1453.4}} {
		k := Kernel{Class: Matrix, M: c.m, N: c.n, K: c.k, Batch: 1, ElementBytes: 1, Kernels: 1,
			FLOP: 2 * float64(c.m) * float64(c.n) * float64(c.k), Bytes: float64(c.m*c.k + c.k*c.n + 2*c.m*c.n)}
		got := k.FLOP / g.Time(k).Seconds() / 1e12
		t.Logf("%+.1f %%", 100*(got/c.tflops-1))
		if math.Abs(got/c.tflops-1) > 0.1 {
			t.Errorf("%d×%d×%d: %.0f TFLOP/s, measured %.0f", c.m, c.n, c.k, got, c.tflops)
		}
	}
}
