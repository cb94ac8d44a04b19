package results

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

func writtenSample(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "r")
	if err := Write(dir, sampleRun(), WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit changes a file in place.
func edit(t *testing.T, path, old, new string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s does not hold %q", path, old)
	}
	if err := os.WriteFile(path, bytes.Replace(data, []byte(old), []byte(new), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadRefusesWhatIsNoResult(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("absent: %v", err)
	}
	dir := t.TempDir()
	if _, err := Read(dir); !errors.Is(err, ErrNoResult) || !strings.Contains(err.Error(), ManifestFile) {
		t.Errorf("empty: %v", err)
	}
	for _, text := range []string{"", "{", "[]", "{}", `{"name":"an npm package"}`, `{"format_version":"x"}`} {
		if err := os.WriteFile(filepath.Join(dir, ManifestFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(dir); !errors.Is(err, ErrNoResult) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReadTellsTheVersion(t *testing.T) {
	dir := writtenSample(t)
	edit(t, filepath.Join(dir, ManifestFile), `"format_version": 1`, `"format_version": 2`)
	_, err := Read(dir)
	if !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), "2, this program reads 1") {
		t.Errorf("got %v", err)
	}
	if err := Write(dir, sampleRun(), WriteOptions{}); !errors.Is(err, ErrExists) {
		t.Errorf("a result of another version is in the way: %v", err)
	}
	if err := Write(dir, sampleRun(), WriteOptions{Force: true}); err != nil {
		t.Errorf("a result of another version is a result: %v", err)
	}
}

// Every byte that is missing or changed is found, and the file named.
func TestReadFindsDamage(t *testing.T) {
	read := []string{ScenarioFile, SummaryFile, SeriesFile, SpansFile, MemoryFile, EventsFile}
	for _, name := range append(read, SeriesCSVFile, PerfettoFile) {
		for _, damage := range []string{"remove", "cut", "flip"} {
			dir := writtenSample(t)
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			switch damage {
			case "remove":
				err = os.Remove(path)
			case "cut":
				err = os.WriteFile(path, data[:len(data)/2], 0o644)
			case "flip":
				data[len(data)/2] ^= 1
				err = os.WriteFile(path, data, 0o644)
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := Verify(dir); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), name) {
				t.Errorf("Verify, %s %s: %v", damage, name, err)
			}
			_, err = Read(dir)
			if isRead := name != SeriesCSVFile && name != PerfettoFile; isRead != errors.Is(err, ErrCorrupt) {
				t.Errorf("Read, %s %s: %v", damage, name, err)
			}
		}
	}
}

// A file that matches the manifest may still not be what it should.
func TestReadChecksContent(t *testing.T) {
	dir := writtenSample(t)
	replace := func(name, old, new string) {
		before, _ := os.ReadFile(filepath.Join(dir, name))
		edit(t, filepath.Join(dir, name), old, new)
		after, _ := os.ReadFile(filepath.Join(dir, name))
		edit(t, filepath.Join(dir, ManifestFile), hash(before), hash(after))
	}
	expect := func(want string) {
		t.Helper()
		if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	replace(SummaryFile, "a1b2c3d4e5f60718", "0000000000000000")
	expect("is of another run")
	replace(SummaryFile, "0000000000000000", "a1b2c3d4e5f60718")
	if _, err := Read(dir); err != nil {
		t.Fatal(err)
	}
	replace(SummaryFile, `"step_time_s": 32`, `"step_time_s": "a`)
	expect(SummaryFile)
	replace(SummaryFile, `"step_time_s": "a`, `"step_time_s": 32`)
	replace(MemoryFile, "77", "7x")
	expect("line 5: memory_bytes \"7x\"")
	replace(MemoryFile, "7x", "77")
	replace(EventsFile, "0.005000001", "soon")
	expect("line 2: time_s \"soon\"")
	replace(EventsFile, "soon", "0.005000001")
	edit(t, filepath.Join(dir, ManifestFile), `"spans.parquet"`, `"spans.parquit"`)
	expect("spans.parquet is not in manifest.json")
}

// The manifest cannot make Verify look outside the directory.
func TestVerifyStaysInside(t *testing.T) {
	dir := writtenSample(t)
	edit(t, filepath.Join(dir, ManifestFile), `"spans.parquet"`, `"../spans.parquet"`)
	if err := Verify(dir); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "outside") {
		t.Errorf("got %v", err)
	}
}

// Tables that are Parquet, but not ours, are refused with a reason.
func TestReadRefusesOtherTables(t *testing.T) {
	type other struct {
		A int64 `parquet:"a"`
	}
	var b bytes.Buffer
	if err := parquet.Write(&b, []other{{1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := readSeries(b.Bytes()); err == nil || !strings.Contains(err.Error(), metaSeries) {
		t.Errorf("series: %v", err)
	}
	if err := readSpans(b.Bytes(), &Data{}); err == nil || !strings.Contains(err.Error(), metaStreams) {
		t.Errorf("spans: %v", err)
	}
	if _, err := readSeries([]byte("PAR1")); err == nil {
		t.Error("four bytes are no table")
	}

	b.Reset()
	w := newTable[other](&b)
	for _, key := range []string{metaStreams, metaPhases, metaLabels} {
		if err := setMeta(w, key, []string{}); err != nil {
			t.Fatal(err)
		}
	}
	w.Write([]other{{1}})
	w.Close()
	if err := readSpans(b.Bytes(), &Data{}); err == nil || !strings.Contains(err.Error(), "start_ns") {
		t.Errorf("spans without their columns: %v", err)
	}
}
