package scenario

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write generated documentation")

// TestTags: every key has words of help, and every section reads.
func TestTags(t *testing.T) {
	for _, key := range Keys() {
		f := lookup(key)
		if f == nil {
			t.Fatalf("no field at %s", key)
		}
		if f.help == "" && !f.isTable() {
			t.Errorf("%s has no help", key)
		}
		if strings.Contains(f.help, "|") {
			t.Errorf("%s: help %q would break the table", key, f.help)
		}
		if key != strings.ToLower(key) || strings.Contains(key, "-") {
			t.Errorf("%s is not in snake_case", key)
		}
		if text, ok := Explain(key); !ok || text == "" {
			t.Errorf("%s is not explained", key)
		}
	}
}

func TestExplain(t *testing.T) {
	text, ok := Explain("degrade.speed")
	want := "degrade.speed: speed that is left, as a share of nominal\n  type     ratio\n  write    0.82 or \"82 %\"\n  allowed  above 0 and at most 1\n  default  100 %\n"
	if !ok || text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if text, ok = Explain("steps"); !ok || !strings.HasPrefix(text, "run.steps: ") || !strings.Contains(text, "default  2\n") {
		t.Errorf("steps: %s", text)
	}
	if text, ok = Explain("layout"); !ok || !strings.Contains(text, "tensor ") {
		t.Errorf("layout: %s", text)
	}
	if text, ok = Explain("rack"); !ok || !strings.HasPrefix(text, "power.rack: ") || !strings.Contains(text, "\n  limit        rating: ") {
		t.Errorf("rack: %s", text)
	}
	if text, ok = Explain("model"); !ok || !strings.Contains(text, "presets  gpt-") {
		t.Errorf("model: %s", text)
	}
	if text, ok = Explain("layout.tensr"); ok || text != "did you mean layout.tensor?" {
		t.Errorf("layout.tensr: %v %q", ok, text)
	}
	if text, ok = Explain("layout.mbs"); ok || text != "did you mean layout.micro_batch?" {
		t.Errorf("layout.mbs: %v %q", ok, text)
	}
	if text, ok = Explain("hbm_band"); ok || text != "did you mean gpu.hbm_bandwidth?" {
		t.Errorf("hbm_band: %v %q", ok, text)
	}
	if text, ok = Explain("something quite different"); ok || text != "" {
		t.Errorf("nonsense: %v %q", ok, text)
	}
}

// TestOverview: every section and every key of it.
func TestOverview(t *testing.T) {
	text := Overview()
	for i := range sections {
		if s := &sections[i]; !strings.Contains(text, s.explain()) {
			t.Errorf("section %s is left out", s.key)
		}
	}
}

// TestReference: the documentation of the keys is that of the program.
func TestReference(t *testing.T) {
	const path = "../../docs/scenarios.md"
	want := Reference()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current; run go test ./sim/scenario -run Reference -update", path)
	}
}
