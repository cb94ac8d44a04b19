package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestCheckPlace(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	// The SHA-256 of "abc", from FIPS 180-4.
	write("same/manifest.json", `{"format_version": 1, "scenario_sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}`)
	write("other/manifest.json", `{"format_version": 1, "scenario_sha256": "00"}`)
	write("broken/manifest.json", `{`)
	write("notes/thesis.txt", "")
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir   string
		force bool
		want  string // "": allowed
	}{
		{"new", false, ""},
		{"new/deep/er", false, ""},
		{"empty", false, ""},
		{"same", false, ""},
		{"same", true, ""},
		{"other", true, ""},
		{"other", false, "holds the result of another scenario; --force replaces it"},
		{"broken", true, "holds something that is no result, which is never replaced; --out"},
		{"notes", false, "holds something that is no result, which is never replaced; --out"},
		{"notes/thesis.txt", true, "is a file; --out names a directory"},
		{"notes/thesis.txt/out", true, "is a file and not a directory"},
	} {
		err := checkPlace(filepath.Join(root, c.dir), []byte("abc"), c.force)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, force %v: got %v, want %q", c.dir, c.force, err, c.want)
		}
		if c.dir == "notes" && strings.Contains(fmt.Sprint(err), "--force") {
			t.Errorf("--force would not help: %v", err)
		}
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 5 {
		t.Errorf("%d entries are left, %v; want the 5 from before", len(entries), err)
	}
}

func TestCheckPlaceUnwritable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser may write everywhere")
	}
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	err := checkPlace(filepath.Join(dir, "a", "b"), nil, false)
	if want := dir + " cannot be written into: permission denied; --out writes elsewhere"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// No temporary name reaches the user; what is no matter of names stays.
func TestTidy(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "a/.incomplete-out-12/spans.parquet", Err: syscall.ENOSPC}
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("writing: %w", full), filepath.Join("a/out", "spans.parquet") + " cannot be written: no space left on device"},
		{&fs.PathError{Op: "mkdir", Path: "a/.incomplete-out-12", Err: fs.ErrPermission}, "a/out cannot be written: permission denied"},
		{&os.LinkError{Op: "rename", Old: "a/.incomplete-out-12", New: "a/out", Err: fs.ErrExist}, "a/out cannot be put in place: file already exists"},
		{&fs.PathError{Op: "open", Path: "a/other", Err: fs.ErrPermission}, "open a/other: permission denied"},
		{errors.Join(full, interrupted{os.Interrupt}), "write a/.incomplete-out-12/spans.parquet: no space left on device\ninterrupted; nothing half done was left behind"},
	} {
		if got := tidy("a/out", c.err); got.Error() != c.want {
			t.Errorf("got  %v\nwant %s", got, c.want)
		}
	}
	if err := tidy("a/out", fmt.Errorf("writing: %w", full)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v hides its cause", err)
	}
}
