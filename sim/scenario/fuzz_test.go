package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse: whatever the text, the reader neither panics nor accepts what it
// cannot write back; errors are Errors with a place.
func FuzzParse(f *testing.F) {
	machine := machineText()
	f.Add(workText + machine)
	f.Add(workText + machine + monthsText + "[run]\nsteps = 3\n")
	f.Add("a.b.c = [ { x = 1, y = ''' ''' } ]\n[[degrade]]\n[degrade.x]\n")
	f.Add("\ufefftitle = 'x'\r\n[model]\r\npreset = \"gpt-1.7b\"\r\n")
	f.Add("[layout]\ntensor = \"\"\"\n8\"\"\"\n\"q.\\u00e9\" = 1\n[host]\ngpus = 1e400\n")
	files, err := filepath.Glob("../../scenarios/*.toml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse("fuzz.toml", []byte(text), nil)
		if err != nil {
			var list Errors
			if !errors.As(err, &list) || len(list) == 0 {
				t.Fatalf("not Errors: %v", err)
			}
			for _, d := range list {
				if d.Message == "" || d.Line < 1 || d.Column < 1 {
					t.Fatalf("no message or place: %+v", d)
				}
			}
			return
		}
		back, err := Parse("fuzz.toml", c.TOML(), nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, c.TOML())
		}
		if !equal(c, back) {
			t.Fatalf("\n%s\nreads back as\n%s", c.TOML(), back.TOML())
		}
	})
}

// FuzzOverride: whatever the override, the reader neither panics nor loses it.
func FuzzOverride(f *testing.F) {
	text := []byte(workText + machineText() + monthsText + "[run]\nduration = \"3 d\"\n")
	for _, set := range []string{"layout.tensor=1", "degrade[0].gpu=1", "a.b[0][1]=2", "=", "title==", "model=3", "run.record[0]=1", "meta.x={y=[1]}", "checkpoint.steps=3", "failures.trace=t.csv", "recovery.init=uniform 3 h"} {
		f.Add(set)
	}
	f.Fuzz(func(t *testing.T, set string) {
		c, err := Parse("fuzz.toml", text, []string{set})
		if err != nil {
			if err.Error() == "" {
				t.Fatal("empty error")
			}
			return
		}
		back, err := Parse("fuzz.toml", c.TOML(), nil)
		if err != nil || !equal(c, back) {
			t.Fatalf("%v\n%s", err, c.TOML())
		}
	})
}
