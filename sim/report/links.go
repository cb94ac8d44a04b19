package report

import (
	"fmt"
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
	"trainsim/sim/trace"
)

// backgroundTier holds what bounds the traffic of others: no links that one could
// look for.
const backgroundTier = "background"

// tierColors are the colours of the tiers of links, in the order of the summary.
var tierColors = [...]color.RGBA{blue, orange, green, vermillion, purple, sky, black}

// tierStyle is how a tier is drawn: every other curve is dashed, so that two on
// top of each other are both seen.
func tierStyle(i int) key {
	c := tierColors[i%len(tierColors)]
	if i%2 == 1 {
		return key{color: dashed(c, 1.4), cue: cueDash}
	}
	return key{color: solid(c, 1.4), cue: cueLine}
}

// links draws the links that are used most, by name, and below how the
// utilization of all links of each tier is distributed.
func links(r *results.Run) *figure {
	var hot []results.LinkLoad
	for _, l := range r.Summary.HottestLinks {
		if l.Tier != backgroundTier {
			hot = append(hot, l)
		}
	}
	var tiers []results.LinkUse
	for _, u := range r.Summary.LinkUse {
		if u.Tier != backgroundTier && len(u.Quantiles) > 1 {
			tiers = append(tiers, u)
		}
	}
	if len(hot) == 0 || len(tiers) == 0 {
		return nil
	}
	f := &figure{
		name:  "links",
		title: headline(r, "hottest link %s at %s, contention %s of the step", hot[0].Name, percent(hot[0].Utilization), percent(contention(r))),
		lead:  "The links that carry most, as a share of what each can carry; below, how evenly all links of a tier are used.",
		note:  "Of links that carried just as much the first is named. Links that carried nothing are left out.",
	}
	f.table.header = []string{"of", "name", "tier", "links", "bytes_per_step", "quantile", "utilization"}
	top := 0.0
	for _, l := range hot {
		top = max(top, l.Utilization)
	}
	for _, u := range tiers {
		top = max(top, u.Quantiles[len(u.Quantiles)-1])
	}
	for _, p := range []panel{f.hottestLinks(hot, tiers), f.linkUse(tiers)} {
		p.plot.X.Min, p.plot.X.Max = 0, 100*top*1.12 // room for the texts at the ends
		f.panels = append(f.panels, p)
	}
	return f
}

// contention returns the share of the step that a mean GPU waits because links are
// shared.
func contention(r *results.Run) float64 {
	if r.Summary.StepTimeS <= 0 {
		return 0
	}
	return r.Summary.TimeBucketsS[trace.Contention.String()] / r.Summary.StepTimeS
}

// hottestLinks draws a bar for each link, in the colour of its tier.
func (f *figure) hottestLinks(hot []results.LinkLoad, tiers []results.LinkUse) panel {
	chart := newBars("")
	for i, u := range tiers {
		values := make([]float64, len(hot))
		for k, l := range hot {
			if l.Tier == u.Tier {
				values[k] = 100 * l.Utilization
			}
		}
		chart.add(u.Tier, tierColors[i%len(tierColors)], values)
	}
	for _, l := range hot {
		name := l.Name
		if l.Links > 1 {
			name += fmt.Sprintf(" and %s alike", number(float64(l.Links-1), 0))
		}
		chart.rows = append(chart.rows, name)
		chart.ends = append(chart.ends, percent(l.Utilization))
		f.table.add("hottest", l.Name, l.Tier, strconv.FormatInt(l.Links, 10), strconv.FormatFloat(l.BytesPerStep, 'f', 0, 64), "",
			strconv.FormatFloat(l.Utilization, 'f', 6, 64))
	}
	p, height := chart.plot()
	return panel{plot: bare(p), title: "hottest links", height: height - 20} // no labels of the X axis
}

// linkUse draws the distribution of each tier: how many of its links are used at
// most that much.
func (f *figure) linkUse(tiers []results.LinkUse) panel {
	p := newPlot("utilization (%)", "links used at most so much (%)")
	p.Y.Min, p.Y.Max = 0, 100
	p.Y.Tick.Marker = ticks{most: 6}
	var full, broken []plot.Plotter
	for i, u := range tiers {
		k := tierStyle(i)
		last := len(u.Quantiles) - 1
		points := make([]xy, last+1)
		for q, v := range u.Quantiles {
			share := float64(q) / float64(last)
			points[q] = xy{100 * v, 100 * share}
			f.table.add("tier", "", u.Tier, strconv.FormatInt(u.Links, 10), "", strconv.FormatFloat(share, 'f', 2, 64), strconv.FormatFloat(v, 'f', 6, 64))
		}
		if k.cue == cueDash {
			broken = append(broken, line{points: points, style: k.color})
		} else {
			full = append(full, line{points: points, style: k.color})
		}
		k.text = fmt.Sprintf("%s: %s links, median %s", u.Tier, number(float64(u.Links), 0), percent(u.Quantiles[last/2]))
		f.keys = append(f.keys, k)
	}
	p.Add(grid{x: true, y: true})
	p.Add(full...)
	p.Add(broken...) // on top: what is below shows through
	return panel{plot: p, title: "all links of a tier", height: vg.Length(140)}
}
