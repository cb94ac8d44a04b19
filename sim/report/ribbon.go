package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// span is the bounds of an interval at a value of X.
type span struct{ x, low, high float64 }

// ribbon fills between lower and upper bounds.
type ribbon []span

// Plot implements plot.Plotter.
func (r ribbon) Plot(c draw.Canvas, p *plot.Plot) {
	if len(r) < 2 {
		return
	}
	at := transform(c, p)
	var path vg.Path
	path.Move(at(xy{r[0].x, r[0].high}))
	for _, s := range r[1:] {
		path.Line(at(xy{s.x, s.high}))
	}
	for i := len(r) - 1; i >= 0; i-- {
		path.Line(at(xy{r[i].x, r[i].low}))
	}
	path.Close()
	c.SetColor(mix(sky, white, 0.55))
	c.Fill(path)
}

// dots are filled marks.
type dots []xy

// Plot implements plot.Plotter.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	for _, q := range d {
		c.DrawGlyph(draw.GlyphStyle{Color: blue, Radius: 1.8, Shape: draw.CircleGlyph{}}, at(q))
	}
}

// logTicks labels an axis of decimal logarithms: of times at round seconds,
// minutes, hours and days, else at 1, 2 and 5 times powers of ten.
type logTicks bool // whether of times

// Ticks implements plot.Ticker.
func (t logTicks) Ticks(lo, hi float64) []plot.Tick {
	var marks []float64
	text := plain
	if t {
		text = roundTime
		marks = []float64{1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 5 * 3600, 10 * 3600, 86400, 2 * 86400, 5 * 86400, 10 * 86400, 30 * 86400}
	} else {
		for e := math.Floor(lo); e <= hi; e++ {
			for _, m := range []float64{1, 2, 5} {
				marks = append(marks, m*math.Pow(10, e))
			}
		}
	}
	var list []plot.Tick
	for _, v := range marks {
		if x := math.Log10(v); x >= lo-1e-9 && x <= hi+1e-9 {
			list = append(list, plot.Tick{Value: x, Label: text(v)})
		}
	}
	const most = 9
	if len(list) > most { // keep whole powers of ten, or every other
		var fewer []plot.Tick
		for i, k := range list {
			if i%((len(list)+most-1)/most) == 0 {
				fewer = append(fewer, k)
			}
		}
		list = fewer
	}
	return list
}
