package report

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
	"trainsim/sim/trace"
)

const gib = 1 << 30

// memory draws the memory in use over time, one line per stage, and what fills
// it at its fullest, both against the capacity of a GPU.
func memory(r *results.Run) *figure {
	if len(r.Summary.Memory) == 0 && len(r.Memory) == 0 {
		return nil
	}
	capacity := r.Summary.MemoryCapacityGiB
	f := &figure{name: "memory", lead: "Memory of one GPU of each pipeline stage: over time, and by what fills it at its fullest."}
	f.title = headline(r, "%s GiB of memory on the fullest GPU", figures3(r.Summary.MemoryGiBPerGPU))
	if capacity > 0 {
		f.title = headline(r, "%s of %s GiB of memory on the fullest GPU", figures3(r.Summary.MemoryGiBPerGPU), figures3(capacity))
		f.keys = append(f.keys, key{text: "capacity of a GPU, " + figures3(capacity) + " GiB", color: dashed(vermillion, 1.2), cue: cueDash})
	}
	f.table.header = []string{"panel", "stage", "what", "start_s", "end_s", "gib"}
	if len(r.Memory) > 0 {
		f.note = "Lines show the most memory in use in each of up to 1,000 equal parts of the time."
		f.panels = append(f.panels, panel{plot: memoryOverTime(f, r), title: "over time", height: 180})
		if n := len(r.Memory); n > 1 {
			f.keys = append(f.keys, key{text: "stage 0 to stage " + strconv.Itoa(n-1), cue: cueBar, dark: palest})
		}
	}
	if len(r.Summary.Memory) > 0 {
		p, height := memoryByUse(f, r)
		f.panels = append(f.panels, panel{plot: p, title: "at the fullest", height: height})
	}
	return f
}

// memoryOverTime draws a line for each stage, coloured from the first (dark) to
// the last (bright) and named at its right end.
func memoryOverTime(f *figure, r *results.Run) *plot.Plot {
	e := whole(r)
	unit := fitTime(e.length())
	p := newPlot("time ("+unit.Unit+")", "memory (GiB)")
	p.X.Min, p.X.Max = 0, e.length()/unit.Factor
	p.Y.Min, p.Y.Max = 0, r.Summary.MemoryCapacityGiB*1.05
	n := len(r.Memory)
	lines := make([]line, n)
	drawn := choose(n, maxRows)
	edges := even(e, maxColumns)
	x := make([]float64, len(edges))
	for i, t := range edges {
		x[i] = t / unit.Factor
	}
	for _, stage := range drawn {
		y := fullest(r.Memory[stage], e, maxColumns)
		addBase(y, base(r, stage))
		for a := 0; a < len(y); {
			b := a + 1
			for b < len(y) && y[b] == y[a] {
				b++
			}
			f.table.add("time", strconv.Itoa(stage), "in use", seconds(edges[a]), seconds(edges[b]), gibText(y[a]))
			a = b
		}
		for _, v := range y {
			p.Y.Max = math.Max(p.Y.Max, v*1.05)
		}
		lines[stage] = line{points: stairs(x, y), style: solid(stageColor(stage, n), 1)}
	}
	p.Add(grid{y: true})
	for _, stage := range slices.Backward(drawn) { // the first stage, the fullest as a rule, on top
		p.Add(lines[stage])
	}
	if len(drawn) < n {
		f.note += " " + strconv.Itoa(len(drawn)) + " of " + strconv.Itoa(n) + " stages are drawn."
	}
	if c := r.Summary.MemoryCapacityGiB; c > 0 {
		p.Add(rule{value: c, style: dashed(vermillion, 1.2)})
	}
	p.Add(stageNames(lines))
	return p
}

// palest is the share of viridis that is too pale for a line on white.
const palest = 0.12

// stageColor runs through viridis without its palest end.
func stageColor(stage, n int) color.RGBA {
	if n < 2 {
		return blue
	}
	return viridis((1 - palest) * float64(stage) / float64(n-1))
}

// stageNames names the first and the last stage a quarter into the time, above
// the upper and below the lower of their lines.
func stageNames(lines []line) labels {
	last := len(lines) - 1
	if last < 0 || len(lines[0].points) == 0 || len(lines[last].points) == 0 {
		return nil
	}
	upper, lower := 0, last
	if quarter(lines[last].points).Y > quarter(lines[0].points).Y {
		upper, lower = last, 0
	}
	name := func(i int, align text.YAlignment, dy vg.Length) label {
		s := textStyle(sizeTick, false)
		s.XAlign, s.YAlign, s.Color = draw.XCenter, align, mix(stageColor(i, len(lines)), black, 0.3)
		return label{at: quarter(lines[i].points), offset: vg.Point{Y: dy + s.FontExtents().Descent}, text: "stage " + strconv.Itoa(i), style: s, halo: true}
	}
	list := labels{name(upper, draw.YBottom, 2)}
	if lower != upper {
		list = append(list, name(lower, draw.YTop, -2))
	}
	return list
}

// quarter returns the point of stairs a quarter of the way along X: not the middle,
// where one of two steps ends.
func quarter(points []xy) xy {
	x := 0.75*points[0].X + 0.25*points[len(points)-1].X
	for i := 1; i < len(points); i++ {
		if points[i].X >= x {
			return xy{x, points[i].Y}
		}
	}
	return points[0]
}

// base returns the memory of a stage that the points leave out because it never
// changes, in GiB: by definition the most of the points and the base make up the
// stage's total at its fullest.
func base(r *results.Run, stage int) float64 {
	var most int64
	for _, p := range r.Memory[stage] {
		most = max(most, p.Value)
	}
	for i := range r.Summary.Memory {
		if m := &r.Summary.Memory[i]; m.Stage == stage {
			return math.Max(0, m.TotalGiB-float64(most)/gib)
		}
	}
	return 0
}

func addBase(y []float64, base float64) {
	for i := range y {
		y[i] += base
	}
}

// fullest returns the largest value in each of n equal parts of e, in GiB.
func fullest(points []trace.Point, e extents, n int) []float64 {
	top := make([]float64, n)
	i, held := 0, int64(0)
	for c := range n {
		end := e.start.Seconds() + e.length()*float64(c+1)/float64(n)
		most := held
		for ; i < len(points) && points[i].At.Seconds() < end; i++ {
			held = points[i].Value
			most = max(most, held)
		}
		top[c] = float64(most) / gib
	}
	return top
}

// memoryByUse stacks what fills the memory of each stage at its fullest.
func memoryByUse(f *figure, r *results.Run) (*plot.Plot, vg.Length) {
	uses := []struct {
		name  string
		color color.RGBA
		of    func(*results.StageMemory) float64
	}{
		{"weights", blue, func(m *results.StageMemory) float64 { return m.WeightsGiB }},
		{"gradients", sky, func(m *results.StageMemory) float64 { return m.GradientsGiB }},
		{"optimizer", purple, func(m *results.StageMemory) float64 { return m.OptimizerGiB }},
		{"activations", orange, func(m *results.StageMemory) float64 { return m.ActivationsGiB }},
		{"buffers", green, func(m *results.StageMemory) float64 { return m.BuffersGiB }},
		{"context and fragmentation", medium, func(m *results.StageMemory) float64 { return m.OverheadGiB }},
	}
	bars := newBars("memory (GiB)")
	for _, u := range uses {
		var values []float64
		sum := 0.0
		for i := range r.Summary.Memory {
			m := &r.Summary.Memory[i]
			values = append(values, u.of(m))
			sum += u.of(m)
			f.table.add("fullest", strconv.Itoa(m.Stage), u.name, "", "", gibText(u.of(m)))
		}
		if sum > 0 {
			bars.add(u.name, u.color, values)
			f.keys = append(f.keys, key{text: u.name, color: solid(u.color, 1)})
		}
	}
	for i := range r.Summary.Memory {
		bars.rows = append(bars.rows, "stage "+strconv.Itoa(r.Summary.Memory[i].Stage))
		bars.ends = append(bars.ends, figures3(r.Summary.Memory[i].TotalGiB))
	}
	p, height := bars.plot()
	if c := r.Summary.MemoryCapacityGiB; c > 0 {
		p.X.Max = math.Max(p.X.Max, 1.05*c)
		p.Add(rule{value: c, vertical: true, style: dashed(vermillion, 1.2)})
	}
	return p, height
}

func gibText(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
