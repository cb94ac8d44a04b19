package results

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// keyPaths lists the keys of a JSON document, each once, with [] for lists and
// <name> for maps whose keys are data.
func keyPaths(v any, path string, open map[string]bool, out *[]string) {
	switch v := v.(type) {
	case map[string]any:
		for key, in := range v {
			p := path + "." + key
			if open[path] {
				p = path + ".<name>"
			}
			keyPaths(in, p, open, out)
		}
	case []any:
		for _, in := range v {
			keyPaths(in, path+"[]", open, out)
		}
	default:
		*out = append(*out, strings.TrimPrefix(path, "."))
	}
}

// The keys of summary.json and manifest.json are a contract with every script
// that reads them: one that goes away or changes needs a new format version.
func TestKeysAreStable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	r := sampleRun()
	r.Summary.Training, r.Months = sampleTraining(), sampleMonths()
	r.Manifest.Program.Revision, r.Manifest.Program.Time = "abc", "2026-01-01T00:00:00Z"
	if err := Write(dir, r, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	open := map[string]bool{".link_utilization": true, ".time_buckets_s": true, ".energy_buckets_j": true,
		".energy_components_j": true, ".stage_buckets_s[]": true, ".files_sha256": true,
		".failures": true, ".lost_time_s": true, ".lost_time_by_cause_s": true, ".run_time_s": true, ".run_energy_mwh": true}
	for _, file := range []string{SummaryFile, ManifestFile} {
		data, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			t.Fatal(err)
		}
		var list []string
		keyPaths(v, "", open, &list)
		slices.Sort(list)
		golden(t, strings.TrimSuffix(file, ".json")+".keys.txt", strings.Join(slices.Compact(list), "\n")+"\n")
	}
}

// docs/results.md names every key and every column.
func TestDocumentationIsComplete(t *testing.T) {
	doc, err := os.ReadFile("../../docs/results.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, file := range []string{"summary.keys.txt", "manifest.keys.txt"} {
		keys, err := os.ReadFile(filepath.Join("testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range strings.Fields(strings.ReplaceAll(string(keys), "[]", "")) {
			for _, key := range strings.Split(path, ".") {
				if key != "<name>" {
					want = append(want, key)
				}
			}
		}
	}
	want = append(want, memoryHeader...)
	want = append(want, eventsHeader...)
	want = append(want, (&Months{Buckets: []string{"BUCKET"}, Failures: []string{"CAUSE"}}).header()...)
	want = append(want, slices.Concat(spectrumHeader, rampsHeader, timelineHeader, poolHeader, stepTimesHeader)...)
	want = append(want, "series", "part", "unit", "time_s", "width_s", "mean",
		"start_ns", "end_ns", "rank", "stream", "phase", "name", "kind", "microbatch", "layer", "chunk", "step",
		metaFormat, metaSeries, metaStreams, metaPhases, metaLabels,
		ManifestFile, ScenarioFile, SummaryFile, SeriesCSVFile, SeriesFile, SpansFile, MemoryFile, EventsFile, SpectrumFile, RampsFile, PerfettoFile,
		ReplicasFile, TimelineFile, PoolFile, StepTimesFile)
	for _, key := range want {
		if !bytes.Contains(doc, []byte("`"+key+"`")) {
			t.Errorf("docs/results.md does not name `%s`", key)
		}
	}
}
