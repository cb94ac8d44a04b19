package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
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

// factor writes the factor of the figure that the study is about.
func (l *Levers) factor(factors *LeverRun) string { return fmt.Sprintf("%.3g", l.Main(factors)) }

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
			lines = append(lines, append(append([]string{"  " + r.Name, r.How}, r.Alone.cells()...), l.factor(r.Factors)))
		}
	}
	align(w, lines)
	w.WriteString("  factor: cost of the baseline over that with the lever\n")
	textReasons(w, "not for this scenario", refused)
}

func (l *Levers) textTogether(w *strings.Builder) {
	lines := [][]string{append(l.head("one after the other", "factor"), "from before"), append(append([]string{"  baseline", ""}, l.Baseline.cells()...), "", "")}
	for _, r := range l.Steps() {
		lines = append(lines, append(append([]string{"  " + r.Name, r.How}, r.After.cells()...), l.factor(l.Baseline.over(r.After)), l.factor(r.FromBefore)))
	}
	var left [][2]string
	for _, r := range l.Rows {
		if !r.Taken && !strings.HasSuffix(r.How, "what-if") {
			left = append(left, [2]string{r.Name, r.NotTaken})
		}
	}
	w.WriteByte('\n')
	align(w, lines)
	l.textShares(w)
	textReasons(w, "not taken", left)
}

// textShares says what of the gain stands on simulations, and which levers are taken
// for another figure than that of the factors.
func (l *Levers) textShares(w *strings.Builder) {
	simulated, declared := l.Shares(l.Main)
	if len(l.Steps()) > 0 {
		fmt.Fprintf(w, "  of the factor of %s, levers that are simulated give %.3g, and declared ones, which are inputs, %.3g\n",
			l.factor(l.Baseline.over(&l.Together)), simulated, declared)
	}
	for _, r := range l.Steps() {
		if l.Main(r.FromBefore) < 1 {
			fmt.Fprintf(w, "  %s: taken since it lowers %s\n", r.Name, lowersText[r.Lowers])
		}
	}
}

func (l *Levers) textWhatIf(w *strings.Builder) {
	lines := [][]string{l.head("declared what-if models, no predictions", "factor")}
	for _, r := range l.Rows {
		if r.Alone != nil && strings.HasSuffix(r.How, "what-if") {
			lines = append(lines, append(append([]string{"  " + r.Name, "declared"}, r.Alone.cells()...), l.factor(r.Factors)))
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
			fmt.Fprintf(w, "      alone: %s\n", changed(r.Changes))
		}
		if len(r.StepChange) > 0 && strings.Join(r.StepChange, ", ") != strings.Join(r.Changes, ", ") {
			fmt.Fprintf(w, "      after the others: %s\n", changed(r.StepChange))
		}
	}
}

// changed writes overrides, long lists of them with runs of one number counted:
// [1, 62 × 2, 1].
func changed(set []string) string {
	list := slices.Clone(set)
	for i, s := range list {
		key, value, _ := strings.Cut(s, "=[")
		if items := strings.Split(strings.TrimSuffix(value, "]"), ", "); len(items) > 16 {
			list[i] = key + "=[" + strings.Join(runsOf(items), ", ") + "]"
		}
	}
	return strings.Join(list, ", ")
}

// runsOf counts what is repeated.
func runsOf(items []string) (list []string) {
	for i := 0; i < len(items); {
		n := 1
		for i+n < len(items) && items[i+n] == items[i] {
			n++
		}
		if n == 1 {
			list = append(list, items[i])
		} else {
			list = append(list, fmt.Sprintf("%d × %s", n, items[i]))
		}
		i += n
	}
	return list
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
