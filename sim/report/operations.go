package report

import (
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"trainsim/sim/engine"
)

// kinds are the families of operations told apart by colour, in legend order.
var kinds = []struct {
	name  string
	color color.RGBA
	of    []string // kinds of labels
}{
	{"matrix products", blue, []string{"gemm"}},
	{"attention", sky, []string{"batched_gemm", "flash_attention", "softmax"}},
	{"memory-bound kernels", orange, []string{"norm", "elementwise", "embedding", "cross_entropy"}},
	{"optimizer", purple, []string{"optimizer"}},
	{"collectives", vermillion, []string{"all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast"}},
	{"sends", slate, []string{"send", "recv", "shift"}},
	{"wait", mist, []string{"wait"}},
	{"other", yellow, nil},
}

// kindOf returns the index into kinds of a label's kind.
func kindOf(kind string) uint8 {
	for i, k := range kinds {
		if slices.Contains(k.of, kind) {
			return uint8(i)
		}
	}
	return uint8(len(kinds) - 1)
}

// operations draws one layer of one microbatch operation by operation, forward
// and backward, on the stage in the middle. It is nil where no layer ran twice.
func operations(v *view) *figure {
	row := len(v.rows) / 2
	forward, backward, layer, microbatch, ok := v.layer(row)
	if !ok {
		return nil
	}
	unit := fitTime(max(forward.length(), backward.length()))
	f := &figure{
		name: "operations",
		title: headline(v.run, "one layer takes %s forward, %s backward", quantity(timeScales, forward.length()),
			quantity(timeScales, backward.length())),
		lead: "Every operation of layer " + strconv.Itoa(layer) + " for microbatch " + strconv.Itoa(int(microbatch)) + " on " +
			v.rows[row] + ", by stream; the backward pass recomputes where the scenario asks for it.",
	}
	f.table.header = []string{"pass", "lane", "operation", "kind", "phase", "start_s", "end_s"}
	used := make([]bool, len(kinds))
	var lanes []lane
	for _, l := range v.lanes {
		if v.active(row, l, forward) || v.active(row, l, backward) {
			lanes = append(lanes, l)
		}
	}
	for _, pass := range []struct {
		name string
		when extents
	}{{"forward", forward}, {"backward", backward}} {
		p := v.layerPlot(f, row, lanes, pass.name, pass.when, unit, used)
		f.panels = append(f.panels, panel{plot: p, title: pass.name + " pass", height: vg.Length(40 + 26*len(lanes))})
	}
	for i, k := range kinds {
		if used[i] {
			f.keys = append(f.keys, key{text: k.name, color: solid(k.color, 1)})
		}
	}
	return f
}

// layer finds when a layer in the middle of a row's work ran for a microbatch in
// the middle of the step.
func (v *view) layer(row int) (forward, backward extents, layer int, microbatch int32, ok bool) {
	step, _ := v.last()
	tasks := v.tasks(row, step)
	some := only(tasks, groupForward)
	if len(some) == 0 {
		return
	}
	task := some[len(some)/2]
	microbatch = task.microbatch
	var layers []int16
	for _, i := range v.compute(row) {
		s := &v.run.Spans[i]
		if s.Start >= task.start && s.End <= task.end && s.Layer >= 0 && !slices.Contains(layers, s.Layer) {
			layers = append(layers, s.Layer)
		}
	}
	if len(layers) == 0 {
		return
	}
	middle := layers[len(layers)/2]
	forward, backward = extents{start: engine.Never}, extents{start: engine.Never}
	for stream := range v.run.Streams {
		for _, i := range v.stream(row, uint8(stream)) {
			s := &v.run.Spans[i]
			if s.Step != step || s.Layer != middle || s.Microbatch != microbatch || v.isWait(s) {
				continue
			}
			e := &backward
			if groupOf(v.phase(s)) == groupForward {
				e = &forward
			}
			e.start, e.end = min(e.start, s.Start), max(e.end, s.End)
		}
	}
	return forward, backward, int(middle), microbatch, forward.end > forward.start && backward.end > backward.start
}

// active tells whether a lane of a row did anything in e.
func (v *view) active(row int, l lane, e extents) bool {
	for _, stream := range l.streams {
		for _, i := range v.stream(row, stream) {
			if s := &v.run.Spans[i]; s.End > e.start && s.Start < e.end {
				return true
			}
		}
	}
	return false
}

// layerPlot draws the spans of a row in a window, a lane for each stream, with
// the names of the operations that have room for it.
func (v *view) layerPlot(f *figure, row int, show []lane, pass string, e extents, unit scale, used []bool) *plot.Plot {
	p := newPlot("time ("+unit.Unit+")", "")
	p.X.Min, p.X.Max = 0, e.length()/unit.Factor
	p.Y.Min, p.Y.Max = -0.5, float64(len(show))-0.5
	p.Y.Tick.Length, p.Y.LineStyle.Width = 0, 0
	point := float64(pageWidth-60) / p.X.Max
	chart := &boxes{}
	for _, k := range kinds {
		chart.colors = append(chart.colors, k.color)
	}
	var lanes []string
	var texts labels
	for l, lane := range show {
		lanes = append(lanes, lane.name)
		y := float64(len(show) - 1 - l)
		chart.lanes = append(chart.lanes, extent{y - 0.4, y + 0.4})
		for _, stream := range lane.streams {
			for _, i := range v.stream(row, stream) {
				s := &v.run.Spans[i]
				start, end := max(s.Start, e.start), min(s.End, e.end)
				if end <= start {
					continue
				}
				name := v.run.Labels[s.Label]
				k := kindOf(name.Kind)
				used[k] = true
				lo, hi := start.Sub(e.start).Seconds()/unit.Factor, end.Sub(e.start).Seconds()/unit.Factor
				edge := min(0.3/point, (hi-lo)/4) // neighbours stay apart
				chart.list = append(chart.list, box{lo: lo + edge, hi: hi - edge, lane: int32(l), color: k})
				f.table.add(pass, lane.name, name.Name, name.Kind, v.phase(s), strconv.FormatFloat(start.Seconds(), 'f', 9, 64),
					strconv.FormatFloat(end.Seconds(), 'f', 9, 64))
				if sty, ok := fitting(name.Name, vg.Length((hi-lo)*point)-2); ok && name.Kind != "wait" {
					sty.Color = contrast(kinds[k].color)
					texts = append(texts, label{at: xy{(lo + hi) / 2, y}, offset: vg.Point{Y: sty.FontExtents().Descent / 2}, text: name.Name, style: sty})
				}
			}
		}
	}
	p.Y.Tick.Marker = names{rows: lanes}
	p.Add(grid{x: true}, chart, texts)
	return p
}
