package results

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"trainsim/sim/engine"
)

// Errors of Read and Verify, for errors.Is.
var (
	ErrNoResult = errors.New("not a result directory") // no manifest.json
	ErrVersion  = errors.New("another format version")
	ErrCorrupt  = errors.New("not as it was written") // missing, cut short or changed
)

// Read reads a result directory back. Each file is checked against its SHA-256
// in the manifest first.
func Read(dir string) (*Run, error) {
	m, err := readManifest(dir)
	if err != nil {
		return nil, err
	}
	r := &Run{Manifest: m, Data: Data{End: engine.Time(m.EndNS), Dropped: m.SpansDropped}}
	files := []parser{
		{ScenarioFile, func(data []byte) error { r.Scenario = data; return nil }},
		{SummaryFile, func(data []byte) error { return json.Unmarshal(data, &r.Summary) }},
		{SeriesFile, func(data []byte) (err error) { r.Series, err = readSeries(data); return }},
		{SpansFile, func(data []byte) error { return readSpans(data, &r.Data) }},
		{MemoryFile, func(data []byte) (err error) { r.Memory, err = readMemory(bytes.NewReader(data)); return }},
		{EventsFile, func(data []byte) (err error) { r.Events, err = readEvents(bytes.NewReader(data)); return }},
	}
	if m.Files[SpectrumFile] != "" {
		files = append(files, mainsFiles(&r.Data)...)
	}
	if m.Files[ReplicasFile] != "" {
		r.Months = new(Months)
		files = append(files, monthsFiles(r.Months)...)
		files = append(files, tableFiles(r.Months, m.Files)...)
	}
	for _, f := range files {
		data, err := checkedFile(dir, f.name, m.Files[f.name])
		if err != nil {
			return nil, err
		}
		if err := f.parse(data); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Join(dir, f.name), err)
		}
	}
	if r.Summary.Digest != m.Digest || len(r.Spans) != m.Spans {
		return nil, fmt.Errorf("%s: %s is of another run than %s: %w", dir, SummaryFile, ManifestFile, ErrCorrupt)
	}
	return r, nil
}

// parser reads one file of a result.
type parser struct {
	name  string
	parse func(data []byte) error
}

// mainsFiles are the files of what a utility sees.
func mainsFiles(d *Data) []parser {
	return []parser{
		{SpectrumFile, func(data []byte) (err error) { d.Spectrum, err = readSpectrum(bytes.NewReader(data)); return }},
		{RampsFile, func(data []byte) (err error) { d.Ramps, err = readRamps(bytes.NewReader(data)); return }},
	}
}

// monthsFiles are the files of a whole training.
func monthsFiles(m *Months) []parser {
	return []parser{
		{ReplicasFile, func(data []byte) error { return readReplicas(bytes.NewReader(data), m) }},
		{TimelineFile, func(data []byte) (err error) { m.Timeline, err = readTimeline(bytes.NewReader(data)); return }},
		{PoolFile, func(data []byte) (err error) { m.Pool, err = readPool(bytes.NewReader(data)); return }},
		{StepTimesFile, func(data []byte) (err error) { m.StepTimes, err = readStepTimes(bytes.NewReader(data)); return }},
	}
}

// Verify checks every file that the manifest names against its SHA-256 and
// returns what is wrong with each.
func Verify(dir string) error {
	m, err := readManifest(dir)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(m.Files))
	for name := range m.Files {
		names = append(names, name)
	}
	slices.Sort(names)
	var errs []error
	for _, name := range names {
		if !filepath.IsLocal(name) {
			errs = append(errs, fmt.Errorf("%s: %s names %q, which is outside: %w", dir, ManifestFile, name, ErrCorrupt))
			continue
		}
		_, err := checkedFile(dir, name, m.Files[name])
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// readManifest reads manifest.json and checks that this program understands the
// directory.
func readManifest(dir string) (m Manifest, err error) {
	path := filepath.Join(dir, ManifestFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		if _, err := os.Stat(dir); err != nil {
			return m, err
		}
		return m, fmt.Errorf("%s is %w: it has no %s", dir, ErrNoResult, ManifestFile)
	}
	if err != nil {
		return m, err
	}
	var head struct {
		Format int `json:"format_version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return m, fmt.Errorf("%s: %w: %w", path, ErrNoResult, err)
	}
	if head.Format == 0 {
		return m, fmt.Errorf("%s is %w: it has no format_version", path, ErrNoResult)
	}
	if head.Format != Version {
		return m, fmt.Errorf("%s has %w: %d, this program reads %d", dir, ErrVersion, head.Format, Version)
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%s: %w: %w", path, ErrCorrupt, err)
	}
	return m, nil
}

// checkedFile reads a file of dir whose SHA-256 is known.
func checkedFile(dir, name, sum string) ([]byte, error) {
	path := filepath.Join(dir, name)
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s is missing: the directory is %w", path, ErrCorrupt)
	case err != nil:
		return nil, err
	case sum == "":
		return nil, fmt.Errorf("%s is not in %s: %w", path, ManifestFile, ErrCorrupt)
	case hash(data) != sum:
		return nil, fmt.Errorf("%s is %w: its SHA-256 differs from %s", path, ErrCorrupt, ManifestFile)
	}
	return data, nil
}
