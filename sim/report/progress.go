package report

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"trainsim/sim/results"
)

// climb is the course of a run: points of steps against seconds, and when it failed.
type climb struct {
	points   []xy
	failures []float64
}

// course joins the marks of a timeline. What was done and lost at a failure is in
// none: it is what a healthy job does from the mark before.
func course(marks []results.TimelineMark, stepTime float64) climb {
	var c climb
	running := false // since the last mark
	var before results.TimelineMark
	for i, m := range marks {
		if strings.HasPrefix(m.Kind, "supply") {
			continue // which the steps do not notice
		}
		if m.Kind == "failure" {
			c.failures = append(c.failures, m.AtS)
			if i > 0 && running {
				c.points = append(c.points, xy{m.AtS, float64(before.Steps) + math.Floor((m.AtS-before.AtS)/stepTime)})
			}
		}
		c.points = append(c.points, xy{m.AtS, float64(m.Steps)})
		running, before = m.Kind != "failure", m
	}
	return c
}

// within returns the part of the course from one time to another.
func (c climb) within(from, to float64) climb {
	var out climb
	for _, p := range c.points {
		if p.X >= from && p.X <= to {
			out.points = append(out.points, p)
		}
	}
	for _, t := range c.failures {
		if t >= from && t <= to {
			out.failures = append(out.failures, t)
		}
	}
	return out
}

// dayWindow is the seconds that the second panel of the progress shows.
const dayWindow = 86400

// progress draws tokens against time with failures marked: all of the run, and the
// day with most failures.
func progress(r *results.Run) *figure {
	t := r.Summary.Training
	if t == nil || len(r.Months.Timeline) < 2 {
		return nil
	}
	c := course(r.Months.Timeline, r.Summary.StepTimeS)
	end := r.Months.Timeline[len(r.Months.Timeline)-1]
	first := &r.Months.Replicas[0]
	perStep := float64(max(1, r.Summary.TokensPerStep))
	f := &figure{
		name: "progress",
		title: headline(r, "%s tokens in %s, %s", quantity(tokenScales, float64(end.Steps)*perStep),
			quantity(timeScales, end.AtS), count(first.Interruptions+first.Planned, "stop", "stops")),
		lead: "Tokens trained against time; marks below are failures. The dashed line is a job that nothing happens to.",
		keys: []key{{text: "tokens that count", color: solid(blue, 1.2), cue: cueLine}, {text: "nothing happens", color: dashed(slate, 0.75), cue: cueDash},
			{text: "failure", color: solid(vermillion, 1), cue: cueLine}},
		note: firstReplica(r) + " Work lost is drawn at the speed of a healthy job.",
	}
	f.table.header = []string{"time_s", "tokens"}
	for _, p := range c.points {
		f.table.add(strconv.FormatFloat(p.X, 'f', 3, 64), strconv.FormatFloat(p.Y*perStep, 'f', 0, 64))
	}
	f.addProgress(c, "all of it", 0, end.AtS, perStep, r.Summary.StepTimeS)
	if from := worstDay(c.failures); end.AtS > 3*dayWindow && len(c.failures) > 3 {
		f.addProgress(c, "the day with most failures", from, min(from+dayWindow, end.AtS), perStep, 0)
	}
	return f
}

var tokenScales = []scale{{1, ""}, {1e3, "thousand"}, {1e6, "million"}, {1e9, "billion"}, {1e12, "trillion"}}

// worstDay returns the start of the window with most failures.
func worstDay(failures []float64) (from float64) {
	most, first := 0, 0
	for i, t := range failures {
		for failures[first] < t-dayWindow {
			first++
		}
		if i-first+1 > most {
			most, from = i-first+1, failures[first]
		}
	}
	return from
}

func (f *figure) addProgress(c climb, title string, from, to, perStep, step float64) {
	part := c.within(from, to)
	if len(part.points) < 2 {
		return
	}
	unit := fitTime(to - from)
	most := part.points[len(part.points)-1].Y
	least := part.points[0].Y
	for _, p := range part.points {
		most, least = max(most, p.Y), min(least, p.Y)
	}
	tokens := fit(tokenScales, most*perStep)
	at := func(p xy) xy { return xy{p.X / unit.Factor, p.Y * perStep / tokens.Factor} }
	p := newPlot("time ("+unit.Unit+")", "tokens ("+tokens.Unit+")")
	p.X.Min, p.X.Max = from/unit.Factor, to/unit.Factor
	p.Y.Min, p.Y.Max = at(xy{0, least}).Y, at(xy{0, most + 0.03*(most-least) + 1e-9}).Y
	p.Add(grid{y: true})
	if step > 0 {
		p.Y.Max = max(p.Y.Max, at(xy{0, to / step}).Y)
		p.Add(line{points: []xy{at(xy{0, 0}), at(xy{to, to / step})}, style: dashed(slate, 0.75)})
	}
	points := make([]xy, len(part.points))
	for i, q := range part.points {
		points[i] = at(q)
	}
	p.Add(line{points: points, style: solid(blue, 1.2)})
	var rug strokes
	for _, t := range part.failures {
		rug = append(rug, t/unit.Factor)
	}
	p.Add(rug)
	f.panels = append(f.panels, panel{plot: p, title: title, height: 140})
}

// strokes are short lines at the foot of a plot.
type strokes []float64

// Plot implements plot.Plotter.
func (s strokes) Plot(c draw.Canvas, p *plot.Plot) {
	for _, v := range s {
		if x := c.X(p.X.Norm(v)); c.ContainsX(x) {
			c.StrokeLine2(solid(vermillion, 0.6), x, c.Min.Y, x, c.Min.Y+vg.Points(7))
		}
	}
}
