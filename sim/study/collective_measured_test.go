package study

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"
)

const measuredHeader = "id,gpu,gpus,nodes,collective,message_bytes,time_us,busbw_gb_per_s,algorithm,intra_node_link,inter_node_link_per_gpu_gbit_s,note\n"

func readCollectives(t *testing.T, text string) []MeasuredCollective {
	t.Helper()
	rows, err := ReadMeasuredCollectives("m.csv", strings.NewReader(measuredHeader+text))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// A row is simulated on the preset that its part and NICs name.
func TestMeasuredPreset(t *testing.T) {
	for text, want := range map[string]string{
		"a,A100-80GB-SXM,16,2,all_reduce,8,1,,NCCL default,NVLink3,50 (EFA; 400 Gb/s per node),": "nvlink3-efa400, 2 hosts",
		"a,H100-80GB-SXM,8,1,all_reduce,8,1,,ring,NVLink4,,":                                     "nvlink4-ndr400, 1 host",
		"a,H100-80GB-SXM,16,2,all_reduce,8,1,,ring,NVLink4,400 (RoCE),":                          "nvlink4-roce400, 2 hosts",
		"a,GB200 NVL72,32,,all_reduce,large,,850,NVLink SHARP,,NVLink domain,":                   "nvlink5-nvl72, 1 host",
		"a,2x 200 Gb/s NICs per node,32,,all_to_all,large,,6,,,,":                                "nvlink3-hdr200 at 50 Gb/s per GPU, 4 hosts",
		"a,V100,5,1,all_reduce,8,1,,NCCL default,NVLink2,,":                                      "nvlink2-edr100, 1 host",
		"a,A100-PCIe,5,1,all_gather,8,1,,NCCL default,,,":                                        "pcie4-2socket-hdr200, 1 host",
	} {
		m := readCollectives(t, text)[0]
		if err := m.resolve(); err != nil || m.system != want {
			t.Errorf("%s: %q, %v, want %q", text, m.system, err, want)
		}
	}
}

// What cannot be simulated is skipped with the reason.
func TestMeasuredSkipped(t *testing.T) {
	for text, want := range map[string]string{
		"a,TPU,8,1,all_reduce,8,1,,,,,":            `no preset of "TPU"`,
		"a,H100,8,1,moe_dispatch,8,1,,,,,":         "not a collective",
		"a,H100,8,1,all_reduce,,1,,,,,":            "no message size",
		"a,H100,8,1,all_reduce,8,,,,,,":            "neither time nor",
		"a,H100,,1,all_reduce,8,1,,,,,":            "number of GPUs",
		"a,A100,32,4,all_reduce,8,1,,,,4x100 OPA,": "Omni-Path",
		"a,H100,9,2,all_reduce,8,1,,,,400,":        "share out",
	} {
		m := readCollectives(t, text)[0]
		if err := m.resolve(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestMeasuredMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":         "no table",
		"id,gpu\n": "m.csv:1:1: missing columns: gpus, nodes",
		measuredHeader + "a,H100,8,1,all_reduce,many,1,,,,,\n": `m.csv:2:23: message_bytes is "many"`,
	} {
		if _, err := ReadMeasuredCollectives("m.csv", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A row that was predicted at 1,500 µs and measured at 1,000 is 50 % off; the
// table names every row.
func TestCompareCollectives(t *testing.T) {
	rows := readCollectives(t, "good,A100,8,1,all_reduce,1073741824,8193,,NCCL default,NVLink3,,\nbad,TPU,8,1,all_reduce,8,1,,,,,\n")
	c, err := CompareCollectives(context.Background(), rows, func() {})
	if err != nil || len(c.Rows) != 2 || c.Skipped != 1 || len(c.Systems) != 1 {
		t.Fatalf("%+v %v", c, err)
	}
	if o := c.Rows[0]; o.Status != StatusOK || o.MeasuredUS != 8193 || o.PredictedUS < 8000 || o.PredictedUS > 8500 {
		t.Errorf("%+v", o)
	}
	var out bytes.Buffer
	if err := c.WriteCSV(&out); err != nil || !strings.HasPrefix(out.String(), "id,status,predicted_us,measured_us,error_pct,reason\ngood,ok,8") ||
		!strings.Contains(out.String(), "\nbad,skipped,,1,,\"there is no preset of \"\"TPU\"\"\"\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
	s := CollectiveSystem{}
	s.sum([]CollectiveOutcome{{bytes: 8, PredictedUS: 10, MeasuredUS: 15}, {bytes: 1 << 20, ErrorPct: -4}, {bytes: 1 << 30, ErrorPct: 8}})
	if s.Rows != 3 || s.SmallFactor != 1.5 || s.MedianPct != 6 || s.BiasPct != 2 || s.LargePct != 8 {
		t.Errorf("%+v", s)
	}
}

// Published fits of gather, scatter and all-to-all (SimuMax; row f4, a send, has
// an efficiency above 1): from 1 MiB to 1 GiB a median of 10 %.
func TestPublishedFits(t *testing.T) {
	f, err := os.Open(publishedCollectives + "nccl_fits.csv")
	if err != nil {
		t.Skip("published data is not here")
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records[1:] {
		op := strings.Replace(r[3], "all2all", "all_to_all", 1)
		gpu, sizes := "A100-PCIe", r[4]
		if strings.Contains(r[1], "B200") {
			gpu, sizes = "B200", "8"
		}
		if op == "p2p" || op == "all_reduce" {
			continue
		}
		n, _ := strconv.Atoi(sizes)
		peak, _ := strconv.ParseFloat(r[5], 64)
		efficiency, _ := strconv.ParseFloat(r[6], 64)
		step, _ := strconv.ParseFloat(r[7], 64)
		fixed, _ := strconv.ParseFloat(r[8], 64) // of all-to-all on eight B200: 0
		var rows []MeasuredCollective
		for bytes := int64(1 << 20); bytes <= 1<<30; bytes *= 2 {
			us := fixed + float64(n-1)*step + float64(bytes)*float64(n-1)/float64(n)/(peak*efficiency*1e3)
			rows = append(rows, MeasuredCollective{ID: r[0], GPU: gpu, GPUs: n, Nodes: 1, Collective: op, Bytes: bytes, TimeUS: us})
		}
		c, err := CompareCollectives(context.Background(), rows, func() {})
		if err != nil || len(c.Systems) != 1 {
			t.Fatalf("%s: %+v %v", r[0], c, err)
		}
		t.Logf("%s %s over %d: median %.1f %%", r[0], op, n, c.Systems[0].MedianPct)
		if c.Systems[0].MedianPct > 10 {
			t.Errorf("%s %s over %d: median %.1f %%", r[0], op, n, c.Systems[0].MedianPct)
		}
	}
}
