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
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "published", name))
	if err != nil {
		t.Skip("no published data here: ", err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
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

// The best shape published for the H100, 2048×2048×13312 at 794.5 TFLOP/s
// (stas00/ml-engineering; the H200 the same), is reproduced.
func TestBestShapeH100(t *testing.T) {
	for _, name := range []string{"h100-80gb-sxm", "h200-141gb-sxm"} {
		k := product(2048, 2048, 13312)
		if rate := k.FLOP / gpu(t, name).Time(k).Seconds() / 1e12; math.Abs(rate-794.5) > 1.5 {
			t.Errorf("%s: %.1f TFLOP/s, published 794.5", name, rate)
		}
	}
}

// Best shapes in fp8 (stas00/ml-engineering, compute/accelerator: mean of 100) follow
// from what bf16 was fitted to, twice the peak and half the bytes, within 10 %: the fp8
// peak is the only parameter of its own. The H200 multiplies as the H100 does.
func TestFP8FollowsFromBF16(t *testing.T) {
	for _, c := range []struct {
		m, n, k int64
		tflops  float64
	}{{1024, 9216, 14336, 1402.6}, {1280, 4096, 12032, 1453.4}} {
		k := Kernel{Class: Matrix, M: c.m, N: c.n, K: c.k, Batch: 1, ElementBytes: 1, Kernels: 1,
			FLOP: 2 * float64(c.m) * float64(c.n) * float64(c.k), Bytes: float64(c.m*c.k + c.k*c.n + 2*c.m*c.n)}
		got := k.FLOP / gpu(t, "h100-80gb-sxm").Time(k).Seconds() / 1e12
		if math.Abs(got/c.tflops-1) > 0.1 {
			t.Errorf("%d×%d×%d: %.0f TFLOP/s, measured %.0f", c.m, c.n, c.k, got, c.tflops)
		}
	}
}
