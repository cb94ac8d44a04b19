package scenario

import (
	"math"
	"testing"
)

func TestInterval(t *testing.T) {
	for _, c := range []struct {
		text    string
		in, out []float64
		words   string
	}{
		{"", []float64{0, 1, 1e300}, []float64{-1, -math.SmallestNonzeroFloat64}, "at least 0"},
		{"[1,)", []float64{1, 2}, []float64{0, 0.999}, "at least 1"},
		{"(0,1]", []float64{1, 0.5, math.SmallestNonzeroFloat64}, []float64{0, 1.0001, -1}, "above 0 and at most 1"},
		{"[0, 1)", []float64{0, 0.999}, []float64{1, -0.1}, "at least 0 and below 1"},
		{"(,)", []float64{-5, 0, 5}, nil, "any finite number"},
	} {
		iv, err := parseInterval(c.text)
		if err != nil {
			t.Fatalf("%q: %v", c.text, err)
		}
		for _, v := range c.in {
			if !iv.contains(v) {
				t.Errorf("%q does not contain %v", c.text, v)
			}
		}
		for _, v := range append(c.out, math.NaN(), math.Inf(1), math.Inf(-1)) {
			if iv.contains(v) {
				t.Errorf("%q contains %v", c.text, v)
			}
		}
		if got := iv.describe(unitOf("")); got != c.words {
			t.Errorf("%q is described as %q, want %q", c.text, got, c.words)
		}
	}
}

func TestIntervalWords(t *testing.T) {
	iv, err := parseInterval("none|full")
	if err != nil || !iv.has("full") || iv.has("Full") || iv.has("") {
		t.Errorf("%+v, %v", iv, err)
	}
	if got := iv.describe(unitOf("")); got != "one of none, full" {
		t.Errorf("described as %q", got)
	}
}

func TestIntervalRefused(t *testing.T) {
	for _, text := range []string{"1", "[1,2", "1,2]", "[a,)", "[1,b]", "[]", "[1,2,3]"} {
		if _, err := parseInterval(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}
