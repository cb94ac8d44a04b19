package report

import (
	"math"

	"gonum.org/v1/plot"

	"trainsim/sim/results"
)

// utilization draws the share of GPUs that compute: each stage as a row of a
// heat map, and the mean of all as a line, with the share of the peak FLOP rate
// that was achieved.
func utilization(r *results.Run) *figure {
	stages := r.Named("busy")
	if len(stages) == 0 || r.Summary.Ranks == 0 {
		return nil
	}
	e := whole(r)
	n := min(columnsFor(e, stages), columnsOf(len(stages)))
	unit := fitTime(e.length())
	lo, hi := e.start.Seconds()/unit.Factor, e.end.Seconds()/unit.Factor
	f := &figure{
		name:  "utilization",
		title: headline(r, "GPUs compute %s of the time, at %s of peak FLOP/s", percent(r.Summary.GPUUtilization), percent(r.Summary.SMUtilization)),
		lead:  "Share of GPUs with a kernel on the compute stream, by pipeline stage and on average over all GPUs.",
		keys:  []key{{text: "busy GPUs, 0 % to 100 %", cue: cueBar}, {text: "mean of all stages", color: solid(blue, 1.2), cue: cueLine}},
		note:  "Means over " + number(float64(n), 0) + " equal parts of the time.",
	}
	edges := even(e, n)
	f.table = times(edges)
	perStage := float64(r.Summary.Ranks) / float64(len(stages))
	h := newHeat(len(stages), n)
	mean := make([]float64, n)
	var rows []string
	for i, s := range stages {
		c := reduce(s, e, n)
		rows = append(rows, s.Part)
		dst := h.row(i)
		for k, v := range c.mean {
			dst[k] = v / perStage
			mean[k] += dst[k] / float64(len(stages))
		}
		f.table.column(s.Part, dst)
	}
	top := newPlot("", "")
	h.frame(top, rows, lo, hi)
	f.panels = append(f.panels, panel{plot: bare(top), title: "by stage", height: 130})

	p := newPlot("time ("+unit.Unit+")", "share (%)")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo, hi, 0, 100
	p.Add(grid{y: true})
	f.addShare(p, "mean of all stages", edges, mean, unit, key{color: solid(blue, 1.2)})
	if achieved := achievedShare(r, e, n); achieved != nil {
		k := key{text: "FLOP/s achieved, share of peak", color: dashed(vermillion, 1), cue: cueDash}
		f.keys = append(f.keys, k)
		f.addShare(p, k.text, edges, achieved, unit, k)
	}
	f.mark(p, r, e, unit)
	f.panels = append(f.panels, panel{plot: p, title: "all GPUs", height: 130})
	return f
}

// addShare draws a share of 0 … 1 as a line in per cent and adds it to the table.
func (f *figure) addShare(p *plot.Plot, name string, edges, share []float64, unit scale, k key) {
	x, y := make([]float64, len(edges)), make([]float64, len(share))
	for i, t := range edges {
		x[i] = t / unit.Factor
	}
	for i, v := range share {
		y[i] = 100 * v
	}
	f.table.column(name, share)
	p.Add(line{points: stairs(x, y), style: k.color})
}

// achievedShare returns the FLOP rate as a share of the peak of all GPUs, or nil
// where it was not recorded. The peak follows from the summary: hardware FLOP/s
// per GPU is HFU of it.
func achievedShare(r *results.Run, e extents, n int) []float64 {
	s := r.Find("flop", "achieved")
	if s == nil || r.Summary.HFU <= 0 {
		return nil
	}
	base := 1.0
	switch s.Unit {
	case "MFLOP/s":
		base = 1e6
	case "GFLOP/s":
		base = 1e9
	}
	peak := r.Summary.HardwareTFLOPSPerGPU * 1e12 / r.Summary.HFU * float64(r.Summary.Ranks)
	share := reduce(s, e, n).mean
	for i := range share {
		share[i] = math.Min(1, share[i]*base/peak)
	}
	return share
}
