package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// writeWhole writes a file under a temporary name and renames it, so that it is
// whole or absent.
func writeWhole(name string, fill func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), temporary)
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", name, reason(err))
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	if err := fill(f); err != nil {
		f.Close()
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// writeAsked writes a file that a flag may name: "" names none.
func writeAsked(name string, fill func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	return writeWhole(name, fill)
}

// tryFile says, before long work, why a file that a flag names could not be written
// after it, or would replace one that is read.
func tryFile(flag, name string, read ...string) error {
	if name == "" {
		return nil
	}
	if out, err := os.Stat(name); err == nil {
		if out.IsDir() {
			return fmt.Errorf("%s %s is a directory; give the name of a file", flag, name)
		}
		for _, file := range read {
			if in, err := os.Stat(file); err == nil && os.SameFile(in, out) {
				return fmt.Errorf("%s %s would replace a file that is read", flag, name)
			}
		}
	}
	dir := filepath.Dir(name)
	probe, err := os.CreateTemp(dir, temporary)
	if err != nil {
		return fmt.Errorf("%s %s cannot be written: %s: %w", flag, name, dir, reason(err))
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}
