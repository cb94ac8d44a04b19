package study

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trainsim/sim/scenario"
)

// columnsOf and cells write one row of chosen columns over a row that works.
func table1(t *testing.T, change map[string]string) Measured {
	t.Helper()
	base := [][2]string{
		{"id", "a"}, {"model", "GPT-145B"}, {"layers", "80"}, {"hidden", "12288"}, {"heads", "96"}, {"kv_heads", "96"},
		{"ffn", "49152"}, {"ffn_matrices", "2"}, {"vocab", "51200"}, {"seq_len", "2048"}, {"experts", ""}, {"top_k", ""}, {"moe_ffn", ""},
		{"gpu", "A100-80GB-SXM"}, {"gpus", "1536"}, {"gpus_per_node", "8"}, {"tp", "8"}, {"pp", "8"}, {"vp", "2"},
		{"cp", "1"}, {"ep", "1"}, {"dp", "24"}, {"zero_or_fsdp", "none"}, {"mbs", "2"}, {"gbs", "2304"},
		{"microbatches_per_pipeline", "48"}, {"recompute", "full"}, {"seq_parallel", "no"}, {"precision", "fp16"},
		{"tp_overlap", "no"}, {"dp_overlap", "no (DDP impl local)"},
		{"interconnect", "DGX A100: NVLink3/NVSwitch in node; 8x 200 Gb/s HDR InfiniBand per node"},
		{"iter_time_s", "24.82"}, {"complete", "yes"},
		{"note", "scatter/gather p2p optimisation on; dropout on (GPT-3 defaults)."},
	}
	var names, values []string
	for _, c := range base {
		if v, ok := change[c[0]]; ok {
			c[1] = v
			delete(change, c[0])
		}
		names, values = append(names, c[0]), append(values, `"`+c[1]+`"`)
	}
	if len(change) > 0 {
		t.Fatalf("no column %v", change)
	}
	return read(t, strings.Join(names, ","), strings.Join(values, ","))[0]
}

func TestScenarioText(t *testing.T) {
	var b strings.Builder
	show := func(m Measured) {
		text, assumed, err := m.Scenario()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "# %s\n%s\n", m.ID, text)
		for _, a := range assumed {
			fmt.Fprintf(&b, "# assumed: %s\n", a)
		}
		b.WriteString("\n")
	}
	show(table1(t, map[string]string{"id": "sc21"}))
	show(table1(t, map[string]string{
		"id": "korthikanti", "seq_parallel": "yes", "recompute": "selective", "precision": "fp16 mixed", "pp": "8", "dp": "1",
		"gpus": "64", "gbs": "96", "tp_overlap": "partial (all-reduce overlapped with wgrad in full recompute)", "dp_overlap": "n/a (no DP)",
		"note": "dropout on; no data parallelism",
	}))
	show(table1(t, map[string]string{
		"id": "b200", "model": "Llama3-70B truncated", "ffn_matrices": "3", "kv_heads": "8", "gpu": "B200-180GB", "gpus": "8", "tp": "2",
		"pp": "1", "vp": "1", "dp": "", "zero_or_fsdp": "dist-optimizer (ZeRO-1)", "mbs": "", "gbs": "16", "microbatches_per_pipeline": "4",
		"recompute": "none", "seq_parallel": "yes", "precision": "bf16", "dp_overlap": "yes (grad-reduce + param-gather)",
		"interconnect": "NVLink5 + NVSwitch, single node", "note": "",
	}))
	show(table1(t, map[string]string{
		"id": "zero bubble", "layers": "22", "gpus": "8", "tp": "1", "pp": "8", "vp": "1", "dp": "1", "mbs": "6", "gbs": "144",
		"microbatches_per_pipeline": "24", "recompute": "none", "precision": "bf16/fp16 (not stated)", "vocab": "", "complete": "minor",
		"interconnect": "NVSwitch in node; RoCE between nodes (rate not stated)", "tp_overlap": "n/a", "dp_overlap": "n/a",
		"note": "schedule 1F1B; first and last stage hold one layer fewer",
	}))
	show(table1(t, map[string]string{
		"id": "interleaved by layer", "layers": "22", "gpus": "8", "tp": "1", "pp": "8", "vp": "1 layer per chunk", "dp": "1", "mbs": "6", "gbs": "144",
		"microbatches_per_pipeline": "24", "recompute": "none", "precision": "bf16/fp16 (not stated)", "vocab": "", "complete": "minor",
		"interconnect": "NVSwitch in node", "tp_overlap": "n/a", "dp_overlap": "n/a",
		"note": "schedule 1F1B-I; first and last stage hold one layer fewer",
	}))
	show(table1(t, map[string]string{
		"id": "fsdp", "model": "MPT-7b", "layers": "32", "hidden": "4096", "heads": "32", "gpus": "8", "tp": "1", "pp": "1", "vp": "1", "dp": "8",
		"zero_or_fsdp": "FSDP FULL_SHARD (ZeRO-3)", "mbs": "6", "gbs": "96", "microbatches_per_pipeline": "2", "recompute": "none",
		"gpu": "H100-80GB-SXM", "precision": "fp8 (pure)", "dp_overlap": "yes (FSDP prefetch)", "interconnect": "NVSwitch in node", "note": "",
	}))
	show(table1(t, map[string]string{
		"id": "experts", "model": "Mixtral 8x7B", "layers": "32", "hidden": "4096", "heads": "32", "kv_heads": "8", "ffn": "14336", "ffn_matrices": "3", "vocab": "32000",
		"seq_len": "4096", "experts": "8", "top_k": "2", "gpu": "H100-80GB-SXM", "gpus": "64", "tp": "1", "pp": "4", "vp": "8", "ep": "8", "dp": "16", "zero_or_fsdp": "ZeRO-1",
		"mbs": "1", "gbs": "256", "microbatches_per_pipeline": "16", "recompute": "none", "precision": "bf16", "dp_overlap": "yes", "interconnect": "NVLink4; 8x 400 Gb/s per node", "note": "",
	}))
	show(read(t, "id,gpus,model,layers,hidden,heads,ffn,vocab,seq_len,tp,pp,dp,mbs,gbs,iter_time_ms",
		"vtrain,64,GPT 3.6B,30,3072,32,12288,50257,2048,2,2,16,8,512,3975.2")[0])
	golden(t, "scenarios.txt", b.String())
}

func TestScenarioSkips(t *testing.T) {
	tests := []struct {
		change map[string]string
		want   string
	}{
		{map[string]string{"complete": "no", "note": "parallel split not published"}, "the source is not complete (parallel split not published)"},
		{map[string]string{"zero_or_fsdp": "FSDP HYBRID_SHARD"}, `zero_or_fsdp is "FSDP HYBRID_SHARD"; weights sharded over some of the replicas are not simulated yet`},
		{map[string]string{"zero_or_fsdp": "ZeRO-3 (DeepSpeed)"}, `zero_or_fsdp is "ZeRO-3 (DeepSpeed)"; layers are gathered whole, as FSDP does, not parameter by parameter`},
		{map[string]string{"zero_or_fsdp": "by hand"}, `zero_or_fsdp is "by hand"; simulated are none, ZeRO-1, ZeRO-2 and ZeRO-3 (FSDP)`},
		{map[string]string{"note": "schedule ZB-V; printed 14.5"}, "schedule ZB-V is not supported yet"},
		{map[string]string{"cp": "2"}, "tp × pp × cp × dp = 8 × 8 × 2 × 24 = 3072 GPUs, but gpus is 1536"},
		{map[string]string{"cp": "2", "dp": "12", "mbs": "4"}, ""},
		{map[string]string{"precision": "int4"}, `precision is "int4"; it must name bf16, fp16, fp8 or fp32`},
		{map[string]string{"mbs": "", "microbatches_per_pipeline": ""}, "mbs is not stated and does not follow from other columns"},
		{map[string]string{"gbs": ""}, ""}, // 2 × 48 × 24 = 2304
		{map[string]string{"gbs": "", "mbs": ""}, "gbs is not stated and does not follow from other columns"},
		{map[string]string{"gbs": "2305"}, "mbs 2 × microbatches 48 × dp 24 is not gbs 2305"},
		{map[string]string{"dp": "23"}, "tp × pp × cp × dp = 8 × 8 × 1 × 23 = 1472 GPUs, but gpus is 1536"},
		{map[string]string{"tp": "", "layers": ""}, "layers is not stated; tp is not stated"},
		{map[string]string{"vocab": ""}, "vocab is not stated"},
		{map[string]string{"layers": "81"}, "81 layers do not divide over 8 stages of 2 chunks, and the table does not say how they are spread"},
		{map[string]string{"vp": "1 layer per chunk", "layers": "82"}, `vp is "1 layer per chunk"; a number, or one layer per chunk of as many on each stage, is simulated; 82 layers do not divide over 8 stages of 1 chunks, and the table does not say how they are spread`},
		{map[string]string{"recompute": "unknown (none or selective)"}, `recompute is "unknown (none or selective)"; simulated are none, selective and full`},
		{map[string]string{"gpu": "MI300X"}, `no preset for gpu "MI300X" (there are ` + strings.Join(scenario.Presets("gpu"), ", ") + ")"},
		{map[string]string{"interconnect": "fast"}, "the network between 192 hosts is not stated"},
		{map[string]string{"interconnect": "NVLink9; 8x 200 Gb/s"}, "no network preset for NVLink 9"},
		{map[string]string{"iter_time_s": ""}, "no measured time to compare with"},
	}
	for _, test := range tests {
		name := fmt.Sprint(test.change)
		m := table1(t, test.change)
		text, _, err := m.Scenario()
		switch {
		case test.want == "" && err != nil:
			t.Errorf("%s: skipped: %v", name, err)
		case test.want != "" && err == nil:
			t.Errorf("%s: not skipped, want %q", name, test.want)
		case test.want != "" && err.Error() != test.want:
			t.Errorf("%s:\ngot  %v\nwant %s", name, err, test.want)
		case test.want != "" && text != nil:
			t.Errorf("%s: skipped, but with a scenario", name)
		}
	}
}

// 8 NICs of 200 Gb/s in a host of 8 GPUs are 200 Gb/s a GPU; a total per host is
// shared likewise, also by 4 GPUs.
func TestFabric(t *testing.T) {
	tests := []struct {
		text    string
		perNode int
		rate    float64
	}{
		{"NVLink3; 8x 200 Gb/s HDR InfiniBand per node", 8, 200},
		{"NVLink3; 4 × 100 Gb/s", 8, 50},
		{"NVSwitch in node; RoCE 1600 Gb/s per node", 8, 200},
		{"NVLink3; 800 Gb/s per host", 4, 200},
	}
	for _, test := range tests {
		p := mapping{Measured: Measured{Interconnect: test.text, GPUsPerNode: test.perNode}}
		name, rate, ok := p.fabric("a100", 2)
		if !ok || rate != test.rate || name != "nvlink3-hdr200" {
			t.Errorf("%q: %s, %v Gb/s, %v; want nvlink3-hdr200, %v Gb/s", test.text, name, rate, ok, test.rate)
		}
	}
}

// published returns the rows of a table of the data beside the repository.
func published(t *testing.T, name string) []Measured {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "published", name)
	f, err := os.Open(path)
	if err != nil {
		t.Skipf("no data beside the repository: %v", err)
	}
	defer f.Close()
	rows, err := ReadMeasured(name, f)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// Every published table reads; the rows that its source gives in full become
// valid scenarios, and the others are skipped.
func TestPublishedTables(t *testing.T) {
	for _, test := range []struct {
		name            string
		rows, simulated int
	}{
		{"megatron_sc21.csv", 27, 16}, // 6 with ZeRO-3, 4 ablations not complete, 1 without micro-batch
		{"korthikanti22.csv", 9, 9},
		{"megatron_h100.csv", 17, 0},  // no micro-batch size
		{"llm_foundry.csv", 139, 139}, // FSDP
		{"zero_bubble.csv", 48, 48},
		{"simumax_b200.csv", 16, 16}, // 4 with context parallelism
		{"vtrain_multi.csv", 109, 109},
		{"vtrain_single.csv", 1440, 1440},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows := published(t, test.name)
			simulated := 0
			reasons := map[string]int{}
			for i := range rows {
				text, _, err := rows[i].Scenario()
				if err != nil {
					reasons[err.Error()]++
					continue
				}
				simulated++
				if i%20 > 0 && len(rows) > 100 {
					continue // the reader of scenarios has its own tests
				}
				if _, err := scenario.Parse(rows[i].ID, text, nil); err != nil {
					t.Errorf("%s: %v\n%s", rows[i].ID, err, text)
				}
			}
			if len(rows) != test.rows || simulated != test.simulated {
				t.Errorf("%d rows, %d simulated, want %d and %d; skipped: %v", len(rows), simulated, test.rows, test.simulated, reasons)
			}
		})
	}
}
