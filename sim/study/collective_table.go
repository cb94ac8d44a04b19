package study

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Text returns the table for the terminal.
func (t *CollectiveTable) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s over %d ranks in %s, %s\n", t.Op, t.Ranks, count(t.Hosts, "host"), t.Network)
	if t.Skew > 1 {
		fmt.Fprintf(&b, "the busiest rank gets or sends %s times the mean\n", figures(t.Skew, 4))
	}
	fmt.Fprintf(&b, "ideal bus bandwidth, of the wires alone: %s GB/s\n\n", figures(t.IdealBus, 4))
	lines := [][]string{{"size (B)", "time (us)", "algbw (GB/s)", "busbw (GB/s)", "of ideal", "algorithm"}}
	for _, p := range t.Points {
		lines = append(lines, []string{strconv.FormatInt(p.Bytes, 10), fmt.Sprintf("%.2f", p.TimeUS),
			fmt.Sprintf("%.2f", p.AlgBW), fmt.Sprintf("%.2f", p.BusBW), fmt.Sprintf("%.1f %%", p.IdealPct), p.Algorithm})
	}
	align(&b, lines)
	return b.String()
}

// WriteCSV writes a row for each size.
func (t *CollectiveTable) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"op", "ranks", "hosts", "message_bytes", "time_us", "algbw_gb_per_s", "busbw_gb_per_s", "ideal_busbw_gb_per_s", "algorithm", "skew"}}
	for _, p := range t.Points {
		rows = append(rows, []string{t.Op, strconv.Itoa(t.Ranks), strconv.Itoa(t.Hosts), strconv.FormatInt(p.Bytes, 10),
			number(p.TimeUS), number(p.AlgBW), number(p.BusBW), number(t.IdealBus), p.Algorithm, number(t.Skew)})
	}
	return out.WriteAll(rows)
}
