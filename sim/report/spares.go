package report

import (
	"strconv"

	"trainsim/sim/results"
)

// spares draws the hosts outside the job over time.
func spares(r *results.Run) *figure {
	pool := r.Months.Pool
	if len(pool) < 2 || r.Summary.Training == nil {
		return nil
	}
	end := r.Months.Replicas[0].EndS
	unit := fitTime(end)
	x := make([]float64, len(pool)+1)
	ready, repair, lost := make([]float64, len(pool)), make([]float64, len(pool)), make([]float64, len(pool))
	most, most2, empty := 1.0, 0.0, 0.0
	f := &figure{name: "spares"}
	f.table.header = []string{"time_s", "spares", "in_repair", "replicas_lost"}
	x[len(pool)] = end / unit.Factor
	for i, p := range pool {
		x[i] = p.AtS / unit.Factor
		ready[i], repair[i], lost[i] = float64(p.Spares), float64(p.InRepair), float64(p.LostReplicas)
		most, most2 = max(most, ready[i], repair[i]), max(most2, lost[i])
		if p.Spares == 0 {
			next := end
			if i+1 < len(pool) {
				next = pool[i+1].AtS
			}
			empty += next - p.AtS
		}
		f.table.add(strconv.FormatFloat(p.AtS, 'f', 3, 64), strconv.Itoa(int(p.Spares)), strconv.Itoa(int(p.InRepair)), strconv.Itoa(int(p.LostReplicas)))
	}
	short := "always one left"
	if empty > 0 {
		short = "none for " + percent1(empty/end) + " of the time"
	}
	f.title = headline(r, "at least %d spares, %s", r.Summary.LeastSpares, short)
	if r.Summary.LeastSpares == 0 {
		f.title = headline(r, "spares run out, in the first replica for %s of the time", percent1(empty/end))
	}
	f.lead = "Hosts outside the job: spares that stand by, and hosts in repair. Where the spares reach 0 the next failure makes the job wait or shrink."
	f.keys = []key{{text: "spares", color: solid(blue, 1.2), cue: cueLine}, {text: "in repair", color: dashed(vermillion, 1), cue: cueDash}}
	f.note = firstReplica(r)
	if n := len(r.Months.Replicas); n > 1 {
		f.note += " The fewest spares are of all of them."
	}
	p := newPlot("time ("+unit.Unit+")", "hosts")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, end/unit.Factor, 0, most*1.05
	p.Add(grid{y: true}, line{points: stairs(x, repair), style: dashed(vermillion, 1)}, line{points: stairs(x, ready), style: solid(blue, 1.2)})
	f.panels = []panel{{plot: p, height: 150}}
	if most2 > 0 {
		q := newPlot("time ("+unit.Unit+")", "replicas missing")
		q.X.Min, q.X.Max, q.Y.Min, q.Y.Max = p.X.Min, p.X.Max, 0, most2*1.1
		q.Add(grid{y: true}, line{points: stairs(x, lost), style: solid(slate, 1.2)})
		f.panels = append(f.panels, panel{plot: q, title: "data-parallel replicas that the job runs without", height: 90})
	}
	return f
}
