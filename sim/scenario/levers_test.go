package scenario

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The roadmap has every step of it, in its order, and both what-if models last.
func TestRoadmap(t *testing.T) {
	list, err := ParseLevers("levers.toml", Roadmap)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, v := range list {
		steps = append(steps, v.Roadmap)
		if len(v.Source) < 20 {
			t.Errorf("%s has the source %q", v.Name, v.Source)
		}
	}
	want := []string{"supercomputing optimisations", "data reduction", "model partitioning", "training algorithms", "data formats",
		"efficient hardware", "competitive accelerators", "what-if"}
	if got := slices.Compact(steps); !slices.Equal(got, want) {
		t.Errorf("steps %q", got)
	}
}

// Mistakes in levers have a place and a way out.
func TestLeverMistakes(t *testing.T) {
	const lever = "[[lever]]\nname = \"a\"\nroadmap = \"data formats\"\nsource = \"b\"\n"
	for text, want := range map[string]string{
		"":    "no lever; write a section [[lever]]",
		lever: "l.toml:1:3: lever[0]: does nothing; give set",
		lever + "work = 0.5\nset = [\"layout.tensor=2\"]":                                 "lever[0]: changes the scenario and declares a gain; make two",
		lever + "set = [\"layout.tenso=2\"]":                                              "l.toml:5:8: lever[0].set[0]: a scenario has no key layout.tenso",
		lever + "set = [\"layout.tensor\"]":                                               `"layout.tensor" lacks a value; such as`,
		lever + "work = 0":                                                                "lever[0].work: ",
		lever + "wrok = 0.5":                                                              "wrok: unknown key; did you mean work?",
		lever + "work = 2\nwork_range = [3, 1]":                                           "must be the least and the most",
		lever + "[[lever.search]]\nkey = \"layout.zero\"":                                 "lever[0].search[0].values: nothing to try",
		"[[lever]]\nname = \"a\"\nroadmap = \"magic\"\nsource = \"b\"\nwork = 0.5":        "lever[0].roadmap: ",
		"[[lever]]\nname = \"a\"\nroadmap = \"data formats\"\nwork = 0.5":                 "lever[0].source: missing",
		"[[lever]]\nname = \"a\"\nroadmap = \"what-if\"\nsource = \"b\"\nsync_period = 2": "what-if is for what is declared",
		"[[lever]": "l.toml:1:",
	} {
		_, err := ParseLevers("l.toml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}

func TestLoadLevers(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "l.toml")
	if err := os.WriteFile(file, Roadmap, 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := LoadLevers(file); err != nil || len(list) < 12 {
		t.Errorf("%d levers, error %v", len(list), err)
	}
	for _, bad := range []string{dir, filepath.Join(dir, "nothing.toml")} {
		if _, err := LoadLevers(bad); err == nil {
			t.Errorf("no error of %s", bad)
		}
	}
}
