package report

import (
	"image"
	"image/draw"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgimg"
)

// crisp is an image canvas that copies images pixel by pixel where the library
// would resample them: ours are made at the resolution of the page.
type crisp struct{ *vgimg.Canvas }

// DrawImage implements vg.Canvas.
func (c *crisp) DrawImage(r vg.Rectangle, img image.Image) {
	page := c.Image()
	height := page.Bounds().Dy()
	x := int(math.Round(r.Min.X.Dots(dpi)))
	y := height - int(math.Round(r.Max.Y.Dots(dpi)))
	size := img.Bounds().Size()
	draw.Draw(page, image.Rect(x, y, x+size.X, y+size.Y), img, img.Bounds().Min, draw.Src)
}
