package report

import (
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Contrast is one figure of a result beside that of another: how much more it is,
// as a share of the other, with the bounds of its confidence interval.
type Contrast struct {
	Name            string
	Mean, Low, High float64
}

// Contrasts is a result compared with a baseline.
type Contrasts struct {
	Result, Baseline string
	Paired           int // replicas
	List             []Contrast
}

// WriteContrasts draws comparisons with one baseline, as a PNG image.
func WriteContrasts(w io.Writer, all []Contrasts) error { return contrasts(all).writePNG(w) }

// contrasts draws a panel for each result: a mark and its interval for each figure.
func contrasts(all []Contrasts) *figure {
	f := &figure{
		name:  "compare",
		title: fmt.Sprintf("%s against %s", all[0].Result, all[0].Baseline),
		lead:  "How much more each figure is than in the baseline, as a share of it. Filled marks: the interval leaves no doubt about the sign.",
		note:  "Bars are 95 % confidence intervals of the mean difference of replicas with the same draws (Student's t).",
	}
	if len(all) > 1 {
		f.title = fmt.Sprintf("%d results against %s", len(all), all[0].Baseline)
	}
	if all[0].Paired < 2 {
		f.note = "One replica or none: no intervals."
	}
	f.table.header = []string{"result", "figure", "relative_difference", "low", "high"}
	reach, cut := reachOf(all)
	if cut {
		f.note += " Intervals that would dwarf the others end in an arrow at the edge."
	}
	for _, c := range all {
		f.panels = append(f.panels, f.contrastPanel(c, 108*reach))
	}
	return f
}

// reachOf returns how far from 0 the axis goes: to the end of every interval, unless
// some are far longer than the others: then to three times as far as three quarters of
// them do. All means are on it. cut tells whether some intervals are not.
func reachOf(all []Contrasts) (reach float64, cut bool) {
	reach = 0.01
	var ends []float64
	for _, c := range all {
		for _, d := range c.List {
			reach = max(reach, 1.1*math.Abs(d.Mean))
			ends = append(ends, 1.1*max(math.Abs(d.Low), math.Abs(d.High)))
		}
	}
	if len(ends) == 0 {
		return reach, false
	}
	slices.Sort(ends)
	longest := ends[len(ends)-1]
	reach = max(reach, min(longest, 3*ends[3*(len(ends)-1)/4]))
	return reach, longest > reach
}

func (f *figure) contrastPanel(c Contrasts, reach float64) panel {
	p := newPlot("difference from "+c.Baseline+" (%)", "")
	n := len(c.List)
	p.X.Min, p.X.Max = -reach, reach
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Add(grid{x: true}, rule{value: 0, vertical: true, style: solid(slate, 0.75)})
	var rows []string
	var marks whiskers
	sty := textStyle(6.5, false)
	sty.YAlign = draw.YCenter
	var texts labels
	for i, d := range c.List {
		y := float64(n - 1 - i)
		rows = append(rows, d.Name)
		marks = append(marks, whisker{y: y, low: 100 * d.Low, mean: 100 * d.Mean, high: 100 * d.High})
		low, high := max(100*d.Low, -reach), min(100*d.High, reach)
		text := label{at: xy{high, y}, offset: vg.Point{X: 5, Y: sty.FontExtents().Descent / 2}, text: signedPercent(d.Mean), style: sty, halo: true}
		if d.Mean < 0 { // on the side that the axis does not cross
			text.at.X, text.offset.X, text.style.XAlign = low, -5, draw.XRight
		}
		if high == reach && d.Mean >= 0 || low == -reach && d.Mean < 0 { // above the mark: beside the interval is no room
			text.at.X, text.offset, text.style.XAlign = 100*d.Mean, vg.Point{Y: 7}, draw.XCenter
		}
		texts = append(texts, text)
		f.table.add(c.Result, d.Name, fmt.Sprintf("%.6g", d.Mean), fmt.Sprintf("%.6g", d.Low), fmt.Sprintf("%.6g", d.High))
	}
	p.Y.Tick.Marker = names{rows: rows}
	p.Add(marks, texts)
	return panel{plot: p, title: c.Result, height: vg.Length(28 + 13*n)}
}

func signedPercent(share float64) string {
	if share > 0 {
		return "+" + percent(share)
	}
	return percent(share)
}

// arrowhead draws a tip at a point, its barbs so far to the right.
func arrowhead(c draw.Canvas, tip vg.Point, barbs vg.Length) {
	c.StrokeLines(solid(blue, 1.25), []vg.Point{{X: tip.X + barbs, Y: tip.Y + 2.5}, tip, {X: tip.X + barbs, Y: tip.Y - 2.5}})
}

// whisker is a mark with an interval, on a row.
type whisker struct{ y, low, mean, high float64 }

// whiskers draws marks with their intervals; those whose interval spans 0 are hollow.
type whiskers []whisker

// Plot implements plot.Plotter.
func (w whiskers) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	for _, m := range w {
		low, high := at(xy{max(m.low, p.X.Min), m.y}), at(xy{min(m.high, p.X.Max), m.y})
		c.StrokeLines(solid(blue, 1.25), []vg.Point{low, high})
		if m.low < p.X.Min {
			arrowhead(c, low, 4)
		}
		if m.high > p.X.Max {
			arrowhead(c, high, -4)
		}
		dot := draw.GlyphStyle{Color: blue, Radius: 2.5, Shape: draw.CircleGlyph{}}
		c.DrawGlyph(dot, at(xy{m.mean, m.y}))
		if m.low <= 0 && m.high >= 0 {
			c.DrawGlyph(draw.GlyphStyle{Color: white, Radius: 1.5, Shape: draw.CircleGlyph{}}, at(xy{m.mean, m.y}))
		}
	}
}
