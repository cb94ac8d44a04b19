package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"trainsim/sim/results"
)

// Text returns the table for a terminal, what is best, and what is missing.
func (s *Scan) Text() string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s\n\n", firstOf(s.Title, s.Scenario))
	if list := s.there(); len(list) > 0 {
		s.textTable(&w)
		s.textLeast(&w)
	}
	s.textMissing(&w)
	return w.String()
}

// columns returns the figures that the table tells.
func (s *Scan) columns() (list []figureColumn) {
	for _, c := range figureColumns {
		zero := func(f *Figures) float64 {
			if c.of(f) == 0 {
				return 0
			}
			return 1
		}
		known := s.varies(zero) || zero(s.Points[s.there()[0]].Figures) == 1
		if known && (!c.differing || s.differs(c)) {
			list = append(list, c)
		}
	}
	return list
}

// differs tells whether a figure says more than those beside it: the time of a
// token follows from that of the step where all steps have as many.
func (s *Scan) differs(c figureColumn) bool {
	if c.key == "s_per_million_tokens" {
		return !s.StepsAlike()
	}
	return s.varies(c.of)
}

func (s *Scan) textTable(w *strings.Builder) {
	columns := s.columns()
	var head []string
	for k, a := range s.Axes {
		if head = append(head, a.Key); k == 0 {
			head[0] = "    " + a.Key
		}
	}
	for _, c := range columns {
		head = append(head, c.head)
	}
	lines := [][]string{head}
	for _, i := range s.there() {
		p := &s.Points[i]
		mark := "    "
		if p.Frontier {
			mark = "  * "
		}
		line := append([]string{mark + p.Values[0]}, p.Values[1:]...)
		for _, c := range columns {
			text := "-"
			if v := c.of(p.Figures); v != 0 {
				text = c.text(v)
			}
			line = append(line, text)
		}
		for _, m := range s.metrics {
			text := "-"
			if v, ok := p.Metrics[m]; ok {
				text = figures(v, 4)
			}
			line = append(line, text)
		}
		lines = append(lines, line)
	}
	lines[0] = append(lines[0], s.metrics...)
	align(w, lines)
	w.WriteString("  * no other is faster by token and takes less energy; Mtok: a million tokens, with what the facility takes\n")
}

// textLeast says in words which points are best, and at what price.
func (s *Scan) textLeast(w *strings.Builder) {
	if len(s.Least) == 0 {
		return
	}
	fastest := s.Points[s.Least[0].Point].Figures
	lines := make([][3]string, len(s.Least))
	var width [2]int
	for k, l := range s.Least {
		f := s.Points[l.Point].Figures
		lines[k] = [3]string{leasts[slices.IndexFunc(leasts, func(x leastFigure) bool { return x.name == l.Figure })].text, s.valuesText(l.Values), ""}
		switch {
		case k == 0:
			lines[k][2] = timeText(f)
		case l.Figure == "kgco2e":
			lines[k][2] = results.ThreeDigits(f.Kilograms) + " kg a million tokens"
		case l.Figure == "rent_usd":
			lines[k][2] = results.Dollars(f.RentUSD) + " a million tokens"
		case l.Figure == "own_usd":
			lines[k][2] = results.Dollars(f.OwnUSD) + " a million tokens"
		case f != fastest:
			lines[k][2] = fmt.Sprintf("%s energy and %s time than the fastest", moreOrLess(f.SiteKWh, fastest.SiteKWh), moreOrLess(f.Seconds, fastest.Seconds))
		}
		for i := range width {
			width[i] = max(width[i], utf8.RuneCountInString(lines[k][i]))
		}
	}
	w.WriteByte('\n')
	for _, l := range lines {
		w.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %-*s  %s", width[0], l[0], width[1], l[1], l[2]), " ") + "\n")
	}
}

// moreOrLess compares a figure with a base: 7.2 % less, 3,580 % more.
func moreOrLess(v, base float64) string {
	if v < base {
		return figures(100*(1-v/base), 3) + " % less"
	}
	return figures(100*(v/base-1), 3) + " % more"
}

// Finding says in one line what the least energy costs in time, "" where nothing is
// known.
func (s *Scan) Finding() string {
	if len(s.Least) < 2 {
		return ""
	}
	fast, least := &s.Points[s.Least[0].Point], &s.Points[s.Least[1].Point]
	if fast == least {
		return s.valuesText(fast.Values) + " is fastest and takes the least energy"
	}
	return fmt.Sprintf("%s takes %s energy and %s time than %s", s.valuesText(least.Values), moreOrLess(least.SiteKWh, fast.SiteKWh),
		moreOrLess(least.Seconds, fast.Seconds), s.valuesText(fast.Values))
}

// StepsAlike tells whether the time of a step stands for that of its tokens: the steps
// of all points have as many, and nothing but steps is simulated.
func (s *Scan) StepsAlike() bool {
	first := s.Points[s.there()[0]].Figures
	return first.CompletionTimeS == 0 && !s.varies(func(f *Figures) float64 { return float64(f.TokensPerStep) })
}

// timeText tells the time of a point.
func timeText(f *Figures) string {
	if f.CompletionTimeS > 0 {
		return results.HumanTime(f.Seconds) + " a million tokens"
	}
	return results.HumanTime(f.StepTimeS) + " a step"
}

// valuesText names a point: by its value, or by its keys and values.
func (s *Scan) valuesText(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	var parts []string
	for k, v := range values {
		parts = append(parts, s.Axes[k].Key+" "+v)
	}
	return strings.Join(parts, ", ")
}

// textMissing lists the points that are not there, with a reason each.
func (s *Scan) textMissing(w *strings.Builder) {
	n := s.Missing()
	if n == 0 {
		return
	}
	if n < len(s.Points) {
		w.WriteByte('\n')
	}
	var reasons []string
	points := map[string][]string{} // by reason
	for i := range s.Points {
		p := &s.Points[i]
		if p.Figures != nil {
			continue
		}
		if points[p.Missing] == nil {
			reasons = append(reasons, p.Missing)
		}
		points[p.Missing] = append(points[p.Missing], s.valuesText(p.Values))
	}
	fmt.Fprintf(w, "  not simulated: %d of %s\n", n, count(len(s.Points), "point"))
	for _, r := range reasons {
		list := points[r]
		if more := len(list) - mostMissing; more > 0 {
			list = append(list[:mostMissing:mostMissing], fmt.Sprintf("%d more", more))
		}
		fmt.Fprintf(w, "    %s: %s\n", strings.Join(list, "; "), r)
	}
}

// mostMissing is how many points are named for one reason.
const mostMissing = 8

// WriteCSV writes a row for each point: its values, its figures, and why there are
// none.
func (s *Scan) WriteCSV(w io.Writer) error {
	var head []string
	for _, a := range s.Axes {
		head = append(head, a.Key)
	}
	for _, c := range figureColumns {
		head = append(head, c.key)
	}
	rows := [][]string{append(append(head, s.metrics...), "on_frontier", "missing")}
	for i := range s.Points {
		p := &s.Points[i]
		row := append([]string{}, p.Values...)
		f := p.Figures
		if f == nil {
			f = &Figures{}
		}
		for _, c := range figureColumns {
			row = append(row, digits(c.of(f)))
		}
		for _, m := range s.metrics {
			v, ok := f.Metrics[m]
			if !ok {
				v = math.NaN()
			}
			row = append(row, strings.TrimPrefix(strconv.FormatFloat(v, 'g', 9, 64), "NaN"))
		}
		rows = append(rows, append(row, strconv.FormatBool(f.Frontier), p.Missing))
	}
	return csv.NewWriter(w).WriteAll(rows)
}
