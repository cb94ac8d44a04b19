package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"trainsim/sim/results"
)

// temporary begins the names of what is not whole yet.
const temporary = ".incomplete-"

// checkPlace says why the result of a scenario, given in full, cannot go to dir.
// It is asked before the simulation, which may take hours.
func checkPlace(dir string, scenario []byte, force bool) error {
	entries, err := os.ReadDir(dir)
	switch info, statErr := os.Stat(dir); {
	case statErr == nil && !info.IsDir():
		return fmt.Errorf("%s is a file; --out names a directory for the result", dir)
	case errors.Is(err, fs.ErrNotExist), err == nil && len(entries) == 0:
		return checkWritable(filepath.Dir(filepath.Clean(dir)))
	case err != nil && statErr != nil:
		return checkWritable(filepath.Dir(filepath.Clean(dir)))
	case err != nil:
		return fmt.Errorf("%s cannot be read: %w; --out writes elsewhere", dir, reason(err))
	}
	data, err := os.ReadFile(filepath.Join(dir, results.ManifestFile))
	var old results.Manifest
	if err != nil || json.Unmarshal(data, &old) != nil || old.Format == 0 {
		return fmt.Errorf("%s holds something that is no result, which is never replaced; --out writes elsewhere", dir)
	}
	sum := sha256.Sum256(scenario)
	if !force && old.ScenarioSHA256 != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("%s holds the result of another scenario; --force replaces it, --out writes elsewhere", dir)
	}
	return checkWritable(filepath.Dir(filepath.Clean(dir)))
}

// checkWritable says why nothing can be made in dir, or in the nearest directory
// above it that is there. Permissions alone do not tell: it tries.
func checkWritable(dir string) error {
	info, err := os.Stat(dir)
	for err != nil && !errors.Is(err, fs.ErrPermission) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir)
		info, err = os.Stat(dir)
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written into: %w; --out writes elsewhere", dir, reason(err))
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is a file and not a directory; --out writes elsewhere", dir)
	}
	probe, err := os.MkdirTemp(dir, temporary)
	if err != nil {
		return fmt.Errorf("%s cannot be written into: %w; --out writes elsewhere", dir, reason(err))
	}
	return os.Remove(probe)
}

// reason returns what the system said, without the name it said it of.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// tidy replaces the temporary names in an error of writing dir, which say
// nothing to the user, by the name that was meant.
func tidy(dir string, err error) error {
	var signal interrupted
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &signal):
		return err
	case errors.As(err, &path) && strings.Contains(path.Path, temporary):
		if base := filepath.Base(path.Path); !strings.HasPrefix(base, temporary) {
			dir = filepath.Join(dir, base)
		}
		return fmt.Errorf("%s cannot be written: %w", dir, path.Err)
	case errors.As(err, &link) && strings.Contains(link.Old+link.New, temporary):
		return fmt.Errorf("%s cannot be put in place: %w", dir, link.Err)
	}
	return err
}
