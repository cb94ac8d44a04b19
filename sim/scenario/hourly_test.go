package scenario

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trainsim/sim/budget"
)

func TestReadHourly(t *testing.T) {
	carbon := lookup("site.carbon")
	for text, want := range map[string]budget.Hourly{
		"hour,g per kWh\n0,100\n1, 300 \n\n2,0\n": {0.1, 0.3, 0},
		"100\n200\n": {0.1, 0.2},
		"datetime;note;v\n2024-01-01 00:00;a;56\r\n": {0.056},
		"\ufeff7\n":  {0.007},
		"5,1\n6,2\n": {0.001, 0.002}, // hours may begin anywhere
		"t,gCO₂eq/kWh (direct)\n2024-02-29 23:00,1\n2024-03-01 00:00,2\n\n": {0.001, 0.002}, // as Electricity Maps has it
	} {
		if got, errs := carbon.hours("x.csv", []byte(text)); len(errs) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, errs, want)
		}
	}
	for text, want := range map[string]string{
		"1\nx\n":          `x.csv:2:1: "x" is no number; allowed: g/kWh, at least 0`,
		"a,1\nb,-2":       `x.csv:2:3: "-2" is out of range`,
		"-1\n":            `x.csv:1:1: "-1" is out of range`,
		"hour\n":          "x.csv:1:1: no values; write one for each hour, a line each",
		"1\n2 3\n":        `x.csv:2:1: "2 3" is no number`,
		"1,1\n2,NaN\n":    `x.csv:2:3: "NaN" is no number`,
		"h,v\n0,1\n2,1\n": "x.csv:3:1: hour 1 is missing; write a line for every hour, in order",
		"0,1\nx,1\n":      "x.csv:2:1: hour 1 should be here",
		"0,1\n1,1\n1,1\n": "x.csv:3:1: hour 2 should be here",
		"t,v\n2025-01-31 23:00,1\n2025-02-01 01:00,1\n":         "x.csv:3:1: the hour of 2025-02-01 00:00 is missing",
		"t,v\n2025-01-31T23:00:00Z,1\n2025-01-31T23:30:00Z,1\n": "x.csv:3:1: the hour of 2025-02-01T00:00:00Z should be here",
		"1\n\n2\n":                  "x.csv:2:1: an empty line; write a value for every hour",
		"h;v\n0;1,5\n":              `x.csv:2:3: "1,5" is no number; allowed: g/kWh, at least 0, with a point before decimals`,
		"h,v\n0,1,234.5\n":          "x.csv:2:1: columns: 3, where the first line has 2; write one value a line",
		"h,v [kg/kWh]\n0,1\n":       "x.csv:1:3: values in kg/kWh; write them in g/kWh",
		strings.Repeat("1\n", 8785): "8785 hours are too many; at most 8784, a leap year: a shorter series repeats",
	} {
		if _, errs := carbon.hours("x.csv", []byte(text)); !strings.Contains(errs.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, errs, want)
		}
	}
	// One mistake is told once: what follows it is held against it.
	if _, errs := carbon.hours("x.csv", []byte("0,1\n1,a\n2,1\n5,1\n6,1\n")); len(errs) != 2 {
		t.Error(errs)
	}
	if _, errs := lookup("site.electricity").hours("x.csv", []byte("h,EUR/MWh\n0,80\n")); !strings.Contains(errs.Error(), "values in EUR/MWh; write them in $/kWh") {
		t.Error(errs)
	}
	if _, errs := lookup("site.outside_temperature").hours("x.csv", []byte("-40\n61\n")); !strings.Contains(errs.Error(), `x.csv:2:1: "61" is out of range; allowed: °C, at least -90 °C and at most 60 °C`) {
		t.Error(errs)
	}
}

const siteText = `
[model]
preset = "llama2-7b"
[layout]
tensor = 8
pipeline = 1
data = 1
micro_batch = 1
global_batch = 8
[host]
preset = "dgx-h100"
[site]
`

// A series in a file beside the scenario is the same as one in the scenario, and
// stands in the scenario that is written in full.
func TestSeriesBesideScenario(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"day.csv": "hour,c\n0,5\n1,-12.5\n", "bad.csv": "5\nwarm\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	overhead := "overhead_per_degree = \"1 %\"\nstart = \"90 min\"\n"
	c, err := Parse(filepath.Join(dir, "s.toml"), []byte(siteText+overhead+"outside_temperature = \"day.csv\"\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (budget.Hourly{5, -12.5}); !reflect.DeepEqual(c.Site.Outside, want) || c.Site.PUE != 0 || c.Site.Start != 5400 {
		t.Errorf("%+v", c.Site)
	}
	again, err := Parse("s", c.TOML(), nil)
	if err != nil || !reflect.DeepEqual(again, c) {
		t.Errorf("%v: read back, %+v, want %+v", err, again, c)
	}
	for text, want := range map[string]string{
		`carbon = "bad.csv"`:          `bad.csv:2:1: "warm" is no number`,
		`carbon = "none.csv"`:         "s.toml:13:10: site.carbon: there is no file none.csv; its path is relative to the folder of the scenario",
		`carbon = []`:                 "site.carbon: 0 values; write one for each hour",
		`carbon = ["1 g/kWh", "2 W"]`: "site.carbon: element 2: unit \"W\" is not one of carbon intensity",
		`electricity = "1 $/h"`:       "site.electricity: ",
		`carbon = "grid.txt"`:         `"grid.txt" is not a number with a unit; write "56 g/kWh" (of CO2 equivalent); or name a .csv file with a value for each hour`,
	} {
		var wrong Errors
		if _, err := Parse(filepath.Join(dir, "s.toml"), []byte(siteText+text), nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// A site is given by its PUE or by the parts of its overhead. Without more, what its
// computers may take is that of a DGX H100 with all GPUs at 700 W and 1.41 kW of the
// rest of the host, by the efficiency of its supplies.
func TestOverheadOfSite(t *testing.T) {
	c, err := Parse("s", []byte(siteText+`overhead_fixed = "10 %"`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := watts(c.mains(700_000)) + c.Fabric.Switches(1, 8)*c.Fabric.SwitchPower; c.Site.Rated != want || want < 7000 || want > 12_000 {
		t.Errorf("rated %v W, want %v", c.Site.Rated, want)
	}
	for text, want := range map[string]string{
		"pue = 1.2\noverhead_fixed = \"10 %\"":             "site.pue: says what the overhead keys say; give either pue, or overhead_fixed, overhead_proportional and overhead_per_degree",
		`overhead_per_degree = "1 %"`:                      "site.overhead_per_degree: changes nothing without outside_temperature",
		`start = "6 h"`:                                    "site.start: changes nothing without carbon, electricity or outside_temperature by the hour",
		`rated_power = "1 MW"`:                             "site.rated_power: changes nothing without overhead_fixed",
		"rated_power = \"1 kW\"\noverhead_fixed = \"5 %\"": "site.rated_power: 1 kW are less than the",
		`overhead_fixed = "0 %"`:                           "site.overhead_fixed: ",
	} {
		if _, err := Parse("s", []byte(siteText+text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
