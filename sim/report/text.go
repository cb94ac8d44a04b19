package report

import (
	"math"
	"strings"

	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// outlines is a text handler that fills the outlines of the glyphs instead of
// naming a font, so that a figure looks the same in SVG and PNG, on machines
// without the font, and beyond ASCII. Metrics are those of text.Plain.
type outlines struct {
	text.Plain
	asText bool // leave text as text: for tests that read figures
}

var handler = &outlines{Plain: text.Plain{Fonts: font.NewCache(liberation.Collection())}}

// textStyle returns the figure font at a size in points.
func textStyle(size float64, bold bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return text.Style{Color: ink, Font: f, Handler: handler}
}

// Draw renders txt with the position, alignment and rotation rules of
// text.Plain.Draw.
func (o *outlines) Draw(c vg.Canvas, txt string, sty text.Style, pt vg.Point) {
	if o.asText {
		o.Plain.Draw(c, txt, sty, pt)
		return
	}
	txt = strings.TrimRight(txt, "\n")
	if txt == "" {
		return
	}
	face := o.Fonts.Lookup(sty.Font, sty.Font.Size)
	c.Push()
	defer c.Pop()
	c.SetColor(sty.Color)
	if sty.Rotation != 0 {
		c.Rotate(sty.Rotation)
		sin, cos := math.Sincos(-sty.Rotation)
		pt = vg.Point{X: pt.X*vg.Length(cos) - pt.Y*vg.Length(sin), Y: pt.X*vg.Length(sin) + pt.Y*vg.Length(cos)}
	}
	lines := o.Lines(txt)
	pt.Y += sty.Height(txt)*vg.Length(sty.YAlign) - face.Extents().Ascent
	for i, line := range lines {
		at := vg.Point{X: pt.X + vg.Length(sty.XAlign)*face.Width(line), Y: pt.Y + vg.Length(len(lines)-i)*sty.Font.Size}
		if path := outline(face, line, at); len(path) > 0 {
			c.Fill(path)
		}
	}
}

// outline returns the contours of one line of text with its origin at at.
func outline(face font.Face, line string, at vg.Point) vg.Path {
	var (
		buf   sfnt.Buffer
		path  vg.Path
		prev  sfnt.GlyphIndex
		upem  = fixed.Int26_6(face.Face.UnitsPerEm())
		scale = face.Font.Size / vg.Length(upem)
		x     = at.X
	)
	for i, r := range line {
		glyph, err := face.Face.GlyphIndex(&buf, r)
		if err != nil {
			continue
		}
		if i > 0 {
			if kern, err := face.Face.Kern(&buf, prev, glyph, upem, xfont.HintingNone); err == nil {
				x += vg.Length(kern) * scale
			}
		}
		if segments, err := face.Face.LoadGlyph(&buf, glyph, upem, nil); err == nil {
			path = appendGlyph(path, segments, vg.Point{X: x, Y: at.Y}, scale)
		}
		if advance, err := face.Face.GlyphAdvance(&buf, glyph, upem, xfont.HintingNone); err == nil {
			x += vg.Length(advance) * scale
		}
		prev = glyph
	}
	return path
}

// appendGlyph adds one glyph; its y axis points down in the font.
func appendGlyph(path vg.Path, segments sfnt.Segments, at vg.Point, scale vg.Length) vg.Path {
	point := func(p fixed.Point26_6) vg.Point {
		return vg.Point{X: at.X + vg.Length(p.X)*scale, Y: at.Y - vg.Length(p.Y)*scale}
	}
	for i, s := range segments {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if i > 0 {
				path.Close()
			}
			path.Move(point(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(point(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(point(s.Args[0]), point(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(point(s.Args[0]), point(s.Args[1]), point(s.Args[2]))
		}
	}
	if len(segments) > 0 {
		path.Close()
	}
	return path
}

// wrap breaks txt at spaces into lines no wider than width; a single word that
// is wider stands alone.
func wrap(txt string, sty text.Style, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(txt) {
		longer := word
		if line != "" {
			longer = line + " " + word
		}
		if line != "" && sty.Width(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fitting returns the largest style for small print in which txt is no wider
// than width.
func fitting(txt string, width vg.Length) (text.Style, bool) {
	for _, size := range [...]float64{6, 5.2, 4.5} {
		sty := textStyle(size, false)
		if sty.Width(txt) <= width {
			sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
			return sty, true
		}
	}
	return text.Style{}, false
}
