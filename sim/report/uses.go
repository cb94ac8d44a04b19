package report

import (
	"trainsim/sim/results"
)

var meteredScales = []scale{{1, "kWh"}, {1e3, "MWh"}, {1e6, "GWh"}}

// energyByUse draws what the energy of a whole training was for, and apart from the
// rest what did not go into steps that count, with what it costs and emits.
func energyByUse(r *results.Run) *figure {
	t := r.Summary.Training
	if t == nil || t.WastedCost == nil || r.Summary.RunCost == nil || r.Summary.RunCost.SiteKWh == 0 {
		return nil
	}
	usd, how := t.WastedCost.USD()
	f := &figure{
		name: "energy-by-use",
		title: headline(r, "%s of the energy is beside useful steps: %s, %s %s, %s of CO2e", percent1(t.WastedShare),
			quantity(meteredScales, t.WastedCost.SiteKWh), money(usd), how, mass(t.WastedCost.KgCO2e())),
		lead: "Energy of the site by what it was for: all of it, and below what did not go into useful steps, with what that costs and emits.",
		note: replicasIn(r) + " Useful steps count, at the speed of a healthy job; slow ones are what they took longer. Emissions are of electricity and of making the hardware.",
	}
	f.table.header = []string{"use", "site_kwh", "share", "usd", "kgco2e"}
	all := fit(meteredScales, r.Summary.RunCost.SiteKWh)
	whole := newBars("energy (" + all.Unit + ")")
	whole.rows = []string{"the run"}
	wasted, most := newBars(""), 0.0
	for _, u := range usesOf {
		if c := t.RunCostBuckets[u.key]; c != nil && u.key != "useful" && c.SiteKWh > 0 {
			wasted.rows = append(wasted.rows, u.title)
			most = max(most, c.SiteKWh)
		}
	}
	unit, row := fit(meteredScales, most), 0
	wasted.xlabel = "energy (" + unit.Unit + ")"
	for _, u := range usesOf {
		c := t.RunCostBuckets[u.key]
		if c == nil || c.SiteKWh == 0 {
			continue
		}
		share := c.SiteKWh / r.Summary.RunCost.SiteKWh
		usd, _ := c.USD()
		f.table.add(u.key, cell(c.SiteKWh), cell(share), cell(usd), cell(c.KgCO2e()))
		whole.add(u.title, u.color, []float64{c.SiteKWh / all.Factor})
		f.keys = append(f.keys, key{text: u.title + " " + percent(share), color: solid(u.color, 1)})
		if u.key == "useful" {
			continue
		}
		values := make([]float64, len(wasted.rows))
		values[row] = c.SiteKWh / unit.Factor
		row++
		wasted.add(u.title, u.color, values)
		wasted.ends = append(wasted.ends, quantity(meteredScales, c.SiteKWh)+", "+money(usd)+", "+mass(c.KgCO2e()))
	}
	p, height := whole.plot()
	f.panels = append(f.panels, panel{plot: p, height: height + 14})
	if row > 0 {
		p, height := wasted.plot()
		p.X.Max *= 1.25
		f.panels = append(f.panels, panel{plot: p, title: "beside useful steps", height: height})
	}
	return f
}
