package report

import (
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marker is a point: full, or only its rim.
type marker struct {
	at     xy
	color  color.RGBA
	hollow bool
}

// markers draws points.
type markers []marker

// Plot implements plot.Plotter.
func (m markers) Plot(c draw.Canvas, p *plot.Plot) {
	at := transform(c, p)
	for _, k := range m {
		c.DrawGlyph(draw.GlyphStyle{Color: k.color, Radius: 2.6, Shape: draw.CircleGlyph{}}, at(k.at))
		if k.hollow {
			c.DrawGlyph(draw.GlyphStyle{Color: white, Radius: 1.7, Shape: draw.CircleGlyph{}}, at(k.at))
		}
	}
}

// tags names points beside them. One that finds no room at any side of its point is
// left out: the first ones have their choice.
type tags struct {
	points []xy // in the order of their weight
	names  []string
	marks  []xy // not to be covered
}

func (t *tags) add(at xy, name string) {
	t.points, t.names = append(t.points, at), append(t.names, name)
}

// placed is a name and where it lies.
type placed struct {
	name string
	box  vg.Rectangle
}

// place finds the names room.
func (t tags) place(c draw.Canvas, p *plot.Plot, sty text.Style) (list []placed) {
	at := transform(c, p)
	var taken []vg.Rectangle
	for _, m := range t.marks {
		q := at(m)
		taken = append(taken, vg.Rectangle{Min: vg.Point{X: q.X - 2, Y: q.Y - 2}, Max: vg.Point{X: q.X + 2, Y: q.Y + 2}})
	}
	for i, q := range t.points {
		size := vg.Point{X: sty.Width(t.names[i]), Y: sty.Height("0")}
		for _, corner := range sides(at(q), size) {
			box := vg.Rectangle{Min: corner, Max: corner.Add(size)}
			if within(box, c.Rectangle) && !overlaps(box, taken) {
				list, taken = append(list, placed{t.names[i], box}), append(taken, box)
				break
			}
		}
	}
	return list
}

// Plot implements plot.Plotter.
func (t tags) Plot(c draw.Canvas, p *plot.Plot) {
	sty := textStyle(sizeTick, false)
	for _, n := range t.place(c, p, sty) {
		from := vg.Point{X: n.box.Min.X, Y: n.box.Min.Y + sty.FontExtents().Descent}
		if !handler.asText {
			rim(c, n.name, sty, from)
		}
		c.FillText(sty, from, n.name)
	}
}

// sides returns where the lower left corner of a text may lie beside a point: above
// to the right first, as a curve that falls leaves room there.
func sides(q, size vg.Point) []vg.Point {
	const gap = 4
	right, left := q.X+gap, q.X-gap-size.X
	above, below, level := q.Y+gap/2, q.Y-gap/2-size.Y, q.Y-size.Y/2
	return []vg.Point{{X: right, Y: above}, {X: left, Y: below}, {X: right, Y: level}, {X: left, Y: level},
		{X: q.X - size.X/2, Y: q.Y + gap}, {X: q.X - size.X/2, Y: q.Y - gap - size.Y}, {X: right, Y: below}, {X: left, Y: above}}
}

func within(a, b vg.Rectangle) bool {
	return a.Min.X >= b.Min.X && a.Max.X <= b.Max.X && a.Min.Y >= b.Min.Y && a.Max.Y <= b.Max.Y
}

func overlaps(a vg.Rectangle, list []vg.Rectangle) bool {
	for _, b := range list {
		if a.Min.X < b.Max.X && b.Min.X < a.Max.X && a.Min.Y < b.Max.Y && b.Min.Y < a.Max.Y {
			return true
		}
	}
	return false
}
