package report

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
	"pgregory.net/rapid"
)

// No path is longer than a chunk, and the pieces of a line meet: the last point
// of one is the first of the next, none is lost.
func TestLinesAreDrawnInChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 1000).Draw(t, "n")
		l := line{style: solid(blue, 1)}
		for i := range n {
			l.points = append(l.points, xy{float64(i) / 1000, float64(i%7) / 7})
		}
		r := on(l)
		var all []vg.Point
		for k, p := range r.paths {
			if len(p) > chunk || len(p) < 2 {
				t.Fatalf("a path of %d points", len(p))
			}
			if k > 0 && p[0].Pos != all[len(all)-1] {
				t.Fatal("a gap")
			}
			for i, c := range p {
				if i > 0 || k == 0 {
					all = append(all, c.Pos)
				}
			}
		}
		if len(all) != n {
			t.Fatalf("%d of %d points", len(all), n)
		}
	})
}

// The pieces of an area cover every cell to its height, with paths of bounded
// length, and overlap by one cell.
func TestAreasAreDrawnInChunks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 400).Draw(t, "n")
		a := area{x: make([]float64, n+1), hi: make([]float64, n), color: blue}
		for i := range a.x {
			a.x[i] = float64(i) / float64(n)
		}
		for i := range a.hi {
			a.hi[i] = 0.5 + 0.5*float64(i%3)/2
		}
		covered := make([]int, n)
		for _, p := range on(a).paths {
			if len(p) > chunk+2 {
				t.Fatalf("a path of %d points", len(p))
			}
			for i := range n { // a cell is covered when both its upper corners are there
				left, right := vg.Point{X: vg.Length(a.x[i]) * 100, Y: vg.Length(a.hi[i]) * 100}, vg.Point{X: vg.Length(a.x[i+1]) * 100, Y: vg.Length(a.hi[i]) * 100}
				if has(p, left) && has(p, right) {
					covered[i]++
				}
			}
		}
		for i, c := range covered {
			if c < 1 || c > 2 {
				t.Fatalf("cell %d covered %d times", i, c)
			}
		}
	})
}

func has(p vg.Path, q vg.Point) bool {
	for _, c := range p {
		if c.Type != vg.CloseComp && math.Abs(float64(c.Pos.X-q.X)) < 1e-9 && math.Abs(float64(c.Pos.Y-q.Y)) < 1e-9 {
			return true
		}
	}
	return false
}

func TestStairsJoinEqualCells(t *testing.T) {
	got := stairs([]float64{0, 1, 2, 3, 4}, []float64{5, 5, 7, 5})
	want := []xy{{0, 5}, {2, 5}, {2, 7}, {3, 7}, {3, 5}, {4, 5}}
	if len(got) != len(want) {
		t.Fatalf("got %v", got)
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("point %d: %v, want %v", i, got[i], want[i])
		}
	}
}

func TestBoxesBecomeAnImageWhenMany(t *testing.T) {
	few := &boxes{lanes: []extent{{0, 1}}, colors: []color.RGBA{blue}}
	for i := range maxVectorBoxes {
		few.list = append(few.list, box{lo: float64(i) / maxVectorBoxes, hi: float64(i+1) / maxVectorBoxes})
	}
	if r := on(few); len(r.images) != 0 || len(r.paths) == 0 {
		t.Errorf("%d images, %d paths", len(r.images), len(r.paths))
	}
	few.list = append(few.list, box{lo: 0, hi: 1})
	if r := on(few); len(r.images) != 1 || len(r.paths) != 0 {
		t.Errorf("%d images, %d paths", len(r.images), len(r.paths))
	}
}

// Boxes beyond the axis are cut at it.
func TestBoxesAreCutAtTheAxis(t *testing.T) {
	b := &boxes{lanes: []extent{{0.2, 0.4}}, colors: []color.RGBA{blue}, list: []box{{lo: -1, hi: 0.5}, {lo: 2, hi: 3}}}
	r := on(b)
	if len(r.paths) != 1 || len(r.paths[0]) != 5 {
		t.Fatalf("got %v", r.paths)
	}
	if p := r.paths[0]; p[0].Pos != (vg.Point{X: 0, Y: 20}) || p[2].Pos != (vg.Point{X: 50, Y: 40}) {
		t.Errorf("got %v", p)
	}
}

// A pixel half covered by blue is half blue, half white; one shared by two boxes
// is their mean.
func TestBoxImageWeighsByTime(t *testing.T) {
	w := float64(pixels(100))
	b := &boxes{lanes: []extent{{0, 0.5}}, colors: []color.RGBA{rgb(0x0000FF), rgb(0xFF0000)}, list: []box{
		{lo: 10 / w, hi: 10.5 / w, color: 0},
		{lo: 20 / w, hi: 20.25 / w, color: 0}, {lo: 20.25 / w, hi: 21 / w, color: 1},
	}}
	p := newPlot("", "")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	r := &recorder{}
	c := canvasOf(r)
	img := b.image(c, p).(*image.RGBA)
	h := img.Bounds().Dy()
	for _, q := range []struct {
		x, y int
		want color.RGBA
	}{{10, h - 1, rgb(0x7F7FFF)}, {20, h - 1, rgb(0xBF003F)}, {10, 0, white}, {15, h - 1, white}} {
		got := img.RGBAAt(q.x, q.y)
		if diff(got.R, q.want.R) > 1 || diff(got.G, q.want.G) > 1 || diff(got.B, q.want.B) > 1 || got.A != 255 {
			t.Errorf("pixel %d, %d: %v, want %v", q.x, q.y, got, q.want)
		}
	}
}

func diff(a, b uint8) int { return int(math.Abs(float64(a) - float64(b))) }
