package report

import (
	"fmt"
	"io"
	"strings"
)

// Levers is a run that gets cheaper lever by lever.
type Levers struct {
	Title string
	Pay   string // what the cost is
	Steps []LeverStep

	// By which factors levers that are simulated, and declared ones, lower the cost.
	Simulated, Declared float64
}

// LeverStep is the run with a lever and all before it; the first is the baseline.
type LeverStep struct {
	Name                  string
	Declared              bool // no simulation stands behind it
	Days, USD, MWh, TCO2e float64
}

// WriteLevers draws a waterfall of each figure, as a PNG image.
func WriteLevers(w io.Writer, l Levers) error { return levers(&l).writePNG(w) }

// leverFigure is one panel.
type leverFigure struct {
	name string
	of   func(s *LeverStep) float64
	text func(v float64) string
}

// levers draws how each lever lowers time, cost, energy and emissions.
func levers(l *Levers) *figure {
	f := &figure{
		name:  "levers",
		title: l.Title + ": " + l.finding(),
		lead:  "What is left of time, cost, energy and emissions of the run as one lever after the other is pulled, as a share of the baseline." + l.shares(),
		keys:  []key{{text: "simulated", color: solid(orange, 1)}, {text: "declared", color: solid(purple, 1)}, {text: "more than before", color: solid(vermillion, 1)}, {text: "all of it", color: solid(blue, 1)}},
		note:  "Declared gains are inputs with a source, not predictions; they may overlap with one another. Cost: " + l.Pay + ". Energy and emissions: the whole facility, and making the hardware.",
	}
	f.table.header = []string{"lever", "declared", "days", "usd", "mwh", "tco2e"}
	for _, s := range l.Steps {
		f.table.add(s.Name, fmt.Sprint(s.Declared), cell(s.Days), cell(s.USD), cell(s.MWh), cell(s.TCO2e))
	}
	for _, x := range []leverFigure{
		{"time", func(s *LeverStep) float64 { return s.Days }, func(v float64) string { return figures3(v) + " d" }},
		{"cost", func(s *LeverStep) float64 { return s.USD }, money},
		{"energy", func(s *LeverStep) float64 { return s.MWh }, func(v float64) string { return figures3(v) + " MWh" }},
		{"emissions", func(s *LeverStep) float64 { return s.TCO2e }, func(v float64) string { return figures3(v) + " t CO2e" }},
	} {
		if list := l.falls(x); list != nil {
			p := fallsPanel(x.name+", share of the baseline (%)", 125, 12, list)
			p.title = x.name
			f.panels = append(f.panels, p)
		}
	}
	return f
}

// falls returns the bars of one figure, nil where it is not known.
func (l *Levers) falls(x leverFigure) []fall {
	base := x.of(&l.Steps[0])
	if base <= 0 {
		return nil
	}
	list := []fall{{"baseline", 0, 1, slate, x.text(base)}}
	at := 1.0
	for i := range l.Steps[1:] {
		s := &l.Steps[i+1]
		to, c := x.of(s)/base, orange
		switch {
		case to > at:
			c = vermillion
		case s.Declared:
			c = purple
		}
		list = append(list, fall{s.Name, at, to, c, strings.TrimSpace("x " + figures3(to/at))})
		at = to
	}
	return append(list, fall{"together", 0, at, blue, x.text(at * base)})
}

// shares says what of the gain stands on simulations.
func (l *Levers) shares() string {
	if l.Simulated == 0 {
		return ""
	}
	return fmt.Sprintf(" Simulated levers give a factor of %s, declared ones %s.", figures3(l.Simulated), figures3(l.Declared))
}

// finding says what all levers give.
func (l *Levers) finding() string {
	first, last := &l.Steps[0], &l.Steps[len(l.Steps)-1]
	if first.USD > 0 && last.USD > 0 {
		return fmt.Sprintf("%s becomes %s, %s times less", money(first.USD), money(last.USD), figures3(first.USD/last.USD))
	}
	return fmt.Sprintf("%s days become %s", figures3(first.Days), figures3(last.Days))
}
