package report

import (
	"bytes"
	"strings"
	"testing"

	"trainsim/sim/budget"
)

func TestGrowth(t *testing.T) {
	g := Growth{Title: "a run", From: 2024, BudgetUSD: 1e9, Years: budget.Project(3.8e25, 51.2e6, 17e6, 8)}
	f := growth(&g)
	if f.title != "a run: $1 billion is passed in 2027" || len(f.panels) != 2 || len(f.keys) != 3 || len(f.table.rows) != 9 {
		t.Errorf("%q, %d panels, %d keys, %d rows", f.title, len(f.panels), len(f.keys), len(f.table.rows))
	}
	if got := strings.Join(f.table.rows[1], " "); got != "1 1.748e+26 122880000 102400000 148480000 35700000" {
		t.Errorf("a year on: %s", got)
	}
	for _, c := range []struct {
		from   int
		budget float64
		want   string
	}{
		{0, 1e9, "$1 billion is passed after 3.39 years"}, {2024, 2.5e6, "$2.5 million is passed already"}, {0, 0, "$51.2 million now, $56.4 billion after 8 years"},
	} {
		g.From, g.BudgetUSD = c.from, c.budget
		if got := g.finding(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	var file bytes.Buffer
	if err := WriteGrowth(&file, g); err != nil {
		t.Fatal(err)
	}
	if file.Len() < 5000 {
		t.Errorf("%d bytes", file.Len())
	}
}
