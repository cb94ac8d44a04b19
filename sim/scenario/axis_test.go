package scenario

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Lists and ranges give the values by hand; those of a range are exact, so that
// 0.1 + 0.2 is 0.3.
func TestParseAxes(t *testing.T) {
	for _, c := range []struct {
		text    string
		values  string // joined by |
		unit    string
		numbers []float64
	}{
		{"gpu.power_cap=400W,500 W,0.6kW", "400 W|500 W|0.6 kW", "W", []float64{400, 500, 600}},
		{"gpu.power_cap=400W..700W:50W", "400 W|450 W|500 W|550 W|600 W|650 W|700 W", "W", []float64{400, 450, 500, 550, 600, 650, 700}},
		{"gpu.power_cap = 400 W .. 0.65 kW : 100 W , 700W", "400 W|500 W|600 W|700 W", "W", []float64{400, 500, 600, 700}},
		{"layout.tensor=1,2,4,8", "1|2|4|8", "", []float64{1, 2, 4, 8}},
		{"layout.pipeline=1..5", "1|2|3|4|5", "", []float64{1, 2, 3, 4, 5}},
		{"layout.data=1..64:x2", "1|2|4|8|16|32|64", "", []float64{1, 2, 4, 8, 16, 32, 64}},
		{"layout.data=2..2", "2", "", []float64{2}},
		{"memory.fragmentation=0..0.3:0.1", "0|0.1|0.2|0.3", "", []float64{0, 0.1, 0.2, 0.3}},
		{"memory.fragmentation=5%..15%:5%", "5 %|10 %|15 %", "%", []float64{5, 10, 15}},
		{"network.nic_bandwidth=50Gb/s..400Gb/s:x2", "50 Gb/s|100 Gb/s|200 Gb/s|400 Gb/s", "Gb/s", []float64{50, 100, 200, 400}},
		{"checkpoint.interval=1h..2h:20min", "1 h|80 min|100 min|2 h", "h", []float64{1, 80.0 / 60, 100.0 / 60, 2}},
		{"checkpoint.interval=auto,30 min", "auto|30 min", "", nil},
		{"run.fold=true,false", "true|false", "", nil},
		{"layout.recompute=none,full", "none|full", "", nil},
		{"gpu.preset=a100-80gb-sxm,h100-80gb-sxm", "a100-80gb-sxm|h100-80gb-sxm", "", nil},
		{`failures.trace=../a.csv,"b,c.csv"`, `../a.csv|"b,c.csv"`, "", nil},
		{"layout.stage_layers=[1, 3],[2, 2]", "[1, 3]|[2, 2]", "", nil},
		{"degrade[0].speed=80%,90%", "80 %|90 %", "%", []float64{80, 90}},
	} {
		axes, err := ParseAxes([]string{c.text})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		a := axes[0]
		if got := strings.Join(a.Values, "|"); got != c.values || a.Unit != c.unit || !slices.Equal(a.Numbers, c.numbers) {
			t.Errorf("%s: %s in %q, %v; want %s in %q, %v", c.text, got, a.Unit, a.Numbers, c.values, c.unit, c.numbers)
		}
	}
}

// Every mistake of every key is told at once.
func TestMistakesOfAxes(t *testing.T) {
	_, err := ParseAxes([]string{"gpu.power_cup=400W", "gpu.power_cap=400,500Wat,500W", "layout.tensor=two,2,2"})
	var list Errors
	if !errors.As(err, &list) || len(list) != 5 {
		t.Fatalf("not five mistakes: %v", err)
	}
	for _, c := range []struct{ text, want string }{
		{"gpu.power_cap", `lacks values`},
		{"gpu.power_cap=", `a value is missing`},
		{"gpu.power_cap=400W,,500W", `a value is missing`},
		{"gpu.power_cap=400W..700W", `"400W..700W": a range needs a step; such as 10W..40W:10W, or 10W..40W:x2 for doubling`},
		{"gpu.power_cap=400..700W:50W", `"400" has no unit`},
		{"gpu.power_cap=700W..400W:50W", `ends before it begins; write the least first`},
		{"gpu.power_cap=400W..700W:0W", `the step must be above 0`},
		{"gpu.power_cap=400W..700W:1mW", `has more than 1000 values`},
		{"gpu.power_cap=400W..700W:x1", `the factor must be a number above 1`},
		{"gpu.power_cap=0W..700W:x2", `must begin above 0`},
		{"gpu.power_cap=400W,400 W", `"400 W" is there twice`},
		{"gpu.power_cap=400V", `unknown unit "V"`},
		{"gpu=1", `is a section; give one of its keys, such as gpu.`},
		{"gpu.preset=h1000", `there is no gpu preset of that name`},
		{"layout.tensor=1..4:x1.5", `1.5 is`},
		{"layout.recompute=some", `"some": "some" is not allowed`},
		{"network.routing=ecmp,\xff", `not valid UTF-8`},
	} {
		_, err := ParseAxes([]string{c.text})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.text, err, c.want)
		}
	}
}

// FuzzParseAxes: whatever the text, the reader neither panics nor gives a value that
// it would not take by itself.
func FuzzParseAxes(f *testing.F) {
	for _, text := range []string{"gpu.power_cap=400W..700W:50W", "layout.data=1..64:x2", "run.fold=true,false", "checkpoint.interval=auto,1h..2h:20min",
		`failures.trace="a,b",[c`, "layout.tensor=1..1e9", "memory.fragmentation=1e-39..1:1e-39", "degrade[0].speed=80%", "gpu.preset=x..y", "=..", "run.record[3]=1..2"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		axes, err := ParseAxes([]string{text})
		if err != nil {
			if err.Error() == "" {
				t.Fatal("empty error")
			}
			return
		}
		a := axes[0]
		if n := len(a.Values); n == 0 || n > maxValues || a.Numbers != nil && len(a.Numbers) != n {
			t.Fatalf("%d values, %d numbers", n, len(a.Numbers))
		}
		for _, v := range a.Values {
			again, err := ParseAxes([]string{a.Key + "=" + v})
			if err != nil || len(again[0].Values) != 1 || again[0].Values[0] != v {
				t.Fatalf("%q alone is %+v, %v", v, again, err)
			}
		}
	})
}
