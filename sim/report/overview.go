package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// overview draws all that was simulated at a glance: for each lane of each
// recorded rank the share of time it was busy, in up to 1,000 columns.
func overview(v *view) *figure {
	r := v.run
	e := v.recorded()
	unit := fitTime(e.length())
	f := &figure{
		name: "timeline",
		title: headline(r, "step %s, bubble %s, MFU %s", quantity(timeScales, r.Summary.StepTimeS),
			percent(r.Summary.BubbleFraction), percent(r.Summary.MFU)),
		lead: "Busy share of the streams of one rank per stage: bright is working, dark is waiting or idle.",
		keys: []key{{text: "busy share, 0 % to 100 % (where a panel says so, to less)", cue: cueBar}},
	}

	n := columnsOf(len(v.rows) * len(v.lanes))
	f.table = times(even(e, n))
	f.note = "Shares are exact means over " + number(float64(n), 0) + " equal parts of the time."
	if e.start > 0 {
		f.note += " Spans were recorded from " + quantity(timeScales, e.start.Seconds()) + " on."
	}
	if v.run.Dropped > 0 {
		f.note += " " + number(float64(v.run.Dropped), 0) + " later spans were not kept; the picture ends where they would begin."
	}
	for i, l := range v.lanes {
		h := v.busy(l, e, n)
		for row, name := range v.rows {
			f.table.column(l.name+", "+name, h.row(row))
		}
		bright := h.brighten()
		p := newPlot("time ("+unit.Unit+")", "")
		h.frame(p, v.rows, e.start.Seconds()/unit.Factor, e.end.Seconds()/unit.Factor)
		p.Add(v.stepRules(unit)...)
		height := vg.Length(min(70, max(16, 9*len(v.rows)))) // room for the names of up to eight rows
		if i == 0 {
			height = vg.Length(min(150, max(24, 10*len(v.rows))))
		}
		if i < len(v.lanes)-1 {
			bare(p)
		} else {
			height += 22
		}
		title := laneTitle(l)
		if bright < 1 {
			title += " (brightest: " + strconv.FormatFloat(100*bright, 'f', -1, 64) + " %)"
		}
		f.panels = append(f.panels, panel{plot: p, title: title, height: height})
	}
	return f
}

func laneTitle(l lane) string {
	switch l.name {
	case "compute":
		return "compute"
	case "tensor":
		return "tensor-parallel communication"
	case "data":
		return "data-parallel and embedding communication"
	case "pipeline":
		return "pipeline sends"
	}
	return l.name + " communication"
}

// busy returns the share of time in which a lane was working, row by row; waits
// do not count.
func (v *view) busy(l lane, e extents, n int) *heat {
	h := newHeat(len(v.rows), n)
	for row := range v.rows {
		dst := h.row(row)
		for _, s := range l.streams {
			for _, i := range v.stream(row, s) {
				if span := &v.run.Spans[i]; !v.isWait(span) {
					spread(dst, e, span.Start, span.End)
				}
			}
		}
		for i := range dst {
			dst[i] = min(dst[i], 1) // two sends at once are as busy as one
		}
	}
	return h
}

// stepRules marks where later steps begin.
func (v *view) stepRules(unit scale) []plot.Plotter {
	var list []plot.Plotter
	for i := 1; i < len(v.steps); i++ {
		if v.steps[i].end == 0 || v.steps[i-1].end == 0 {
			continue
		}
		list = append(list, rule{value: v.steps[i].start.Seconds() / unit.Factor, vertical: true, style: dashed(white, 1)})
	}
	return list
}

// seconds prints a time for a table: to the microsecond, or to seven digits where
// that is finer.
func seconds(s float64) string {
	if s < 1 {
		return strconv.FormatFloat(s, 'g', 7, 64)
	}
	return strconv.FormatFloat(math.Round(s*1e6)/1e6, 'f', -1, 64)
}
