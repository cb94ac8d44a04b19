package report

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxVectorBoxes is how many boxes are drawn as shapes; more become one image. A
// box takes some 60 bytes of SVG, and a file should stay below 1 MB.
const maxVectorBoxes = 10000

// box is a filled rectangle in a lane.
type box struct {
	lo, hi float64 // on the X axis
	lane   int32   // index into boxes.lanes
	color  uint8   // index into boxes.colors
}

// extent is a range on the Y axis.
type extent struct{ lo, hi float64 }

// boxes draws rectangles in lanes. Boxes of a lane should not overlap.
type boxes struct {
	lanes  []extent
	colors []color.RGBA
	list   []box
}

// Plot implements plot.Plotter.
func (b *boxes) Plot(c draw.Canvas, p *plot.Plot) {
	if len(b.list) > maxVectorBoxes {
		c.DrawImage(c.Rectangle, b.image(c, p))
		return
	}
	paths := make([]vg.Path, len(b.colors))
	flush := func(i uint8) {
		c.SetColor(b.colors[i])
		c.Fill(paths[i])
		paths[i] = paths[i][:0]
	}
	for _, x := range b.list {
		lo, hi := c.X(clamp01(p.X.Norm(x.lo))), c.X(clamp01(p.X.Norm(x.hi)))
		if hi <= lo {
			continue
		}
		y0, y1 := c.Y(p.Y.Norm(b.lanes[x.lane].lo)), c.Y(p.Y.Norm(b.lanes[x.lane].hi))
		path := &paths[x.color]
		path.Move(vg.Point{X: lo, Y: y0})
		path.Line(vg.Point{X: hi, Y: y0})
		path.Line(vg.Point{X: hi, Y: y1})
		path.Line(vg.Point{X: lo, Y: y1})
		path.Close()
		if len(*path) >= chunk {
			flush(x.color)
		}
	}
	for i := range paths {
		if len(paths[i]) > 0 {
			flush(uint8(i))
		}
	}
}

// image draws the boxes at printing resolution; a pixel that several boxes share
// gets their colours weighted by time, over white.
func (b *boxes) image(c draw.Canvas, p *plot.Plot) image.Image {
	size := c.Rectangle.Size()
	w, h := pixels(size.X), pixels(size.Y)
	sums := make([][4]float64, len(b.lanes)*w) // red, green, blue, covered
	for _, x := range b.list {
		lo, hi := clamp01(p.X.Norm(x.lo))*float64(w), clamp01(p.X.Norm(x.hi))*float64(w)
		k := b.colors[x.color]
		for i := int(lo); i < w && float64(i) < hi; i++ {
			part := math.Min(hi, float64(i+1)) - math.Max(lo, float64(i))
			s := &sums[int(x.lane)*w+i]
			s[0] += part * float64(k.R)
			s[1] += part * float64(k.G)
			s[2] += part * float64(k.B)
			s[3] += part
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for l, e := range b.lanes {
		top := int(math.Round((1 - p.Y.Norm(e.hi)) * float64(h)))
		bottom := int(math.Round((1 - p.Y.Norm(e.lo)) * float64(h)))
		for i := range w {
			s := sums[l*w+i]
			if s[3] == 0 {
				continue
			}
			rest := math.Max(0, 1-s[3]) * 255
			n := math.Max(1, s[3]) // overlapping boxes share the pixel
			k := color.RGBA{R: uint8(s[0]/n + rest), G: uint8(s[1]/n + rest), B: uint8(s[2]/n + rest), A: 0xFF}
			for y := max(top, 0); y < min(bottom, h); y++ {
				img.SetRGBA(i, y, k)
			}
		}
	}
	return img
}

func clamp01(v float64) float64 { return math.Max(0, math.Min(1, v)) }

// pixels returns a length in pixels of a PNG.
func pixels(l vg.Length) int { return max(1, int(math.Round(l.Dots(dpi)))) }
