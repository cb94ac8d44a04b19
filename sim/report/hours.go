package report

import (
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
)

// hourly draws the site hour by hour: its power, and what changes of its
// effectiveness, its weather, its grid and its price.
func hourly(r *results.Run) *figure {
	list := r.Months.Hours
	if len(list) < 2 || r.Summary.RunCost == nil || r.Summary.RunCost.SiteKWh == 0 {
		return nil
	}
	last := &list[len(list)-1]
	end := last.AtS + last.Seconds
	unit := fitTime(end)
	x := make([]float64, len(list)+1)
	for i, h := range list {
		x[i] = h.AtS / unit.Factor
	}
	x[len(list)] = end / unit.Factor
	c := r.Summary.RunCost
	f := &figure{
		name: "hours",
		title: headline(r, "%s at the site, %s g of CO2e a kWh, PUE %s", quantity(meteredScales, c.SiteKWh),
			figures3(1000*c.OperationalKg/c.SiteKWh), number(pueOf(list), 3)),
		lead: "The site hour by hour: what it draws, and what changes with the hour.",
		keys: []key{{text: "site", color: solid(blue, 1.2), cue: cueLine}, {text: "hosts and switches", color: dashed(orange, 1), cue: cueDash}},
		note: "Means over the hours of the first replica. A series that is shorter than the run repeats.",
	}
	f.table.header = []string{"start_s", "site_w", "mains_w", "pue", "g_per_kwh", "usd_per_kwh", "outside_c"}
	for i := range list {
		h := hourOf(&list[i])
		f.table.add(strconv.FormatFloat(list[i].AtS, 'f', 0, 64), cell(h.site), cell(h.mains), cell(h.pue), cell(h.grams), cell(h.price), cell(list[i].OutsideC))
	}
	f.addHours(x, unit, list)
	return f
}

// ofHour is the means over an hour.
type ofHour struct{ site, mains, pue, grams, price float64 }

func hourOf(h *results.HourOfRun) ofHour {
	watts := func(mwh float64) float64 { return mwh * 3.6e9 / h.Seconds }
	return ofHour{watts(h.SiteMWh), watts(h.MainsMWh), h.SiteMWh / h.MainsMWh, h.OperationalKg / h.SiteMWh, h.ElectricityUSD / h.SiteMWh / 1000}
}

// pueOf returns the effectiveness over all hours.
func pueOf(list []results.HourOfRun) float64 {
	var site, mains float64
	for i := range list {
		site, mains = site+list[i].SiteMWh, mains+list[i].MainsMWh
	}
	return site / mains
}

// addHours adds a panel for the power, and one for each thing that changes.
func (f *figure) addHours(x []float64, unit scale, list []results.HourOfRun) {
	most := 0.0
	for i := range list {
		most = max(most, hourOf(&list[i]).site)
	}
	watts := fit(powerScales, most)
	series := func(of func(ofHour, *results.HourOfRun) float64) []float64 {
		y := make([]float64, len(list))
		for i := range list {
			y[i] = of(hourOf(&list[i]), &list[i])
		}
		return y
	}
	site := series(func(h ofHour, _ *results.HourOfRun) float64 { return h.site / watts.Factor })
	mains := series(func(h ofHour, _ *results.HourOfRun) float64 { return h.mains / watts.Factor })
	f.addSteps("", "power ("+watts.Unit+")", 110, x, site, solid(blue, 1.2))
	p := f.panels[0].plot
	p.Y.Min, p.Y.Max = 0, p.Y.Max*headroom
	p.Add(line{points: stairs(x, mains), style: dashed(orange, 1)})
	for _, s := range []struct {
		title, label string
		of           func(ofHour, *results.HourOfRun) float64
		style        draw.LineStyle
	}{
		{"site over hosts and switches", "PUE", func(h ofHour, _ *results.HourOfRun) float64 { return h.pue }, solid(slate, 1)},
		{"outside temperature", "°C", func(_ ofHour, r *results.HourOfRun) float64 { return r.OutsideC }, solid(vermillion, 1)},
		{"grid intensity", "g/kWh", func(h ofHour, _ *results.HourOfRun) float64 { return h.grams }, solid(green, 1)},
		{"price of electricity", "$/kWh", func(h ofHour, _ *results.HourOfRun) float64 { return h.price }, solid(purple, 1)},
	} {
		if y := series(s.of); varies(y) {
			f.addSteps(s.title, s.label, 70, x, y, s.style)
		}
	}
	for i := range f.panels[:len(f.panels)-1] {
		bare(f.panels[i].plot)
	}
	bottom := &f.panels[len(f.panels)-1]
	bottom.plot.X.Label.Text = "time (" + unit.Unit + ")"
	bottom.height += 25 // of the axis
}

// varies tells whether values differ by more than rounding.
func varies(y []float64) bool {
	low, high := y[0], y[0]
	for _, v := range y {
		low, high = min(low, v), max(high, v)
	}
	return high-low > 1e-6*max(high, -low)
}

// addSteps adds a panel of a quantity that is constant within each hour.
func (f *figure) addSteps(title, label string, height vg.Length, x, y []float64, style draw.LineStyle) {
	p := newPlot("", label)
	p.X.Min, p.X.Max = x[0], x[len(x)-1]
	low, high := y[0], y[0]
	for _, v := range y {
		low, high = min(low, v), max(high, v)
	}
	room := 0.08 * (high - low)
	p.Y.Min, p.Y.Max = low-room, high+room
	p.Add(grid{y: true}, line{points: stairs(x, y), style: style})
	f.panels = append(f.panels, panel{plot: p, title: title, height: height})
}
