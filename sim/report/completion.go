package report

import (
	"slices"
	"strconv"

	"trainsim/sim/results"
)

// completion draws the distribution over replicas of how long the run takes or,
// where its wall clock is given, of its goodput.
func completion(r *results.Run) *figure {
	t := r.Summary.Training
	if t == nil || len(r.Months.Replicas) < 2 {
		return nil
	}
	var values []float64
	for _, one := range r.Months.Replicas {
		values = append(values, one.EndS)
	}
	slices.Sort(values)
	d := distribution{column: "completion_time_s", mean: t.CompletionTimeS, low: t.CompletionTimeSLow, high: t.CompletionTimeSHigh}
	unit := fitTime(values[len(values)-1])
	d.xlabel, d.factor = "completion time ("+unit.Unit+")", unit.Factor
	d.say = func(v float64) string { return quantity(timeScales, v) }
	what := "takes"
	if values[0] == values[len(values)-1] {
		for i, one := range r.Months.Replicas {
			values[i] = one.Goodput
		}
		slices.Sort(values)
		d = distribution{column: "goodput", mean: t.Goodput, low: t.GoodputLow, high: t.GoodputHigh, xlabel: "goodput (%)", factor: 0.01, say: percent1}
		what = "goodput"
	}
	d.values = values
	f := &figure{
		name:  "completion",
		title: headline(r, "%s %s (%s to %s)", what, d.say(d.mean), d.say(d.low), d.say(d.high)),
		lead: "Share of the " + number(float64(len(values)), 0) + " replicas below a value: half of them lie within " + d.say(quantile(values, 0.25)) + " and " +
			d.say(quantile(values, 0.75)) + ", 90 % below " + d.say(quantile(values, 0.9)) + ".",
		keys: []key{{text: "replicas", color: solid(blue, 1.2), cue: cueLine}, {text: "mean, with its 95 % confidence interval", color: solid(pale, 1), cue: cueFull}},
		note: "The interval is of the mean (Student's t), not of a single run.",
	}
	f.addDistribution(d)
	return f
}

func percent1(share float64) string { return number(100*share, 1) + " %" }

// distribution is a sorted sample to draw as the share below each value.
type distribution struct {
	column, xlabel  string
	factor          float64 // a value divided by it is drawn
	values          []float64
	mean, low, high float64
	say             func(float64) string
}

func (f *figure) addDistribution(d distribution) {
	f.table.header = []string{d.column, "share_below"}
	p := newPlot(d.xlabel, "share of replicas (%)")
	n := len(d.values)
	lo, hi := min(d.values[0], d.low), max(d.values[n-1], d.high)
	room := max(0.02*(hi-lo), 1e-9*hi)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = (lo-room)/d.factor, (hi+room)/d.factor, 0, 100
	p.Add(area{x: []float64{d.low / d.factor, d.high / d.factor}, hi: []float64{100}, color: pale}, grid{y: true},
		rule{value: d.mean / d.factor, vertical: true, style: dashed(slate, 0.75)})
	points := []xy{{p.X.Min, 0}}
	for i, v := range d.values {
		x := v / d.factor
		points = append(points, xy{x, 100 * float64(i) / float64(n)}, xy{x, 100 * float64(i+1) / float64(n)})
		f.table.add(strconv.FormatFloat(v, 'g', 9, 64), strconv.FormatFloat(float64(i+1)/float64(n), 'f', 5, 64))
	}
	p.Add(line{points: append(points, xy{p.X.Max, 100}), style: solid(blue, 1.2)})
	f.panels = append(f.panels, panel{plot: p, height: 170})
}

// quantile returns the value below which a share of a sorted sample lies.
func quantile(sorted []float64, share float64) float64 {
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
