package scenario

import (
	"strings"
	"testing"
)

// TestUnsupported: what is not simulated yet is told as such, whatever key or
// value comes near it.
func TestUnsupported(t *testing.T) {
	for set, want := range map[string]string{
		"layout.cp=2":                "did you mean context?",
		"layout.cp_comm_type=p2p":    "did you mean context_comm?",
		"layout.ep=8":                "did you mean expert?",
		"model.num_local_experts=8":  "did you mean experts?",
		"model.moe_router_topk=8":    "did you mean top_k?",
		"layout.expert=8":            "layout.expert: 8 ranks to divide experts among, but the model has none; expert = 1",
		"layout.fsdp=true":           "did you mean zero?",
		"layout.precision=mxfp8":     "--set layout.precision: mxfp8 is not simulated yet; must be one of fp32, bf16, fp16, fp8",
		"layout.precision=fp4":       "fp4 is not simulated yet",
		"layout.schedule=dualpipe":   "DualPipe is not simulated yet",
		"layout.zero=4":              "4 is out of range",
		"run.context=1":              "context belongs in [layout]",
		"layout.precision=float8":    `"float8" is not allowed`,
		"memory.experts=1":           "unknown key",
		"model.hidden_size=1024":     "did you mean hidden?",
		"layout.tensor_parallel=2":   "did you mean tensor?",
		"model.num_layers=2":         "did you mean layers?",
		"layout.micro_batch_size=2":  "did you mean micro_batch?",
		"layout.mbs=2":               "did you mean micro_batch?",
		"network.tensor_parallel=2":  "unknown key",
		"layout.sequence_length=2":   "seq_len belongs in [model]",
		"model.gbs=2":                "global_batch belongs in [layout]",
		"run.tokens=\"1 trillion\"":  `unknown unit "trillion"`,
		"degrade[0].at=5":            `degrade[0].at: 5 has no unit; write "5 s" or another unit`,
		"degrade[0].for=\"5\"":       `degrade[0].for: "5" has no unit; write "5 s" or another unit`,
		"degrade[0].at=\"366 d\"":    "degrade[0].at: 366 d is out of range; must be at least 0 and at most 365 d",
		"degrade[0].for=\"90000 d\"": "degrade[0].for: 90000 d is out of range; must be at least 0 and at most 365 d",
	} {
		_, err := parse(t, workText+machineText(), set)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("--set %q: got %v, want %q", set, err, want)
		}
	}
}

// TestTokenSuffixes: thousand, million, billion and trillion in the short scale
// of the field.
func TestTokenSuffixes(t *testing.T) {
	for text, want := range map[string]float64{"1T": 1e12, "300B": 300e9, "1.5 B": 1.5e9, "20 M": 20e6, "64K": 64e3} {
		c, err := parse(t, workText+machineText(), "run.tokens="+text)
		if err != nil || c.Run.Tokens != want {
			t.Errorf("%s: %v, want %v", text, err, want)
			continue
		}
		if !strings.Contains(string(c.TOML()), "tokens = "+lookup("run.tokens").floatText(want)+"\n") {
			t.Errorf("%s is not written as a plain number:\n%s", text, c.TOML())
		}
	}
}
