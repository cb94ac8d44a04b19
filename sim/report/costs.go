package report

import (
	"image/color"
	"maps"
	"strings"

	"trainsim/sim/results"
)

var massScales = []scale{{1e-3, "g"}, {1, "kg"}, {1e3, "t"}, {1e6, "kt"}}

// usesOf are what a whole training pays for, with their colours: keys of
// run_cost_buckets.
var usesOf = []struct {
	key   string
	title string
	color color.RGBA
}{
	{"useful", "useful steps", green},
	{"slow", "slow steps", yellow},
	{"lost_work", "lost work", vermillion},
	{"checkpoint", "checkpoints", sky},
	{"restart", "restarts", orange},
	{"waiting", "waiting", black},
	{"idle_spares", "idle spares", medium},
}

// costs draws what the run, or where its length is not known the step, costs in
// each way to pay, and what it emits.
func costs(r *results.Run) *figure {
	c, of := r.Summary.RunCost, "the run"
	if c == nil {
		c, of = r.Summary.StepCost, "a step"
	}
	if c == nil || c.KgCO2e() == 0 && c.ElectricityUSD == 0 {
		return nil
	}
	f := &figure{
		name:  "costs",
		title: headline(r, "%s costs %s and emits %s of CO2e", of, strings.Join(c.Ways(money), " or "), mass(c.KgCO2e())),
		lead:  "What " + of + " costs in each way to pay, and what it emits: by what draws the electricity, and by making the hardware.",
		note:  "To own costs the value that hardware loses meanwhile, and the electricity, which is in a rent already. Prices and grid are those of the scenario.",
	}
	if r.Summary.Training != nil {
		f.lead = "What the run costs in each way to pay, and what it emits: by what the electricity was for, and by making the hardware."
	}
	f.table.header = []string{"panel", "bar", "part", "usd_or_kg"}
	f.addStack("cost", dollarScales, "$", money, costRows(c))
	f.addStack("emissions", massScales, "CO2e", mass, carbonRows(r, c))
	return f
}

// mass writes kilograms: 36.8 t.
func mass(kg float64) string { return quantity(massScales, kg) }

// amount is one part of a bar.
type amount struct {
	bar, part string
	color     color.RGBA
	value     float64
}

func costRows(c *results.Cost) []amount {
	if c.RentUSD == 0 && c.OwnUSD == 0 {
		return []amount{{"to run", "electricity", yellow, c.ElectricityUSD}}
	}
	list := []amount{{"to rent", "rent", blue, c.RentUSD}}
	if c.OwnUSD > 0 {
		list = append(list, amount{"to own", "hardware", slate, c.OwnHardwareUSD}, amount{"to own", "interconnect", purple, c.OwnNetworkUSD},
			amount{"to own", "electricity", yellow, c.ElectricityUSD})
	}
	return list
}

// carbonRows takes the emissions of operation apart: of a whole training by use, of
// steps by component.
func carbonRows(r *results.Run, c *results.Cost) (list []amount) {
	const bar = "to run"
	if uses := r.Summary.Training; uses != nil {
		for _, u := range usesOf {
			if k := uses.RunCostBuckets[u.key]; k != nil {
				list = append(list, amount{bar, u.title, u.color, k.OperationalKg})
			}
		}
	} else if facility := r.Summary.EnergyBoundariesJ["facility"]; facility > 0 {
		for _, e := range drawers(&r.Summary) {
			_, title, col := component(e.name)
			list = append(list, amount{bar, title, col, c.OperationalKg * e.value / facility})
		}
	}
	return append(list, amount{"to make", "making the hardware", slate, c.EmbodiedKg})
}

// drawers are what draws the energy of the facility in a step, the largest first.
func drawers(s *results.Summary) []entry {
	all := maps.Clone(s.EnergyComponentsJ)
	if all != nil && s.Facility != nil {
		all["cooling"], all["feeds"] = s.Facility.EnergyComponentsJ["cooling"], s.Facility.EnergyComponentsJ["feeds"]
	}
	return sorted(all)
}

// addStack adds a panel of stacked bars, and keys with the amount of each part.
func (f *figure) addStack(title string, scales []scale, what string, say func(float64) string, list []amount) {
	rows := map[string]int{}
	chart, totals := newBars(""), []float64{}
	for _, a := range list {
		if _, there := rows[a.bar]; !there && a.value > 0 {
			rows[a.bar] = len(chart.rows)
			chart.rows, totals = append(chart.rows, a.bar), append(totals, 0)
		}
		if a.value > 0 {
			totals[rows[a.bar]] += a.value
		}
	}
	most := 0.0
	for _, t := range totals {
		most = max(most, t)
		chart.ends = append(chart.ends, say(t))
	}
	unit := fit(scales, most)
	if chart.xlabel = what; unit.Unit != "" {
		chart.xlabel += " (" + unit.Unit + ")"
	}
	for _, a := range list {
		if a.value <= 0 {
			continue
		}
		values := make([]float64, len(chart.rows))
		values[rows[a.bar]] = a.value / unit.Factor
		chart.add(a.part, a.color, values)
		f.keys = append(f.keys, key{text: a.part + " " + say(a.value), color: solid(a.color, 1)})
		f.table.add(title, a.bar, a.part, cell(a.value))
	}
	p, height := chart.plot()
	p.X.Max *= 1.08
	f.panels = append(f.panels, panel{plot: p, title: title, height: height + 6})
}
