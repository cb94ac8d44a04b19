package study

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/network"
)

// CollectiveOutcome compares one measured collective with its simulation.
type CollectiveOutcome struct {
	ID          string  `json:"id"`
	Status      string  `json:"status"` // ok or skipped
	PredictedUS float64 `json:"predicted_us,omitempty"`
	MeasuredUS  float64 `json:"measured_us,omitempty"`
	ErrorPct    float64 `json:"error_pct"` // (predicted − measured)/measured; 0 where skipped
	Reason      string  `json:"reason,omitempty"`

	system     string
	collective string
	bytes      int64
}

// CollectiveSystem sums up the rows of one fabric and collective. A median that
// has no rows is −1.
type CollectiveSystem struct {
	System      string  `json:"system"`
	Collective  string  `json:"collective"`
	Rows        int     `json:"rows"`
	SmallFactor float64 `json:"worst_factor_to_64kib"`           // the worst of predicted over measured or its inverse; 0: no rows
	MedianPct   float64 `json:"median_abs_error_pct_from_1mib"`  // |error|
	LargePct    float64 `json:"median_abs_error_pct_from_64mib"` // |error|
	BiasPct     float64 `json:"median_error_pct_from_1mib"`      // signed
}

// CollectiveComparison is a table of measured collectives beside simulated ones.
type CollectiveComparison struct {
	Rows    []CollectiveOutcome `json:"rows"`
	Systems []CollectiveSystem  `json:"systems"` // in order of first appearance
	Skipped int                 `json:"skipped"`
}

// CompareCollectives simulates every measured collective that it can, each on
// the preset that its part and NICs name. done is called after each.
func CompareCollectives(ctx context.Context, rows []MeasuredCollective, done func()) (*CollectiveComparison, error) {
	c := &CollectiveComparison{}
	for i := range rows {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		c.Rows = append(c.Rows, compareCollective(ctx, &rows[i]))
		done()
	}
	c.sum()
	return c, nil
}

func compareCollective(ctx context.Context, m *MeasuredCollective) CollectiveOutcome {
	o := CollectiveOutcome{ID: m.ID, Status: StatusSkipped, MeasuredUS: m.TimeUS, collective: m.Collective, bytes: m.Bytes}
	if err := m.resolve(); err != nil {
		o.Reason = err.Error()
		return o
	}
	op, _ := network.CollectiveByName(m.Collective)
	o.MeasuredUS = m.measured(op).Seconds() * 1e6
	took, err := m.simulate(ctx)
	if err != nil {
		o.Reason = oneLine(err)
		return o
	}
	o.Status, o.system = StatusOK, m.system
	o.PredictedUS = took.Seconds() * 1e6
	o.ErrorPct = 100 * (o.PredictedUS - o.MeasuredUS) / o.MeasuredUS
	return o
}

// sum fills in the medians of each system.
func (c *CollectiveComparison) sum() {
	type key struct{ system, collective string }
	at := map[key]int{}
	var errors [][]CollectiveOutcome
	for _, o := range c.Rows {
		if o.Status != StatusOK {
			c.Skipped++
			continue
		}
		k := key{o.system, o.collective}
		i, ok := at[k]
		if !ok {
			i = len(c.Systems)
			at[k] = i
			c.Systems = append(c.Systems, CollectiveSystem{System: o.system, Collective: o.collective})
			errors = append(errors, nil)
		}
		errors[i] = append(errors[i], o)
	}
	for i := range c.Systems {
		c.Systems[i].sum(errors[i])
	}
}

func (s *CollectiveSystem) sum(rows []CollectiveOutcome) {
	s.Rows = len(rows)
	var all, large, signed []float64
	for _, o := range rows {
		if o.bytes <= 64<<10 {
			ratio := o.PredictedUS / o.MeasuredUS
			s.SmallFactor = max(s.SmallFactor, ratio, 1/ratio)
		}
		if o.bytes >= 1<<20 {
			all, signed = append(all, math.Abs(o.ErrorPct)), append(signed, o.ErrorPct)
		}
		if o.bytes >= 64<<20 {
			large = append(large, math.Abs(o.ErrorPct))
		}
	}
	s.MedianPct, s.LargePct, s.BiasPct = median(all), median(large), median(signed)
}

// median returns the median, sorting in place, or −1 of nothing.
func median(v []float64) float64 {
	if len(v) == 0 {
		return -1
	}
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// Text returns the medians for the terminal, and why rows were skipped.
func (c *CollectiveComparison) Text() string {
	var b strings.Builder
	pct := func(v float64) string {
		if v < 0 {
			return "–"
		}
		return fmt.Sprintf("%.1f %%", v)
	}
	lines := [][]string{{"system", "collective", "rows", "≤ 64 KiB, worst", "≥ 1 MiB, median", "≥ 64 MiB, median"}}
	for _, s := range c.Systems {
		small := "–"
		if s.SmallFactor > 0 {
			small = fmt.Sprintf("× %.2f", s.SmallFactor)
		}
		lines = append(lines, []string{s.System, s.Collective, strconv.Itoa(s.Rows), small, pct(s.MedianPct), pct(s.LargePct)})
	}
	if len(c.Systems) > 0 {
		b.WriteString("error of the time, predicted against measured\n")
		align(&b, lines)
		b.WriteByte('\n')
	}
	var reasons []string
	for _, o := range c.Rows {
		if o.Reason != "" && !slices.Contains(reasons, o.Reason) {
			reasons = append(reasons, o.Reason)
		}
	}
	for _, r := range reasons {
		n := 0
		for _, o := range c.Rows {
			if o.Reason == r {
				n++
			}
		}
		fmt.Fprintf(&b, "skipped %s: %s\n", count(n, "row"), r)
	}
	fmt.Fprintf(&b, "%d of %s simulated, %d skipped\n", len(c.Rows)-c.Skipped, count(len(c.Rows), "row"), c.Skipped)
	return b.String()
}

// WriteCSV writes the comparison, one row for each measured collective.
func (c *CollectiveComparison) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"id", "status", "predicted_us", "measured_us", "error_pct", "reason"}}
	for _, o := range c.Rows {
		errorPct := ""
		if o.Status == StatusOK {
			errorPct = strconv.FormatFloat(o.ErrorPct, 'f', 3, 64)
		}
		rows = append(rows, []string{o.ID, o.Status, number(o.PredictedUS), number(o.MeasuredUS), errorPct, o.Reason})
	}
	return out.WriteAll(rows)
}
