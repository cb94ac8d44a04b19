package report

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTicksByHand(t *testing.T) {
	for _, c := range []struct {
		lo, hi float64
		want   string
	}{
		{0, 42.6, "0 10 20 30 40"}, // a step of 5 would give 9 labels
		{0, 30, "0 5 10 15 20 25 30"},
		{0, 0.7, "0.0 0.2 0.4 0.6"}, // a step of 0.1 would give 8
		{0, 1, "0.0 0.2 0.4 0.6 0.8 1.0"},
		{0, 1200, "0 200 400 600 800 1,000 1,200"},
		{-1, 1, "−1.0 −0.5 0.0 0.5 1.0"},
		{2.5e-3, 4.5e-3, "0.0025 0.0030 0.0035 0.0040 0.0045"},
	} {
		var got []string
		for _, k := range (ticks{}).Ticks(c.lo, c.hi) {
			got = append(got, k.Label)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("ticks of %v … %v: got %q, want %q", c.lo, c.hi, s, c.want)
		}
	}
}

// Over any range there are 3 to 7 ticks, inside it, at steps of 1, 2 or 5.
func TestTicksAreFewAndRound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		size := math.Pow(10, rapid.Float64Range(-3, 9).Draw(t, "log"))
		hi := lo + size
		list := (ticks{}).Ticks(lo, hi)
		if len(list) < 3 || len(list) > 7 {
			t.Fatalf("%d ticks on %v … %v", len(list), lo, hi)
		}
		step := list[1].Value - list[0].Value
		mantissa := step / math.Pow(10, math.Floor(math.Log10(step*(1+1e-6))))
		if m := math.Round(mantissa); math.Abs(mantissa-m) > 1e-3 || m != 1 && m != 2 && m != 5 {
			t.Fatalf("step %v", step)
		}
		for _, k := range list {
			if k.Value < lo-1e-6*size || k.Value > hi+1e-6*size {
				t.Fatalf("tick %v outside %v … %v", k.Value, lo, hi)
			}
		}
	})
}

func TestNamesRunFromTheTop(t *testing.T) {
	rows := make([]string, 16)
	for i := range rows {
		rows[i] = "stage " + number(float64(i), 0)
	}
	list := names{rows: rows, most: 8}.Ticks(0, 0)
	if len(list) != 8 || list[0].Value != 15 || list[0].Label != "stage 0" || list[6].Label != "stage 12" || list[7].Value != 0 || list[7].Label != "stage 15" {
		t.Errorf("got %v", list)
	}
	if list = (names{rows: rows}).Ticks(0, 0); len(list) != 16 || list[15].Value != 0 {
		t.Errorf("got %v", list)
	}
}

func TestNumbersAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{number(1234567.891, 2), "1,234,567.89"},
		{number(-1234, 0), "−1,234"},
		{number(-0.001, 1), "0.0"},
		{number(999, 0), "999"},
		{figures3(32.123), "32.1"},
		{figures3(9.996), "10.0"},
		{figures3(99.96), "100"},
		{figures3(0.07204), "0.0720"},
		{figures3(1024.4), "1,024"},
		{figures3(0), "0"},
		{percent(0.0718), "7.2 %"},
		{percent(0.0997), "10 %"},
		{percent(0.442), "44 %"},
		{percent(0), "0 %"},
		{quantity(timeScales, 32.12), "32.1 s"},
		{quantity(timeScales, 0.0071), "7.10 ms"},
		{quantity(powerScales, 590e3), "590 kW"},
		{quantity(energyScales, 25.1e6), "25.1 MJ"},
		{quantity(rateScales, 877e9), "877 GB/s"},
		{quantity(timeScales, 0), "0 ns"},
		{fitTime(3600).Unit, "s"},
		{fitTime(7200).Unit, "h"},
		{fitTime(86400).Unit, "h"},
		{fitTime(3 * 86400).Unit, "d"},
		{seconds(0.0123456789), "0.01234568"},
		{seconds(32.1234567), "32.123457"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
