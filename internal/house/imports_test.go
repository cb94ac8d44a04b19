package house

import (
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule says what a package may import: packages of this module, and modules of
// others beside the standard library.
type rule struct {
	ours   []string
	others []string
}

var belowScenario = []string{
	"sim/engine", "sim/trace", "sim/cluster", "sim/network", "sim/workload", "sim/fold", "sim/training", "sim/budget", "sim/run", "sim/power",
}

// rules is the table of the design: every edge that is not in it is an error.
var rules = map[string]rule{
	"cmd/simulate": {
		ours:   []string{"sim/scenario", "sim/study", "sim/report", "sim/budget", "sim/results"},
		others: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/rs/zerolog", "github.com/schollz/progressbar/v3", "golang.org/x/term"},
	},
	"sim/engine":   {},
	"sim/trace":    {ours: []string{"sim/engine"}},
	"sim/cluster":  {ours: []string{"sim/engine", "sim/trace"}, others: gonum},
	"sim/network":  {ours: []string{"sim/engine", "sim/trace"}, others: gonum},
	"sim/workload": {others: gonum},
	"sim/fold":     {others: gonum},
	"sim/training": {ours: []string{"sim/engine", "sim/trace", "sim/cluster", "sim/network", "sim/workload", "sim/fold"}, others: gonum},
	"sim/budget":   {others: gonum},
	"sim/run":      {ours: []string{"sim/engine"}, others: gonum},
	"sim/power":    {ours: []string{"sim/engine", "sim/trace"}, others: gonum},
	"sim/scenario": {ours: belowScenario, others: []string{"github.com/BurntSushi/toml"}},
	"sim/results": {
		ours:   []string{"sim/engine", "sim/trace"},
		others: []string{"github.com/parquet-go/parquet-go", "google.golang.org/protobuf/encoding/protowire"},
	},
	"sim/study": {ours: append([]string{"sim/scenario", "sim/results"}, belowScenario...), others: gonum},
	"sim/report": {
		ours:   []string{"sim/results", "sim/trace", "sim/budget", "sim/engine"}, // engine for the type of time,
		others: []string{"gonum.org/v1", "golang.org/x/image", "codeberg.org/go-fonts/liberation"},
	},
}

var gonum = []string{"gonum.org/v1/gonum"}

// Only these may do what decides on files, clocks and goroutines.
var (
	touchFiles = []string{"sim/scenario", "sim/results", "sim/report", "sim/study"}
	startGo    = []string{"sim/study"}
)

func TestImports(t *testing.T) {
	for _, p := range load(t) {
		r, ok := rules[p.Path]
		if !ok {
			t.Errorf("%s is not in the table of the design", p.Path)
			continue
		}
		for _, f := range p.Files {
			for _, spec := range f.Imports {
				path, err := strconv.Unquote(spec.Path.Value)
				if err != nil {
					t.Fatal(err)
				}
				if !r.allows(path) {
					t.Errorf("%s: %s may not import %s", p.where(spec), p.Path, path)
				}
			}
		}
	}
}

// allows tells whether a package under the rule may import path.
func (r rule) allows(path string) bool {
	if ours, ok := strings.CutPrefix(path, module); ok {
		return slices.Contains(r.ours, ours)
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") {
		return true // standard library; what the core may not use of it is in ban_test.go
	}
	return slices.ContainsFunc(r.others, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") })
}

func TestRuleAllows(t *testing.T) {
	r := rule{ours: []string{"sim/engine"}, others: []string{"gonum.org/v1/gonum"}}
	for path, want := range map[string]bool{
		"fmt": true, "math/bits": true,
		"trainsim/sim/engine": true, "trainsim/sim/trace": false, "trainsim/sim/engineering": false,
		"gonum.org/v1/gonum/stat": true, "gonum.org/v1/gonumber": false, "gonum.org/v1/plot": false,
		"github.com/rs/zerolog": false,
	} {
		if got := r.allows(path); got != want {
			t.Errorf("allows(%q) = %v, want %v", path, got, want)
		}
	}
}
