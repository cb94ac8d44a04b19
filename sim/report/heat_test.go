package report

import (
	"image"
	"math"
	"testing"

	"gonum.org/v1/plot/vg"
)

func TestHeatImage(t *testing.T) {
	h := newHeat(2, 4)
	copy(h.row(0), []float64{0, 0, 1, 1})
	copy(h.row(1), []float64{1, 1, 0.5, 2})
	img := h.image(vg.Point{X: 72, Y: 72}).(*image.Paletted) // one inch: 200 × 200 pixels
	if s := img.Bounds().Size(); s.X != 200 || s.Y != 200 {
		t.Fatalf("size %v", s)
	}
	for _, q := range []struct {
		x, y int
		want uint8
	}{{0, 0, 0}, {99, 99, 0}, {100, 0, 254}, {0, 150, 254}, {149, 199, 127}, {199, 199, 254}, {50, 100, 255}} {
		if got := img.ColorIndexAt(q.x, q.y); got != q.want {
			t.Errorf("pixel %d, %d: %d, want %d", q.x, q.y, got, q.want)
		}
	}
}

// Rows without room for a line between them have none.
func TestHeatOfManyRowsHasNoLines(t *testing.T) {
	h := newHeat(100, 1)
	img := h.image(vg.Point{X: 72, Y: 72}).(*image.Paletted)
	for _, p := range img.Pix {
		if p != 0 {
			t.Fatal("a line")
		}
	}
}

func TestBrighten(t *testing.T) {
	h := newHeat(1, 3)
	copy(h.values, []float64{0, 0.09, 0.045})
	if b := h.brighten(); b != 0.1 || math.Abs(h.values[1]-0.9) > 1e-12 {
		t.Errorf("by %v to %v", b, h.values)
	}
	h = newHeat(1, 2)
	copy(h.values, []float64{0.6, 0})
	if b := h.brighten(); b != 1 || h.values[0] != 0.6 {
		t.Errorf("by %v to %v", b, h.values)
	}
	if b := newHeat(1, 2).brighten(); b != 1 {
		t.Errorf("nothing is brightened by %v", b)
	}
	for _, c := range []struct{ v, want float64 }{{0.003, 0.005}, {0.2, 0.2}, {0.21, 0.5}, {0.51, 1}, {0, 0}, {7, 10}} {
		if got := roundUp(c.v); got < c.want*(1-1e-9) || got > c.want*(1+1e-9) {
			t.Errorf("%v rounds up to %v, want %v", c.v, got, c.want)
		}
	}
}
