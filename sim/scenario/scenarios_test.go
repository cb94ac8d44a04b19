package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shipped returns the scenario files, the good or the bad ones.
func shipped(t *testing.T, bad bool) []string {
	files, err := filepath.Glob("../../scenarios/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		if strings.HasSuffix(f, ".bad.toml") == bad {
			out = append(out, f)
		}
	}
	if len(out) < 10 {
		t.Fatalf("only %d scenarios", len(out))
	}
	return out
}

// TestShippedScenarios: each is valid, begins with its question and the answer
// to expect, and reads back from its full form.
func TestShippedScenarios(t *testing.T) {
	for _, file := range shipped(t, false) {
		c, err := Load(file, nil)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if back, err := Parse(file, c.TOML(), nil); err != nil || !equal(c, back) {
			t.Errorf("%s does not read back: %v", file, err)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(string(data), "\n")
		if !strings.HasPrefix(lines[0], "# ") || !strings.HasSuffix(lines[0], "?") {
			t.Errorf("%s: the first line asks no question: %s", file, lines[0])
		}
		if !strings.HasPrefix(lines[1], "# Expect ") {
			t.Errorf("%s: the second line expects nothing: %s", file, lines[1])
		}
		if c.Title == "" {
			t.Errorf("%s has no title", file)
		}
	}
}

// TestBadScenarios: each is refused with the words that its first comment
// expects.
func TestBadScenarios(t *testing.T) {
	for _, file := range shipped(t, true) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(data), "\n")
		want, ok := strings.CutPrefix(first, "# expect: ")
		if !ok || want == "" {
			t.Errorf("%s: the first line expects nothing", file)
			continue
		}
		if _, err = Load(file, nil); err == nil {
			t.Errorf("%s is accepted", file)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got\n%v\nwant %s", file, err, want)
		}
	}
}
