package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"trainsim/sim/budget"
	"trainsim/sim/results"
)

// Text returns the levers for a terminal: each alone, then one after the other, then
// the declared models beyond the roadmap, then where the gains come from.
func (l *Levers) Text() string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s\n%s on %s tokens; cost: %s\n\n", firstOf(l.Title, l.Scenario), plural(float64(l.GPUs), l.GPU+" GPU"),
		short(results.HumanCount(l.Tokens)), wayText(l.Pay))
	l.textAlone(&w)
	l.textTogether(&w)
	l.textWhatIf(&w)
	l.textSources(&w)
	return w.String()
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// cells writes the figures of a run.
func (a *LeverRun) cells() []string {
	cost := "not known"
	if a.USD > 0 {
		cost = results.Dollars(a.USD)
	}
	return []string{results.HumanTime(a.Days * 86400), cost, results.WithPrefix(a.EnergyMWh*1e6, "Wh"), results.Tonnes(a.TCO2e)}
}

// main is the factor of the cost, or of the time where no price is known: then the
// factor of the cost says 1 for what is not known in either.
func (l *Levers) main(factors *LeverRun) string {
	f := factors.USD
	if l.Baseline.USD == 0 {
		f = factors.GPUHours
	}
	return fmt.Sprintf("%.3g", f)
}

func (l *Levers) head(title, factor string) []string {
	return []string{"  " + title, "how", "time", "cost", "energy", "CO2e", factor}
}

func (l *Levers) textAlone(w *strings.Builder) {
	lines := [][]string{l.head("each lever alone", "factor"), append(append([]string{"  baseline", ""}, l.Baseline.cells()...), "")}
	var refused [][2]string
	for _, r := range l.Rows {
		switch {
		case strings.HasSuffix(r.How, "what-if"):
		case r.Alone == nil:
			refused = append(refused, [2]string{r.Name, r.Refused})
		default:
			lines = append(lines, append(append([]string{"  " + r.Name, r.How}, r.Alone.cells()...), l.main(r.Factors)))
		}
	}
	align(w, lines)
	w.WriteString("  factor: cost of the baseline over that with the lever\n")
	textReasons(w, "not for this scenario", refused)
}

func (l *Levers) textTogether(w *strings.Builder) {
	lines := [][]string{append(l.head("one after the other", "factor"), "from before"), append(append([]string{"  baseline", ""}, l.Baseline.cells()...), "", "")}
	var left [][2]string
	for _, r := range l.Rows {
		switch {
		case strings.HasSuffix(r.How, "what-if"):
		case !r.Taken:
			left = append(left, [2]string{r.Name, r.NotTaken})
		default:
			lines = append(lines, append(append([]string{"  " + r.Name, r.How}, r.After.cells()...), l.main(l.Baseline.over(r.After)), l.main(r.FromBefore)))
		}
	}
	w.WriteByte('\n')
	align(w, lines)
	textReasons(w, "not taken", left)
}

func (l *Levers) textWhatIf(w *strings.Builder) {
	lines := [][]string{l.head("declared what-if models, no predictions", "factor")}
	for _, r := range l.Rows {
		if r.Alone != nil && strings.HasSuffix(r.How, "what-if") {
			lines = append(lines, append(append([]string{"  " + r.Name, "declared"}, r.Alone.cells()...), l.main(r.Factors)))
		}
	}
	if len(lines) > 1 {
		w.WriteByte('\n')
		align(w, lines)
	}
}

// textReasons lists names with a reason each.
func textReasons(w *strings.Builder, title string, list [][2]string) {
	for i, r := range list {
		if i == 0 {
			fmt.Fprintf(w, "  %s\n", title)
		}
		fmt.Fprintf(w, "    %s: %s\n", r[0], r[1])
	}
}

// textSources says of each lever what it changes and where its gain comes from.
func (l *Levers) textSources(w *strings.Builder) {
	w.WriteString("\n  where it comes from\n")
	for _, r := range l.Rows {
		fmt.Fprintf(w, "    %s (%s, %s): %s\n", r.Name, r.Roadmap, r.How, r.Source)
		if r.WorkHigh > 0 {
			fmt.Fprintf(w, "      published: GPU hours times %g to %g\n", r.WorkLow, r.WorkHigh)
		}
		if r.BreakEvenUSD > 0 && r.Alone != nil {
			fmt.Fprintf(w, "      costs what the baseline does at %s a GPU hour\n", results.Dollars(r.BreakEvenUSD))
		}
		if len(r.Changes) > 0 {
			fmt.Fprintf(w, "      alone: %s\n", strings.Join(r.Changes, ", "))
		}
		if len(r.StepChange) > 0 && strings.Join(r.StepChange, ", ") != strings.Join(r.Changes, ", ") {
			fmt.Fprintf(w, "      after the others: %s\n", strings.Join(r.StepChange, ", "))
		}
	}
}

// WriteCSV writes a row for the baseline and, of each lever, one alone and one after
// those before it.
func (l *Levers) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"lever", "roadmap", "how", "mode", "taken", "gpu_hours", "days", "usd", "energy_mwh", "tco2e",
		"usd_factor", "usd_factor_from_before", "reason", "source"}}
	add := func(r *Pulled, mode, reason string, run, factors, before *LeverRun) {
		g := func(of *LeverRun, f func(*LeverRun) float64) string {
			if of == nil {
				return ""
			}
			return strconv.FormatFloat(f(of), 'g', 9, 64)
		}
		usd := func(x *LeverRun) float64 { return x.USD }
		rows = append(rows, []string{r.Name, r.Roadmap, r.How, mode, strconv.FormatBool(r.Taken),
			g(run, func(x *LeverRun) float64 { return x.GPUHours }), g(run, func(x *LeverRun) float64 { return x.Days }), g(run, usd),
			g(run, func(x *LeverRun) float64 { return x.EnergyMWh }), g(run, func(x *LeverRun) float64 { return x.TCO2e }),
			g(factors, usd), g(before, usd), reason, r.Source})
	}
	add(&Pulled{Name: "baseline"}, "baseline", "", &l.Baseline, nil, nil)
	for i := range l.Rows {
		r := &l.Rows[i]
		add(r, "alone", r.Refused, r.Alone, r.Factors, nil)
		if r.After != nil || r.NotTaken != "" {
			var factors *LeverRun
			if r.After != nil {
				factors = l.Baseline.over(r.After)
			}
			add(r, "together", r.NotTaken, r.After, factors, r.FromBefore)
		}
	}
	return out.WriteAll(rows)
}

// PayWays are the words for ways to pay.
func PayWays() []string { return []string{string(budget.Rent), string(budget.Own), string(budget.Buy)} }
