package report

import (
	"image"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// recorder is a canvas that keeps what was drawn on it.
type recorder struct {
	at     vg.Point // where the last path or text began
	paths  []vg.Path
	colors []color.Color
	images []image.Image
	color  color.Color
}

func (r *recorder) SetLineWidth(vg.Length)             {}
func (r *recorder) SetLineDash([]vg.Length, vg.Length) {}
func (r *recorder) SetColor(c color.Color)             { r.color = c }
func (r *recorder) Rotate(float64)                     {}
func (r *recorder) Translate(vg.Point)                 {}
func (r *recorder) Scale(float64, float64)             {}
func (r *recorder) Push()                              {}
func (r *recorder) Pop()                               {}
func (r *recorder) Stroke(p vg.Path)                   { r.Fill(p) }
func (r *recorder) Fill(p vg.Path) {
	r.at = p[0].Pos
	r.paths = append(r.paths, append(vg.Path(nil), p...))
	r.colors = append(r.colors, r.color)
}
func (r *recorder) FillString(_ font.Face, at vg.Point, _ string) { r.at = at }
func (r *recorder) DrawImage(_ vg.Rectangle, img image.Image)     { r.images = append(r.images, img) }

// on draws a plotter on 100 × 100 points, with X and Y from 0 to 1.
func on(q plot.Plotter) *recorder {
	r := &recorder{}
	p := newPlot("", "")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	q.Plot(draw.Canvas{Canvas: r, Rectangle: vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}}, p)
	return r
}

// canvasOf returns 100 × 100 points of a recorder.
func canvasOf(r *recorder) draw.Canvas {
	return draw.Canvas{Canvas: r, Rectangle: vg.Rectangle{Max: vg.Point{X: 100, Y: 100}}}
}
