package report

import (
	"strconv"

	"trainsim/sim/results"
)

// causes draws what each cause of slow steps takes: without it, and with it alone.
func causes(r *results.Run) *figure {
	list := r.Months.Causes
	if len(list) == 0 {
		return nil
	}
	most := list[0]
	for _, c := range list {
		if c.Removed > most.Removed {
			most = c
		}
	}
	f := &figure{
		name:  "attribution",
		title: headline(r, "%s explains %s of the slowdown", most.Name, percent(most.Removed)),
		lead:  "Share of what the step takes longer than its ideal, by cause: recovered when only this cause is removed, and added by this cause alone.",
		keys:  []key{{text: "recovered without it", color: solid(blue, 1)}, {text: "added by it alone", color: solid(orange, 1)}},
		note:  "Shares need not add up to 100 %: where two causes hide each other, removing one recovers little (arXiv 2505.05713).",
	}
	f.table.header = []string{"cause", "step_without_s", "step_alone_s", "removed_share", "added_share", "slowdown_alone"}
	removed, added := newBars("recovered (%)"), newBars("added (%)")
	var a, b []float64
	for _, c := range list {
		removed.rows, added.rows = append(removed.rows, c.Name), append(added.rows, c.Name)
		removed.ends, added.ends = append(removed.ends, percent(c.Removed)), append(added.ends, percent(c.Added))
		a, b = append(a, max(0, 100*c.Removed)), append(b, max(0, 100*c.Added))
		g := func(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
		f.table.add(c.Name, g(c.StepS), g(c.AloneS), g(c.Removed), g(c.Added), g(c.Slowdown))
	}
	removed.add("recovered", blue, a)
	added.add("added", orange, b)
	p, h := removed.plot()
	q, _ := added.plot()
	q.X.Max = max(p.X.Max, q.X.Max)
	p.X.Max = q.X.Max
	f.panels = []panel{{plot: p, title: "removed", height: h}, {plot: q, title: "alone", height: h}}
	return f
}
