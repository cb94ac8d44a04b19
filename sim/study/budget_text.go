package study

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"trainsim/sim/budget"
	"trainsim/sim/results"
)

// maxTakes bounds what Text names of a gap.
const maxTakes = 4

// Text returns the budget for a terminal, in sentences and tables that can be
// read aloud.
func (b *Budget) Text() string {
	var w strings.Builder
	b.textRun(&w)
	b.textMoney(&w)
	b.textAffordable(&w)
	b.textGrowth(&w)
	b.textBeside(&w)
	return w.String()
}

func (b *Budget) textRun(w *strings.Builder) {
	e := &b.ClosedForm
	if b.Title != "" {
		fmt.Fprintf(w, "%s\n", b.Title)
	}
	fmt.Fprintf(w, "%s parameters%s on %s tokens, %s a parameter\n\n", short(results.HumanCount(e.Params)), active(e),
		short(results.HumanCount(e.Tokens)), short(results.ThreeDigits(e.TokensPerParam)))
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "  %-10s %s\n", name, fmt.Sprintf(format, args...))
	}
	line("compute", "%s FLOP, 6 per active parameter and token; %s", power10(e.FLOP), lawText(e))
	line("tokens", "compute-optimal are %s (Hoffmann et al., table 3)", results.HumanCount(e.ChinchillaTokens))
	line("GPU hours", "%s on %s at MFU %s%s", results.HumanCount(e.GPUHours), b.GPU, results.Percent(e.MFU), goodputText(e))
	line("GPUs", "%s for %s%s", results.HumanCount(e.GPUs), results.HumanTime(e.Days*86400), orderText(e))
	line("memory", "%sB of weights, gradients and optimizer: at least %s, activations apart", results.WithPrefix(e.StateBytes, ""),
		plural(e.LeastGPUs, "GPU"))
	line("power", "%s in the mean, %s rated", results.WithPrefix(e.PowerW, "W"), results.WithPrefix(e.RatedPowerW, "W"))
	line("", "%s W per GPU (%s)", figures(e.PowerPerGPUW, 4), b.boundaryText())
	line("energy", "%s", results.WithPrefix(e.EnergyMWh*1e6, "Wh"))
	line("carbon", "%s of CO2 equivalent from electricity at %s g/kWh, %s from making the hardware", results.Tonnes(e.OperationalTCO2e),
		results.ThreeDigits(1000*e.IntensityKgPerKWh), results.Tonnes(e.EmbodiedTCO2e))
	line("", "%s g per million tokens%s", results.ThreeDigits(e.GramsPerMTokens), stepCarbon(e))
}

func active(e *budget.Estimate) string {
	if e.ActiveParams == e.Params {
		return ""
	}
	return fmt.Sprintf(" (%s active)", short(results.HumanCount(e.ActiveParams)))
}

func stepCarbon(e *budget.Estimate) string {
	if e.KgPerStep == 0 {
		return ""
	}
	return ", " + results.Tonnes(e.KgPerStep/1000) + " per step"
}

// lawText says how far the run is from what its parameters are best trained with.
func lawText(e *budget.Estimate) string {
	if math.Abs(e.FLOP/e.OptimalFLOP-1) < 0.005 {
		return "as the law of 20 tokens a parameter"
	}
	return results.ThreeDigits(e.FLOP/e.OptimalFLOP) + " times the law of 20 tokens a parameter"
}

func goodputText(e *budget.Estimate) string {
	if e.Goodput == 1 {
		return ""
	}
	return ", goodput " + results.Percent(e.Goodput)
}

func orderText(e *budget.Estimate) string {
	if e.DaysFromOrder <= e.Days {
		return ""
	}
	return fmt.Sprintf("; %s from the order of the hardware to the end", results.HumanTime(e.DaysFromOrder*86400))
}

// boundaryText says what the power counts.
func (b *Budget) boundaryText() string {
	d := b.plan.Draw()
	switch b.ClosedForm.Boundary {
	case budget.Chip:
		return "chip: the limit of the GPU alone"
	case budget.Host:
		return fmt.Sprintf("host: %s W rated × load %s", figures(d.Server, 4), results.Percent(d.Load))
	}
	return fmt.Sprintf("facility: %s W rated × load %s × PUE %s", figures(d.Server, 4), results.Percent(d.Load), results.ThreeDigits(d.PUE))
}

// textMoney writes a row for each way to pay whose price is known.
func (b *Budget) textMoney(w *strings.Builder) {
	e := &b.ClosedForm
	step := b.plan.StepTokens
	lines := [][]string{{"  money", "total", "per GPU hour", "per million tokens"}}
	if step > 0 {
		lines[0] = append(lines[0], "per step")
	}
	row := func(name string, usd float64) {
		if usd <= 0 {
			return
		}
		cells := []string{name, results.Dollars(usd), results.Dollars(usd / e.GPUHours), results.Dollars(usd / e.Tokens * 1e6)}
		if step > 0 {
			cells = append(cells, results.Dollars(usd/e.Tokens*step))
		}
		lines = append(lines, cells)
	}
	row("  rent", e.Rent.USD)
	row("  own while it runs", e.Own.USD)
	if e.Own.USD > 0 {
		row("    hardware", e.HardwareUSD)
		row("    interconnect", e.InterconnectUSD)
		row("    electricity", e.ElectricityUSD)
	} else {
		row("  electricity alone", e.ElectricityUSD)
	}
	row("  buy the cluster", e.Buy.USD)
	w.WriteByte('\n')
	align(w, lines)
}

func (b *Budget) textAffordable(w *strings.Builder) {
	a := b.Affordable
	if a == nil {
		return
	}
	lines := [][]string{{"  what " + short(results.Dollars(a.USD)) + " trains in " + short(results.HumanTime(a.Days*86400)), "parameters", "tokens", "GPU hours", "this run takes"}}
	for _, l := range a.Ways {
		share := b.ClosedForm.Of(l.Way).USD / a.USD
		takes := results.Percent(share) + " of it"
		if share >= 10 {
			takes = times(share) + " it"
		}
		lines = append(lines, []string{"  " + wayText(l.Way), results.HumanCount(l.Params), results.HumanCount(l.Tokens), results.HumanCount(l.GPUHours), takes})
	}
	w.WriteByte('\n')
	align(w, lines)
	if len(a.Ways) == 0 {
		w.WriteString("  no price is known; give --price, or [prices] in the scenario\n")
	}
}

func wayText(w budget.Way) string {
	return map[budget.Way]string{budget.Rent: "rent", budget.Own: "own while it runs", budget.Buy: "buy the cluster"}[w]
}

func (b *Budget) textGrowth(w *strings.Builder) {
	g := b.Growth
	if g == nil {
		return
	}
	cost := "cost (" + string(g.Way) + ")"
	lines := [][]string{{"  year", "FLOP", cost, "power"}}
	for _, y := range g.Years {
		lines = append(lines, []string{"  " + g.year(y.Years), power10(y.FLOP), results.Dollars(y.USD), results.WithPrefix(y.PowerW, "W")})
	}
	fmt.Fprintf(w, "\n  if it grows as the largest runs do: compute %g, cost %g, power %g times a year\n", budget.ComputeGrowth, budget.CostGrowth, budget.PowerGrowth)
	align(w, lines)
	switch {
	case g.BudgetUSD == 0:
	case g.PassedAfter <= 0:
		fmt.Fprintf(w, "  %s is passed already\n", short(results.Dollars(g.BudgetUSD)))
	default:
		fmt.Fprintf(w, "  %s is passed %s\n", short(results.Dollars(g.BudgetUSD)), g.when())
	}
}

// year names the year so many after the first.
func (g *Growth) year(years float64) string {
	return strconv.FormatFloat(float64(g.From)+years, 'f', 0, 64)
}

func (g *Growth) when() string {
	if g.From == 0 {
		return "after " + results.ThreeDigits(g.PassedAfter) + " years"
	}
	return "in " + strconv.Itoa(g.From+int(math.Floor(g.PassedAfter)))
}

func (b *Budget) textBeside(w *strings.Builder) {
	s := b.Simulated
	if s == nil {
		return
	}
	lines := [][]string{{"  " + b.Scenario, "closed form", "simulated", "gap"}}
	for _, g := range s.Gaps {
		f := gapFigures[g.Figure]
		lines = append(lines, []string{"  " + f.name, f.text(g.ClosedForm), f.text(g.Simulated), fmt.Sprintf("%+.1f %%", 100*g.Gap)})
	}
	w.WriteByte('\n')
	align(w, lines)
	w.WriteString("  gap: how far the closed form is above (+) or below (-) the simulation\n")
	s.textTime(w, &b.ClosedForm)
	s.textEnergy(w)
}

// textTime tells what explains the gap in time.
func (s *Beside) textTime(w *strings.Builder, e *budget.Estimate) {
	fmt.Fprintf(w, "\n  time: on paper the run takes %s the GPU hours simulated: it has %s the FLOP, at an MFU of %s\n  where the simulation reaches %s.",
		times(s.Time.FLOPRatio*s.Time.MFURatio), times(s.Time.FLOPRatio), results.Percent(e.MFU), results.Percent(s.Run.MFU))
	fmt.Fprintf(w, " The rest of the peak goes, most of it, to\n  %s.\n", takesText(s.Time.Takes))
}

func takesText(list []results.Share) string {
	var parts []string
	for _, t := range list[:min(len(list), maxTakes)] {
		parts = append(parts, t.Name+" "+results.Percent(t.Share))
	}
	return strings.Join(parts, ", ")
}

// textEnergy tells what explains the gap in energy.
func (s *Beside) textEnergy(w *strings.Builder) {
	x := &s.Energy
	var parts []string
	for _, p := range x.Parts[:min(len(x.Parts), maxTakes)] {
		parts = append(parts, fmt.Sprintf("%s %s W", results.Words(p.Name), results.ThreeDigits(p.W)))
	}
	fmt.Fprintf(w, "  energy: %s the hours at %s the power. A GPU is limited to %s W and its server rated %s W a GPU;\n  simulated are, a GPU and before any PUE, %s.\n",
		times(x.TimeRatio), times(x.PowerRatio), figures(x.LimitW, 4), figures(x.RatedW, 4), strings.Join(parts, ", "))
}

// gapFigure is how a figure of a gap is written.
type gapFigure struct {
	name string
	text func(float64) string
}

var gapFigures = map[string]gapFigure{
	"flop":            {"FLOP", power10},
	"mfu":             {"MFU", results.Percent},
	"step_time_s":     {"step time", results.HumanTime},
	"gpu_hours":       {"GPU hours", results.HumanCount},
	"days":            {"time", func(v float64) string { return results.HumanTime(v * 86400) }},
	"power_per_gpu_w": {"power per GPU", func(v float64) string { return results.WithPrefix(v, "W") }},
	"energy_mwh":      {"energy", func(v float64) string { return results.WithPrefix(v*1e6, "Wh") }},
	"rent_usd":        {"rent", results.Dollars},
	"own_usd":         {"own while it runs", results.Dollars},
	"tco2e":           {"CO2 equivalent", results.Tonnes},
}

// power10 writes a large number as a planner does: 1.20e26.
func power10(v float64) string {
	return strings.Replace(strconv.FormatFloat(v, 'e', 2, 64), "e+", "e", 1)
}

// times writes a factor.
func times(v float64) string { return results.ThreeDigits(v) + " times" }

// short drops zeros at the end of a fraction: 1.00 trillion is 1 trillion.
func short(text string) string {
	number, unit, _ := strings.Cut(text, " ")
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return strings.TrimSpace(number + " " + unit)
}

func plural(n float64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return results.HumanCount(n) + " " + what + "s"
}
