package report

import (
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/results"
)

// overTime is twoTiers with the rates of its links in four bins.
func overTime() *results.Run {
	r := twoTiers()
	r.End = 4e6
	for i, v := range [][]float64{{9e9, 9e9, 9e9, 9e9}, {0, 10e9, 5e9, 9.6e9}, {50e9, 0, 0, 0}} {
		l := &r.Summary.HottestLinks[i]
		l.CapacityGBPS = []float64{9, 10, 200}[i]
		r.Series = append(r.Series, results.SeriesData{Name: "link", Part: l.Name, Unit: "B/s", Width: engine.Millisecond, Values: v})
	}
	return r
}

// The table holds what the colours say, of links that are links.
func TestLinkHeatTable(t *testing.T) {
	f := linkHeat(overTime())
	var got []string
	for _, row := range append([][]string{f.table.header}, f.table.rows...) {
		got = append(got, strings.Join(row[1:], " "))
	}
	want := []string{"leaf_up[2] nvlink_up[0]", "0.000 0.250", "1.000 0.000", "0.500 0.000", "0.960 0.000"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if want := ": hottest link leaf_up[2] full 50 % of the time, idle 25 %"; f.title != want {
		t.Errorf("got %q, want %q", f.title, want)
	}
}

// A link that is never full is told by its most.
func TestLinkHeatOfQuietLinks(t *testing.T) {
	r := overTime()
	r.Series[1].Values = []float64{1e9, 0, 2e9, 1e9}
	if f := linkHeat(r); !strings.Contains(f.title, "leaf_up[2] never above 20 %, idle 25 %") {
		t.Errorf("got %q", f.title)
	}
}

// Without rates of links there is no figure.
func TestNoRatesNoLinkHeat(t *testing.T) {
	if linkHeat(twoTiers()) != nil {
		t.Error("a figure of nothing")
	}
}
