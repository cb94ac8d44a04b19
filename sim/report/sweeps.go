package report

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"

	"trainsim/sim/results"
)

// sweepKind says how a sweep is drawn.
type sweepKind struct {
	sweep, figure string
	name, lead    string
	xlabel        string
	ylabel        string
	factor        float64 // a Y divided by it is drawn
	log           bool    // X is logarithmic
	x             func(float64) string
}

func plain(v float64) string { return number(v, 0) }

func gpus(v float64) string { return number(v, 0) + " GPUs" }

// roundTime writes a time of an axis: 2 min, 13.3 min, 1 h.
func roundTime(v float64) string {
	s := fit(axisTimes, v)
	if q := v / s.Factor; q == math.Round(q) {
		return number(q, 0) + " " + s.Unit
	}
	return quantity(axisTimes, v)
}

var axisTimes = []scale{{1, "s"}, {60, "min"}, {3600, "h"}, {86400, "d"}}

var sweepKinds = []sweepKind{
	{"interval", "ettr", "ettr-interval", "Effective training time against the computing between two checkpoints, everything else as it is: the optimum is flat.", "checkpoint interval", "ETTR (%)", 0.01, true, roundTime},
	{"mtbf", "ettr", "ettr-mtbf", "Effective training time against the mean time between stops, with the best interval for each.", "mean time between stops of the job", "ETTR (%)", 0.01, true, roundTime},
	{"gpus", "ettr", "ettr-gpus", "Effective training time against the size of the cluster, at the same failure rate of each part and with the best interval for each.", "GPUs", "ETTR (%)", 0.01, true, gpus},
	{"bandwidth", "required_gb_per_s", "checkpoint-bandwidth", "Bandwidth to storage that keeps the overhead of checkpoints and lost work below 5 %, against the size of the cluster.", "GPUs", "bandwidth (GB/s)", 1, true, gpus},
	{"spares", "stall_chance", "spares-chance", "Chance that more hosts are in repair than there are spares, so that the next failure makes the job wait or shrink.", "spares", "chance (%)", 0.01, false, plain},
	{"severity", "slowdown", "slowdown-severity", "Slowdown of the step against how much slower one GPU is: below the dashed line the others hide part of it.", "speed that one GPU loses (%)", "slowdown", 1, false, func(v float64) string { return percent(v) }},
	{"slow_gpus", "slowdown", "slowdown-count", "Slowdown of the step against how many GPUs are slow by 10 %, spread over the machine.", "slow GPUs", "slowdown", 1, true, func(v float64) string { return plain(v) + " slow GPUs" }},
}

// sweeps draws a figure for each sweep that the result has.
func sweeps(r *results.Run) []*figure {
	var list []*figure
	for i := range sweepKinds {
		if f := sweepFigure(r, &sweepKinds[i]); f != nil {
			list = append(list, f)
		}
	}
	return list
}

// sweepFigure draws the mean with its interval, and the closed form.
func sweepFigure(r *results.Run, k *sweepKind) *figure {
	var points []results.SweepPoint
	for _, p := range r.Months.Sweeps {
		if p.Sweep == k.sweep && p.Figure == k.figure {
			points = append(points, p)
		}
	}
	if len(points) < 2 {
		return nil
	}
	f := &figure{name: k.name, lead: k.lead}
	f.title = headline(r, "%s", k.finding(points))
	f.table.header = []string{k.sweep, "mean", "low", "high", "closed_form"}
	at := func(x float64) float64 {
		if k.log {
			return math.Log10(x)
		}
		if k.sweep == "severity" {
			return 100 * x
		}
		return x
	}
	p := newPlot(k.xlabel, k.ylabel)
	p.X.Min, p.X.Max = at(points[0].X), at(points[len(points)-1].X)
	if k.log {
		p.X.Tick.Marker = logTicks(k.sweep == "interval" || k.sweep == "mtbf")
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	var mean, closed []xy
	var band ribbon
	for _, q := range points {
		f.table.add(cell(q.X), cell(q.Mean), cell(q.Low), cell(q.High), cell(q.ClosedForm))
		for _, v := range []float64{q.Mean, q.Low, q.High, q.ClosedForm} {
			if !math.IsNaN(v) {
				lo, hi = math.Min(lo, v/k.factor), math.Max(hi, v/k.factor)
			}
		}
		if !math.IsNaN(q.Mean) {
			mean = append(mean, xy{at(q.X), q.Mean / k.factor})
			band = append(band, span{at(q.X), q.Low / k.factor, q.High / k.factor})
		}
		if !math.IsNaN(q.ClosedForm) {
			closed = append(closed, xy{at(q.X), q.ClosedForm / k.factor})
		}
	}
	room := 0.05*(hi-lo) + 1e-9
	p.Y.Min, p.Y.Max = max(0, lo-room), hi+room
	p.Add(grid{y: true}, band)
	if len(closed) > 1 {
		f.keys = append(f.keys, key{text: "closed form", color: dashed(slate, 1), cue: cueDash})
		p.Add(line{points: closed, style: dashed(slate, 1)})
	}
	if len(mean) > 0 {
		f.keys = append([]key{{text: "simulated, with the 95 % confidence interval", color: solid(blue, 1.4), cue: cueLine}}, f.keys...)
		p.Add(line{points: mean, style: solid(blue, 1.4)}, dots(mean))
	}
	if k.sweep == "interval" {
		f.addIntervals(p, r.Summary.Training)
	}
	f.panels = []panel{{plot: p, height: 180}}
	return f
}

// finding says what a sweep shows.
func (k *sweepKind) finding(points []results.SweepPoint) string {
	value := func(p results.SweepPoint) float64 {
		if math.IsNaN(p.Mean) {
			return p.ClosedForm
		}
		return p.Mean
	}
	first, last := points[0], points[len(points)-1]
	switch k.figure {
	case "ettr":
		best := first
		for _, p := range points {
			if value(p) > value(best) {
				best = p
			}
		}
		if k.sweep == "interval" {
			return fmt.Sprintf("best with a checkpoint every %s, ETTR %s", k.x(best.X), percent1(value(best)))
		}
		return fmt.Sprintf("ETTR %s at %s, %s at %s", percent1(value(first)), k.x(first.X), percent1(value(last)), k.x(last.X))
	case "slowdown":
		return fmt.Sprintf("%s slower at %s", percent(value(last)-1), k.x(last.X))
	case "stall_chance":
		for _, p := range points {
			if value(p) <= 0.01 {
				return fmt.Sprintf("%s spares are enough for 99 %% of the time", k.x(p.X))
			}
		}
		return fmt.Sprintf("%s spares are short %s of the time", k.x(last.X), percent(value(last)))
	}
	return fmt.Sprintf("%s GB/s at %s, %s GB/s at %s", figures3(value(first)), k.x(first.X), figures3(value(last)), k.x(last.X))
}

// addIntervals marks the best intervals by theory and the one in use.
func (f *figure) addIntervals(p *plot.Plot, t *results.Training) {
	for _, m := range []struct {
		name  string
		value float64
		key   key
	}{
		{"exact", t.ExactIntervalS, key{color: solid(green, 1), cue: cueLine}},
		{"Young", t.YoungIntervalS, key{color: dashed(orange, 1), cue: cueDash}},
		{"Daly", t.DalyIntervalS, key{color: dashed(purple, 1), cue: cueDash}},
		{"in use", t.CheckpointIntervalS, key{color: dashed(black, 0.75), cue: cueDash}},
	} {
		if m.value <= 0 {
			continue
		}
		m.key.text = m.name + " " + quantity(axisTimes, m.value)
		f.keys = append(f.keys, m.key)
		p.Add(rule{value: math.Log10(m.value), vertical: true, style: m.key.color})
	}
}

func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 9, 64)
}
