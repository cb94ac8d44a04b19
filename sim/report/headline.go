package report

import (
	"fmt"

	"trainsim/sim/results"
)

// subject returns what a run is called in titles.
func subject(r *results.Run) string {
	if r.Summary.Title != "" {
		return r.Summary.Title
	}
	return r.Summary.Scenario
}

// headline joins the subject and a finding.
func headline(r *results.Run, format string, args ...any) string {
	return subject(r) + ": " + fmt.Sprintf(format, args...)
}

// stamp returns the provenance line: program version, scenario, seed, digest. It
// holds no date, so the same result gives the same bytes.
func stamp(r *results.Run) string {
	m := &r.Manifest
	version := m.Program.Version
	if version == "" {
		version = "(devel)"
	}
	if m.Program.Revision != "" {
		version += " " + short(m.Program.Revision)
	}
	if m.Program.Modified {
		version += "+dirty"
	}
	s := fmt.Sprintf("simulate %s · scenario %s", version, r.Summary.Scenario)
	if m.ScenarioSHA256 != "" {
		s += " " + short(m.ScenarioSHA256)
	}
	return s + fmt.Sprintf(" · seed %d · digest %s", m.Seed, short(r.Summary.Digest))
}

// short cuts a hash to what tells it from its neighbours.
func short(hash string) string { return hash[:min(len(hash), 12)] }
