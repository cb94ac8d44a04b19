package report

import (
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"

	"trainsim/sim/results"
)

// ofFailure are the buckets that a stop takes time in, in the order it does.
var ofFailure = []string{"wasted_progress", "detection", "infrastructure_recovery", "waiting_for_hosts", "program_startup",
	"accelerator_init", "checkpoint_restore", "data_loading"}

// perStop returns the seconds of a bucket that one stop takes, planned ones among
// them. The program also starts once without one.
func perStop(t *results.Training, bucket string) float64 {
	stops := t.Interruptions + t.PlannedStops
	switch bucket {
	case "program_startup", "accelerator_init", "data_loading":
		stops++
	}
	return t.LostTimeS[bucket] / stops
}

// failureCost draws what one unexpected stop costs, part by part.
func failureCost(r *results.Run) *figure {
	t := r.Summary.Training
	if t == nil || t.Interruptions == 0 {
		return nil
	}
	each := 0.0
	for _, b := range ofFailure {
		each += perStop(t, b)
	}
	cost := []string{quantity(axisTimes, each)}
	if t.EnergyPerFailureMWh > 0 {
		cost = append(cost, quantity([]scale{{1, "kWh"}, {1e3, "MWh"}}, t.EnergyPerFailureMWh*1e3))
	}
	if t.USDPerFailure > 0 {
		cost = append(cost, "$"+number(t.USDPerFailure, 0))
	}
	f := &figure{
		name:  "failure-cost",
		title: headline(r, "a stop costs %s", strings.Join(cost, ", ")),
		lead:  "Where the time of a stop goes: work lost, then one phase after another until steps run again.",
		note:  replicasIn(r) + " Time in these buckets over all stops, planned ones among them; energy and money are of unexpected ones.",
	}
	f.table.header = []string{"bucket", "seconds_per_stop"}
	unit := fit(axisTimes, each)
	chart := newBars("time (" + unit.Unit + ")")
	chart.rows = []string{"one stop"}
	for _, b := range ofFailure {
		s := perStop(t, b)
		if s <= 0 {
			continue
		}
		chart.add(results.Words(b), monthColor(b), []float64{s / unit.Factor})
		f.keys = append(f.keys, key{text: results.Words(b) + " " + quantity(axisTimes, s), color: solid(monthColor(b), 1)})
		f.table.add(b, strconv.FormatFloat(s, 'g', 6, 64))
	}
	p, _ := chart.plot()
	f.panels = []panel{{plot: p, height: vg.Length(60)}}
	return f
}
