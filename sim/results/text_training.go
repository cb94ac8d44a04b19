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
	r.textSupplies(t)
	var all, wasted float64
	for _, e := range descending(r.RunEnergyMWh) {
		all += e.value
		if e.key != "productive" {
			wasted += e.value
		}
	}
	t.line("energy", "%s, %s of it beside productive steps%s", WithPrefix(all*1e6, "Wh"), WithPrefix(wasted*1e6, "Wh"), r.wasted())
}

func (r *Training) textTime(t *textTable) {
	t.line("takes", "%s%s for %s steps; as many healthy steps alone: %s", HumanTime(r.CompletionTimeS),
		r.interval(HumanTime, r.CompletionTimeSLow, r.CompletionTimeSHigh), HumanCount(r.StepsDone), HumanTime(r.IdealTimeS))
	t.line("goodput", "%s%s of the time in healthy steps that count", Percent(r.Goodput), r.interval(Percent, r.GoodputLow, r.GoodputHigh))
	closed := ""
	if r.ClosedFormETTR > 0 {
		closed = "; closed form, stops alone: " + Percent(r.ClosedFormETTR)
	}
	t.line("ETTR", "%s%s, in steps that count, slow ones too%s", Percent(r.ETTR), r.interval(Percent, r.ETTRLow, r.ETTRHigh), closed)
}

func (r *Training) textStops(t *textTable) {
	stops := HumanCount(r.Interruptions) + " unexpected" + r.interval(HumanCount, r.InterruptionsLow, r.InterruptionsHigh)
	if r.Interruptions > 0 {
		stops += ", one in " + HumanTime(r.CompletionTimeS/r.Interruptions)
	}
	if r.PlannedStops > 0 {
		stops += "; " + HumanCount(r.PlannedStops) + " planned"
	}
	t.line("stops", "%s", stops)
	if causes := counts(r.Failures); causes != "" {
		t.line("failures", "%s", causes)
	}
	if r.LostPerFailureS > 0 {
		cost := []string{HumanTime(r.LostPerFailureS)}
		if r.EnergyPerFailureMWh > 0 {
			cost = append(cost, WithPrefix(r.EnergyPerFailureMWh*1e6, "Wh"))
		}
		if r.USDPerFailure > 0 {
			cost = append(cost, "$"+ThreeDigits(r.USDPerFailure))
		}
		t.line("", "an unexpected stop costs %s", strings.Join(cost, ", "))
	}
}

func (r *Training) textCheckpoints(t *textTable) {
	if r.CheckpointSteps == 0 {
		t.line("checkpoints", "none")
		return
	}
	t.line("checkpoints", "%s, one after %s of work (%s)", HumanCount(r.Checkpoints), HumanTime(r.CheckpointIntervalS),
		plural(r.CheckpointSteps, "step", "steps"))
	if r.ExactIntervalS > 0 {
		t.line("", "best interval: %s; Young %s, Daly %s", HumanTime(r.ExactIntervalS), HumanTime(r.YoungIntervalS), HumanTime(r.DalyIntervalS))
	}
}

func (r *Training) textHosts(t *textTable) {
	hosts := []string{HumanCount(r.Replacements) + " replaced"}
	if r.Retired > 0 {
		hosts = append(hosts, HumanCount(r.Retired)+" retired")
	}
	t.line("hosts", "%s; fewest spares left: %d", strings.Join(hosts, ", "), r.LeastSpares)
	if r.Episodes > 0 {
		t.line("stragglers", "%s parts became slow, %s hosts evicted for it", HumanCount(r.Episodes), HumanCount(r.Evictions))
	}
}

// textSupplies tells how long hosts were short of supplies.
func (r *Training) textSupplies(t *textTable) {
	if r.ShortOfSuppliesS == 0 {
		return
	}
	held := "which holds no step back"
	if r.HeldBackS > 0 {
		held = "steps are held back by it in " + Percent(r.HeldBackS/r.CompletionTimeS)
	}
	t.line("supplies", "a host lacks some in %s of the time; %s", Percent(r.ShortOfSuppliesS/r.CompletionTimeS), held)
}

// states tells how many steps were simulated, where there were several.
func (r *Training) states() string {
	if r == nil || r.HealthStates < 2 {
		return ""
	}
	return "; " + commas(int64(r.HealthStates)) + " states of health, simulated once each"
}

// interval writes bounds in brackets where they differ.
func (r *Training) interval(format func(float64) string, low, high float64) string {
	if low == high {
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
			out = append(out, Words(e.key)+" "+HumanCount(e.value))
		} else {
			rest += e.value
		}
	}
	if rest > 0 {
		out = append(out, "others "+HumanCount(rest))
	}
	return strings.Join(out, ", ")
}
