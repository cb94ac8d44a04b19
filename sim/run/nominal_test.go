package run

import "testing"

// TestNominal: steps of 10 s on a job whose healthy ones take 4 s are productive
// for 4 s each, and degraded for 6.
func TestNominal(t *testing.T) {
	s := base()
	s.Steps, s.Nominal = 100, 4*second
	o := simulate(t, s, 1)
	if o.Time[Productive] != 400*second || o.Time[Degraded] != 600*second || o.Time.Goodput() != 0.4 || o.Time.ETTR() != 1 {
		t.Errorf("books %v", o.Time)
	}
}
