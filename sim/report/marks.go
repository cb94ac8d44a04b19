package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chunk is the most points of one path: rasterising a path costs more than
// linearly in its points, and very long ones may come out broken.
const chunk = 100

// xy is a point in data coordinates.
type xy struct{ X, Y float64 }

// line is a polyline drawn in pieces of at most chunk points.
type line struct {
	points []xy
	style  draw.LineStyle
}

// Plot implements plot.Plotter.
func (l line) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	c.SetLineStyle(l.style)
	for first := 0; first < len(l.points)-1; first += chunk - 1 {
		var path vg.Path
		for i, q := range l.points[first:min(first+chunk, len(l.points))] {
			if i == 0 {
				path.Move(at(q))
			} else {
				path.Line(at(q))
			}
		}
		c.Stroke(path)
	}
}

// area fills between a lower and an upper bound over cells of equal kind: cell i
// spans x[i] … x[i+1] at the constant heights lo[i] … hi[i] (lo nil: 0).
type area struct {
	x      []float64 // one more than cells
	lo, hi []float64
	color  color.RGBA
}

// Plot implements plot.Plotter. Neighbouring pieces share a cell, so that no
// seam shows between them.
func (a area) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	lower := func(i int) float64 {
		if a.lo == nil {
			return 0
		}
		return a.lo[i]
	}
	const cells = chunk / 4 // four corners each
	c.SetColor(a.color)
	for first := 0; first < len(a.hi); first += cells - 1 {
		last := min(first+cells, len(a.hi))
		var path vg.Path
		path.Move(at(xy{a.x[first], a.hi[first]}))
		for i := first; i < last; i++ {
			path.Line(at(xy{a.x[i], a.hi[i]}))
			path.Line(at(xy{a.x[i+1], a.hi[i]}))
		}
		for i := last - 1; i >= first; i-- {
			path.Line(at(xy{a.x[i+1], lower(i)}))
			path.Line(at(xy{a.x[i], lower(i)}))
		}
		path.Close()
		c.Fill(path)
		if last == len(a.hi) {
			break
		}
	}
}

// stairs returns the outline of cells of constant height: cell i spans
// x[i] … x[i+1] at y[i]. Cells of the same height are one stair.
func stairs(x, y []float64) []xy {
	points := make([]xy, 0, 2*len(y))
	for i, v := range y {
		if n := len(points) - 1; n >= 0 && points[n].Y == v {
			points[n].X = x[i+1]
			continue
		}
		points = append(points, xy{x[i], v}, xy{x[i+1], v})
	}
	return points
}

// label is text at a point in data coordinates, moved by an offset.
type label struct {
	at     xy
	offset vg.Point
	text   string
	style  text.Style
	halo   bool // a white rim, for text over marks
}

// labels draws texts.
type labels []label

// Plot implements plot.Plotter.
func (l labels) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	for _, t := range l {
		pt := at(t.at).Add(t.offset)
		if t.halo && !handler.asText {
			rim(c, t.text, t.style, pt)
		}
		c.FillText(t.style, pt, t.text)
	}
}

// rim draws the text's outlines in white, thick.
func rim(c draw.Canvas, txt string, sty text.Style, pt vg.Point) {
	face := handler.Fonts.Lookup(sty.Font, sty.Font.Size)
	y := pt.Y + sty.Height(txt)*vg.Length(sty.YAlign) - face.Extents().Ascent + sty.Font.Size
	path := outline(face, txt, vg.Point{X: pt.X + vg.Length(sty.XAlign)*face.Width(txt), Y: y})
	c.SetLineStyle(draw.LineStyle{Color: white, Width: vg.Points(2)})
	c.Stroke(path)
}

// rule is a straight line across the plot at a value of X or Y.
type rule struct {
	value    float64
	vertical bool
	style    draw.LineStyle
}

// Plot implements plot.Plotter.
func (r rule) Plot(c draw.Canvas, p *plot.Plot) {
	if r.vertical {
		x := c.X(p.X.Norm(r.value))
		if c.ContainsX(x) {
			c.StrokeLine2(r.style, x, c.Min.Y, x, c.Max.Y)
		}
		return
	}
	if y := c.Y(p.Y.Norm(r.value)); c.ContainsY(y) {
		c.StrokeLine2(r.style, c.Min.X, y, c.Max.X, y)
	}
}

// grid draws a thin rule at each labelled tick: of Y, and of X when it is set.
type grid struct{ x, y bool }

// Plot implements plot.Plotter.
func (g grid) Plot(c draw.Canvas, p *plot.Plot) {
	style := draw.LineStyle{Color: pale, Width: vg.Points(0.5)}
	if g.y {
		for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
			rule{value: t.Value, style: style}.Plot(c, p)
		}
	}
	if g.x {
		for _, t := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
			rule{value: t.Value, vertical: true, style: style}.Plot(c, p)
		}
	}
}

// transform returns the way from data to canvas coordinates.
func transform(c draw.Canvas, p *plot.Plot) func(xy) vg.Point {
	return func(q xy) vg.Point { return vg.Point{X: c.X(p.X.Norm(q.X)), Y: c.Y(p.Y.Norm(q.Y))} }
}

// dashed is a line that is told from a full one without colour.
func dashed(c color.RGBA, width float64) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(width), Dashes: []vg.Length{vg.Points(4), vg.Points(2)}}
}

// solid is a full line.
func solid(c color.RGBA, width float64) draw.LineStyle {
	return draw.LineStyle{Color: c, Width: vg.Points(width)}
}
