package report

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of a figure. A width of 6.9 in fills two columns of a paper or the text
// width of a report.
const (
	pageWidth = 6.9 * vg.Inch
	dpi       = 200 // of PNG files

	marginLeft   = 6 * vg.Length(1)
	marginRight  = 10 * vg.Length(1)
	marginTop    = 6 * vg.Length(1)
	marginBottom = 14 * vg.Length(1) // the stamp's place

	sizeTitle = 10.0 // points
	sizeText  = 8.0
	sizeTick  = 7.5
	sizeStamp = 6.0
)

// newPlot returns an empty plot in the house style: axes that touch the data,
// thin lines, sans serif, round ticks.
func newPlot(xlabel, ylabel string) *plot.Plot {
	p := plot.New()
	p.TextHandler = handler
	p.BackgroundColor = nil
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Padding = 0
		a.LineStyle = solid(slate, 0.5)
		a.Tick.LineStyle = solid(slate, 0.5)
		a.Tick.Length = vg.Points(3)
		a.Tick.Marker = ticks{}
		tick, label := textStyle(sizeTick, false), textStyle(sizeText, false)
		tick.XAlign, tick.YAlign = a.Tick.Label.XAlign, a.Tick.Label.YAlign
		label.XAlign, label.YAlign = a.Label.TextStyle.XAlign, a.Label.TextStyle.YAlign
		a.Tick.Label, a.Label.TextStyle = tick, label
		a.Label.Padding = vg.Points(2)
	}
	p.X.Label.Text, p.Y.Label.Text = xlabel, ylabel
	return p
}

// bare removes the labels of the X axis, for a panel above another that has them.
func bare(p *plot.Plot) *plot.Plot {
	p.X.Label.Text = ""
	p.X.Tick.Marker = plot.ConstantTicks(nil)
	return p
}

// cue is how a key of the legend is drawn: the second sign beside its colour.
type cue uint8

const (
	cueFull cue = iota // a full box
	cueThin            // a box of a third of the height
	cueLine            // a line
	cueDash            // a dashed line
	cueBar             // a colour bar from low to high
)

// key is an entry of a legend.
type key struct {
	text  string
	color draw.LineStyle // its colour fills boxes, its width and dashes draw lines
	cue   cue
	dark  float64 // of a colour bar: the share of viridis left out at its bright end
}

func (k key) swatchWidth() vg.Length {
	if k.cue == cueBar {
		return 80
	}
	return 12
}

// legend draws keys from left to right in as many rows as they need and returns
// the height used. With a nil canvas it only measures.
func legend(c *draw.Canvas, keys []key, width vg.Length) vg.Length {
	if len(keys) == 0 {
		return 0
	}
	const gap, space = 4, 12
	sty := textStyle(sizeTick, false)
	sty.YAlign = draw.YCenter
	rowHeight := sty.Height("M") + 2
	x, row := vg.Length(0), 0
	for _, k := range keys {
		w := k.swatchWidth() + gap + sty.Width(k.text)
		if x > 0 && x+w > width {
			x, row = 0, row+1
		}
		if c != nil {
			mid := c.Max.Y - (vg.Length(row)+0.5)*rowHeight
			k.swatch(*c, c.Min.X+x, mid)
			c.FillText(sty, vg.Point{X: c.Min.X + x + k.swatchWidth() + gap, Y: mid + sty.FontExtents().Descent/2}, k.text)
		}
		x += w + space
	}
	return vg.Length(row+1)*rowHeight + 3
}

// swatch draws the sign of a key with its left edge at x, centred on y.
func (k key) swatch(c draw.Canvas, x, y vg.Length) {
	half, w := vg.Length(3.5), k.swatchWidth()
	switch k.cue {
	case cueLine, cueDash:
		c.StrokeLine2(k.color, x, y, x+w, y)
		return
	case cueBar:
		h := newHeat(1, 128)
		for i := range h.columns {
			h.values[i] = float64(i) / 127 * (1 - k.dark)
		}
		c.DrawImage(vg.Rectangle{Min: vg.Point{X: x, Y: y - half}, Max: vg.Point{X: x + w, Y: y + half}},
			h.image(vg.Point{X: w, Y: 2 * half}))
		return
	case cueThin:
		half /= 3
	}
	c.SetColor(k.color.Color)
	c.Fill(vg.Rectangle{Min: vg.Point{X: x, Y: y - half}, Max: vg.Point{X: x + w, Y: y + half}}.Path())
}
