package report

import (
	"math"
	"testing"
)

func TestViridisAnchors(t *testing.T) {
	// matplotlib: viridis(0) = #440154, viridis(1) = #FDE725, and half way between
	// the first two anchors the mean of their channels: (0x44+0x48)/2 = 0x46,
	// (0x01+0x28)/2 = 0x14.8 → 0x15, (0x54+0x78)/2 = 0x66.
	if c := viridis(0); c != rgb(0x440154) {
		t.Errorf("0: %v", c)
	}
	if c := viridis(1); c != rgb(0xFDE725) {
		t.Errorf("1: %v", c)
	}
	if c := viridis(1.0 / 18); c != rgb(0x461566) {
		t.Errorf("1/18: %06x", uint32(c.R)<<16|uint32(c.G)<<8|uint32(c.B))
	}
	for _, v := range []float64{-1, math.NaN(), math.Inf(-1)} {
		if viridis(v) != viridisAnchors[0] {
			t.Errorf("%v is not the darkest", v)
		}
	}
	if viridis(math.Inf(1)) != viridisAnchors[9] {
		t.Error("infinity is not the brightest")
	}
}

// Viridis must read in grey print: more is lighter.
func TestViridisGetsLighter(t *testing.T) {
	last := -1.0
	for i := range 256 {
		c := viridis(float64(i) / 255)
		l := 0.2126*float64(c.R) + 0.7152*float64(c.G) + 0.0722*float64(c.B)
		if l < last-0.5 { // channels are whole numbers
			t.Fatalf("darker at %d", i)
		}
		last = l
	}
}

func TestContrast(t *testing.T) {
	if contrast(blue) != white || contrast(yellow) != ink || contrast(orange) != ink || contrast(black) != white {
		t.Error("text would not read on its ground")
	}
}
