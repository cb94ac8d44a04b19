package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"trainsim/sim/results"
)

// soak asks for the number of repetitions that make soak wants, which take long.
func soak(full, usual int) int {
	if os.Getenv("SOAK") != "" {
		return full
	}
	return usual
}

// longRun is a run of a hundred replicas, which take some milliseconds each.
const longRun = tiny + `
[machine]
spares = 1
[run]
duration = "1 d"
[[failures.component]]
name = "gpu"
per = "gpu"
mtbf = "20 h"
[checkpoint]
interval = "20 s"
save = "1 s"
[repair]
automatic = "10 min"
escalates = 0
[replicas]
count = 100
sweeps = false
`

// TestKilled kills a run at random moments, starts it again until it comes to its
// end, and compares with a run that nothing disturbed. Nothing is lost but what was
// in flight: what is kept is whole, and is not simulated again.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "long.toml"), []byte(longRun), 0o644); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := start(t, dir, "undisturbed").Wait(); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	want := resultFiles(t, filepath.Join(dir, "undisturbed"))
	if len(want) < 12 {
		t.Fatalf("a result of %d files", len(want))
	}
	killed, kept := 0, 0
	for killed < soak(50, 5) {
		os.RemoveAll(filepath.Join(dir, "killed"))
		for {
			cmd := start(t, dir, "killed")
			timer := time.AfterFunc(time.Duration(rand.Int64N(int64(took*3/2))), func() { _ = cmd.Process.Kill() })
			err := cmd.Wait()
			timer.Stop()
			if err == nil {
				break
			}
			if code := cmd.ProcessState.ExitCode(); code != -1 {
				t.Fatalf("exit code %d of a run that was to be killed", code)
			}
			killed++
			kept += checkKept(t, dir)
		}
		if got := resultFiles(t, filepath.Join(dir, "killed")); !reflect.DeepEqual(got, want) {
			t.Fatalf("after kills the result differs in %v", differing(got, want))
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".replicas-*")); len(left) > 0 {
			t.Fatalf("%v were left behind", left)
		}
	}
	if kept == 0 {
		t.Error("no replica was ever kept")
	}
	t.Logf("killed %d times, after %d replicas in all", killed, kept)
}

// start starts the run of long.toml into a directory, undisturbed or not.
func start(t *testing.T, dir, out string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("simulate")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "run", "long.toml", "--out", out, "-q", "--no-plots", "-j", "2")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// checkKept counts the replicas that are kept and checks that each is whole.
func checkKept(t *testing.T, dir string) int {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dir, ".replicas-*", "*.json"))
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sum, body, _ := bytes.Cut(data, []byte{'\n'})
		if want := sha256.Sum256(body); string(sum) != hex.EncodeToString(want[:]) {
			t.Errorf("%s is not whole", name)
		}
	}
	return len(files)
}

// resultFiles returns what the files of a result hold, but for what may differ: the
// manifest, and keys that begin with sim_.
func resultFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == results.ManifestFile {
			return err
		}
		data, err := os.ReadFile(path)
		if err == nil && d.Name() == results.SummaryFile {
			data, err = withoutCost(data)
		}
		name, _ := filepath.Rel(dir, path)
		files[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func withoutCost(summary []byte) ([]byte, error) {
	var keys map[string]any
	if err := json.Unmarshal(summary, &keys); err != nil {
		return nil, err
	}
	for key := range keys {
		if strings.HasPrefix(key, "sim_") {
			delete(keys, key)
		}
	}
	return json.Marshal(keys)
}

func differing(a, b map[string]string) (names []string) {
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	return names
}
