package report

import (
	"strconv"

	"trainsim/sim/results"
)

// stepTimes draws how long the steps of the whole training took.
func stepTimes(r *results.Run) *figure {
	list := r.Months.StepTimes
	if len(list) < 2 {
		return nil
	}
	total := 0.0
	for _, s := range list {
		total += float64(s.Count)
	}
	at := func(share float64) float64 {
		sum := 0.0
		for _, s := range list {
			if sum += float64(s.Count); sum >= share*total {
				return s.Seconds
			}
		}
		return list[len(list)-1].Seconds
	}
	unit := fitTime(list[len(list)-1].Seconds)
	f := &figure{
		name:  "step-times",
		title: headline(r, "half of the steps take %s, one in a hundred %s or more", quantity(timeScales, at(0.5)), quantity(timeScales, at(0.99))),
		lead:  "Share of the steps that take no longer: slow parts, missing replicas and noise make the tail.",
		keys:  []key{{text: "steps", color: solid(blue, 1.2), cue: cueLine}, {text: "50, 90 and 99 %", color: dashed(slate, 0.75), cue: cueDash}},
		note:  number(total, 0) + " steps of all replicas, those whose work was lost too. The longest, " + quantity(timeScales, list[len(list)-1].Seconds) + ", may lie beyond the edge.",
	}
	f.table.header = []string{"step_time_s", "steps", "share_not_longer"}
	p := newPlot("step time ("+unit.Unit+")", "share of steps (%)")
	lo, hi := list[0].Seconds/unit.Factor, at(0.999)/unit.Factor
	room := 0.03 * (hi - lo)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo-room, hi+room+1e-9, 0, 100
	p.Add(grid{y: true})
	for _, share := range []float64{0.5, 0.9, 0.99} {
		p.Add(rule{value: at(share) / unit.Factor, vertical: true, style: dashed(slate, 0.75)})
	}
	points, sum := []xy{{p.X.Min, 0}}, 0.0
	for _, s := range list {
		x := s.Seconds / unit.Factor
		before := 100 * sum / total
		sum += float64(s.Count)
		f.table.add(strconv.FormatFloat(s.Seconds, 'g', 9, 64), strconv.FormatInt(s.Count, 10), strconv.FormatFloat(sum/total, 'f', 6, 64))
		if x <= p.X.Max {
			points = append(points, xy{x, before}, xy{x, 100 * sum / total})
		}
	}
	p.Add(line{points: append(points, xy{p.X.Max, points[len(points)-1].Y}), style: solid(blue, 1.2)})
	f.panels = []panel{{plot: p, height: 170}}
	return f
}
