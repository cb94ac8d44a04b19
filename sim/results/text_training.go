package results

import (
	"fmt"
	"strings"
)

// maxCauses bounds the causes of failure that Text names.
const maxCauses = 6

// text tells of the whole run.
func (r *Training) text(t *textTable) {
	of := "one replica"
	if r.Replicas > 1 {
		of = fmt.Sprintf("mean of %s replicas, with 95 %% confidence intervals", commas(int64(r.Replicas)))
	}
	fmt.Fprintf(&t.b, "\n  the run: %s\n", of)
	r.textTime(t)
	r.textStops(t)
	r.textCheckpoints(t)
	r.textHosts(t)
	var all, wasted float64
	for _, e := range descending(r.RunEnergyMWh) {
		all += e.value
		if e.key != "productive" {
			wasted += e.value
		}
	}
	t.line("energy", "%s, %s of it beside productive steps", withPrefix(all*1e6, "Wh"), withPrefix(wasted*1e6, "Wh"))
	t.bars("where the time of the run goes", r.RunTimeS)
}

func (r *Training) textTime(t *textTable) {
	t.line("takes", "%s%s for %s steps; as many healthy steps alone: %s", humanTime(r.CompletionTimeS),
		r.interval(humanTime, r.CompletionTimeSLow, r.CompletionTimeSHigh), humanCount(r.StepsDone), humanTime(r.IdealTimeS))
	t.line("goodput", "%s%s of the time in healthy steps that count", percent(r.Goodput), r.interval(percent, r.GoodputLow, r.GoodputHigh))
	closed := ""
	if r.ClosedFormETTR > 0 {
		closed = "; closed form, stops alone: " + percent(r.ClosedFormETTR)
	}
	t.line("ETTR", "%s%s, in steps that count, slow ones too%s", percent(r.ETTR), r.interval(percent, r.ETTRLow, r.ETTRHigh), closed)
}

func (r *Training) textStops(t *textTable) {
	stops := humanCount(r.Interruptions) + " unexpected" + r.interval(humanCount, r.InterruptionsLow, r.InterruptionsHigh)
	if r.Interruptions > 0 {
		stops += ", one in " + humanTime(r.CompletionTimeS/r.Interruptions)
	}
	if r.PlannedStops > 0 {
		stops += "; " + humanCount(r.PlannedStops) + " planned"
	}
	t.line("stops", "%s", stops)
	if causes := counts(r.Failures); causes != "" {
		t.line("failures", "%s", causes)
	}
	if lost := sum(r.LostByCauseS); lost > 0 && r.Interruptions > 0 {
		cost := []string{humanTime(lost / r.Interruptions)}
		if r.EnergyPerFailureMWh > 0 {
			cost = append(cost, withPrefix(r.EnergyPerFailureMWh*1e6, "Wh"))
		}
		if r.USDPerFailure > 0 {
			cost = append(cost, "$"+threeDigits(r.USDPerFailure))
		}
		t.line("", "an unexpected stop costs %s", strings.Join(cost, ", "))
	}
}

func (r *Training) textCheckpoints(t *textTable) {
	if r.CheckpointSteps == 0 {
		t.line("checkpoints", "none")
		return
	}
	t.line("checkpoints", "%s, one after %s of work (%s)", humanCount(r.Checkpoints), humanTime(r.CheckpointIntervalS),
		plural(r.CheckpointSteps, "step", "steps"))
	if r.ExactIntervalS > 0 {
		t.line("", "best interval: %s; Young %s, Daly %s", humanTime(r.ExactIntervalS), humanTime(r.YoungIntervalS), humanTime(r.DalyIntervalS))
	}
}

func (r *Training) textHosts(t *textTable) {
	hosts := []string{humanCount(r.Replacements) + " replaced"}
	if r.Retired > 0 {
		hosts = append(hosts, humanCount(r.Retired)+" retired")
	}
	t.line("hosts", "%s; fewest spares left: %d", strings.Join(hosts, ", "), r.LeastSpares)
	if r.Episodes > 0 {
		t.line("stragglers", "%s parts became slow, %s hosts evicted for it", humanCount(r.Episodes), humanCount(r.Evictions))
	}
	if r.HealthStates > 1 {
		t.line("", "%s states of health, simulated once each", commas(int64(r.HealthStates)))
	}
}

// interval writes bounds in brackets where there are several replicas.
func (r *Training) interval(format func(float64) string, low, high float64) string {
	if r.Replicas < 2 {
		return ""
	}
	return " (" + format(low) + " to " + format(high) + ")"
}

// counts names the most frequent of some things.
func counts(m map[string]float64) string {
	list := descending(m)
	var out []string
	rest := 0.0
	for i, e := range list {
		if i < maxCauses {
			out = append(out, words(e.key)+" "+humanCount(e.value))
		} else {
			rest += e.value
		}
	}
	if rest > 0 {
		out = append(out, "others "+humanCount(rest))
	}
	return strings.Join(out, ", ")
}
