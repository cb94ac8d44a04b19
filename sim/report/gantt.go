package report

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// maxRows is how many ranks a Gantt chart shows; of more, some are chosen.
const maxRows = 16

// paint is a kind of box in a Gantt chart.
type paint struct {
	name  string
	color color.RGBA
}

// What compute streams do comes first, then one paint for each other lane.
const (
	paintForward uint8 = iota
	paintRecompute
	paintBackward
	paintWeight
	paintUpdate
	paintWait
	paintLanes
)

var computePaints = [paintLanes]paint{
	{"forward", blue}, {"recompute", sky}, {"backward", orange}, {"weight gradient", yellow},
	{"optimizer", purple}, {"wait", pale},
}

// laneColor returns the colour of a communication lane.
func laneColor(name string) color.RGBA {
	switch name {
	case "tensor":
		return vermillion
	case "data":
		return green
	case "pipeline":
		return slate
	}
	return black
}

// paintOf returns the paint of a span of the compute stream.
func (v *view) paintOf(s *trace.Span) uint8 {
	if v.isWait(s) {
		return paintWait
	}
	switch v.phase(s) {
	case "forward":
		return paintForward
	case "recompute":
		return paintRecompute
	case "backward":
		return paintBackward
	case "weight_grad":
		return paintWeight
	}
	return paintUpdate
}

// piece is a run of spans of one paint that looks like one box.
type piece struct {
	start, end engine.Time
	microbatch int32
	paint      uint8
}

// pieces returns the spans of a lane within e, those of the same paint and
// microbatch joined where the gap cannot be seen.
func (v *view) pieces(row, laneIndex int, e extents, gap engine.Duration) []piece {
	var list []piece
	for _, stream := range v.lanes[laneIndex].streams {
		first := len(list)
		for _, i := range v.stream(row, stream) {
			s := &v.run.Spans[i]
			if s.End <= e.start || s.Start >= e.end {
				continue
			}
			p := piece{start: max(s.Start, e.start), end: min(s.End, e.end), microbatch: s.Microbatch}
			p.paint = paintLanes + uint8(laneIndex) - 1
			if laneIndex == 0 || v.isWait(s) {
				p.paint = v.paintOf(s)
			}
			if p.paint == paintWait && p.end.Sub(p.start) < gap {
				continue
			}
			n := len(list) - 1
			if n >= first && list[n].paint == p.paint && list[n].microbatch == p.microbatch && p.start.Sub(list[n].end) < gap {
				list[n].end = max(list[n].end, p.end)
				continue
			}
			list = append(list, p)
		}
	}
	return list
}

// coarse tells whether a window holds so much that what happens within a task
// would be stripes of a point or two: then tasks are drawn whole.
func (v *view) coarse(row int, e extents, gap engine.Duration) bool {
	const most = 160 // on the 440 points of a row
	return len(v.pieces(row, 0, e, gap)) > most
}

// coarsen replaces the pieces of forward and backward passes by whole tasks, and
// leaves out communication that would be a hairline.
func (v *view) coarsen(fine []piece, row, laneIndex int, e extents, gap engine.Duration) []piece {
	var list []piece
	for _, p := range fine {
		if laneIndex == 0 && p.paint >= paintUpdate || laneIndex > 0 && p.end.Sub(p.start) >= gap {
			list = append(list, p)
		}
	}
	if laneIndex > 0 {
		return list
	}
	step, _ := v.last()
	for _, t := range v.tasks(row, step) {
		p := piece{start: max(t.start, e.start), end: min(t.end, e.end), microbatch: t.microbatch}
		if p.end > p.start && t.group != groupUpdate {
			p.paint = [...]uint8{paintForward, paintBackward, paintWeight}[t.group]
			list = append(list, p)
		}
	}
	return list
}

// gantt draws a window of the timeline: for each rank a tall bar for what it
// computes, with the number of the microbatch, and below it a thin bar for each
// kind of communication.
func gantt(v *view, w window) *figure {
	unit := fitTime(w.length())
	f := &figure{name: w.name, title: headline(v.run, "%s", w.title), lead: w.lead}
	f.table.header = []string{"row", "lane", "what", "microbatch", "start_s", "end_s"}
	origin := w.start
	if w.start < engine.Time(w.length()*1e9/50) {
		origin = 0
	}
	x := func(t engine.Time) float64 { return t.Sub(origin).Seconds() / unit.Factor }
	rows := choose(len(v.rows), maxRows)
	p := newPlot("time ("+unit.Unit+")", "")
	if origin > 0 {
		p.X.Label.Text = "time since " + quantity(timeScales, origin.Seconds()) + " (" + unit.Unit + ")"
	}
	p.X.Min, p.X.Max = x(w.start), x(w.end)
	p.Y.Min, p.Y.Max = 0, float64(len(rows))
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	chart := &boxes{}
	for _, s := range computePaints {
		chart.colors = append(chart.colors, s.color)
	}
	for _, l := range v.lanes[1:] {
		chart.colors = append(chart.colors, laneColor(l.name))
	}
	used := make([]bool, len(chart.colors))
	gap := engine.Duration(float64(w.end-w.start) / 1500)
	coarse := v.coarse(rows[0], w.extents, gap) || v.coarse(rows[len(rows)-1], w.extents, gap)
	var tick plot.ConstantTicks
	for i, row := range rows {
		base := float64(len(rows) - 1 - i)
		bar := v.extent(base, 0)
		tick = append(tick, plot.Tick{Value: (bar.lo + bar.hi) / 2, Label: v.rows[row]})
		for l := range v.lanes {
			chart.lanes = append(chart.lanes, v.extent(base, l))
			list := v.pieces(row, l, w.extents, gap)
			if coarse {
				list = v.coarsen(list, row, l, w.extents, gap)
			}
			for _, q := range list {
				used[q.paint] = true
				lo, hi := x(q.start), x(q.end)
				if coarse && l == 0 { // neighbouring passes stay apart
					edge := min((hi-lo)/8, (p.X.Max-p.X.Min)/2000)
					lo, hi = lo+edge, hi-edge
				}
				chart.list = append(chart.list, box{lo: lo, hi: hi, lane: int32(len(chart.lanes) - 1), color: q.paint})
				f.table.add(v.rows[row], v.lanes[l].name, v.paintName(q.paint), strconv.Itoa(int(q.microbatch)),
					seconds(q.start.Seconds()), seconds(q.end.Seconds()))
			}
		}
	}
	p.Y.Tick.Marker = tick
	p.Add(grid{x: true}, chart, v.numbers(rows, w, x))
	f.keys = v.ganttKeys(used)
	f.panels = []panel{{plot: p, height: vg.Length(30 + max(48, 24*len(rows)))}}
	f.note = v.ganttNote(rows, gap, coarse)
	return f
}

// extent returns where a lane lies in a row whose lower edge is base.
func (v *view) extent(base float64, l int) extent {
	const top, split, bottom = 0.95, 0.34, 0.10
	if len(v.lanes) == 1 {
		return extent{base + bottom, base + top}
	}
	if l == 0 {
		return extent{base + split, base + top}
	}
	h := (split - bottom) / float64(len(v.lanes)-1)
	hi := base + split - float64(l-1)*h
	return extent{hi - 0.9*h, hi - 0.1*h}
}

// numbers writes the microbatch on every task that has room for it.
func (v *view) numbers(rows []int, w window, x func(engine.Time) float64) labels {
	step, _ := v.last()
	point := float64(pageWidth-60) / (x(w.end) - x(w.start)) // roughly, in points per unit of X
	var list labels
	for i, row := range rows {
		lane := v.extent(float64(len(rows)-1-i), 0)
		for _, t := range v.tasks(row, step) {
			start, end := max(t.start, w.start), min(t.end, w.end)
			txt := strconv.Itoa(int(t.microbatch))
			if t.microbatch < 0 || end <= start {
				continue
			}
			s, ok := fitting(txt, vg.Length((x(end)-x(start))*point)-1)
			if !ok {
				continue
			}
			if t.group == groupForward {
				s.Color = white
			}
			list = append(list, label{at: xy{(x(start) + x(end)) / 2, (lane.lo + lane.hi) / 2},
				offset: vg.Point{Y: s.FontExtents().Descent / 2}, text: txt, style: s})
		}
	}
	return list
}

func (v *view) paintName(s uint8) string {
	if s < paintLanes {
		return computePaints[s].name
	}
	return laneTitle(v.lanes[s-paintLanes+1])
}

// ganttKeys explains the paints that occur; thin boxes are communication.
func (v *view) ganttKeys(used []bool) []key {
	var keys []key
	for s, seen := range used {
		if !seen {
			continue
		}
		k := key{text: v.paintName(uint8(s)), cue: cueFull}
		if s < int(paintLanes) {
			k.color = solid(computePaints[s].color, 1)
		} else {
			k.color, k.cue = solid(laneColor(v.lanes[s-int(paintLanes)+1].name), 1), cueThin
		}
		keys = append(keys, k)
	}
	return keys
}

func (v *view) ganttNote(rows []int, gap engine.Duration, coarse bool) string {
	note := "Bars: compute stream, with the number of the microbatch."
	if len(v.lanes) > 1 {
		note = "Tall bars: compute stream, with the number of the microbatch; thin bars below: communication."
	}
	what := "A gap"
	switch {
	case coarse && len(v.lanes) == 1:
		return note + " A backward pass is drawn whole, with its recomputation and weight gradients."
	case coarse:
		note += " A backward pass is drawn whole, with its recomputation and weight gradients, from its first kernel to its last."
		what = "Communication"
	}
	note += " " + what + " shorter than " + quantity(timeScales, gap.Seconds()) + " is not shown."
	if len(rows) < len(v.rows) {
		note += " " + strconv.Itoa(len(rows)) + " of " + strconv.Itoa(len(v.rows)) + " ranks are drawn."
	}
	return note
}
