package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// bars is a chart of horizontal stacked bars, the first row on top.
type bars struct {
	xlabel string
	rows   []string
	ends   []string // text at the end of each bar; may be empty
	parts  []part
}

// part is one colour of all bars.
type part struct {
	name   string
	color  color.RGBA
	values []float64 // by row
}

func newBars(xlabel string) *bars { return &bars{xlabel: xlabel} }

func (b *bars) add(name string, c color.RGBA, values []float64) {
	b.parts = append(b.parts, part{name, c, values})
}

// plot returns the chart and a height that suits its number of rows.
func (b *bars) plot() (*plot.Plot, vg.Length) {
	p := newPlot(b.xlabel, "")
	n := len(b.rows)
	per := max(3, min(16, 220/max(1, n)))
	p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	p.Y.Tick.Marker = names{rows: b.rows, most: 230 / max(per, 9)}
	chart := &boxes{}
	half := 0.4
	if per < 5 {
		half = 0.52 // no seam between neighbours
	}
	for i := range n {
		y := float64(n - 1 - i)
		chart.lanes = append(chart.lanes, extent{y - half, y + half})
	}
	totals := make([]float64, n)
	for k, part := range b.parts {
		chart.colors = append(chart.colors, part.color)
		for i, v := range part.values {
			if v > 0 {
				chart.list = append(chart.list, box{lo: totals[i], hi: totals[i] + v, lane: int32(i), color: uint8(k)})
				totals[i] += v
			}
		}
	}
	for _, t := range totals {
		p.X.Max = max(p.X.Max, t)
	}
	p.X.Min, p.X.Max = 0, p.X.Max*1.02
	if per >= 8 && len(b.ends) == n {
		p.X.Max *= 1.06
	}
	p.Add(grid{x: true}, chart)
	if per >= 8 && len(b.ends) == n {
		p.Add(b.endTexts(totals))
	}
	return p, vg.Length(26 + per*n)
}

func (b *bars) endTexts(totals []float64) labels {
	sty := textStyle(6.5, false)
	sty.YAlign = draw.YCenter
	var list labels
	for i, t := range totals {
		list = append(list, label{at: xy{t, float64(len(b.rows) - 1 - i)},
			offset: vg.Point{X: 3, Y: sty.FontExtents().Descent / 2}, text: b.ends[i], style: sty, halo: true})
	}
	return list
}
