package scenario

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// machineText returns sections [gpu], [host] and [network] in which every
// required key has some allowed value: tests of the reader depend on no preset.
func machineText() string {
	var b strings.Builder
	for _, key := range []string{"host", "gpu", "network"} {
		s := sectionOf(key)
		fmt.Fprintf(&b, "[%s]\n", key)
		requiredText(&b, s.table, key)
	}
	return b.String()
}

func requiredText(b *strings.Builder, fields []field, path string) {
	for i := range fields {
		if f := &fields[i]; f.required() {
			fmt.Fprintf(b, "%s = %s\n", f.key, sample(f))
		}
	}
	for i := range fields {
		if f := &fields[i]; f.isTable() {
			fmt.Fprintf(b, "[%s.%s]\n", path, f.key)
			requiredText(b, f.table, path+"."+f.key)
		}
	}
}

// sample returns an allowed value of f as a scenario writes it.
func sample(f *field) string {
	v := reflect.New(elementOf(f.typ)).Elem()
	candidates := []any{int64(8), int64(1), "8 GB", "8 GB/s", "8 TFLOP/s", "1 us", "80 W", 0.5, true}
	for _, w := range f.allowed.words {
		candidates = append(candidates, w)
	}
	if f.key == "memory" {
		candidates = []any{"1 TB"} // everything fits
	}
	for _, raw := range append(candidates, "text") {
		if f.set(v, raw) == nil {
			return f.text(v)
		}
	}
	panic("no sample for " + f.key)
}

const workText = `title = "a test"
[model]
layers = 4
hidden = 512
heads = 8
vocab = 1000
seq_len = 128
[layout]
tensor = 2
pipeline = 2
data = 2
global_batch = 16
`

// monthsText makes it a long run with some of everything.
const monthsText = `
[failures]
preset = "llama3-405b"
[[failures.component]]
name = "cable"
per = "link"
mtbf = "weibull 9000 h shape 0.7"
effect = "flap"
outage = "lognormal 1 min sigma 2"
[[failures.event]]
at = "3 d"
component = "hbm"
[checkpoint]
mode = "async"
[recovery]
strategy = "memory"
[[straggler]]
component = "nic"
share = "1 %"
severity = ["1 %", "20 %"]
[eviction]
[replicas]
[[record]]
at = "2 d"
[[expect]]
metric = "goodput"
max = 1
source = "its definition"
`

// parse reads a scenario made of work, which may replace workText, and the
// machine.
func parse(t *testing.T, text string, set ...string) (*Config, error) {
	t.Helper()
	return Parse("dir/x.toml", []byte(text), set)
}

func TestParse(t *testing.T) {
	c, err := parse(t, workText+machineText()+`
[run]
steps = 3
tokens = "300e9 tokens"
record = [0, 4]
[[degrade]]
gpu = 1
speed = "90 %"
at = "5 ms"
[[degrade]]
host = 0
speed = 0.5
for = "2 s"
[meta]
who = "someone"
`)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "x" || c.Title != "a test" || c.Meta["who"] != "someone" {
		t.Errorf("name %q, title %q, meta %v", c.Name, c.Title, c.Meta)
	}
	if c.Model.Layers != 4 || c.Model.FFN != 2048 || c.Model.KVHeads != 8 || c.Model.HeadDim != 64 {
		t.Errorf("model %+v", c.Model)
	}
	if c.Layout.Schedule != workload.OneFOneB || c.Layout.MicroBatch != 1 || c.Layout.Ranks() != 8 {
		t.Errorf("layout %+v", c.Layout)
	}
	if want := ceilDiv(8, c.Host.GPUs); c.Hosts != want {
		t.Errorf("%d hosts, want %d", c.Hosts, want)
	}
	if c.Run.Steps != 3 || c.Run.Seed != 1 || !c.Run.Fold || c.Run.Tokens != 300e9 || !reflect.DeepEqual(c.Run.Record, []int32{0, 4}) {
		t.Errorf("run %+v", c.Run)
	}
	want := []Degrade{
		{GPU: 1, Host: -1, Rail: -1, Speed: 0.9, At: 5_000_000},
		{GPU: -1, Host: 0, Rail: -1, Speed: 0.5, For: 2 * engine.Second},
	}
	if !reflect.DeepEqual(c.Degrade, want) {
		t.Errorf("degrade %+v", c.Degrade)
	}
	if c.Memory.ContextBytes != 1_610_612_736 || c.Memory.Fragmentation != 0.04 {
		t.Errorf("memory %+v", c.Memory)
	}
}

// TestMistakes gives one mistake each, and expects its line (within work, which
// stands first) and words.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ work, want string }{
		{strings.Replace(workText, "tensor", "tensr", 1), "x.toml:9:1: layout.tensr: unknown key; did you mean tensor?"},
		{strings.Replace(workText, "tensor", "TENSOR", 1), "x.toml:9:1: layout.TENSOR: unknown key; did you mean tensor?"},
		{strings.Replace(workText, "tensor = 2", "tensor = 2\nTensor = 4", 1), "x.toml:10:1: layout.Tensor: unknown key; did you mean tensor?"},
		{strings.Replace(workText, "tensor = 2", "hidden = 2", 1), "x.toml:9:1: layout.hidden: unknown key; hidden belongs in [model]"},
		{workText + "\n[[record]]\nat = \"1 d\"\nsteps = 3\n", "record[0].steps: unknown key; steps belongs in [run]; known here: at"},
		{strings.Replace(workText, "title", "titel", 1), "x.toml:1:1: titel: unknown key; did you mean title?"},
		{strings.Replace(workText, `"a test"`, `3`, 1), "x.toml:1:9: title: expected text, found the number 3"},
		{strings.Replace(workText, "tensor = 2", "tensor = -2", 1), "x.toml:9:10: layout.tensor: -2 is out of range; must be at least 1"},
		{strings.Replace(workText, "tensor = 2", "tensor = 0", 1), "x.toml:9:10: layout.tensor: 0 is out of range; must be at least 1"},
		{strings.Replace(workText, "tensor = 2", `tensor = "2"`, 1), `x.toml:9:10: layout.tensor: expected a whole number, found the text "2"; write it without quotes: 2`},
		{strings.Replace(workText, "tensor = 2", `tensor = "two"`, 1), `expected a whole number, found the text "two"`},
		{strings.Replace(workText, "tensor = 2", `tensor = 2.5`, 1), `2.5 is not a whole number`},
		{strings.Replace(workText, "tensor = 2", `tensor = 1e3`, 1), `found the decimal number 1000; write 1000`},
		{strings.Replace(workText, "tensor = 2", `tensor = 1.28e7`, 1), `found the decimal number 12800000; write 12800000`},
		{strings.Replace(workText, "title = \"a test\"", `title = 1.28e7`, 1), `expected text, found the number 12800000`},
		{workText + "[memory]\nfragmentation = 12800000.0\n", `12800000 is out of range`},
		{strings.Replace(workText, "tensor = 2", `tensor = nan`, 1), `NaN is not a finite number`},
		{strings.Replace(workText, "tensor = 2", `tensor = [2]`, 1), `expected a whole number, found a list`},
		{strings.Replace(workText, "tensor = 2", `tensor = true`, 1), `expected a whole number, found true`},
		{strings.Replace(workText, "tensor = 2", `tensor = {a = 1}`, 1), `expected a whole number, found a table`},
		{strings.Replace(workText, "tensor = 2", `tensor = 2020-01-01`, 1), `expected a whole number, found a date`},
		{strings.Replace(workText, "tensor = 2", `tensor = 99999999999999999999`, 1), "x.toml:9:10: 99999999999999999999 is out of range"},
		{strings.Replace(workText, "tensor = 2", "tensor = 2\ntensor = 3", 1), "already been defined; keep one of the two"},
		{strings.Replace(workText, "tensor = 2", "tensor = 80 GiB", 1), "x.toml:9:"},
		{workText + "schedule = \"1F1B\"\n", `layout.schedule: "1F1B" is not allowed; did you mean 1f1b?`},
		{workText + "schedule = 1\n", `layout.schedule: expected text, found the number 1; must be one of gpipe, 1f1b, interleaved`},
		{workText + "flash_attention = \"yes\"\n", `expected true or false, found the text "yes"; write true or false, without quotes`},
		{workText + "bucket_bytes = 25\n", `layout.bucket_bytes: 25 has no unit; write "25 GiB" or another unit`},
		{workText + "bucket_bytes = \"25\"\n", `layout.bucket_bytes: "25" has no unit`},
		{workText + "bucket_bytes = \"25 mb\"\n", `unknown unit "mb"; did you mean "MB"? Case matters`},
		{workText + "bucket_bytes = \"-25 MB\"\n", `-25 MB is negative; must be at least 0`},
		{workText + "bucket_bytes = \"0.5 B\"\n", `0.5 B is not a whole number of B`},
		{workText + "bucket_bytes = \"1e20 B\"\n", `1e20 B is too large`},
		{workText + "stage_layers = [2, \"2\"]\n", `element 2: expected a whole number, found the text "2"`},
		{workText + "stage_layers = 2\n", `expected a list of whole numbers, found the number 2`},
		{workText + "[memory]\nfragmentation = 1.0\n", `memory.fragmentation: 1 is out of range; must be at least 0 and below 1`},
		{workText + "[memory]\nfragmentation = \"120 %\"\n", `120 % is out of range`},
		{workText + "[memory]\nfragmentation = inf\n", `+Inf is not a finite number`},
		{workText + "[run]\ntokens = \"many\"\n", `"many" is not a number with a unit; write "300B" or "300e9"`},
		{workText + "[run]\nrecord = [99]\n", `x.toml:14:11: run.record[0]: there is no rank 99; ranks are 0 to 7`},
		{strings.Replace(workText, "tensor = 2", `tensor = 3`, 1), `x.toml:9:10: layout.tensor: 3 does not divide 8 heads`},
		{strings.Replace(workText, "global_batch = 16", `global_batch = 15`, 1), `x.toml:12:16: layout.global_batch: 15 sequences are not a multiple`},
		{strings.Replace(workText, "hidden = 512", `hidden = 524288`, 1), `x.toml:8:2: layout: stage`},
		{strings.Replace(workText, "layers = 4", `layers = 9223372036854775807`, 1), `9223372036854775807 is too large; must be at most 16777216`},
		{strings.Replace(workText, "tensor = 2\npipeline = 2", "tensor = 10000\npipeline = 10000", 1), `layout: tensor × pipeline × data × context are 200,000,000 ranks; at most 1048576 are supported`},
		{strings.Replace(workText, "global_batch = 16", "global_batch = 16000000", 1), `layout.global_batch: 8,000,000 microbatches on 2 stages of 1 chunks are 16,000,000 forward passes a step; at most 1048576`},
		{workText + "[machine]\nhosts = 0\n", `machine.hosts: 0 is out of range; must be at least 1 and at most 1000000`},
		{workText + "[[degrade]]\ngpu = 0\nspeed = 0.0\n", `degrade[0].speed: 0 is out of range; must be above 0 and at most 1`},
		{workText + "[[degrade]]\ngpu = 0\n", `x.toml:13:3: degrade[0]: changes nothing; give speed, or for links loss, or dead = true`},
		{workText + "[[degrade]]\ngpu = 0\nhost = 0\nspeed = 0.5\n", `degrade[0]: names 2 things; give exactly one of gpu, host, link, switch, rail`},
		{workText + "[[degrade]]\nspeed = 0.5\n", `degrade[0]: names 0 things`},
		{workText + "[[degrade]]\ngpu = 0\nspeed = 0.5\n[[degrade]]\ngpu = 8\nspeed = 0.5\n", `x.toml:17:7: degrade[1].gpu: no rank runs on GPU 8; GPUs 0 to 7 are at work`},
		{workText + "[[degrade]]\nhost = 9\nspeed = 0.5\n", `degrade[0].host: no rank runs on host 9`},
		{workText + "[[degrade]]\nlink = \"nic_up[8]\"\nspeed = 0.5\n", `x.toml:14:8: degrade[0].link: there is no link "nic_up[8]"; links are nvlink_up`},
		{workText + "[degrade]\ngpu = 1\n", `degrade: expected an array of tables, found a table; write sections [[degrade]]`},
		{workText + "[modle]\nlayers = 1\n", `x.toml:13:2: modle: unknown key; did you mean model?`},
		{strings.Replace(workText, "layers = 4\n", "", 1), `x.toml:2:2: model.layers: missing; transformer layers`},
		{strings.Replace(workText, "global_batch = 16\n", "", 1), `layout.global_batch: missing`},
		{strings.Replace(workText, "[model]", "model.preset = \"gtp\"\n[meta.model]", 1), `there is no model preset "gtp"`},
		{strings.Replace(workText, "layers = 4", "layers = 4\npreset = 3", 1), `model.preset: expected the name of a preset, found the number 3`},
	} {
		_, err := parse(t, c.work+machineText())
		if err == nil {
			t.Errorf("accepted:\n%s", c.work)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("got\n%v\nwant\n%s", err, c.want)
		}
	}
}

func TestMissingSections(t *testing.T) {
	_, err := parse(t, "title = \"nothing\"\n")
	for _, want := range []string{"x.toml:1:1: section [model] is missing", "section [layout] is missing", "section [host] is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "gpu") {
		t.Errorf("the GPU is not the mistake: %v", err)
	}
}

// TestAllAtOnce: mistakes of all layers are reported together, by line, and no
// more than 100.
func TestAllAtOnce(t *testing.T) {
	text := strings.Replace(workText, "heads = 8", "heads = -8", 1) + "sequence_paralel = true\nzero = 7\n" + machineText() + "[run]\nsteps = 0\n"
	_, err := parse(t, text, "run.seed=-1", "layout.nothing=1")
	var list Errors
	if !errors.As(err, &list) || len(list) != 6 {
		t.Fatalf("want 6 mistakes, got %v", err)
	}
	for i, key := range []string{"model.heads", "layout.sequence_paralel", "layout.zero", "run.steps"} {
		if list[i].Key != key {
			t.Errorf("mistake %d is %v, want %s", i, list[i], key)
		}
	}
	many := Errors{}
	for i := range 105 {
		many = append(many, Diagnostic{File: "f", Line: 105 - i, Column: 1, Message: "m"})
	}
	lines := strings.Split(many.sorted().Error(), "\n")
	if len(lines) != 101 || lines[0] != "f:1:1: m" || lines[100] != "… and 5 more" {
		t.Errorf("%d lines, first %q, last %q", len(lines), lines[0], lines[len(lines)-1])
	}
}

func TestOverride(t *testing.T) {
	text := workText + machineText()
	c, err := parse(t, text, "layout.tensor=1", "layout.data = 4", "layout.precision=fp16", "run.tokens=300e9", "layout.bucket_bytes=25 MB",
		`title="quoted"`, "degrade[0].gpu=3", "degrade[0].speed=90 %", "memory.fragmentation=0.1", "run.record=[1, 2]", "layout.flash_attention=false")
	if err != nil {
		t.Fatal(err)
	}
	if c.Layout.Tensor != 1 || c.Layout.Data != 4 || c.Layout.Precision != "fp16" || c.Run.Tokens != 300e9 || c.Layout.BucketBytes != 25e6 ||
		c.Title != "quoted" || len(c.Degrade) != 1 || c.Degrade[0].GPU != 3 || c.Degrade[0].Speed != 0.9 ||
		c.Memory.Fragmentation != 0.1 || len(c.Run.Record) != 2 || c.Layout.FlashAttention {
		t.Errorf("%+v", c)
	}
	if c, err = parse(t, text, "title=2024"); err != nil || c.Title != "2024" {
		t.Errorf("a title needs no quotes: %v, %v", c, err)
	}
}

func TestOverrideRefused(t *testing.T) {
	for set, want := range map[string]string{
		"layout.tensor=x":         `--set layout.tensor: expected a whole number, found the text "x"`,
		"layout.tensor=-1":        "--set layout.tensor: -1 is out of range",
		"layout.tenser=1":         "--set layout.tenser: unknown key; did you mean tensor?",
		"layot.tensor=1":          "--set layot.tensor: layot: unknown key; did you mean layout?",
		"layout.tensor":           "--set layout.tensor: expected key=value; such as --set layout.tensor=4",
		"title=\xff":              "not valid UTF-8",
		"=1":                      "--set =1: expected key=value",
		"layout..tensor=1":        "expected key=value",
		"degrade[3].gpu=1":        "--set degrade[3].gpu: there is no degrade[3]; the next one is degrade[0]",
		"degrade[x].gpu=1":        "expected key=value",
		"layout.tensor.more=1":    "--set layout.tensor.more: tensor is not a table",
		"layout[0].tensor=1":      "--set layout[0].tensor: layout is not a list",
		"model.preset=nothing":    `--set model.preset: there is no model preset "nothing"`,
		"model.preset=gpt\nx = 1": "there is no model preset",
	} {
		_, err := parse(t, workText+machineText(), set)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %q: got %v, want %q", set, err, want)
		}
	}
}

// TestResolve checks what follows from other keys.
func TestResolve(t *testing.T) {
	text := strings.Replace(workText, "data = 2\n", "", 1) + machineText()
	c, err := parse(t, text, "host.gpus=8", "machine.hosts=2")
	if err != nil || c.Layout.Data != 4 || c.Hosts != 2 {
		t.Errorf("16 GPUs over 2×2 leave 4 replicas: %v, %v", c, err)
	}
	if c, err = parse(t, text, "host.gpus=8"); err != nil || c.Layout.Data != 1 || c.Hosts != 1 {
		t.Errorf("without hosts, one replica on one host: %v, %v", c, err)
	}
	if c, err = parse(t, text, "layout.virtual_pipeline=2", "layout.global_batch=16"); err != nil || c.Layout.Schedule != workload.Interleaved {
		t.Errorf("two chunks are interleaved: %v, %v", c, err)
	}
	_, err = parse(t, text, "layout.data=5", "layout.global_batch=20", "host.gpus=8", "machine.hosts=2")
	want := "2 hosts of 8 GPUs are 16 GPUs, but the layout has 20 ranks (tensor 2 × pipeline 2 × data 5); write 3 or more"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
