package report

import (
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
)

// components are the consumers of power in the order they are stacked, from the
// bottom; others follow in their own order.
var components = []struct {
	name  string // part of the "power" series and key of energy_components_j
	title string
	color color.RGBA
}{
	{"gpu", "GPUs", blue}, {"host", "hosts", orange}, {"nic", "NICs", green}, {"switch", "switches", purple},
	{"supply loss", "supply losses", vermillion}, {"spare gpu", "GPUs without ranks", sky},
	{"feeds", "losses of feeds", grey}, {"cooling", "cooling and the rest", medium},
}

// headroom is how far the axis reaches above the largest value.
const headroom = 1.06

// component returns the place, title and colour of a component; unknown ones come
// last under their own name.
func component(name string) (place int, title string, c color.RGBA) {
	for i, k := range components {
		if k.name == name || k.name == underToSpace(name) {
			return i, k.title, k.color
		}
	}
	return len(components), name, grey
}

// underToSpace turns the words of a key into words of a name.
func underToSpace(s string) string {
	b := []byte(s)
	for i := range b {
		if b[i] == '_' {
			b[i] = ' '
		}
	}
	return string(b)
}

// power draws the power over time, stacked by component, under the limit of the
// supplies.
func power(r *results.Run) *figure {
	series := r.Named("power")
	if len(series) == 0 {
		return nil
	}
	slices.SortStableFunc(series, func(a, b *results.SeriesData) int {
		x, _, _ := component(a.Part)
		y, _, _ := component(b.Part)
		return x - y
	})
	e := whole(r)
	n := columnsFor(e, series)
	time, unit := fitTime(e.length()), fit(powerScales, r.Summary.PeakPowerW)
	f := &figure{
		name:  "power",
		title: headline(r, "%s mean, %s peak", quantity(powerScales, r.Summary.MeanPowerW), quantity(powerScales, r.Summary.PeakPowerW)),
		lead:  "Power drawn by the whole cluster, stacked by component.",
		note:  "Means over " + number(float64(n), 0) + " equal parts of the time, and the largest of the series' bins in each; the peak in the title is of a single instant.",
	}
	f.table.header = []string{"component", "start_s", "end_s", "power_w"}
	p := newPlot("time ("+time.Unit+")", "power ("+unit.Unit+")")
	layers := make([]area, 0, len(series))
	sum := make([]float64, n)
	highest := 0.0
	for _, s := range series {
		c := reduce(s, e, n)
		x := make([]float64, len(c.edges))
		for i, t := range c.edges {
			x[i] = t / time.Factor
		}
		_, title, k := component(s.Part)
		total := 0.0
		for i, mw := range c.mean {
			w := mw / 1000 // series are in mW
			sum[i] += w / unit.Factor
			total += w
			highest = max(highest, sum[i])
			f.table.add(title, seconds(c.edges[i]), seconds(c.edges[i+1]), strconv.FormatFloat(w, 'f', 1, 64))
		}
		layers = append(layers, area{x: x, hi: slices.Clone(sum), color: k})
		f.keys = append(f.keys, key{text: title + ", mean " + quantity(powerScales, total/float64(n)), color: solid(k, 1)})
	}
	slices.Reverse(f.keys) // in the order of the eye, from the top
	for i := len(layers) - 1; i >= 0; i-- {
		p.Add(layers[i])
	}
	p.X.Min, p.X.Max = e.start.Seconds()/time.Factor, e.end.Seconds()/time.Factor
	p.Y.Min, p.Y.Max = 0, headroom*max(highest, r.Summary.PeakPowerW/unit.Factor)
	f.addLimit(p, r.Summary.SupplyLimitW, unit)
	if total := mains(r, series); total != nil {
		f.addLargest(p, reduce(total, e, n), time, unit)
	}
	p.Add(grid{y: true}, bands(layers, series, p.Y.Max))
	f.mark(p, r, e, time)
	f.panels = []panel{{plot: p, height: 225}}
	return f
}

// addLimit draws the limit of the supplies as a line; one so far above the data
// that it would squeeze them is only told.
func (f *figure) addLimit(p *plot.Plot, watts float64, unit scale) {
	if watts <= 0 {
		return
	}
	text := "supply limit " + quantity(powerScales, watts)
	limit := watts / unit.Factor
	if limit > 1.6*p.Y.Max/headroom {
		f.lead += " S" + text[1:] + ", off the scale."
		return
	}
	p.Y.Max = max(p.Y.Max, headroom*limit)
	p.Add(rule{value: limit, style: dashed(black, 1.2)})
	f.keys = append(f.keys, key{text: text, color: dashed(black, 1.2), cue: cueDash})
}

// addLargest draws the largest bin in each column of a series in mW as a line.
func (f *figure) addLargest(p *plot.Plot, c columns, time, unit scale) {
	x, top := make([]float64, len(c.edges)), make([]float64, len(c.top))
	for i, t := range c.edges {
		x[i] = t / time.Factor
	}
	for i, mw := range c.top {
		top[i] = mw / 1000 / unit.Factor
		f.table.add("all, largest", seconds(c.edges[i]), seconds(c.edges[i+1]), strconv.FormatFloat(mw/1000, 'f', 1, 64))
	}
	p.Add(line{points: stairs(x, top), style: solid(black, 0.5)})
	f.keys = append(f.keys, key{text: "largest in each part", color: solid(black, 0.8), cue: cueLine})
}

// mains returns the power of everything, in mW: the series of that name, or the
// sum of the components where their bins agree, or nil. Its largest bins keep the
// spikes that means over a part of the picture would hide under the limit.
func mains(r *results.Run, series []*results.SeriesData) *results.SeriesData {
	if s := r.Find("power_total", "mains"); s != nil {
		return s
	}
	sum := &results.SeriesData{Width: series[0].Width, Values: make([]float64, len(series[0].Values))}
	for _, s := range series {
		if s.Width != sum.Width || len(s.Values) != len(sum.Values) {
			return nil
		}
		for i, v := range s.Values {
			sum.Values[i] += v
		}
	}
	return sum
}

// bands names the layers that have room for it, a quarter into the time.
func bands(layers []area, series []*results.SeriesData, top float64) labels {
	sty := textStyle(sizeText, true)
	sty.XAlign, sty.YAlign = draw.XCenter, draw.YCenter
	var list labels
	below := 0.0
	place := len(layers[0].hi) / 4 // not the middle, where one of two steps ends
	for i, l := range layers {
		above := l.hi[place]
		if above-below > 0.07*top {
			_, title, c := component(series[i].Part)
			s := sty
			s.Color = contrast(c)
			list = append(list, label{at: xy{l.x[place], (above + below) / 2},
				offset: vg.Point{Y: s.FontExtents().Descent / 2}, text: title, style: s})
		}
		below = above
	}
	return list
}
