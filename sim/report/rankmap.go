package report

import (
	"fmt"
	"strconv"

	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
)

// rankMap draws how slow the ranks of each replica and stage compute: stages are
// rows, replicas columns.
func rankMap(r *results.Run) *figure {
	cells := r.Months.Ranks
	if len(cells) == 0 {
		return nil
	}
	var stages, replicas int
	worst := cells[0]
	for _, c := range cells {
		stages, replicas = max(stages, int(c.Pipeline)+1), max(replicas, int(c.Data)+1)
		if c.Slowdown > worst.Slowdown {
			worst = c
		}
	}
	most := worst.Slowdown - 1
	f := &figure{
		name:  "ranks",
		title: headline(r, "slowest is stage %d of replica %d, %s slower than its peers", worst.Pipeline, worst.Data, percent(most)),
		lead:  "Compute time of the ranks of each replica and pipeline stage over the median of their stage: one bright cell is a bad worker, a bright column a replica with more work.",
		note:  "The step that the attribution looked at.",
	}
	f.table.header = []string{"data", "pipeline", "compute_s", "wait_s", "slowdown"}
	h := newHeat(stages, replicas)
	var rows []string
	for i := range stages {
		rows = append(rows, fmt.Sprintf("stage %d", i))
	}
	for _, c := range cells {
		if most > 0 {
			h.row(int(c.Pipeline))[c.Data] = max(0, c.Slowdown-1) / most
		}
		g := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
		f.table.add(strconv.Itoa(int(c.Data)), strconv.Itoa(int(c.Pipeline)), g(c.ComputeS), g(c.WaitS), g(c.Slowdown))
	}
	f.keys = []key{{text: "slower than its peers, 0 % to " + percent(max(most, 0)), cue: cueBar}}
	p := newPlot("data-parallel replica", "")
	h.frame(p, rows, -0.5, float64(replicas)-0.5)
	p.X.Tick.Marker = wholes{most: 9}
	f.panels = []panel{{plot: p, height: vg.Length(40 + min(12*stages, 200))}}
	return f
}
