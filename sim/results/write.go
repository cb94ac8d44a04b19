package results

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// The files of a result directory; docs/results.md specifies them.
const (
	ManifestFile    = "manifest.json"
	ScenarioFile    = "scenario.toml"
	SummaryFile     = "summary.json"
	SeriesCSVFile   = "series.csv"
	SeriesFile      = "series.parquet"
	SpansFile       = "spans.parquet"
	MemoryFile      = "memory.csv"
	EventsFile      = "events.csv"
	SpectrumFile    = "spectrum.csv" // this and the next only where a step has enough bins
	RampsFile       = "ramps.csv"
	PerfettoFile    = "trace.pftrace.gz"
	ReplicasFile    = "replicas.csv" // this and the next three of a whole training only
	TimelineFile    = "timeline.csv"
	PoolFile        = "pool.csv"
	StepTimesFile   = "step_times.csv"
	SweepsFile      = "sweeps.csv" // this and the next two where they have rows
	AttributionFile = "attribution.csv"
	RanksFile       = "ranks.csv"
	HoursFile       = "hours.csv" // where something at the site changes by the hour
	PlotsDir        = "plots"
	temporaryPrefix = ".incomplete-" // of the directory while it is written
)

// Errors of Write where the directory is there already.
var (
	// ErrSame: it holds this very result, the same digest of the same scenario.
	ErrSame = errors.New("holds the same result already")
	// ErrExists: it holds something else.
	ErrExists = errors.New("exists already")
)

// WriteOptions are the choices of Write.
type WriteOptions struct {
	// Force replaces a result directory that is there; anything else that is
	// there, but an empty directory, is never touched.
	Force bool
	// Also, if given, adds files of its own, such as plots, before the directory
	// gets its name. An error from it is an error of Write.
	Also func(dir string) error
}

// Write writes a result directory, whole or not at all: to a temporary name
// beside dir, which takes the name dir once every byte is on disk. It completes
// r.Manifest. Where dir exists the error is ErrSame or ErrExists (errors.Is);
// an empty directory counts as absent.
func Write(dir string, r *Run, o WriteOptions) error {
	completeManifest(r)
	occupied, err := checkPlace(dir, r, o.Force)
	if err != nil {
		return err
	}
	parent, base := filepath.Split(filepath.Clean(dir))
	parent = filepath.Clean(parent)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, temporaryPrefix+base+"-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp) // when all went well there is nothing left to remove
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	if err := writeFiles(tmp, r, o.Also); err != nil {
		return fmt.Errorf("writing %s: %w", dir, err)
	}
	if err := putInPlace(tmp, dir, occupied); err != nil {
		return err
	}
	return syncDir(parent)
}

// completeManifest fills in what follows from the run and what was missing.
func completeManifest(r *Run) {
	m := &r.Manifest
	if m.Host == "" {
		*m = NewManifest(m.Seed)
	}
	m.Format = Version
	m.Digest = r.Summary.Digest
	m.ScenarioSHA256 = hash(r.Scenario)
	m.EndNS = int64(r.Data.End)
	m.Spans = len(r.Spans)
	m.SpansDropped = r.Dropped
	if m.End.IsZero() {
		m.End = time.Now().UTC()
	}
	m.PeakRSSBytes = peakRSS()
	m.Files = nil
}

// checkPlace tells whether there is a result directory to replace, or why dir
// must not be written.
func checkPlace(dir string, r *Run, force bool) (occupied bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case len(entries) == 0:
		return false, os.Remove(dir)
	}
	old, err := readManifest(dir)
	switch {
	case err != nil && !errors.Is(err, ErrVersion):
		return false, fmt.Errorf("%s %w and is no result directory", dir, ErrExists)
	case force:
		return true, nil
	case err == nil && old.Digest == r.Manifest.Digest && old.ScenarioSHA256 == r.Manifest.ScenarioSHA256:
		return false, fmt.Errorf("%s %w", dir, ErrSame)
	}
	return false, fmt.Errorf("%s %w and holds another result", dir, ErrExists)
}

// putInPlace gives tmp the name dir. An old directory steps aside first and
// comes back if that fails.
func putInPlace(tmp, dir string, occupied bool) error {
	if !occupied {
		return os.Rename(tmp, dir)
	}
	old := tmp + "-old"
	if err := os.Rename(dir, old); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil {
		return errors.Join(err, os.Rename(old, dir))
	}
	return os.RemoveAll(old)
}

// writeFiles fills dir; the manifest comes last, as it names all others.
func writeFiles(dir string, r *Run, also func(string) error) error {
	o := output{dir: dir, sums: map[string]string{}}
	o.file(ScenarioFile, func(w io.Writer) error {
		_, err := w.Write(r.Scenario)
		return err
	})
	o.file(SummaryFile, func(w io.Writer) error {
		if key := notFinite(&r.Summary); key != "" {
			return fmt.Errorf("%s is not a finite number", key)
		}
		return writeJSON(w, &r.Summary)
	})
	o.file(SeriesCSVFile, func(w io.Writer) error { return writeSeriesCSV(w, &r.Data) })
	o.file(SeriesFile, func(w io.Writer) error { return writeSeries(w, &r.Data) })
	o.file(SpansFile, func(w io.Writer) error { return writeSpans(w, &r.Data) })
	o.file(MemoryFile, func(w io.Writer) error { return writeMemory(w, r.Memory) })
	o.file(EventsFile, func(w io.Writer) error { return writeEvents(w, r.Events) })
	if len(r.Spectrum) > 0 {
		o.file(SpectrumFile, func(w io.Writer) error { return writeSpectrum(w, r.Spectrum) })
		o.file(RampsFile, func(w io.Writer) error { return writeRamps(w, r.Ramps) })
	}
	o.file(PerfettoFile, func(w io.Writer) error { return writePerfettoGzip(w, r) })
	if m := r.Months; m != nil {
		o.file(ReplicasFile, func(w io.Writer) error { return writeReplicas(w, m) })
		o.file(TimelineFile, func(w io.Writer) error { return writeTimeline(w, m.Timeline) })
		o.file(PoolFile, func(w io.Writer) error { return writePool(w, m.Pool) })
		o.file(StepTimesFile, func(w io.Writer) error { return writeStepTimes(w, m.StepTimes) })
		for _, t := range m.tables() {
			if t.rows > 0 {
				o.file(t.name, t.write)
			}
		}
	}
	if also != nil && o.err == nil {
		o.err = also(dir)
	}
	r.Manifest.Files = o.sums
	o.file(ManifestFile, func(w io.Writer) error { return writeJSON(w, &r.Manifest) })
	if o.err != nil {
		return o.err
	}
	return syncDir(dir)
}

// output writes files into a directory, remembers their SHA-256, and stops at
// the first error.
type output struct {
	dir  string
	sums map[string]string
	err  error
}

func (o *output) file(name string, fill func(io.Writer) error) {
	if o.err != nil {
		return
	}
	sum, err := writeFile(filepath.Join(o.dir, name), fill)
	if err != nil {
		o.err = fmt.Errorf("%s: %w", name, err)
		return
	}
	if name != ManifestFile {
		o.sums[name] = sum
	}
}

// writeFile creates a file, fills it, and returns when it is on disk.
func writeFile(path string, fill func(io.Writer) error) (sum string, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(f, h), 1<<16)
	err = fill(w)
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
