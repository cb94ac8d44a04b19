package study

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"trainsim/sim/budget"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// partial is a site that draws 1 kW whatever it does, 5 % of its load, and 1 % more
// for each degree above 18 °C: it has 25.
const partial = `
[site]
overhead_fixed = "10 %"
rated_power = "10 kW"
overhead_proportional = "5 %"
overhead_per_degree = "1 %"
outside_temperature = ["25 °C", "20 °C"]
`

// 100 kW rated, of which 10 are drawn at any load, and 5 % of the load: 115 kW at
// full load, 62.5 at half. With racks that lose 2 % of what they deliver and 300 W,
// and a site that loses 4 %, half load takes (10 + 1.05·(51 + 0.3))·1.04 kW.
func TestPUEAtPartialLoad(t *testing.T) {
	f := facility{site: &budget.Site{Fixed: 0.1, Proportional: 0.05, Rated: 100e3, Carbon: budget.Hourly{0}, Electricity: budget.Hourly{0}, Outside: budget.Hourly{0}}, per: 1}
	for _, x := range []struct{ load, want float64 }{{100e3, 1.15}, {50e3, 1.25}, {10e3, 2.05}} {
		if pue := f.within(2*x.load, 2).joules / (2 * x.load); math.Abs(pue-x.want) > 1e-12 {
			t.Errorf("PUE %v at %v W, want %v", pue, x.load, x.want)
		}
	}
	f.fixed, f.per, f.loss = 300, 1.02, 0.04
	if got, want := f.within(50e3, 1).joules, (10e3+1.05*51_300)*1.04; math.Abs(got-want) > 1e-9*want {
		t.Errorf("with feeds %v W, want %v", got, want)
	}
}

// The facility of a step is what the overhead makes of its mean power, whether or not
// what feeds the hosts is simulated, and adds up by component.
func TestFacilityOfStep(t *testing.T) {
	for _, feeds := range []string{"", `
[power.rack]
hosts = 1
efficiency = "98 %"
fixed_loss = "100 W"
[power.site]
efficiency = "97 %"
fixed_loss = "50 W"
limit = "1 MW"
`} {
		s := &managedRun(t, partial+feeds).Summary
		watts := s.MeanPowerW
		want := 1000 + 1.12*watts
		if feeds != "" {
			switches := s.EnergyComponentsJ["switch"] / s.StepTimeS
			want = 50 + (1000+1.12*((watts-switches)/0.98+100+switches))/0.97
		}
		f, facility := s.Facility, s.EnergyBoundariesJ["facility"]
		if got := facility / s.StepTimeS; math.Abs(got-want) > 1e-8*want {
			t.Errorf("the facility draws %v W, want %v", got, want)
		}
		sum := f.EnergyComponentsJ["computers"] + f.EnergyComponentsJ["feeds"] + f.EnergyComponentsJ["cooling"]
		if math.Abs(sum-facility) > 1e-9*sum || f.EnergyComponentsJ["computers"] != s.EnergyPerStepJ || (f.EnergyComponentsJ["feeds"] > 0) != (feeds != "") {
			t.Errorf("%v are not %v J", f.EnergyComponentsJ, facility)
		}
		if math.Abs(f.PUE-want/watts) > 1e-8 || f.OutsideC != 25 || f.Load != watts/10e3 {
			t.Errorf("%+v", f)
		}
		if got := s.StepCost.SiteKWh * 3.6e6; math.Abs(got-facility) > 1e-8*facility {
			t.Errorf("a step is billed %v J of %v", got, facility)
		}
	}
}

// two writes a series of two values by the hour, 12 of each.
func two(a, b string) string {
	return "[" + strings.Repeat(fmt.Sprintf("%q, ", a), 12) + strings.Repeat(fmt.Sprintf("%q, ", b), 12) + "]"
}

// A series of one value is that value, of a run of months as of steps at an even
// load, whatever the site draws at partial load.
func TestConstantSeries(t *testing.T) {
	for _, text := range []string{week, cluster64 + "[run]\ntokens = 1e12\n"} {
		site := `
[site]
overhead_fixed = "7 %"
overhead_proportional = "3 %"
`
		plain := site + "carbon = \"300 g/kWh\"\n"
		series := site + "start = \"5.5 h\"\ncarbon = " + two("300 g/kWh", "300 g/kWh")
		want, got := costsOf(t, text+plain), costsOf(t, text+series)
		if len(want) != len(got) || len(want) == 0 {
			t.Fatalf("%v and %v", got, want)
		}
		for name, w := range want {
			g := got[name]
			for i, a := range values(g) {
				if b := values(w)[i]; math.Abs(a-b) > 1e-9*max(1e-9, math.Abs(b)) {
					t.Errorf("%s: %+v, want %+v", name, g, w)
				}
			}
		}
	}
}

// costsOf returns the costs of a scenario, and by use where it is a long one.
func costsOf(t *testing.T, text string) map[string]*results.Cost {
	c := parse(t, text)
	var out *results.Run
	if c.Long() {
		out, _ = train(t, c, Replication{Workers: 2})
	} else {
		var err error
		if out, err = Run(c); err != nil {
			t.Fatal(err)
		}
	}
	s := &out.Summary
	all := map[string]*results.Cost{"run": s.RunCost, "million tokens": s.MillionTokensCost}
	if s.Training != nil {
		for name, c := range s.RunCostBuckets {
			all[name] = c
		}
	}
	return all
}

// By day a grid emits 100 g, by night 400, and electricity costs 0.1 and 0.3 $. A run
// of 36 h that begins at hour 6 has 18 h of each.
func TestDayAndNightOfSteps(t *testing.T) {
	f := facility{site: &budget.Site{PUE: 1.5, Start: 6 * 3600, Carbon: append(hours(12, 0.1), hours(12, 0.4)...),
		Electricity: append(hours(12, 0.1), hours(12, 0.3)...), Outside: budget.Hourly{15}}, per: 1}
	kWh := 36 * 1000. // 1 MW
	u := f.steady(kWh*3.6e6, 36)
	for _, x := range [][2]float64{{u.joules, 1.5 * kWh * 3.6e6}, {u.usd, 1.5 * kWh * 0.2}, {u.kg, 1.5 * kWh * 0.25}} {
		if math.Abs(x[0]-x[1]) > 1e-9*x[1] {
			t.Errorf("%v, want %v", x[0], x[1])
		}
	}
	// 45 min by day and 15 by night, within two hours: 0.75·100 + 0.25·400 g.
	f.site.Start = 11.25 * 3600
	if kg := f.steady(3.6e6, 1).kg; math.Abs(kg-1.5*0.175) > 1e-12 {
		t.Errorf("%v kg", kg)
	}
	// Longer than is added up hour by hour.
	if u := f.steady(3.6e6, 24e9); math.Abs(u.kg-1.5*0.25) > 1e-5 {
		t.Errorf("%v kg", u.kg)
	}
}

func hours(n int, v float64) budget.Hourly {
	h := make(budget.Hourly, n)
	for i := range h {
		h[i] = v
	}
	return h
}

// What months cost by the hour is what their hours cost: the hours of the first
// replica hold its energy, and those of a run without failures the value by hand.
func TestHoursOfMonths(t *testing.T) {
	text := strings.Replace(week, "count = 6", "count = 1", 1) + `
[site]
overhead_fixed = "5 %"
overhead_per_degree = "1 %"
start = "30 min"
carbon = ` + two("100 g/kWh", "400 g/kWh") + "\noutside_temperature = " + two("28 °C", "10 °C")
	out, _ := train(t, parse(t, text), Replication{Workers: 1})
	s, hours := &out.Summary, out.Months.Hours
	if len(hours) != 7*24+1 {
		t.Fatalf("%d hours", len(hours))
	}
	var mains, site, kg, seconds float64
	for i, h := range hours {
		g, celsius := 0.1, 28.
		if i%24 >= 12 {
			g, celsius = 0.4, 10
		}
		rated := parse(t, text).Site.Rated
		want := 0.05*rated*h.Seconds/3.6e9 + h.MainsMWh*(1+0.01*max(0, celsius-18))
		if spares := want - h.SiteMWh; math.Abs(spares) > 1e-9*want || h.OutsideC != celsius || math.Abs(h.OperationalKg-1000*g*h.SiteMWh) > 1e-9*h.OperationalKg {
			t.Fatalf("hour %d: %+v, want %v MWh", i, h, want)
		}
		mains, site, kg, seconds = mains+h.MainsMWh, site+h.SiteMWh, kg+h.OperationalKg, seconds+h.Seconds
	}
	for _, x := range []struct {
		what      string
		got, want float64
	}{
		{"mains", mains, total(s.RunEnergyMWh)}, {"site", site, s.RunCost.SiteKWh / 1000}, {"kg", kg, s.RunCost.OperationalKg}, {"s", seconds, s.CompletionTimeS},
	} {
		if math.Abs(x.got-x.want) > 1e-9*x.want {
			t.Errorf("%s: hours hold %v, the run %v", x.what, x.got, x.want)
		}
	}
	var sum results.Cost
	for _, u := range append([]string{spares}, names()...) {
		sum.Add(s.RunCostBuckets[u])
	}
	wasted := sum
	wasted.Add(s.RunCostBuckets[useful].Times(-1))
	for _, x := range []struct{ got, want *results.Cost }{{&sum, s.RunCost}, {&wasted, s.WastedCost}} {
		for i, a := range values(x.got) {
			if b := values(x.want)[i]; math.Abs(a-b) > 1e-9*math.Abs(b) {
				t.Errorf("%+v, want %+v", x.got, x.want)
			}
		}
	}
}

// names are the uses of a run but idle spares.
func names() (list []string) {
	seen := map[run.Bucket]bool{}
	for _, u := range uses {
		list = append(list, u.name)
		for _, b := range u.buckets {
			seen[b] = true
		}
	}
	if len(seen) != int(run.NumBuckets) {
		panic("a bucket has no use")
	}
	return list
}

func values(c *results.Cost) []float64 {
	return []float64{c.GPUHours, c.SiteKWh, c.ElectricityUSD, c.RentUSD, c.OwnUSD, c.OwnHardwareUSD, c.OwnNetworkUSD, c.OperationalKg, c.EmbodiedKg}
}

// Racks pass 1 W on to hosts for 1.02 W, and 300 W at any load. Switches hang on the site
// beside them: 1,000 W of the power of hosts and switches cost no 2 %.
func TestSwitchesHangOnTheSite(t *testing.T) {
	s := &results.Summary{StepTimeS: 2, EnergyComponentsJ: map[string]float64{"switch": 2000},
		Feeds: &results.Feeds{Levels: []results.FeedLevel{{Name: "rack", FixedW: 300, PerW: 1.02}, {Name: "site"}}}}
	c := &scenario.Config{}
	c.Feeds.Site.Efficiency = 0.8
	if f := facilityOf(c, s); math.Abs(f.fixed-280) > 1e-9 || f.per != 1.02 || math.Abs(f.loss-0.25) > 1e-12 {
		t.Errorf("%v W and %v for each W, of which the site loses %v more; want 280, 1.02 and 0.25", f.fixed, f.per, f.loss)
	}
}
