package results

import (
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// Version is the version of the format of result directories. It changes when a
// file or key changes its meaning or goes away, not when one is added.
const Version = 1

// Manifest is manifest.json: which program made the result, from what, where
// and when. It is the one file that may differ between two runs of the same
// scenario and seed on one architecture.
type Manifest struct {
	Format         int               `json:"format_version"`
	Program        Program           `json:"program"`
	Seed           int64             `json:"seed"`
	Digest         string            `json:"digest"` // of every event of the simulation
	ScenarioSHA256 string            `json:"scenario_sha256"`
	EndNS          int64             `json:"end_ns"` // simulated
	Spans          int               `json:"spans"`
	SpansDropped   int64             `json:"spans_dropped"` // beyond the bound on spans
	Start          time.Time         `json:"start"`         // by the wall clock, UTC
	End            time.Time         `json:"end"`
	Host           string            `json:"host"`
	Cores          int               `json:"cores"`
	PeakRSSBytes   int64             `json:"peak_rss_bytes"` // of the process when the result was written; 0: unknown
	Files          map[string]string `json:"files_sha256"`   // every file but this one and those under plots/
}

// Program says which build made a result.
type Program struct {
	Version  string `json:"version"` // of the module, "(devel)" where the build has none
	Revision string `json:"vcs_revision,omitempty"`
	Time     string `json:"vcs_time,omitempty"`
	Modified bool   `json:"vcs_modified"` // the tree differed from the revision
	Go       string `json:"go"`
	OS       string `json:"goos"`
	Arch     string `json:"goarch"`
}

// NewManifest starts the manifest of a run that begins now. Write fills in the
// rest.
func NewManifest(seed int64) Manifest {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return Manifest{
		Format:  Version,
		Program: ThisProgram(),
		Seed:    seed,
		Start:   time.Now().UTC(),
		Host:    host,
		Cores:   runtime.NumCPU(),
	}
}

// ThisProgram describes the running build.
func ThisProgram() Program {
	p := Program{Version: "(devel)", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return p
	}
	if info.Main.Version != "" {
		p.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			p.Revision = s.Value
		case "vcs.time":
			p.Time = s.Value
		case "vcs.modified":
			p.Modified = s.Value == "true"
		}
	}
	return p
}

// String returns the version in one word for stamps: "v0.3.0", or "(devel)"
// with the short revision where the build knows it, and "+dirty" where the tree
// was modified.
func (p Program) String() string {
	s := p.Version
	if s == "(devel)" && p.Revision != "" {
		s = p.Revision[:min(12, len(p.Revision))]
	}
	const dirty = "+dirty"
	if p.Modified && (len(s) < len(dirty) || s[len(s)-len(dirty):] != dirty) {
		s += dirty
	}
	return s
}
