package study

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// layerTimes returns how long the router, experts and what is between them take in ms,
// forward and backward, in a step of a model of one layer.
func layerTimes(t *testing.T, text string) (forward, backward float64) {
	t.Helper()
	c := parse(t, text)
	rec := newRecorder(c)
	j, err := c.Job(rec)
	if err != nil {
		t.Fatal(err)
	}
	j.Spans = []int32{0}
	p, err := training.Prepare(j)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Runner().Run(nil, rec); err != nil {
		t.Fatal(err)
	}
	at := func(name string) (first trace.Span) {
		for _, s := range rec.Spans {
			if rec.Labels[s.Label].Name == name {
				return s
			}
		}
		t.Fatalf("no span %q", name)
		return
	}
	ms := func(from, to engine.Time) float64 { return to.Sub(from).Seconds() * 1e3 }
	return ms(at("router").Start, at("mlp residual").Start), ms(at("final norm grad").End, at("norm 2 grad").Start)
}

// The layers that NVIDIA measures of Megatron-LM on 8 H100 (moe_perf), in bf16 with the
// dispatcher by all-to-alls: within a factor of 1.5, forward and backward. Their MLPs are
// not gated, gradients are bf16 and added to nothing (the defaults of TransformerConfig
// that the benchmark leaves); nothing here was fitted to them.
func TestLayersOfExpertsAgainstMeasured(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", "published", "moe_layer_times.csv"))
	if err != nil {
		t.Skipf("no data beside the repository: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, values := range rows[1:] {
		r := map[string]string{}
		for i, key := range rows[0] {
			r[key] = values[i]
		}
		if r["dispatcher"] != "all-to-all" || r["precision"] != "bf16" {
			continue
		}
		shared := r["shared_ffn"]
		if shared == "" {
			shared = "0"
		}
		forward, backward := layerTimes(t, fmt.Sprintf(`title = "%s"
[model]
layers = 1
hidden = %s
heads = 8
vocab = 1024
seq_len = %s
bias = false
tied = false
rotary = true
rms_norm = true
moe_ffn = %s
experts = %s
top_k = %s
shared_ffn = %s
[layout]
data = %s
expert = %s
global_batch = %s
grad_fusion = false
grad_bytes = 2
[host]
preset = "dgx-h100"
[gpu]
preset = "h100-80gb-sxm"
`, r["id"], r["hidden"], r["tokens_per_gpu"], r["moe_ffn"], r["experts"], r["top_k"], shared, r["gpus"], r["ep"], r["gpus"]))
		for _, c := range []struct {
			name      string
			predicted float64
			measured  string
		}{{"forward", forward, r["forward_ms"]}, {"backward", backward, r["backward_ms"]}} {
			measured, _ := strconv.ParseFloat(c.measured, 64)
			ratio := c.predicted / measured
			t.Logf("%s %s: %.2f ms, measured %.2f (%+.0f %%)", r["id"], c.name, c.predicted, measured, 100*(ratio-1))
			if ratio < 1/1.5 || ratio > 1.5 {
				t.Errorf("%s %s: %.2f ms, measured %.2f", r["id"], c.name, c.predicted, measured)
			}
			compared++
		}
	}
	if compared != 4 {
		t.Errorf("%d compared, want 4", compared)
	}
}
