package report

import "testing"

// Bars fall from the baseline to what all levers leave, and tell what is declared and
// what rises.
func TestLeverFalls(t *testing.T) {
	l := Levers{Title: "a run", Pay: "rent", Steps: []LeverStep{{Name: "baseline", Days: 100}, {Name: "a", Days: 50}, {Name: "b", Declared: true, Days: 10}, {Name: "c", Days: 20}}}
	f := levers(&l)
	if len(f.panels) != 1 || f.title != "a run: 100 days become 20.0" {
		t.Errorf("%d panels, title %s", len(f.panels), f.title)
	}
	list := l.falls(leverFigure{"time", func(s *LeverStep) float64 { return s.Days }, money})
	if len(list) != 5 || list[1].color != orange || list[2].color != purple || list[3].color != vermillion || list[4].to != 0.2 || list[2].from != 0.5 {
		t.Errorf("%+v", list)
	}
}
