package network

import (
	"math"
	"testing"
)

// TestGoodput: by hand from (1 − p)/(1 − p + p·W), and from the mean number of
// transmissions summed one loss after another.
func TestGoodput(t *testing.T) {
	for _, c := range []struct {
		window int
		p      float64
		want   float64
	}{
		{0, 0.25, 0.75},
		{1, 0, 1},
		{1, 0.25, 0.75},
		{4, 0.2, 0.8 / 1.6},         // 0.8 + 0.2·4
		{100, 0.001, 0.999 / 1.099}, // 90.9 %: a thousandth costs a tenth
		{100, 0, 1},
	} {
		f := Fabric{LossWindow: c.window}
		got := f.Goodput(c.p)
		if math.Abs(got-c.want) > 1e-15 {
			t.Errorf("goodput at %v lost, window %d: %v, want %v", c.p, c.window, got, c.want)
		}
		sent, again := 1.0, 1.0 // the packet, and the chance that it fails k times
		for range 200 {
			again *= c.p
			sent += again * float64(max(1, c.window))
		}
		if math.Abs(got*sent-1) > 1e-12 {
			t.Errorf("goodput at %v lost, window %d: %v, transmissions %v", c.p, c.window, got, sent)
		}
	}
}
