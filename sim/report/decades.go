package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
)

// decades labels an axis of logarithms to the base 10 at 1, 2 and 5 times each
// power of ten.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(lo, hi float64) []plot.Tick {
	var list []plot.Tick
	for d := math.Floor(lo); d <= hi; d++ {
		for _, m := range [...]float64{1, 2, 5} {
			v := m * math.Pow(10, d)
			if at := math.Log10(v); at >= lo-1e-9 && at <= hi+1e-9 {
				list = append(list, plot.Tick{Value: at, Label: strconv.FormatFloat(v, 'g', 3, 64)})
			}
		}
	}
	return list
}

// bareDecades are the same without labels.
type bareDecades struct{}

// Ticks implements plot.Ticker.
func (bareDecades) Ticks(lo, hi float64) []plot.Tick {
	list := decades{}.Ticks(lo, hi)
	for i := range list {
		list[i].Label = ""
	}
	return list
}

// stem is a line from the X axis up to a point: one line of a spectrum.
type stem struct {
	at    xy
	style draw.LineStyle
}

// Plot implements plot.Plotter.
func (s stem) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	from, to := at(xy{s.at.X, p.Y.Min}), at(s.at)
	c.StrokeLine2(s.style, from.X, from.Y, to.X, to.Y)
}

// maxStems is how many lines of a spectrum are drawn: the largest of each column.
const maxStems = 600

// stems returns the lines of a spectrum over a logarithmic axis.
func stems(lines []results.SpectrumLine, unit scale, of func(*results.SpectrumLine) float64, style draw.LineStyle) []plot.Plotter {
	lo, hi := math.Log10(lines[0].Hertz), math.Log10(lines[len(lines)-1].Hertz)
	highest := map[int]int{} // line by column
	var columns []int
	for i := range lines {
		col := int((math.Log10(lines[i].Hertz) - lo) / max(hi-lo, 1e-9) * maxStems)
		if best, ok := highest[col]; !ok {
			columns, highest[col] = append(columns, col), i
		} else if of(&lines[i]) > of(&lines[best]) {
			highest[col] = i
		}
	}
	var list []plot.Plotter
	for _, col := range columns {
		l := &lines[highest[col]]
		list = append(list, stem{xy{math.Log10(l.Hertz), of(l) / unit.Factor}, style})
	}
	return list
}
