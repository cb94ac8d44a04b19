package report

import (
	"bytes"
	"image/png"
	"testing"
)

func busCurve() BusCurve {
	return BusCurve{Title: "all_reduce over 8 ranks", Ideal: 300, Points: []BusPoint{
		{8, 0.001, "ring ll"}, {64 << 10, 2.5, "ring ll"}, {1 << 20, 20, "ring"}, {1 << 30, 229, "ring"}}}
}

// The curve is drawn whole: a line for each run of one algorithm, which reaches
// half the way to the next, and the numbers behind it.
func TestBusBandwidth(t *testing.T) {
	var file bytes.Buffer
	if err := WriteBusBandwidth(&file, busCurve()); err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(&file)
	if err != nil || img.Bounds().Dx() != 1380 {
		t.Fatalf("%v, width %d", err, img.Bounds().Dx())
	}
	f := busBandwidth(busCurve())
	if len(f.keys) != 3 || f.keys[0].text != "ring ll" || f.keys[1].text != "ring" || f.keys[2].text != "ideal" {
		t.Errorf("%+v", f.keys)
	}
	if len(f.table.rows) != 4 || f.table.rows[3][0] != "1073741824" || f.table.rows[3][1] != "229" {
		t.Errorf("%v", f.table.rows)
	}
	if l := busLine(busCurve().Points, 0, blue); len(l.points) != 3 || l.points[1].X != 16 || l.points[2] != (xy{18, 11.25}) {
		t.Errorf("%v", l.points)
	}
	if l := busLine(busCurve().Points[:3], 2, blue); len(l.points) != 2 || l.points[0] != (xy{18, 11.25}) || l.points[1].X != 20 {
		t.Errorf("the last point has no line: %v", l.points)
	}
	if err := WriteBusBandwidth(&file, BusCurve{}); err == nil {
		t.Error("nothing is drawn without an error")
	}
}

func TestBinarySize(t *testing.T) {
	for bytes, want := range map[int64]string{8: "8 B", 65536: "64 KiB", 3 << 29: "1.5 GiB", 1 << 50: "1 PiB"} {
		if got := binarySize(bytes); got != want {
			t.Errorf("%d: %q, want %q", bytes, got, want)
		}
	}
	ticks := powers{}.Ticks(3, 33)
	if len(ticks) != 11 || ticks[0].Label != "8 B" || ticks[10].Label != "8 GiB" {
		t.Errorf("%+v", ticks)
	}
}
