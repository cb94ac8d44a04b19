package workload

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// korthikanti are the models of arXiv 2205.05198 table 3.
var korthikanti = map[string]Model{
	"GPT-22B": gpt(48, 6144, 64), "GPT-175B": gpt(96, 12288, 96), "GPT-530B": gpt(105, 20480, 128), "GPT-1T": gpt(128, 25600, 160),
}

// readPublished reads a table of the data beside the repository, or skips.
func readPublished(t *testing.T, name string) []map[string]string {
	f, err := os.Open("../../../shared/data/published/" + name)
	if err != nil {
		t.Skip("no published data here")
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		r := map[string]string{}
		for i, key := range rows[0] {
			r[key] = row[i]
		}
		out = append(out, r)
	}
	return out
}

func number(s string) float64 {
	n, _ := strconv.ParseFloat(s, 64)
	return n
}

// Weights and optimiser within 1 %, activations within 5 % of the figures of
// arXiv 2205.05198, for transformer layers only, on the first stage.
func TestLayerFootprintsAgainstKorthikanti(t *testing.T) {
	baseline := map[string]float64{}
	compared := 0
	for _, r := range readPublished(t, "korthikanti22_memory.csv") {
		m := korthikanti[r["model"]]
		l := Layout{Tensor: int(number(r["tp"])), Pipeline: int(number(r["pp"])), VirtualPipeline: int(number(r["vp"])),
			MicroBatch: int(number(r["mbs"])), GlobalBatch: 8 * int(number(r["mbs"])) * int(number(r["pp"])), Precision: FP16}
		switch r["mode"] {
		case "sequence parallel":
			l.SequenceParallel = true
		case "selective":
			l.Recompute = RecomputeSelective
		case "selective + SP":
			l.Recompute, l.SequenceParallel = RecomputeSelective, true
		case "full":
			l.Recompute = RecomputeFull
		}
		f := LayerFootprints(m, l)[0]
		state := float64(f.Weights+f.Gradients+f.Optimizer) / gib
		if want := number(r["weights_and_optimizer_gib"]); !near(state, want, 0.01) {
			t.Errorf("%s %s: weights and optimiser %.3f GiB, want %.3f", r["model"], r["mode"], state, want)
		}
		activations := float64(f.Activations) / gib
		if r["mode"] == "none (TP baseline)" {
			baseline[r["model"]] = activations
		}
		if want := number(r["activation_gib"]); want > 0 && !near(activations, want, 0.05) {
			t.Errorf("%s %s: activations %.3f GiB, want %.3f", r["model"], r["mode"], activations, want)
		}
		share := 100 * activations / baseline[r["model"]]
		if want := number(r["activation_pct_of_tp_baseline"]); !near(share, want, 0.05) {
			t.Errorf("%s %s: activations %.2f %% of the baseline, want %.2f %%", r["model"], r["mode"], share, want)
		}
		compared++
	}
	if compared != 20 {
		t.Errorf("%d rows compared, want 20", compared)
	}
}

// s·b·h·(10 + 24/t + 5·a·s/(h·t)) and its variants, arXiv 2205.05198 equations
// 2, 4 and 6, by hand for s 8, b 1, h 16, a 4, t 2: s·b·h = 128, a·s/h = 2.
func TestLayerActivations(t *testing.T) {
	m := tinyGPT()
	for _, c := range []struct {
		name string
		l    Layout
		want int64
	}{
		{"tensor", Layout{Tensor: 2}, 128 * (10 + 12 + 5)},
		{"sequence", Layout{Tensor: 2, SequenceParallel: true}, 128 * (34 + 10) / 2},
		{"selective", Layout{Tensor: 2, Recompute: RecomputeSelective}, 128 * (10 + 12)},
		{"selective and sequence", Layout{Tensor: 2, Recompute: RecomputeSelective, SequenceParallel: true}, 128 * 34 / 2},
		{"full", Layout{Tensor: 2, Recompute: RecomputeFull}, 128 * 2},
		{"full and sequence", Layout{Tensor: 2, Recompute: RecomputeFull, SequenceParallel: true}, 128},
		// A fused kernel keeps an fp32 a row: 2 heads × 8.
		{"flash", Layout{Tensor: 2, FlashAttention: true}, 128*(10+12) + 4*2*8},
	} {
		d := newShape(m, c.l)
		if got := d.layerActivations(d.mlpActivations()); got != c.want {
			t.Errorf("%s: %d bytes, want %d", c.name, got, c.want)
		}
	}
	// Llama, by hand: tokens 8, width 16, queries 16, keys 8: norms and inputs
	// 8·16·8, q, k, v and context 8·(32+16)·2, SwiGLU 8·3·48·2, sums 4·4·8.
	d := newShape(tinyLlama(), Layout{FlashAttention: true})
	if got := d.layerActivations(d.mlpActivations()); got != 1024+768+2304+128 {
		t.Errorf("llama: %d bytes", got)
	}
}

// In flight are min(m, p−stage) microbatches with 1F1B, all with GPipe, and
// l·(1+(p−1)/(p·v)) layers on the first stage of an interleaved pipeline.
func TestPeakFollowsTheSchedule(t *testing.T) {
	one := func(int) int64 { return 1 }
	for _, c := range []struct {
		l     Layout
		stage int
		want  int64
	}{
		{Layout{Pipeline: 4, GlobalBatch: 8}, 0, 4}, {Layout{Pipeline: 4, GlobalBatch: 8}, 3, 1}, {Layout{Pipeline: 4, GlobalBatch: 2}, 0, 2},
		{Layout{Pipeline: 4, GlobalBatch: 8, Schedule: GPipe}, 3, 8},
		{Layout{Pipeline: 4, VirtualPipeline: 3, GlobalBatch: 16}, 0, 4*3 + 3},
		{Layout{Pipeline: 4, VirtualPipeline: 3, GlobalBatch: 16}, 3, 4*2 + 1},
		{Layout{Pipeline: 4, VirtualPipeline: 3, GlobalBatch: 4}, 3, 12}, // p microbatches: all forward first
	} {
		if got := newShape(tinyGPT(), c.l).peak(c.stage, one); got != c.want {
			t.Errorf("p=%d v=%d m=%d %s stage %d: %d in flight, want %d", c.l.Pipeline, c.l.VirtualPipeline, c.l.GlobalBatch, c.l.Schedule, c.stage, got, c.want)
		}
	}
}

// 18 bytes a parameter with fp32 gradients, 20 with fp16 ones and their copy;
// ZeRO 1 keeps 6 + 12/d, ZeRO 2 2 + 16/d (arXiv 1910.02054 with fp32 gradients);
// fp32 training 16.
func TestState(t *testing.T) {
	for _, c := range []struct {
		l    Layout
		want int64
	}{
		{Layout{}, 18}, {Layout{GradBytes: 2}, 20}, {Layout{Precision: FP32}, 16},
		{Layout{MomentBytes: 1}, 12}, {Layout{MomentBytes: 2}, 14}, {Layout{ZeRO: 1, Data: 4}, 6 + 3}, {Layout{ZeRO: 2, Data: 4}, 2 + 4}, {Layout{ZeRO: 1, Data: 4, GradBytes: 2}, 4 + 4},
	} {
		d := newShape(tinyGPT(), c.l)
		f := d.state(1000, d.local(1000, d.Data))
		if got := f.Total(); got != 1000*c.want {
			t.Errorf("%+v: %d bytes for 1000 parameters, want %d each", c.l, got, c.want)
		}
	}
}

// The footprint's activations are what the tasks allocate, at their peak.
func TestFootprintsMatchTheTasks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		m := drawModel(t, l)
		drawExperts(t, &m, &l)
		fs := Footprints(m, l)
		for stage, p := range mustPrograms(t, m, l) {
			var now, most int64
			for _, task := range p.Tasks {
				now += task.Allocated
				most = max(most, now)
				now -= task.Freed
			}
			f := fs[stage]
			if most != f.Activations {
				t.Fatalf("stage %d: tasks reach %d bytes, the footprint says %d", stage, most, f.Activations)
			}
			if min(f.Gradients, f.Optimizer, f.Activations) <= 0 || min(f.Weights, f.Buffers) < 0 {
				t.Fatalf("stage %d: %+v", stage, f)
			}
		}
	})
}

func TestNeededAddsContextAndFragmentation(t *testing.T) {
	f := Footprint{Weights: 10, Gradients: 20, Optimizer: 30, Activations: 40, Buffers: 50}
	if got := f.Needed(7, 0.1); got != 150+7+4 {
		t.Errorf("%d, want 161", got)
	}
}
