package report

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// The outlines of a text lie in the box that the metrics give it.
func TestOutlinesFillTheirBox(t *testing.T) {
	sty := textStyle(10, false)
	face := handler.Fonts.Lookup(sty.Font, sty.Font.Size)
	path := outline(face, "Hxg", vg.Point{X: 100, Y: 50})
	lo, hi := vg.Point{X: 1e9, Y: 1e9}, vg.Point{X: -1e9, Y: -1e9}
	for _, c := range path {
		if c.Type == vg.CloseComp {
			continue
		}
		lo = vg.Point{X: min(lo.X, c.Pos.X), Y: min(lo.Y, c.Pos.Y)}
		hi = vg.Point{X: max(hi.X, c.Pos.X), Y: max(hi.Y, c.Pos.Y)}
	}
	if w := face.Width("Hxg"); lo.X < 100 || hi.X > 100+w || hi.X < 100+0.8*w {
		t.Errorf("x from %v to %v, width %v", lo.X, hi.X, w)
	}
	// Liberation Sans: capitals are 1409/2048 em high, so 6.88 pt above the
	// baseline at 10 pt; the g reaches 431/2048 em = 2.1 pt below it.
	if math.Abs(float64(hi.Y)-56.88) > 0.05 || math.Abs(float64(lo.Y)-47.9) > 0.15 {
		t.Errorf("y from %v to %v", lo.Y, hi.Y)
	}
}

// Beyond ASCII there are glyphs too, not boxes for missing ones.
func TestGlyphsBeyondASCII(t *testing.T) {
	face := handler.Fonts.Lookup(textStyle(8, false).Font, 8)
	for _, r := range "µ×·−–…≤≥λΔ→’" {
		i, err := face.Face.GlyphIndex(nil, r)
		if err != nil || i == 0 {
			t.Errorf("no glyph for %q", r)
		}
	}
}

func TestTextIsDrawnWithoutAFont(t *testing.T) {
	c := vgsvg.New(200, 50)
	page := draw.New(c)
	page.FillText(textStyle(8, true), vg.Point{X: 5, Y: 20}, "λ ≥ µs")
	var b strings.Builder
	if _, err := c.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<text") || strings.Count(b.String(), "<path") != 1 {
		t.Errorf("got %s", b.String())
	}
}

// Alignment and rotation follow the rules of the library's own handler: both
// handlers start the line at the same place.
func TestTextPlacement(t *testing.T) {
	for _, turn := range []float64{0, math.Pi / 2, 0.3} {
		sty := textStyle(9, false)
		sty.XAlign, sty.YAlign, sty.Rotation = draw.XCenter, draw.YCenter, turn
		at := vg.Point{X: 60, Y: 40}
		var ours, theirs recorder
		handler.Draw(&ours, "l", sty, at)
		handler.Plain.Draw(&theirs, "l", sty, at)
		// "l" starts with a vertical stem: its first contour point is 0.6 pt right of
		// the origin, on the baseline or at the top of the stem.
		d := ours.at.Sub(theirs.at)
		if math.Abs(float64(d.X)-0.6) > 0.3 || math.Abs(float64(d.Y)) > 0.01 && math.Abs(float64(d.Y)-6.5) > 0.5 {
			t.Errorf("turned by %v: %v from the origin", turn, d)
		}
	}
}

func TestWrap(t *testing.T) {
	sty := textStyle(8, false)
	lines := wrap("GPT-3 175B on 1,024 A100: step 32.1 s, bubble 7.2 %", sty, 100)
	if len(lines) < 2 {
		t.Fatalf("one line: %q", lines)
	}
	for _, l := range lines {
		if sty.Width(l) > 100 {
			t.Errorf("%q is %v wide", l, sty.Width(l))
		}
	}
	if got := strings.Join(lines, " "); got != "GPT-3 175B on 1,024 A100: step 32.1 s, bubble 7.2 %" {
		t.Errorf("words changed: %q", got)
	}
	if got := wrap("abcdefghijklmnopqrstuvwxyz", sty, 10); len(got) != 1 {
		t.Errorf("a long word is broken: %q", got)
	}
	if got := wrap("", sty, 10); got != nil {
		t.Errorf("no words: %q", got)
	}
}
