package report

import (
	"testing"

	"trainsim/sim/results"
)

// Figures of feeds tell the peak of the site and where most supplies work; without
// feeds there are none.
func TestFeeds(t *testing.T) {
	r := swingingRun()
	for _, draw := range ofFeeds {
		if f := draw(r); f != nil {
			t.Errorf("%s is drawn of nothing", f.name)
		}
	}
	total := *r.Find("power_total", "mains")
	total.Name, total.Part = "power_level", "site"
	r.Series = append(r.Series, total)
	r.Summary.Feeds = &results.Feeds{
		Levels:      []results.FeedLevel{{Name: "site", Feeds: 1, LimitW: 650, PeakW: 700}},
		Supplies:    []results.SupplyUse{{Hosts: 7, Live: 6, Load: 0.42, PeakLoad: 0.5, Efficiency: 0.955}, {Hosts: 1, Live: 3, Load: 0.85, PeakLoad: 1.2, Efficiency: 0.925}},
		SupplyCurve: []results.SupplyPoint{{Load: 0.5, Efficiency: 0.96}, {Load: 1, Efficiency: 0.91}},
	}
	for name, want := range map[string]string{"power-levels": "square: the site draws up to 700 W", "supplies": "square: supplies 42 % loaded, 96 % efficient"} {
		f := named(t, r, name)
		if f.title != want {
			t.Errorf("%s: %s", name, f.title)
		}
		if _, err := f.svg(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	points := curvePoints(r.Summary.Feeds.SupplyCurve, 1.2) // falls by 5 % in half a rating
	if first, last := points[0], points[len(points)-1]; first.Y != 96 || last.X != 120 || last.Y < 88.99 || last.Y > 89.01 {
		t.Errorf("curve from %v to %v", first, last)
	}
}
