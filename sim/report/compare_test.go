package report

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

func sampleContrasts() []Contrasts {
	return []Contrasts{
		{Result: "hot-spare", Baseline: "restart", Paired: 40, List: []Contrast{
			{"goodput", 0.061, 0.058, 0.064}, {"completion_time_s", -0.057, -0.060, -0.054},
			{"interruptions", 0.001, -0.004, 0.006}, {"lost_time_s.wasted_progress", 0, 0, 0}, {"lost_time_s.infrastructure_recovery", -0.62, -0.64, -0.60},
		}},
		{Result: "elastic", Baseline: "restart", Paired: 40, List: []Contrast{
			{"goodput", 0.03, -0.01, 0.07}, {"completion_time_s", -0.02, -0.05, 0.01},
		}},
	}
}

func TestContrasts(t *testing.T) {
	f := contrasts(sampleContrasts())
	if len(f.panels) != 2 || len(f.table.rows) != 7 || f.title != "2 results against restart" {
		t.Errorf("%d panels, %d rows, title %q", len(f.panels), len(f.table.rows), f.title)
	}
	if got := strings.Join(f.table.rows[0], " "); got != "hot-spare goodput 0.061 0.058 0.064" {
		t.Errorf("first row %q", got)
	}
	var file bytes.Buffer
	if err := WriteContrasts(&file, sampleContrasts()); err != nil {
		t.Fatal(err)
	}
	if file.Len() < 5000 {
		t.Errorf("%d bytes", file.Len())
	}
}

// One interval of twenty times the others does not take the axis from them: it goes to
// three times the third longest, and no mean is off it.
func TestReachOfIntervals(t *testing.T) {
	calm := []Contrast{{"a", 0.01, 0, 0.02}, {"b", -0.01, -0.03, 0.01}, {"c", 0.02, 0.01, 0.04}, {"d", 0, -0.04, 0.04}}
	if reach, cut := reachOf([]Contrasts{{List: calm}}); math.Abs(reach-0.044) > 1e-12 || cut {
		t.Errorf("reach %v, cut %v, want 0.044", reach, cut)
	}
	wild := append(slices.Clone(calm), Contrast{"e", 0.1, -0.8, 1})
	if reach, cut := reachOf([]Contrasts{{List: wild}}); math.Abs(reach-0.132) > 1e-12 || !cut {
		t.Errorf("reach %v, cut %v, want 3·0.044", reach, cut)
	}
	wild[4].Mean = 0.5
	if reach, _ := reachOf([]Contrasts{{List: wild}}); math.Abs(reach-0.55) > 1e-12 {
		t.Errorf("reach %v, want 0.55", reach)
	}
	if reach, cut := reachOf([]Contrasts{{}}); reach != 0.01 || cut {
		t.Errorf("of nothing %v, %v", reach, cut)
	}
}
