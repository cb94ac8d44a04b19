package report

import (
	"cmp"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
)

// Frontier is a scenario at several values of one key, or of two.
type Frontier struct {
	Title          string // with what is found
	Key, Unit      string // what changes along a line
	Words          bool   // its values are no numbers
	Second         string // what changes from line to line; "": there is one
	XLabel, YLabel string
	Judged         bool // less of X and less of Y are better: there is a frontier
	Lines          []FrontierLine
}

// FrontierLine is the values of the first key, upwards, at one of the second.
type FrontierLine struct {
	Name   string
	Points []FrontierPoint
}

// FrontierPoint is one simulation.
type FrontierPoint struct {
	Name  string
	Value float64 // of the first key, in its unit; of words their place in the order
	X, Y  float64
	On    bool // the frontier

	KWh, RentUSD, OwnUSD float64 // of a million tokens; 0: not known
}

// WriteFrontier draws Y against X, and what a million tokens take against the key, as
// a PNG image.
func WriteFrontier(w io.Writer, r Frontier) error { return frontier(&r).writePNG(w) }

func frontier(r *Frontier) *figure {
	f := &figure{name: "frontier", title: r.Title, lead: "Each point is a simulation, named by " + r.Key + ". Below, what a million tokens take.",
		note: "Energy is that of the whole facility. Owned: value lost while it runs, and electricity, which is in a rent already."}
	f.table.header = []string{r.Second, r.Key, "x", "y", "on_frontier", "kwh", "rent_usd", "own_usd"}
	for i, l := range r.Lines {
		if r.Second != "" && len(l.Points) > 0 {
			f.keys = append(f.keys, key{text: r.Second + " " + l.Name, color: solid(r.color(i), 1.4), cue: cueLine})
		}
		for _, p := range l.Points {
			f.table.add(l.Name, p.Name, cell(p.X), cell(p.Y), fmt.Sprint(p.On), cell(p.KWh), cell(p.RentUSD), cell(p.OwnUSD))
		}
	}
	f.panels = []panel{r.tradeoff()}
	if r.Judged {
		f.keys = append(f.keys, key{text: "frontier: no other point is faster and takes less energy", color: dashed(slate, 1), cue: cueDash})
		f.lead = "Each point is a simulation, named by " + r.Key + ": full on the frontier, hollow elsewhere. Below, what a million tokens take."
	}
	energy := curve{of: func(p *FrontierPoint) float64 { return p.KWh }}
	rent := curve{of: func(p *FrontierPoint) float64 { return p.RentUSD }}
	own := curve{of: func(p *FrontierPoint) float64 { return p.OwnUSD }, hollow: true}
	if p := r.against("energy (kWh)", energy); p != nil {
		f.panels = append(f.panels, panel{plot: p, title: "energy of a million tokens", height: 100})
	}
	if p := r.against("cost ($)", rent, own); p != nil {
		f.panels = append(f.panels, panel{plot: p, title: "cost of a million tokens: rented, and owned (hollow)", height: 100})
	}
	return f
}

// lineColors tell lines apart; more of them get shades in their order.
var lineColors = []color.RGBA{blue, vermillion, green, orange, purple, sky, black}

func (r *Frontier) color(line int) color.RGBA {
	if len(r.Lines) <= len(lineColors) {
		return lineColors[line]
	}
	return viridis(0.92 * float64(line) / float64(len(r.Lines)-1))
}

// tradeoff draws the points, those on the frontier full and joined; where there is
// none, the points of a line are.
func (r *Frontier) tradeoff() panel {
	var names, others tags
	var edge, all []xy
	var marks markers
	p := newPlot(r.XLabel, r.YLabel)
	x := func(v float64) float64 { return v }
	if times := r.values(func(q *FrontierPoint) float64 { return q.X }); r.Judged && byFactors(times) && times[len(times)-1] >= 10*times[0] {
		x, p.X.Tick.Marker = math.Log10, logTicks(false)
	}
	p.Add(grid{x: true, y: true})
	for i, l := range r.Lines {
		var path []xy
		for _, q := range l.Points {
			at := xy{x(q.X), q.Y}
			path = append(path, at)
			marks = append(marks, marker{at, r.color(i), r.Judged && !q.On})
			if q.On {
				edge = append(edge, at)
				names.add(at, q.Name)
			} else {
				others.add(at, q.Name)
			}
		}
		if !r.Judged {
			p.Add(line{points: path, style: solid(mix(r.color(i), white, 0.4), 1)})
		}
		all = append(all, path...)
	}
	if r.Judged {
		slices.SortFunc(edge, func(a, b xy) int { return cmp.Compare(a.X, b.X) })
		p.Add(line{points: edge, style: dashed(slate, 1)})
	}
	names.points, names.names, names.marks = append(names.points, others.points...), append(names.names, others.names...), all
	p.X.Min, p.X.Max = around(all, func(q xy) float64 { return q.X })
	p.Y.Min, p.Y.Max = around(all, func(q xy) float64 { return q.Y })
	p.Add(marks, names)
	return panel{plot: p, height: 170}
}

// around returns the range of values with room beside them.
func around(all []xy, of func(xy) float64) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, q := range all {
		lo, hi = math.Min(lo, of(q)), math.Max(hi, of(q))
	}
	room := 0.08 * (hi - lo)
	if room == 0 {
		room = 0.05*math.Abs(hi) + 1e-9
	}
	return lo - room, hi + room
}

// curve is one figure of points.
type curve struct {
	of     func(*FrontierPoint) float64
	hollow bool
}

// against draws curves against the key, nil where none of them is known.
func (r *Frontier) against(ylabel string, curves ...curve) *plot.Plot {
	xlabel := r.Key
	if r.Unit != "" {
		xlabel += " (" + r.Unit + ")"
	}
	p := newPlot(xlabel, ylabel)
	at := r.axis(p)
	p.Add(grid{y: true})
	var all []xy
	for i, l := range r.Lines {
		for _, c := range curves {
			style := solid(r.color(i), 1.4)
			if c.hollow {
				style = dashed(r.color(i), 1.2)
			}
			var path []xy
			var marks markers
			for k := range l.Points {
				if v := c.of(&l.Points[k]); v > 0 {
					path = append(path, xy{at(l.Points[k].Value), v})
					marks = append(marks, marker{path[len(path)-1], r.color(i), c.hollow})
				}
			}
			if !r.Words { // between which there is nothing
				p.Add(line{points: path, style: style})
			}
			p.Add(marks)
			all = append(all, path...)
		}
	}
	if len(all) == 0 {
		return nil
	}
	p.X.Min, p.X.Max = around(all, func(q xy) float64 { return q.X })
	p.Y.Min, p.Y.Max = around(all, func(q xy) float64 { return q.Y })
	p.Y.Tick.Marker = ticks{most: 5}
	return p
}

// mostNamed is how many values of the key are labelled; of more, only round ones.
const mostNamed = 12

// axis labels the X axis with the values of the key, and returns where one lies on
// it: at its logarithm where values spread by factors.
func (r *Frontier) axis(p *plot.Plot) func(float64) float64 {
	named := map[float64]string{}
	for _, l := range r.Lines {
		for _, q := range l.Points {
			named[q.Value] = q.Name
		}
	}
	values := slices.Compact(r.values(func(q *FrontierPoint) float64 { return q.Value }))
	at := func(v float64) float64 { return v }
	if byFactors(values) {
		at = math.Log10
		p.X.Tick.Marker = logTicks(false)
	}
	if len(values) <= mostNamed {
		var list plot.ConstantTicks
		for _, v := range values {
			list = append(list, plot.Tick{Value: at(v), Label: r.short(v, named[v])})
		}
		p.X.Tick.Marker = list
	}
	return at
}

// values returns one number of all points, upwards.
func (r *Frontier) values(of func(*FrontierPoint) float64) (list []float64) {
	for _, l := range r.Lines {
		for i := range l.Points {
			list = append(list, of(&l.Points[i]))
		}
	}
	slices.Sort(list)
	return list
}

// short is the name of a value without its unit, which the axis has.
func (r *Frontier) short(v float64, name string) string {
	if r.Unit == "" {
		return name
	}
	return number(v, min(3, decimalsOf(v)))
}

// decimalsOf returns how many digits v has after the point, up to 3.
func decimalsOf(v float64) int {
	for d := range 3 {
		if scaled := v * math.Pow(10, float64(d)); math.Abs(scaled-math.Round(scaled)) < 1e-6 {
			return d
		}
	}
	return 3
}

// byFactors tells whether sorted values spread by factors rather than by
// differences: far, and with the middle nearer to the geometric mean of the ends than
// to the arithmetic.
func byFactors(values []float64) bool {
	n := len(values)
	if n < 3 || values[0] <= 0 || values[n-1] < 4*values[0] {
		return false
	}
	lo, hi, middle := values[0], values[n-1], (values[(n-1)/2]+values[n/2])/2
	return math.Abs(middle-math.Sqrt(lo*hi)) < math.Abs(middle-(lo+hi)/2)
}
