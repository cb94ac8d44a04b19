package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
)

// full is the utilisation from which a link is said to be full.
const full = 0.95

// linkHeat draws the utilisation of the hottest links over time, a row each.
func linkHeat(r *results.Run) *figure {
	var hot []results.LinkLoad
	var series []*results.SeriesData
	for _, l := range r.Summary.HottestLinks {
		if s := r.Find("link", l.Name); s != nil && l.CapacityGBPS > 0 && l.Tier != backgroundTier {
			hot, series = append(hot, l), append(series, s)
		}
	}
	if len(hot) == 0 {
		return nil
	}
	e := whole(r)
	n := min(columnsFor(e, series), columnsOf(len(hot)))
	unit := fitTime(e.length())
	f := &figure{
		name: "link-heat",
		lead: "Utilization of the links that carry most, the hottest on top: stripes are bursts, a bright row is a bottleneck.",
		note: "Means over " + number(float64(n), 0) + " equal parts of the time, of what a healthy link can carry.",
	}
	f.table = times(even(e, n))
	h := newHeat(len(hot), n)
	var rows []string
	for i, l := range hot {
		dst := h.row(i)
		for k, v := range reduce(series[i], e, n).mean {
			dst[k] = v / (l.CapacityGBPS * 1e9)
		}
		f.table.column(l.Name, dst)
		rows = append(rows, l.Name)
	}
	busy, idle := extremes(h.row(0))
	when := "full " + percent(busy) + " of the time"
	if busy == 0 {
		when = "never above " + percent(slices.Max(h.row(0)))
	}
	f.title = headline(r, "hottest link %s %s, idle %s", hot[0].Name, when, percent(idle))
	f.keys = []key{{text: fmt.Sprintf("utilization, 0 %% to %s", percent(h.brighten())), cue: cueBar}}
	p := newPlot("time ("+unit.Unit+")", "")
	h.frame(p, rows, e.start.Seconds()/unit.Factor, e.end.Seconds()/unit.Factor)
	p.Y.Tick.Marker = names{rows: rows, most: len(rows)}
	f.panels = append(f.panels, panel{plot: p, height: vg.Length(34 + 16*len(hot))})
	return f
}

// extremes returns the shares of the columns in which a link is full, and in which
// it carries nothing.
func extremes(columns []float64) (busy, idle float64) {
	for _, v := range columns {
		if v >= full {
			busy++
		}
		if v == 0 {
			idle++
		}
	}
	n := float64(len(columns))
	return busy / n, idle / n
}
