package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"trainsim/sim/scenario"
)

// oneLine folds an error of several lines into one.
func oneLine(err error) string {
	return strings.Join(strings.Split(strings.TrimSpace(err.Error()), "\n"), "; ")
}

// Text returns the comparison for the terminal: a line per simulated row, what
// was assumed, what was skipped and why, and the errors over all rows.
func (v *Validation) Text() string {
	var b strings.Builder
	v.comparison(&b)
	v.list(&b, "assumed", func(o *Outcome) []string { return o.Assumed })
	v.list(&b, "skipped", func(o *Outcome) []string {
		if o.Reason == "" {
			return nil
		}
		return []string{o.Reason}
	})
	fmt.Fprintf(&b, "%d of %s simulated, %d skipped\n", v.Simulated, count(len(v.Rows), "row"), v.Skipped)
	if v.Simulated == 0 {
		b.WriteString("No row could be simulated, so nothing was compared; the reasons stand above.\n")
	} else {
		fmt.Fprintf(&b, "step time: mean absolute error %.1f %%, median %.1f %%, largest %.1f %%, bias %+.1f %%\n",
			v.MeanAbsErrorPct, v.MedianAbsErrorPct, v.MaxAbsErrorPct, v.BiasPct)
	}
	return b.String()
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// comparison writes the table of predicted and measured values.
func (v *Validation) comparison(b *strings.Builder) {
	if v.Simulated == 0 {
		return
	}
	lines := [][]string{{"id", "predicted", "measured", "error", "memory", "measured"}}
	for _, o := range v.Rows {
		if o.Status != StatusOK {
			continue
		}
		lines = append(lines, []string{
			o.ID, seconds(o.PredictedS), seconds(o.MeasuredS), fmt.Sprintf("%+.1f %%", o.ErrorPct),
			gibibytes(o.PredictedMemGiB), gibibytes(o.MeasuredMemGiB),
		})
	}
	align(b, lines)
	b.WriteByte('\n')
}

// seconds and gibibytes write four and three digits that matter.
func seconds(s float64) string { return figures(s, 4) + " s" }

func gibibytes(g float64) string {
	if g == 0 {
		return "–"
	}
	return figures(g, 3) + " GiB"
}

// figures writes v with so many digits that matter, and every digit of larger
// numbers: 12,800,000 rather than 1.28e+07.
func figures(v float64, digits int) string {
	if v >= math.Pow10(digits)-0.5 { // also what rounds up to it
		return scenario.Grouped(math.Round(v))
	}
	return strconv.FormatFloat(v, 'g', digits, 64)
}

// align writes lines with the first column to the left, the others to the right.
func align(b *strings.Builder, lines [][]string) {
	width := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, cell := range l {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, l := range lines {
		for i, cell := range l {
			fill := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			switch {
			case i == 0:
				b.WriteString(cell + fill)
			default:
				b.WriteString("  " + fill + cell)
			}
		}
		b.WriteByte('\n')
	}
}

// list writes each distinct text once, in the order of first appearance, with
// the rows it is true of: one by its name, more as a count.
func (v *Validation) list(b *strings.Builder, title string, texts func(*Outcome) []string) {
	type entry struct {
		text, first string
		rows        int
	}
	var entries []entry
	at := map[string]int{}
	for i := range v.Rows {
		for _, t := range texts(&v.Rows[i]) {
			if _, ok := at[t]; !ok {
				at[t] = len(entries)
				entries = append(entries, entry{text: t, first: v.Rows[i].ID})
			}
			entries[at[t]].rows++
		}
	}
	if len(entries) == 0 {
		return
	}
	lines := make([][]string, 0, len(entries))
	for _, e := range entries {
		who := count(e.rows, "row")
		if e.rows == 1 {
			who = e.first
		}
		lines = append(lines, []string{"  " + who, e.text})
	}
	b.WriteString(title + "\n")
	width := 0
	for _, l := range lines {
		width = max(width, utf8.RuneCountInString(l[0]))
	}
	for _, l := range lines {
		b.WriteString(l[0] + strings.Repeat(" ", width-utf8.RuneCountInString(l[0])) + "  " + l[1] + "\n")
	}
	b.WriteByte('\n')
}

// csvHeader are the columns that WriteCSV writes.
var csvHeader = []string{
	"id", "status", "predicted_s", "measured_s", "error_pct", "predicted_mem_gib", "measured_mem_gib", "assumed", "reason",
}

// WriteCSV writes the comparison as a table, one row for each measured run.
// What was assumed is joined by "; ".
func (v *Validation) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHeader); err != nil {
		return err
	}
	for _, o := range v.Rows {
		errorPct := ""
		if o.Status == StatusOK {
			errorPct = strconv.FormatFloat(o.ErrorPct, 'f', 3, 64)
		}
		err := out.Write([]string{
			o.ID, o.Status, number(o.PredictedS), number(o.MeasuredS), errorPct,
			number(o.PredictedMemGiB), number(o.MeasuredMemGiB), strings.Join(o.Assumed, "; "), o.Reason,
		})
		if err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// number writes a value with six digits that matter, and nothing for 0, which
// stands for a value that is not known.
func number(v float64) string {
	if v == 0 {
		return ""
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
