package report

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func cpu(t testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// skipRace leaves out tests that draw much: the package starts no goroutine, and
// the detector slows drawing tenfold.
func skipRace(t *testing.T) {
	t.Helper()
	if raceEnabled {
		t.Skip("draws much")
	}
}

// The figures of the demonstration, with a million spans: each file stays below
// 1 MB and all are drawn in 3 s of CPU. REPORT_OUT keeps them for the eye.
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
	before := cpu(t)
	paths, err := Plots(r, dir)
	if err != nil {
		t.Fatal(err)
	}
	spent := cpu(t) - before
	t.Logf("%d spans, %d files, %v of CPU", len(r.Spans), len(paths), spent)
	if spent > 3*time.Second {
		t.Errorf("plots took %v of CPU, want at most 3 s", spent)
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
