package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// skipRace leaves out tests that draw much: the package starts no goroutine, and
// the detector slows drawing tenfold.
func skipRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("draws much")
	}
}

// The figures of the demonstration, with a million spans: each file stays below
// 1 MB. REPORT_OUT keeps them for the eye.
func TestPlotsOfTheDemo(t *testing.T) {
	skipRace(t)
	if testing.Short() {
		t.Skip("draws a million spans")
	}
	r := demo.make()
	if len(r.Spans) < 1_000_000 {
		t.Fatalf("only %d spans", len(r.Spans))
	}
	dir := t.TempDir()
	if out := os.Getenv("REPORT_OUT"); out != "" {
		dir = out
	}
	paths, err := Plots(r, dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%8d %s", info.Size(), filepath.Base(p))
		if info.Size() >= 1<<20 {
			t.Errorf("%s has %d bytes, want less than 1 MB", filepath.Base(p), info.Size())
		}
		if strings.HasSuffix(p, ".svg") {
			names = append(names, strings.TrimSuffix(filepath.Base(p), ".svg"))
		}
	}
	want := "timeline timeline-warmup timeline-steady timeline-tail operations buckets mfu utilization memory power energy traffic links link-heat"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("figures:\n got %s\nwant %s", got, want)
	}
}

// BenchmarkPlots draws the figures of the demonstration.
func BenchmarkPlots(b *testing.B) {
	r := demo.make()
	for b.Loop() {
		if _, err := Plots(r, b.TempDir()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(r.Spans)), "spans")
}
