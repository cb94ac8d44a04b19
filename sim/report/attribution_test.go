package report

import (
	"bytes"
	"testing"

	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
)

func sampleWhatIf() *results.Run {
	r := &results.Run{Months: &results.Months{
		Causes: []results.Cause{{Name: "GPU 17", StepS: 9.8, AloneS: 10.2, Removed: 0.73, Added: 1.15, Slowdown: 1.13}, {Name: "stage imbalance", StepS: 10.5, AloneS: 9.9, Removed: -0.16, Added: 0.27, Slowdown: 1.03}},
	}}
	r.Summary.Title = "a step"
	for i := range int32(12) {
		c := results.RankCell{Data: i % 3, Pipeline: i / 3, ComputeS: 4, WaitS: 1, Slowdown: 1}
		if i == 7 {
			c.Slowdown = 1.2
		}
		r.Months.Ranks = append(r.Months.Ranks, c)
	}
	return r
}

// Causes and ranks make one picture; of nothing there is none.
func TestWriteAttribution(t *testing.T) {
	f := attribution(sampleWhatIf())
	if len(f.panels) != 3 || len(f.keys) != 3 || f.title != "a step: GPU 17 explains 73 % of the slowdown" {
		t.Errorf("%d panels, %d keys, title %q", len(f.panels), len(f.keys), f.title)
	}
	var file bytes.Buffer
	if err := WriteAttribution(&file, sampleWhatIf()); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(file.Bytes(), []byte("\x89PNG")) {
		t.Errorf("%d bytes", file.Len())
	}
	ranksOnly := sampleWhatIf()
	ranksOnly.Months.Causes = nil
	if f := attribution(ranksOnly); f == nil || f.name != "ranks" {
		t.Errorf("without causes: %+v", f)
	}
	if err := WriteAttribution(&file, &results.Run{Months: &results.Months{}}); err == nil {
		t.Error("nothing is drawn without an error")
	}
}

func TestWholes(t *testing.T) {
	for _, c := range []struct{ hi, n, last float64 }{{1.5, 2, 1}, {0.5, 1, 0}, {895.5, 9, 800}} {
		list := wholes{most: 9}.Ticks(-0.5, c.hi)
		if float64(len(list)) != c.n || list[0].Value != 0 || list[len(list)-1].Value != c.last {
			t.Errorf("up to %v: %v", c.hi, list)
		}
	}
}

// A cell that is narrower than a pixel is seen.
func TestHeatOfManyColumns(t *testing.T) {
	h := newHeat(1, 10_000)
	h.row(0)[7777] = 1
	img := h.image(vg.Point{X: 72, Y: 7.2})
	bright := 0
	for x := range img.Bounds().Dx() {
		if img.At(x, 0) == viridis(1) {
			bright++
		}
	}
	if bright != 1 {
		t.Errorf("%d of %d pixels are bright", bright, img.Bounds().Dx())
	}
}
