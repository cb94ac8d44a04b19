package scenario

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "small.run.toml")
	if err := os.WriteFile(path, []byte("\ufeff"+strings.ReplaceAll(workText+machineText(), "\n", "\r\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, []string{"run.steps=5"})
	if err != nil || c.Name != "small.run" || c.Run.Steps != 5 {
		t.Errorf("with a byte-order mark and CRLF: %v, %v", c, err)
	}
	if _, err = Load(filepath.Join(dir, "absent.toml"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent file: %v", err)
	}
	if _, err = Load(dir, nil); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
	large := filepath.Join(dir, "large.toml")
	if err = os.WriteFile(large, make([]byte, maxBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Load(large, nil); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("large file: %v", err)
	}
}

// TestSyntaxPlace: mistakes of syntax have the place of the character that is
// wrong, counted in characters.
func TestSyntaxPlace(t *testing.T) {
	for text, want := range map[string]string{
		"a = \"é\" 1":                           "x:1:",
		"\ufeffa = tru":                         "x:1:5: expected value but found \"tru\"",
		"x = 1\ny = 99999999999999999999":       "x:2:5: 99999999999999999999 is out of range for int64; whole numbers end at 9223372036854775807",
		"[a]\nb = 1\n[c]\n[a]":                  "x:4:2: Key 'a' has already been defined; keep one of the two",
		"a = 'x' # é\nb.c = 1\nb.c = 2":         "x:3:1:",
		"title = \"never closed\nx = 1":         "x:1:22: strings cannot contain newlines",
		"a = " + strings.Repeat("[", 30) + "\n": "x:1:35: unexpected EOF",
		"\x00":                                  "x:1:1:",
		"a = \"\xff\"":                          "x:1:",
	} {
		_, err := Parse("x", []byte(text), nil)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// TestNoFollowUps: what is missing only because a preset or a section has a
// wrong name is no mistake of its own.
func TestNoFollowUps(t *testing.T) {
	work := workText + "[host]\npreset = \"dgx-a100\"\n"
	for _, c := range []struct {
		text string
		set  []string
		want string // of the only mistake
	}{
		{work, []string{"host.preset=DGX-H100"}, `--set host.preset: there is no host preset "DGX-H100"; did you mean dgx-h100? There are `},
		{work + "[gpu]\nmemory = \"96 GB\"\n", []string{"host.preset=my-host"}, `--set host.preset: there is no host preset "my-host"`},
		{workText + "[host]\npreset = 3\n", nil, "host.preset: expected the name of a preset"},
		{work, []string{"gpu.preset=h1000"}, `--set gpu.preset: there is no gpu preset "h1000"`},
		{strings.Replace(work, "[model]", "[Model]", 1), nil, "x.toml:2:2: Model: unknown key; did you mean model? Case matters"},
		{strings.Replace(work, "[host]", "[hosts]", 1), nil, "x.toml:13:2: hosts: unknown key; did you mean host?"},
		{strings.Replace(work, "[layout]", "[layouts]", 1), nil, "layouts: unknown key; did you mean layout?"},
		{"host = 3\n" + workText, nil, "x.toml:1:8: host: expected a table, found the number 3"},
	} {
		_, err := parse(t, c.text, c.set...)
		var list Errors
		if !errors.As(err, &list) || len(list) != 1 || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got\n%v\nwant only\n%s", err, c.want)
		}
	}
	// A part with a preset of its own still tells what it lacks.
	_, err := parse(t, work, "host.preset=my-host", "gpu.preset=h1000", "layout.tensor=0")
	if list, ok := err.(Errors); !ok || len(list) != 3 {
		t.Errorf("want three mistakes, got %v", err)
	}
}

// TestOverrideInside: an override is inside the table at a path, not one whose
// name begins alike, nor the path itself.
func TestOverrideInside(t *testing.T) {
	d := decoder{overridden: map[string]bool{"layout": true, "layouts.x": true, "layout.tensor": true, "layout.data": true, "degrade[0].gpu": true}}
	for path, want := range map[string]string{"layout": "layout.data", "degrade": "degrade[0].gpu", "layout.tensor": "", "lay": "", "run": ""} {
		if got := d.overrideInside(path); got != want {
			t.Errorf("inside %s: %q, want %q", path, got, want)
		}
	}
}

// A mistake in a section does not hide those of others that it has nothing to do with,
// and what would follow from it is not told.
func TestChecksGoOn(t *testing.T) {
	late := func(c *Config, report func(path, message, hint string)) {
		for i := range c.Expect {
			report(fmt.Sprintf("expect[%d].metric", i), "is not known", "")
		}
	}
	const expect = "\n[[expect]]\nmetric = \"x\"\nsource = \"y\"\nmin = 2\nmax = 1\n"
	for _, c := range []struct {
		name, text string
		want       []string // keys
	}{
		{"beside the foundation", workText + machineText() + "[noise]\njitter = \"a lot\"\n[[degrade]]\nspeed = 0.5\ngpu = 100\n" + expect,
			[]string{"noise.jitter", "degrade[0].gpu", "expect[0].metric", "expect[0].min"}},
		{"in the foundation", strings.Replace(workText, "tensor = 2", "tensor = 0", 1) + machineText() + "[[degrade]]\nspeed = 0.5\ngpu = 100\n" + expect,
			[]string{"layout.tensor", "expect[0].metric", "expect[0].min"}},
		{"in the same section", workText + machineText() + "[[degrade]]\nspeed = 2\ngpu = 100\n", []string{"degrade[0].speed"}},
		{"beyond the run", workText + machineText() + "[run]\nduration = \"5 d\"\n[checkpoint]\ninterval = \"5 d\"\n[[record]]\nat = \"7 d\"\n[[record]]\nat = \"4 d\"\n",
			[]string{"checkpoint.interval", "record[0].at"}},
	} {
		_, err := Parse("test", []byte(c.text), nil, late)
		var keys []string
		if errs, ok := err.(Errors); ok {
			for _, d := range errs {
				keys = append(keys, d.Key)
			}
		}
		if !slices.Equal(keys, c.want) {
			t.Errorf("%s: mistakes of %q, want %q:\n%v", c.name, keys, c.want, err)
		}
	}
}

// The title says what overrides changed, cut short, and without what changes no run.
func TestHeading(t *testing.T) {
	for want, set := range map[string][]string{
		"a test": nil,
		"a test (layout.tensor = 4, run.seed = 2)":         {"layout.tensor=4", "run.seed = 2"},
		"a test (run.duration = 5 d)":                      {`run.duration="5 d"`, "replicas.count=3", `record[0].at="1 d"`},
		"another (run.record = [0, 1, 2, 3, 4, 5, 6, 7,…)": {`title="another"`, "run.record=[0, 1, 2, 3, 4, 5, 6, 7, 1]"},
		"x": {`title=""`},
	} {
		c, err := Parse("x.toml", []byte(workText+machineText()), set)
		if err != nil {
			t.Error(err)
		} else if got := c.Heading(); got != want {
			t.Errorf("%q is called %q, want %q", set, got, want)
		}
	}
}
