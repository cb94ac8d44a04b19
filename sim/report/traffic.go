package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
)

// traffic draws the rate on each tier of links over time: a line for the mean and
// a pale band from the smallest to the largest bin.
func traffic(r *results.Run) *figure {
	series := r.Named("traffic")
	if len(series) == 0 {
		return nil
	}
	e := whole(r)
	n := columnsFor(e, series)
	time := fitTime(e.length())
	f := &figure{
		name: "traffic",
		lead: "Bytes moved per second on all links of each tier.",
		keys: []key{{text: "mean", color: solid(blue, 1), cue: cueLine}, {text: "smallest to largest", color: solid(mix(white, blue, 0.3), 1)}},
		note: "Means over " + number(float64(n), 0) + " equal parts of the time.",
	}
	f.table.header = []string{"tier", "start_s", "end_s", "mean_b_per_s", "min_b_per_s", "max_b_per_s"}
	rate := func(v float64) string { return strconv.FormatFloat(v, 'e', 5, 64) }
	finding, all := "", 0.0
	for i, s := range series {
		c := reduce(s, e, n)
		top, sum := 0.0, 0.0
		for k := range c.top {
			top = math.Max(top, c.top[k])
			sum += c.mean[k]
			f.table.add(s.Part, seconds(c.edges[k]), seconds(c.edges[k+1]), rate(c.mean[k]), rate(c.low[k]), rate(c.top[k]))
		}
		unit := fit(rateScales, top)
		x := make([]float64, len(c.edges))
		for k, t := range c.edges {
			x[k] = t / time.Factor
		}
		for k := range c.mean {
			c.mean[k], c.low[k], c.top[k] = c.mean[k]/unit.Factor, c.low[k]/unit.Factor, c.top[k]/unit.Factor
		}
		p := newPlot("time ("+time.Unit+")", "rate ("+unit.Unit+")")
		p.X.Min, p.X.Max = e.start.Seconds()/time.Factor, e.end.Seconds()/time.Factor
		p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, top/unit.Factor*1.06, ticks{most: 5}
		if top == 0 {
			p.Y.Max, p.Y.Tick.Marker = 1, plot.ConstantTicks{{Label: "0"}}
		}
		p.Add(grid{y: true}, area{x: x, lo: c.low, hi: c.top, color: mix(white, blue, 0.3)}, line{points: stairs(x, c.mean), style: solid(blue, 1)})
		title := s.Part
		if u, ok := r.Summary.LinkUtilization[s.Part]; ok {
			title += ", " + percent(u) + " utilized"
		}
		if finding != "" {
			finding += ", "
		}
		all += sum
		finding += s.Part + " " + quantity(rateScales, sum/float64(n))
		height := vg.Length(74)
		if i < len(series)-1 {
			bare(p)
		} else {
			height += 22
		}
		f.panels = append(f.panels, panel{plot: p, title: title, height: height})
	}
	f.title = headline(r, "mean traffic %s", finding)
	if all == 0 {
		f.title = headline(r, "no traffic on any link")
	}
	return f
}
