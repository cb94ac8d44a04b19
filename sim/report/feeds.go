package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
)

// ofFeeds are the figures of what feeds the hosts.
var ofFeeds = []func(*results.Run) *figure{powerLevels, supplies}

// levelColors are those of the levels of feeds, from the chips up.
var levelColors = map[string]color.RGBA{"gpu": blue, "mains": green, "rack": orange, "row": sky, "ups": purple, "site": vermillion}

// drawn is a level with what its feeds draw together.
type drawn struct {
	name, title string
	series      *results.SeriesData
	limit       float64 // W; 0: none
}

// drawnBy lists the levels from the chips up.
func drawnBy(r *results.Run) []drawn {
	list := []drawn{{"gpu", "GPUs", r.Find("power", "gpu"), 0}, {"mains", "hosts and switches", r.Find("power_total", "mains"), 0}}
	for _, l := range r.Summary.Feeds.Levels {
		title := l.Name
		if title == "ups" {
			title = "UPS"
		}
		if l.Feeds > 1 {
			title = number(float64(l.Feeds), 0) + " × " + l.Name
		}
		list = append(list, drawn{l.Name, title, r.Find("power_level", l.Name), l.LimitW})
	}
	return slices.DeleteFunc(list, func(d drawn) bool { return d.series == nil })
}

// powerLevels draws what every level of feeds draws over time, under its limit.
func powerLevels(r *results.Run) *figure {
	if r.Summary.Feeds == nil {
		return nil
	}
	list := drawnBy(r)
	if len(list) == 0 {
		return nil
	}
	top := r.Summary.Feeds.Levels[len(r.Summary.Feeds.Levels)-1]
	e := whole(r)
	time, unit := fitTime(e.length()), fit(powerScales, top.PeakW)
	f := &figure{
		name:  "power-levels",
		title: headline(r, "the site draws up to %s", quantity(powerScales, top.PeakW)),
		lead:  "Power drawn at every level, from the GPUs up to the site, over time. What lies between two lines is lost there, or goes to what is not simulated, such as cooling.",
	}
	f.table.header = []string{"level", "start_s", "end_s", "power_w"}
	p := newPlot("time ("+time.Unit+")", "power ("+unit.Unit+")")
	p.X.Min, p.X.Max = e.start.Seconds()/time.Factor, e.end.Seconds()/time.Factor
	p.Y.Min, p.Y.Max = 0, headroom*top.PeakW/unit.Factor
	p.Add(grid{y: true})
	n := columnsOf(2 * len(list))
	for _, d := range list {
		f.addLevel(p, &d, reduce(d.series, e, n), time, unit)
	}
	slices.Reverse(f.keys) // in the order of the eye, from the top
	f.note = "Means over " + number(float64(n), 0) + " equal parts of the time. Limits are those of all feeds of a level together; each has its own. Switches hang on the site."
	f.mark(p, r, e, time)
	f.panels = []panel{{plot: p, height: 225}}
	return f
}

// addLevel draws what a level draws, and its limit.
func (f *figure) addLevel(p *plot.Plot, d *drawn, c columns, time, unit scale) {
	k := levelColors[d.name]
	x, y := make([]float64, len(c.edges)), make([]float64, len(c.mean))
	for i, t := range c.edges {
		x[i] = t / time.Factor
	}
	for i, mw := range c.mean {
		y[i] = mw / 1000 / unit.Factor
		f.table.add(d.title, seconds(c.edges[i]), seconds(c.edges[i+1]), strconv.FormatFloat(mw/1000, 'f', 1, 64))
	}
	if d.limit > 0 {
		limit := d.limit / unit.Factor
		p.Y.Max = max(p.Y.Max, headroom*limit)
		p.Add(rule{value: limit, style: dashed(k, 1.2)})
		f.keys = append(f.keys, key{text: d.title + ", limit " + quantity(powerScales, d.limit), color: dashed(k, 1.2), cue: cueDash})
	}
	p.Add(line{points: stairs(x, y), style: solid(k, 1)})
	f.keys = append(f.keys, key{text: d.title, color: solid(k, 1), cue: cueLine})
}

// supplies draws the efficiency of the supplies of a host against their load, and
// where those of the hosts work.
func supplies(r *results.Run) *figure {
	feeds := r.Summary.Feeds
	if feeds == nil || len(feeds.Supplies) == 0 || len(feeds.SupplyCurve) < 2 {
		return nil
	}
	use := feeds.Supplies
	f := &figure{
		name:  "supplies",
		title: headline(r, "supplies %s loaded, %s efficient", percent(use[0].Load), percent(use[0].Efficiency)),
		lead:  "Efficiency of the supplies of a host against the load of those that work. Each dot is where they work in the mean of a step, its bar reaches to the most they ever deliver.",
		note:  "The curve is the certified minimum of the tier, linear between its points and extended beyond them.",
	}
	f.table.header = []string{"hosts", "supplies", "load", "peak_load", "efficiency"}
	p := newPlot("load (% of the rating of those that work)", "efficiency (%)")
	right := 1.05
	for _, u := range use {
		right = max(right, 1.05*u.PeakLoad)
		f.table.add(strconv.FormatInt(u.Hosts, 10), strconv.Itoa(u.Live), formatShare(u.Load), formatShare(u.PeakLoad), formatShare(u.Efficiency))
	}
	points := curvePoints(feeds.SupplyCurve, right)
	low := 100.0
	for _, q := range points {
		low = min(low, q.Y)
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100*right, math.Floor(low)-1, 100
	p.Add(grid{y: true}, line{points: points, style: solid(blue, 1.2)}, rule{value: 100, vertical: true, style: dashed(black, 1.2)})
	f.keys = []key{{text: "efficiency", color: solid(blue, 1.2), cue: cueLine}, {text: "rating", color: dashed(black, 1.2), cue: cueDash}}
	f.addUses(p, use)
	f.panels = []panel{{plot: p, height: 200}}
	return f
}

// maxUses is how many kinds of host are named in the picture.
const maxUses = 4

// addUses draws where supplies work.
func (f *figure) addUses(p *plot.Plot, use []results.SupplyUse) {
	sty := textStyle(sizeText, false)
	sty.YAlign = draw.YTop
	var texts labels
	for i, u := range use {
		at := xy{100 * u.Load, 100 * u.Efficiency}
		p.Add(line{points: []xy{at, {100 * u.PeakLoad, at.Y}}, style: solid(vermillion, 1.2)}, dots{at})
		if i < maxUses {
			text := fmt.Sprintf("%s hosts, %d supplies each", number(float64(u.Hosts), 0), u.Live)
			if u.Hosts == 1 {
				text = fmt.Sprintf("1 host, %d supplies", u.Live)
			}
			offset := vg.Point{X: 4, Y: -4} // below where the curve rises, above where it falls
			if u.Load > 0.4 {
				offset.Y = 16
			}
			texts = append(texts, label{at: at, offset: offset, text: text, style: sty, halo: true})
		}
	}
	p.Add(texts)
}

// curvePoints returns a curve in percent from no load to a share of the rating:
// constant below the first point and extended beyond the last.
func curvePoints(curve []results.SupplyPoint, right float64) []xy {
	points := []xy{{0, 100 * curve[0].Efficiency}}
	for _, c := range curve {
		points = append(points, xy{100 * c.Load, 100 * c.Efficiency})
	}
	a, b := points[len(points)-2], points[len(points)-1]
	beyond := b.Y + (b.Y-a.Y)/(b.X-a.X)*(100*right-b.X)
	return append(points, xy{100 * right, beyond})
}

func formatShare(v float64) string { return strconv.FormatFloat(v, 'f', 5, 64) }
