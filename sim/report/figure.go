package report

import (
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// figure is one picture: a headline, what to see, a legend, panels below each
// other on one X range, a note, and the numbers behind it.
type figure struct {
	name   string // of its files, without an ending
	title  string // scenario and headline number
	lead   string // what is drawn and what to see
	keys   []key
	panels []panel
	note   string // what was reduced, or how to read a mark
	stamp  string // version, scenario, digest
	table  table
}

// panel is one plot of a figure.
type panel struct {
	plot   *plot.Plot
	title  string    // short, above the plot; may be empty
	height vg.Length // of the data area with its axis
}

// table holds the numbers behind a figure, column by column in the header's
// order.
type table struct {
	header []string
	rows   [][]string
}

// times makes a table with a row for each column of a field, from its start to the
// next row's.
func times(edges []float64) table {
	t := table{header: []string{"start_s"}}
	for _, e := range edges[:len(edges)-1] {
		t.add(seconds(e))
	}
	return t
}

// column adds a column of shares to a table made by times.
func (t *table) column(name string, shares []float64) {
	t.header = append(t.header, name)
	for i, v := range shares {
		t.rows[i] = append(t.rows[i], strconv.FormatFloat(v, 'f', 3, 64))
	}
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// block is a paragraph set line by line.
type block struct {
	lines []string
	style text.Style
}

func paragraph(txt string, size float64, bold bool) block {
	sty := textStyle(size, bold)
	return block{lines: wrap(txt, sty, pageWidth-marginLeft-marginRight), style: sty}
}

func (b block) height() vg.Length {
	if len(b.lines) == 0 {
		return 0
	}
	return vg.Length(len(b.lines))*b.style.Font.Size*1.25 + 2
}

// draw sets the lines from the top of c down.
func (b block) draw(c draw.Canvas) {
	b.style.YAlign = draw.YTop
	y := c.Max.Y
	for _, l := range b.lines {
		c.FillText(b.style, vg.Point{X: c.Min.X, Y: y + b.style.FontExtents().Descent}, l)
		y -= b.style.Font.Size * 1.25
	}
}

const (
	panelTitleHeight = vg.Length(12)
	panelGap         = vg.Length(5)
)

// height returns what the figure needs at pageWidth.
func (f *figure) height() vg.Length {
	h := marginTop + marginBottom + f.titleBlock().height() + f.leadBlock().height() + f.noteBlock().height()
	h += legend(nil, f.keys, pageWidth-marginLeft-marginRight)
	for _, p := range f.panels {
		h += p.height + panelGap
		if p.title != "" {
			h += panelTitleHeight
		}
	}
	return h
}

func (f *figure) titleBlock() block { return paragraph(f.title, sizeTitle, true) }

func (f *figure) leadBlock() block {
	b := paragraph(f.lead, sizeText, false)
	b.style.Color = slate
	return b
}

func (f *figure) noteBlock() block {
	b := paragraph(f.note, sizeTick-0.5, false)
	b.style.Color = slate
	return b
}

// draw sets the figure on a page of pageWidth × f.height().
func (f *figure) draw(page draw.Canvas) {
	page.SetColor(white)
	page.Fill(page.Rectangle.Path())
	f.drawStamp(page)
	c := draw.Crop(page, marginLeft, -marginRight, marginBottom, -marginTop)
	for _, b := range []block{f.titleBlock(), f.leadBlock()} {
		b.draw(c)
		c.Max.Y -= b.height()
	}
	c.Max.Y -= legend(&c, f.keys, c.Max.X-c.Min.X)
	left, right := f.insets(c)
	for _, p := range f.panels {
		if p.title != "" {
			sty := textStyle(sizeText, true)
			sty.YAlign = draw.YTop
			c.FillText(sty, vg.Point{X: c.Min.X + left, Y: c.Max.Y - 1}, p.title)
			c.Max.Y -= panelTitleHeight
		}
		area := c
		area.Min.Y = area.Max.Y - p.height
		inner := p.plot.DataCanvas(area)
		area.Min.X += left - (inner.Min.X - area.Min.X)
		area.Max.X -= right - (area.Max.X - inner.Max.X)
		p.plot.Draw(area)
		c.Max.Y -= p.height + panelGap
	}
	f.noteBlock().draw(c)
}

// insets returns the widest left and right rims of the panels, so that their
// data areas line up.
func (f *figure) insets(c draw.Canvas) (left, right vg.Length) {
	for _, p := range f.panels {
		inner := p.plot.DataCanvas(c)
		left = max(left, inner.Min.X-c.Min.X)
		right = max(right, c.Max.X-inner.Max.X)
	}
	return left, right
}

func (f *figure) drawStamp(page draw.Canvas) {
	if f.stamp == "" {
		return
	}
	sty := textStyle(sizeStamp, false)
	sty.Color, sty.XAlign, sty.YAlign = grey, draw.XRight, draw.YBottom
	page.FillText(sty, vg.Point{X: page.Max.X - marginRight, Y: page.Min.Y + 6}, f.stamp)
}

// describe returns the figure's words for readers that cannot see it.
func (f *figure) describe() string {
	parts := []string{f.lead}
	for _, k := range f.keys {
		parts = append(parts, k.text)
	}
	for _, s := range []string{f.note, f.stamp} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}
