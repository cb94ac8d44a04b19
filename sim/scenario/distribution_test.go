package scenario

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// lifeField and delayField are keys of distributions, with and without a usual law.
var (
	lifeField  = lookup("failures.component.mtbf")
	delayField = lookup("recovery.detection")
)

func TestDistribution(t *testing.T) {
	for text, want := range map[string]run.Distribution{
		"5 min":                         {Mean: 300},
		"5min":                          {Mean: 300},
		" 0 s ":                         {},
		"fixed 5 min":                   {Mean: 300},
		"exponential 50000 h":           {Law: run.Exponential, Mean: 180e6},
		"uniform  10\tmin":              {Law: run.Uniform, Mean: 600},
		"weibull 50000 h shape 0.7":     {Law: run.Weibull, Mean: 180e6, Shape: 0.7},
		"lognormal 355 min sigma 1.94":  {Law: run.Lognormal, Mean: 21300, Shape: 1.94},
		"lognormal 0.1 us sigma 0.5e-1": {Law: run.Lognormal, Mean: 1e-7, Shape: 0.05},
	} {
		var d run.Distribution
		if m := delayField.set(reflect.ValueOf(&d).Elem(), text); m != nil || d != want {
			t.Errorf("%q is %+v (%v), want %+v", text, d, m, want)
		}
	}
	var d run.Distribution
	if m := lifeField.set(reflect.ValueOf(&d).Elem(), "50000 h"); m != nil || d != (run.Distribution{Law: run.Exponential, Mean: 180e6}) {
		t.Errorf("a life of 50000 h is %+v (%v)", d, m)
	}
	if got := lifeField.distributionText(run.Always(3600 * engine.Second)); got != `"fixed 1 h"` {
		t.Errorf("written %s", got)
	}
	if got := delayField.distributionText(run.Always(3600 * engine.Second)); got != `"1 h"` {
		t.Errorf("written %s", got)
	}
}

func TestDistributionMistakes(t *testing.T) {
	for raw, want := range map[any]string{
		"normal 5 s":              `there is no law "normal"; did you mean lognormal?`,
		"weibull 5 s":             `weibull lacks its shape; write it last: "weibull 5 h shape 0.7"`,
		"weibull 5 s sigma 1":     `weibull lacks its shape; write it last: "weibull 5 h shape 0.7"`,
		"weibull 5 s shape 0.01":  "shape 0.01 is out of range; must be at least 0.1 and at most 100",
		"weibull 5 s shape NaN":   "shape NaN is out of range; must be at least 0.1 and at most 100",
		"lognormal 5 s sigma":     `lognormal lacks its sigma; write it last: "lognormal 5 h sigma 0.7"`,
		"lognormal 5 s sigma x":   "sigma x is out of range; must be at least 0.001 and at most 10",
		"exponential 5 h shape 2": "exponential has no shape; weibull has shape, lognormal has sigma",
		"exponential":             `"exponential" lacks its mean; write ` + delayField.unit.example,
		"exponential -5 h":        "exponential -5 h is out of range; the mean must be at least 0",
		"5":                       `"5" has no unit; write "5 min" or another unit`,
		"exponential 5 GB":        `unit "GB" is not one of duration; write "5 us" or "54 d"`,
		int64(5):                  `5 has no unit; write "5 min" or another unit`,
		true:                      "expected a distribution, found true; write " + delayField.unit.example,
		"uniform 5 minutes":       `unknown unit "minutes"; allowed are ns, us, ms, s, min, h, d, µs, μs`,
	} {
		var d run.Distribution
		m := delayField.set(reflect.ValueOf(&d).Elem(), raw)
		if m == nil || m.message+"; "+m.hint != want && strings.TrimSuffix(m.message+"; "+m.hint, "; ") != want {
			t.Errorf("%v: got  %+v\nwant %s", raw, m, want)
		}
	}
}

// TestDistributionWritten: what is written reads back as it was.
func TestDistributionWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := run.Distribution{Law: run.Law(rapid.IntRange(0, len(laws)-1).Draw(t, "law")),
			Mean: math.Exp(rapid.Float64Range(-20, 30).Draw(t, "log of mean"))}
		if s, ok := shapes[d.Law]; ok {
			d.Shape = rapid.Float64Range(s.low, s.high).Draw(t, "shape")
		}
		for _, f := range []*field{lifeField, delayField} {
			text := f.distributionText(d)
			var back run.Distribution
			if m := f.set(reflect.ValueOf(&back).Elem(), literal(text)); m != nil || back != d {
				t.Fatalf("%+v is written %s and reads back as %+v (%v)", d, text, back, m)
			}
		}
	})
}

// FuzzDistribution: whatever the text, the reader neither panics nor accepts what
// it cannot write back.
func FuzzDistribution(f *testing.F) {
	for _, text := range []string{"5 min", "exponential 50000 h", "weibull 5 h shape 0.7", "lognormal 5 h sigma 1e-3", "uniform", "shape 1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, f := range []*field{lifeField, delayField} {
			var d, back run.Distribution
			if f.set(reflect.ValueOf(&d).Elem(), text) != nil {
				continue
			}
			if m := f.set(reflect.ValueOf(&back).Elem(), literal(f.distributionText(d))); m != nil || back != d {
				t.Fatalf("%q is %+v, written %s, read %+v", text, d, f.distributionText(d), back)
			}
		}
	})
}

func TestCadence(t *testing.T) {
	f := lookup("checkpoint.interval")
	for text, want := range map[string]Cadence{
		"30 min": {Work: 1800 * engine.Second}, "auto": {Rule: RuleAuto}, "young": {Rule: RuleYoung}, "none": {Rule: RuleNone},
	} {
		var k Cadence
		if m := f.set(reflect.ValueOf(&k).Elem(), text); m != nil || k != want || k.text() != quote(text) {
			t.Errorf("%q is %+v (%v), written %s", text, k, m, k.text())
		}
	}
	for raw, want := range map[any]string{
		"yung":   `there is no rule "yung"; did you mean young?`,
		"0 s":    "0 s is out of range; must be above 0",
		"":       `"" is not a number with a unit`,
		"30":     `"30" has no unit; write "30 min" or another unit`,
		int64(3): `3 has no unit; write "3 min" or another unit`,
	} {
		var k Cadence
		if m := f.set(reflect.ValueOf(&k).Elem(), raw); m == nil || !strings.HasPrefix(m.message+"; "+m.hint, want) {
			t.Errorf("%v: got %+v, want %s", raw, m, want)
		}
	}
}
