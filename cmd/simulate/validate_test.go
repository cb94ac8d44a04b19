package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// writeWhole leaves the old file when writing fails, and nothing beside it.
func TestWriteWhole(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out.csv")
	fill := func(w io.Writer) error {
		_, err := io.WriteString(w, "first")
		return err
	}
	if err := writeWhole(name, fill); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := writeWhole(name, func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return full
	})
	if !errors.Is(err, full) {
		t.Errorf("error %v, want %v", err, full)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "first" {
		t.Errorf("file holds %q, %v; want what was there before", got, err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%d entries left, %v; want 1", len(entries), err)
	}
}
