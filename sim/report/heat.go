package report

import (
	"image"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// heat is a field of values from 0 to 1, drawn in viridis as one image: row i of
// n lies around y = n−1−i, so the first row is on top; the columns share the X
// axis evenly.
type heat struct {
	rows, columns int
	values        []float64 // row by row
}

func newHeat(rows, columns int) *heat {
	return &heat{rows: rows, columns: columns, values: make([]float64, rows*columns)}
}

// row returns the values of a row.
func (h *heat) row(i int) []float64 { return h.values[i*h.columns : (i+1)*h.columns] }

// brighten scales a field whose largest value is small so that the largest round
// number above it is drawn brightest, and returns that number.
func (h *heat) brighten() float64 {
	most := 0.0
	for _, v := range h.values {
		most = math.Max(most, v)
	}
	bright := roundUp(most)
	if bright >= 0.99 || bright == 0 {
		return 1
	}
	for i := range h.values {
		h.values[i] /= bright
	}
	return bright
}

// roundUp returns the smallest 1, 2 or 5 times a power of ten that is not below
// v; 0 stays 0.
func roundUp(v float64) float64 {
	if v <= 0 {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 2, 5} {
		if m*power >= v*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// Plot implements plot.Plotter.
func (h *heat) Plot(c draw.Canvas, _ *plot.Plot) {
	c.DrawImage(c.Rectangle, h.image(c.Rectangle.Size()))
}

// image draws the field at printing resolution, so that no viewer has to guess
// how to blur it, with a thin white line between rows that have room for it.
func (h *heat) image(size vg.Point) image.Image {
	w, height := pixels(size.X), pixels(size.Y)
	img := image.NewPaletted(image.Rect(0, 0, w, height), heatPalette)
	line := make([]uint8, w)
	drawn := -1
	for y := range height {
		r := y * h.rows / height
		if r != drawn {
			values := h.row(r)
			for x := range w {
				first, next := x*h.columns/w, (x+1)*h.columns/w // the brightest of those that share a pixel
				line[x] = uint8(clamp01(slices.Max(values[first:max(first+1, next)]))*float64(len(heatPalette)-2) + 0.5)
			}
			if height >= 8*h.rows && r > 0 {
				for x := range w {
					img.Pix[y*img.Stride+x] = uint8(len(heatPalette) - 1)
				}
				drawn = r
				continue
			}
			drawn = r
		}
		copy(img.Pix[y*img.Stride:], line)
	}
	return img
}

// heatPalette is viridis in 255 steps, and white.
var heatPalette = func() color.Palette {
	p := make(color.Palette, 256)
	for i := range 255 {
		p[i] = viridis(float64(i) / 254)
	}
	p[255] = white
	return p
}()

// frame sets the axes of a plot to hold the rows and the range of X.
func (h *heat) frame(p *plot.Plot, rows []string, lo, hi float64) {
	p.X.Min, p.X.Max = lo, hi
	p.Y.Min, p.Y.Max = -0.5, float64(h.rows)-0.5
	p.Y.Tick.Marker = names{rows: rows, most: 8}
	p.Y.Tick.Length = 0
	p.Y.LineStyle.Width = 0
	p.Add(h)
}
