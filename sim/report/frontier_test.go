package report

import (
	"bytes"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// twoLines is four points of two lines, one of them without prices.
func twoLines() Frontier {
	return Frontier{Title: "a sweep", Key: "layout.data", Second: "gpu.power_cap", XLabel: "time (s)", YLabel: "energy (kWh)", Judged: true, Lines: []FrontierLine{
		{Name: "400 W", Points: []FrontierPoint{{Name: "1", Value: 1, X: 80, Y: 1, On: true, KWh: 1, RentUSD: 2, OwnUSD: 1}, {Name: "4", Value: 4, X: 11, Y: 2, KWh: 2, RentUSD: 3}}},
		{Name: "500 W", Points: []FrontierPoint{{Name: "2", Value: 2, X: 20, Y: 1.5, On: true, KWh: 1.5}, {Name: "8", Value: 8, X: 5, Y: 3, On: true, KWh: 3}}},
		{Name: "600 W"},
	}}
}

// A line for each value of the second key that has points, three panels, and a row
// for each point.
func TestFrontierFigure(t *testing.T) {
	r := twoLines()
	f := frontier(&r)
	if len(f.panels) != 3 || len(f.keys) != 3 || len(f.table.rows) != 4 {
		t.Errorf("%d panels, %d keys, %d rows", len(f.panels), len(f.keys), len(f.table.rows))
	}
	top := f.panels[0].plot
	if lo, hi := math.Log10(5), math.Log10(80); math.Abs(top.X.Min-(lo-0.08*(hi-lo))) > 1e-12 || math.Abs(top.X.Max-(hi+0.08*(hi-lo))) > 1e-12 {
		t.Errorf("times from %v to %v: not logarithms with room beside", top.X.Min, top.X.Max)
	}
	var names string
	for _, tick := range f.panels[1].plot.X.Tick.Marker.Ticks(0, 1) {
		names += tick.Label + " "
	}
	if names != "1 2 4 8 " {
		t.Errorf("values are labelled %s", names)
	}
	var file bytes.Buffer
	if err := WriteFrontier(&file, r); err != nil || file.Len() < 5000 {
		t.Errorf("%v, %d bytes", err, file.Len())
	}
	r.Judged, r.Lines = false, r.Lines[1:2]
	if f = frontier(&r); len(f.panels) != 2 || len(f.keys) != 1 {
		t.Errorf("without prices and frontier: %d panels, %d keys", len(f.panels), len(f.keys))
	}
}

func TestByFactors(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   bool
	}{
		{[]float64{1, 2, 4, 8}, true}, {[]float64{1, 2, 4}, true}, {[]float64{1, 2, 3, 4, 5, 6}, false}, {[]float64{400, 500, 600, 700}, false},
		{[]float64{0, 1, 10, 100}, false}, {[]float64{1, 100}, false}, {[]float64{8.1, 8.2, 9.6}, false},
	} {
		if got := byFactors(c.values); got != c.want {
			t.Errorf("%v by factors: %v", c.values, got)
		}
	}
}

// Names cover neither marks nor each other nor leave the plot: of many points on one
// spot, eight at most are named.
func TestTagsMakeRoom(t *testing.T) {
	p := newPlot("", "")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	var list tags
	for range 30 {
		list.add(xy{0.5, 0.5}, "a name")
	}
	list.marks = list.points[:1]
	canvas := draw.NewCanvas(vgimg.New(200, 200), 200, 200)
	if placed := list.place(canvas, p, textStyle(sizeTick, false)); len(placed) == 0 || len(placed) > 8 {
		t.Errorf("%d names placed", len(placed))
	} else {
		for i, a := range placed {
			if !within(a.box, canvas.Rectangle) {
				t.Errorf("%+v leaves the plot", a)
			}
			for _, b := range placed[:i] {
				if overlaps(a.box, []vg.Rectangle{b.box}) {
					t.Errorf("%+v covers %+v", a, b)
				}
			}
		}
	}
}
