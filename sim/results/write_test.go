package results

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// children lists the names in a directory.
func children(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWriteMakesEveryFile(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "r")
	seen := false
	also := func(tmp string) error {
		seen = true
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Error("the directory has its name before it is whole")
		}
		if err := os.Mkdir(filepath.Join(tmp, PlotsDir), 0o755); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(tmp, PlotsDir, "power.svg"), nil, 0o644)
	}
	if err := Write(dir, sampleRun(), WriteOptions{Also: also}); err != nil {
		t.Fatal(err)
	}
	want := []string{EventsFile, ManifestFile, MemoryFile, PlotsDir, RampsFile, ScenarioFile, SpectrumFile, SeriesCSVFile, SeriesFile, SpansFile, SummaryFile, PerfettoFile}
	slices.Sort(want)
	if got := children(t, dir); !slices.Equal(got, want) || !seen {
		t.Errorf("files %v, want %v", got, want)
	}
	if got := children(t, parent); !slices.Equal(got, []string{"r"}) {
		t.Errorf("left beside it: %v", got)
	}
}

// Scenario and seed decide every byte, but of the manifest.
func TestWriteIsDeterministic(t *testing.T) {
	parent := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := Write(filepath.Join(parent, name), sampleRun(), WriteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range children(t, filepath.Join(parent, "a")) {
		if name == ManifestFile {
			continue
		}
		a, _ := os.ReadFile(filepath.Join(parent, "a", name))
		b, err := os.ReadFile(filepath.Join(parent, "b", name))
		if err != nil || !bytes.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s differs between two writes (%d and %d bytes, %v)", name, len(a), len(b), err)
		}
	}
}

func TestWriteNeverOverwrites(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "r")
	write := func(change func(*Run), o WriteOptions) error {
		r := sampleRun()
		change(r)
		return Write(dir, r, o)
	}
	same := func(*Run) {}
	other := func(r *Run) { r.Summary.Digest = "ffff"; r.Summary.Title = "other" }
	otherScenario := func(r *Run) { r.Scenario = []byte("y") }

	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := write(same, WriteOptions{}); err != nil {
		t.Fatalf("an empty directory counts as absent: %v", err)
	}
	if err := write(same, WriteOptions{}); !errors.Is(err, ErrSame) || errors.Is(err, ErrExists) {
		t.Errorf("same result: %v", err)
	}
	for _, change := range []func(*Run){other, otherScenario} {
		if err := write(change, WriteOptions{}); !errors.Is(err, ErrExists) || errors.Is(err, ErrSame) {
			t.Errorf("another result: %v", err)
		}
	}
	if r, err := Read(dir); err != nil || r.Summary.Title == "other" {
		t.Fatalf("the first result is gone: %v", err)
	}
	if err := write(other, WriteOptions{Force: true}); err != nil {
		t.Fatal(err)
	}
	if r, err := Read(dir); err != nil || r.Summary.Title != "other" {
		t.Errorf("forced, but not replaced: %v", err)
	}
	if got := children(t, parent); !slices.Equal(got, []string{"r"}) {
		t.Errorf("left beside it: %v", got)
	}
}

// Even force keeps its hands off what is no result.
func TestWriteForceSparesOtherDirectories(t *testing.T) {
	dir := t.TempDir()
	thesis := filepath.Join(dir, "thesis.tex")
	if err := os.WriteFile(thesis, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, sampleRun(), WriteOptions{Force: true}); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if err := Write(thesis, sampleRun(), WriteOptions{Force: true}); err == nil {
		t.Error("a file was replaced")
	}
	if _, err := os.Stat(thesis); err != nil {
		t.Error(err)
	}
}

// An error or panic on the way leaves the place as it was.
func TestWriteFailsWhole(t *testing.T) {
	disk := errors.New("disk full")
	cases := map[string]struct {
		change func(*Run)
		also   func(string) error
		want   string
	}{
		"plots":     {func(*Run) {}, func(string) error { return disk }, "disk full"},
		"span":      {func(r *Run) { r.Spans[3].Label = 99 }, nil, "span 3 has label 99 of 4"},
		"phase":     {func(r *Run) { r.Spans[0].Phase = 3 }, nil, "phase 3 of 3"},
		"series":    {func(r *Run) { r.Series[1] = r.Series[0] }, nil, `series.parquet: two series are named "power" of "gpu"`},
		"not a no":  {func(r *Run) { r.Summary.TimeBucketsS["idle"] = math.NaN() }, nil, "summary.json: time_buckets_s.idle is not a finite number"},
		"infinite":  {func(r *Run) { r.Summary.Memory[1].TotalGiB = math.Inf(1) }, nil, "memory[1].total_gib"},
		"in a list": {func(r *Run) { r.Summary.StageBucketsS[1]["compute"] = math.NaN() }, nil, "stage_buckets_s[1].compute"},
	}
	for name, c := range cases {
		parent := t.TempDir()
		dir := filepath.Join(parent, "r")
		r := sampleRun()
		c.change(r)
		err := Write(dir, r, WriteOptions{Also: c.also})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		if got := children(t, parent); len(got) > 0 {
			t.Errorf("%s: left %v", name, got)
		}
	}

	parent := t.TempDir()
	dir := filepath.Join(parent, "r")
	if err := Write(dir, sampleRun(), WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost")
			}
		}()
		Write(dir, sampleRun(), WriteOptions{Force: true, Also: func(string) error { panic("plot") }})
	}()
	if err := Verify(dir); err != nil {
		t.Errorf("the old result suffered: %v", err)
	}
	if got := children(t, parent); !slices.Equal(got, []string{"r"}) {
		t.Errorf("left beside it: %v", got)
	}
}

// A process that is killed while it writes leaves no directory of that name, or
// the old one whole.
func TestKilledWriterLeavesNothingHalf(t *testing.T) {
	if dir := os.Getenv("RESULTS_TEST_KILL"); dir != "" {
		Write(dir, sampleRun(), WriteOptions{Force: true, Also: func(string) error {
			return syscall.Kill(os.Getpid(), syscall.SIGKILL)
		}})
		return
	}
	parent := t.TempDir()
	kill := func(name string) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKilledWriterLeavesNothingHalf$")
		cmd.Env = append(os.Environ(), "RESULTS_TEST_KILL="+filepath.Join(parent, name))
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Fatalf("the writer lived: %s", out)
		}
	}
	old := filepath.Join(parent, "old")
	if err := Write(old, sampleRun(), WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	kill("new")
	kill("old")
	if _, err := os.Stat(filepath.Join(parent, "new")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory of the name is there: %v", err)
	}
	if err := Verify(old); err != nil {
		t.Error(err)
	}
	incomplete := 0
	for _, name := range children(t, parent) {
		if strings.HasPrefix(name, temporaryPrefix) {
			incomplete++
		}
	}
	if incomplete != 2 {
		t.Errorf("%d writers were killed half way, want 2 (in %v)", incomplete, children(t, parent))
	}
	// What they left stands in nobody's way.
	if err := Write(filepath.Join(parent, "new"), sampleRun(), WriteOptions{}); err != nil {
		t.Error(err)
	}
}

func TestWriteFileReportsErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	if _, err := writeFile(path, func(w io.Writer) error { return errors.New("no") }); err == nil {
		t.Error("the error of the content is lost")
	}
	if _, err := writeFile(path, func(w io.Writer) error { return nil }); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an existing file: %v", err)
	}
	// SHA-256 of "abc" is FIPS 180-4's example.
	sum, err := writeFile(filepath.Join(dir, "g"), func(w io.Writer) error { _, err := io.WriteString(w, "abc"); return err })
	if err != nil || sum != "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" {
		t.Errorf("sum %s, %v", sum, err)
	}
}
