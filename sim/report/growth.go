package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"

	"trainsim/sim/budget"
)

// Growth is a run that grows year by year, and a budget.
type Growth struct {
	Title     string // whose run it is
	From      int    // calendar year of the first; 0: years are counted from now
	BudgetUSD float64
	Years     []budget.Projected
}

// WriteGrowth draws growth, as a PNG image.
func WriteGrowth(w io.Writer, g Growth) error { return growth(&g).writePNG(w) }

// growth draws cost against the budget, and power below it, by year, both on
// logarithmic axes: a factor a year is a straight line.
func growth(g *Growth) *figure {
	f := &figure{
		name:  "growth",
		title: g.Title + ": " + g.finding(),
		lead: fmt.Sprintf("What it costs and draws if it grows as the largest runs do: cost %g, power %g, compute %g times a year.",
			budget.CostGrowth, budget.PowerGrowth, budget.ComputeGrowth),
		note: "Cost: Cottier et al., arXiv 2405.21015, with its 90 % interval; power and compute: Epoch AI. A trend of the past, no promise.",
		keys: []key{{text: "cost", color: solid(blue, 1.4), cue: cueLine},
			{text: fmt.Sprintf("at %g to %g times a year", budget.CostGrowthLow, budget.CostGrowthHigh), color: solid(mix(sky, white, 0.55), 1), cue: cueFull}},
	}
	f.table.header = []string{"years", "flop", "usd", "usd_low", "usd_high", "power_w"}
	var cost, power []xy
	var band ribbon
	now := g.Years[0].USD
	for _, y := range g.Years {
		x := float64(g.From) + y.Years
		low, high := budget.Grown(now, budget.CostGrowthLow, y.Years), budget.Grown(now, budget.CostGrowthHigh, y.Years)
		cost, power = append(cost, xy{x, math.Log10(y.USD)}), append(power, xy{x, math.Log10(y.PowerW)})
		band = append(band, span{x, math.Log10(low), math.Log10(high)})
		f.table.add(cell(y.Years), cell(y.FLOP), cell(y.USD), cell(low), cell(high), cell(y.PowerW))
	}
	top := newPlot(g.xlabel(), "cost")
	top.Y.Min, top.Y.Max = band[0].low-0.1, band[len(band)-1].high+0.1
	top.Add(grid{y: true}, band, line{points: cost, style: solid(blue, 1.4)}, dots(cost))
	if g.BudgetUSD > 0 {
		at := math.Log10(g.BudgetUSD)
		top.Y.Min, top.Y.Max = min(top.Y.Min, at-0.2), max(top.Y.Max, at+0.2)
		top.Add(rule{value: at, style: dashed(vermillion, 1)})
		f.keys = append(f.keys, key{text: "budget of " + money(g.BudgetUSD), color: dashed(vermillion, 1), cue: cueDash})
	}
	bottom := newPlot(g.xlabel(), "power")
	bottom.Y.Min, bottom.Y.Max = power[0].Y-0.1, power[len(power)-1].Y+0.1
	bottom.Add(grid{y: true}, line{points: power, style: solid(blue, 1.4)}, dots(power))
	for i, p := range []*plot.Plot{top, bottom} {
		p.X.Min, p.X.Max = cost[0].X, cost[len(cost)-1].X
		p.X.Tick.Marker = calendar{}
		p.Y.Tick.Marker = tens{func(v float64) string { return trimmed(powerScales, v) }}
		if i == 0 {
			p.Y.Tick.Marker = tens{money}
		}
	}
	f.panels = []panel{{plot: bare(top), height: 150}, {plot: bottom, height: 110}}
	return f
}

var dollarScales = []scale{{1, ""}, {1e3, "thousand"}, {1e6, "million"}, {1e9, "billion"}, {1e12, "trillion"}, {1e15, "quadrillion"}}

// money writes dollars: $1 billion, $2.5 million.
func money(usd float64) string { return "$" + strings.TrimSpace(trimmed(dollarScales, usd)) }

// trimmed is quantity without zeros at the end of a fraction.
func trimmed(scales []scale, v float64) string {
	n, unit, _ := strings.Cut(quantity(scales, v), " ")
	if strings.Contains(n, ".") {
		n = strings.TrimRight(strings.TrimRight(n, "0"), ".")
	}
	return n + " " + unit
}

func (g *Growth) xlabel() string {
	if g.From == 0 {
		return "years from now"
	}
	return "year"
}

// finding says when the budget is passed, or how far it goes.
func (g *Growth) finding() string {
	first, last := &g.Years[0], &g.Years[len(g.Years)-1]
	if g.BudgetUSD == 0 {
		return fmt.Sprintf("%s now, %s after %g years", money(first.USD), money(last.USD), last.Years)
	}
	after := budget.YearsUntil(first.USD, g.BudgetUSD, budget.CostGrowth)
	switch {
	case after <= 0:
		return money(g.BudgetUSD) + " is passed already"
	case g.From == 0:
		return fmt.Sprintf("%s is passed after %s years", money(g.BudgetUSD), figures3(after))
	}
	return fmt.Sprintf("%s is passed in %d", money(g.BudgetUSD), g.From+int(math.Floor(after)))
}

// calendar labels whole years, without commas.
type calendar struct{}

// Ticks implements plot.Ticker.
func (calendar) Ticks(lo, hi float64) []plot.Tick {
	var whole []plot.Tick
	for _, t := range (ticks{most: 11}).Ticks(lo, hi) {
		if t.Value == math.Trunc(t.Value) {
			t.Label = strconv.FormatFloat(t.Value, 'f', 0, 64)
			whole = append(whole, t)
		}
	}
	return whole
}

// tens labels powers of ten of a logarithmic axis.
type tens struct{ text func(float64) string }

// Ticks implements plot.Ticker.
func (d tens) Ticks(lo, hi float64) []plot.Tick {
	var list []plot.Tick
	for e := math.Ceil(lo); e <= hi; e++ {
		list = append(list, plot.Tick{Value: e, Label: d.text(math.Pow(10, e))})
	}
	return list
}
