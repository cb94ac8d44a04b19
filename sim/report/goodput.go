package report

import "trainsim/sim/results"

// goodput draws how wall clock shrinks to the time in steps that count: what each
// bucket takes.
func goodput(r *results.Run) *figure {
	t := r.Summary.Training
	if t == nil || t.CompletionTimeS <= 0 {
		return nil
	}
	lost := sorted(t.LostTimeS)
	list := []fall{{"wall clock", 0, 1, slate, quantity(timeScales, t.CompletionTimeS)}}
	at := 1.0
	for _, e := range lost {
		share := e.value / t.CompletionTimeS
		text := number(-100*share, 1) + " %, " + quantity(timeScales, e.value)
		if share < 5e-4 {
			at -= share
			continue
		}
		list = append(list, fall{results.Words(e.name), at, at - share, monthColor(e.name), text})
		at -= share
	}
	list = append(list, fall{"goodput", 0, t.Goodput, green, percent(t.Goodput)})
	f := &figure{
		name:  "goodput",
		title: headline(r, "goodput %s of %s", percent(t.Goodput), quantity(timeScales, t.CompletionTimeS)),
		lead:  "From wall clock to the time in steps that count, at the speed of a healthy job: what each cause takes.",
		note:  replicasIn(r) + " Buckets tile the wall clock; those below 0.05 % are left out.",
	}
	if len(lost) > 0 {
		f.lead += " Most is lost to " + results.Words(lost[0].name) + "."
	}
	f.addFalls("share of wall clock (%)", 122, list)
	return f
}
