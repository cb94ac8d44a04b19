package scenario

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
