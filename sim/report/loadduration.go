package report

import (
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
)

// loadDuration draws for which share of the time at least so much is drawn, and what
// is exceeded for 1 % and 0.1 % of the time: what a feed must deliver that may be
// passed for so long.
func loadDuration(r *results.Run) *figure {
	m, load := r.Summary.Mains, r.Find("power_total", "mains")
	if m == nil || load == nil || len(load.Values) < 2 {
		return nil
	}
	f := &figure{name: "load-duration", keys: []key{asLoaded},
		lead: "Share of the time in which the mains give at least so much: the flatter, the better a feed is used.",
		note: "Curves: bins of the series, over all of the simulated time. Quantiles are of the steady step, over and over."}
	f.table.header = []string{"power", "share_of_time", "at_least_w"}
	unit := fit(powerScales, m.PeakW)
	p := newPlot("share of the time (%)", "power ("+unit.Unit+")")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 100, 0, headroom*slices.Max(load.Values)/1000/unit.Factor
	p.Add(grid{x: true, y: true}, line{points: f.durations(load, asLoaded, unit), style: asLoaded.color})
	f.title = headline(r, "%s or less for 99.9 %% of the time", quantity(powerScales, m.P999W))
	seen := m
	if with := r.Find("power_managed", "mains"); with != nil && len(with.Values) > 1 && r.Summary.ManagedMains != nil {
		seen = &r.Summary.ManagedMains.Mains
		p.Y.Max = max(p.Y.Max, headroom*slices.Max(with.Values)/1000/unit.Factor)
		p.Add(line{points: f.durations(with, managed, unit), style: managed.color})
		f.title += "; with power management " + quantity(powerScales, seen.P999W)
		f.keys = append(f.keys, managed)
	}
	for _, q := range []struct {
		watts float64
		key   key
	}{{seen.P999W, within999}, {seen.P99W, within99}} {
		f.keys = append(f.keys, q.key)
		p.Add(rule{value: q.watts / unit.Factor, style: q.key.color})
	}
	f.panels = []panel{{plot: p, height: 150}}
	f.addRoom(r)
	return f
}

// The marks of quantiles.
var (
	within999 = key{text: "99.9 % of the time", color: dashed(vermillion, 1), cue: cueDash}
	within99  = key{text: "99 %", color: dashed(orange, 1), cue: cueDash}
)

// durations returns the load-duration curve of a series, every stair of it, and adds
// it to the table.
func (f *figure) durations(s *results.SeriesData, k key, unit scale) []xy {
	sorted := slices.Clone(s.Values[:len(s.Values)-1]) // the last bin is not whole
	slices.Sort(sorted)
	slices.Reverse(sorted)
	n := len(sorted)
	x, y := make([]float64, n+1), make([]float64, n)
	for i, mw := range sorted {
		x[i+1], y[i] = 100*float64(i+1)/float64(n), mw/1000/unit.Factor
		if i+1 == n || sorted[i+1] != mw {
			f.table.add(k.text, strconv.FormatFloat(float64(i+1)/float64(n), 'f', 6, 64), strconv.FormatFloat(mw/1000, 'f', 1, 64))
		}
	}
	return stairs(x, y)
}

// addRoom draws how many hosts fit below a MW of the site, by how much of the time it
// may be passed for.
func (f *figure) addRoom(r *results.Run) {
	room, list := r.Summary.HostsPerMW, r.Summary.HostsPerMWPassed
	if room == nil || len(list) < 2 {
		return
	}
	at := func(share float64) float64 { return math.Log10(100 * share) }
	p := newPlot("share of the time that the feed may be passed for (%)", "hosts per MW")
	p.X.Min, p.X.Max, p.X.Tick.Marker = at(list[0].Share), 2, decades{}
	least, most := min(room.Rating, room.Peak), max(room.Mean, list[len(list)-1].Hosts)
	p.Y.Min, p.Y.Max = least-0.2*(most-least), most+0.2*(most-least)+1e-9
	p.Add(grid{x: true, y: true})
	var curve []xy
	for _, q := range list {
		curve = append(curve, xy{at(q.Share), q.Hosts})
	}
	p.Add(line{points: curve, style: solid(green, 1.4)})
	sty := textStyle(sizeTick, false)
	for _, q := range []struct {
		name   string
		hosts  float64
		beside vg.Length
	}{{"mean", room.Mean, 3}, {"peak", room.Peak, -9}, {"the rating of supplies", room.Rating, -9}} {
		name := label{at: xy{p.X.Min, q.hosts}, offset: vg.Point{X: 4, Y: q.beside}, text: "by " + q.name + ": " + figures3(q.hosts), style: sty, halo: true}
		p.Add(rule{value: q.hosts, style: dashed(slate, 0.75)}, labels{name})
	}
	p.Add(markers{{at: xy{at(0.001), room.P999}, color: vermillion}, {at: xy{at(0.01), room.P99}, color: orange}})
	p.Add(tags{points: []xy{{at(0.001), room.P999}, {at(0.01), room.P99}}, names: []string{figures3(room.P999), figures3(room.P99)}})
	f.panels = append(f.panels, panel{plot: p, title: "hosts below a MW of the site", height: 130})
	f.title += ": " + figures3(room.P999) + " hosts per MW"
	f.note += " Hosts are all of one job and swing together; jobs out of step leave more room."
}
