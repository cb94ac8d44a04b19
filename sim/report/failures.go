package report

import (
	"strconv"
	"strings"

	"trainsim/sim/results"
)

// failures draws how often each cause strikes and what that costs.
func failures(r *results.Run) *figure {
	t := r.Summary.Training
	if t == nil {
		return nil
	}
	count := sorted(t.Failures)
	if len(count) == 0 {
		return nil
	}
	total, lost := 0.0, 0.0
	for _, e := range count {
		total += e.value
		lost += t.LostByCauseS[e.name]
	}
	f := &figure{
		name:  "failures",
		title: headline(r, "%s failures, %s of them %s", number(total, 0), percent(count[0].value/total), results.Words(count[0].name)),
		lead:  "How often each cause strikes the job, and the wall clock that goes into recovery and work lost because of it.",
		note:  replicasIn(r) + " A failure while an earlier one is dealt with adds to the time of the earlier cause.",
	}
	f.table.header = []string{"cause", "failures", "lost_s"}
	unit := fitTime(lost)
	often, cost := newBars("failures"), newBars("time lost ("+unit.Unit+")")
	var n, s []float64
	for _, e := range count {
		l := t.LostByCauseS[e.name]
		often.rows, cost.rows = append(often.rows, results.Words(e.name)), append(cost.rows, results.Words(e.name))
		often.ends, cost.ends = append(often.ends, strings.TrimSuffix(number(e.value, 1), ".0")), append(cost.ends, quantity(axisTimes, l))
		n, s = append(n, e.value), append(s, l/unit.Factor)
		f.table.add(e.name, strconv.FormatFloat(e.value, 'g', 6, 64), strconv.FormatFloat(l, 'g', 6, 64))
	}
	often.add("failures", blue, n)
	cost.add("lost", vermillion, s)
	p, h := often.plot()
	f.panels = append(f.panels, panel{plot: p, title: "how often", height: h})
	if lost > 0 {
		p, h = cost.plot()
		f.panels = append(f.panels, panel{plot: p, title: "what it costs", height: h})
	}
	return f
}
