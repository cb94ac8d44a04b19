package study

import (
	"math"
	"testing"
)

func near(t *testing.T, what string, got, want, share float64) {
	t.Helper()
	if math.Abs(got/want-1) > share {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// A host takes as much of a MW of the site as it draws, by its PUE: at the peak of an
// instant, in the mean, and by three of six supplies of 3 kW at half of their load, where
// they are 96 % efficient. A feed that may be passed leaves room for more.
func TestRoomBelowAMegawatt(t *testing.T) {
	r := managedRun(t, "[site]\npue = 1.25\n")
	s := &r.Summary
	k := s.HostsPerMW
	if k == nil || s.HostsUnderLimit != nil {
		t.Fatalf("%+v, below a limit %+v", k, s.HostsUnderLimit)
	}
	switches := s.EnergyComponentsJ["switch"] / s.StepTimeS
	near(t, "by peak", k.Peak, 1e6/1.25/s.PeakPowerW, 1e-12)
	near(t, "by mean", k.Mean, 1e6/1.25/s.Mains.MeanW, 1e-12)
	near(t, "by rating", k.Rating, 1e6/1.25/(3*3000/0.96+switches), 1e-9)
	near(t, "at 99.9 %", k.P999, 1e6/1.25/s.Mains.P999W, 1e-12)
	near(t, "at 99 %", k.P99, 1e6/1.25/s.Mains.P99W, 1e-12)
	last := k.Peak
	for _, p := range s.HostsPerMWPassed {
		if p.Hosts < last {
			t.Errorf("passed for %v of the time there is room for %v hosts, for less %v", p.Share, p.Hosts, last)
		}
		last = p.Hosts
	}
	if !(k.P999 <= k.P99 && k.Rating < k.Peak) {
		t.Errorf("%+v", k)
	}
}

// With feeds the room is that of their site, losses and all, and whole hosts are told
// below its limit.
func TestRoomBelowASite(t *testing.T) {
	r := managedRun(t, fed)
	s := &r.Summary
	site := s.Feeds.Levels[2]
	near(t, "by peak", s.HostsPerMW.Peak, 1e6/site.PeakW, 1e-6)
	near(t, "by mean", s.HostsPerMW.Mean, 1e6/(site.EnergyJ/s.StepTimeS), 2e-3)
	if k := s.HostsUnderLimit; k.P999 != math.Floor(s.HostsPerMW.P999) || k.Mean != math.Floor(s.HostsPerMW.Mean) {
		t.Errorf("below 1 MW %+v, per MW %+v", k, s.HostsPerMW)
	}
	lossy := managedRun(t, fed+"efficiency = \"80 %\"\nfixed_loss = \"50 kW\"\n")
	if got := lossy.Summary.HostsUnderLimit; *got != *s.HostsUnderLimit { // the limit is of what the site delivers
		t.Errorf("%+v below a lossy site, else %+v", got, s.HostsUnderLimit)
	}
}

// What the site draws whatever its hosts do, 10 % of the 500 kW it is rated for, comes
// off its limit; 5 % of the load grows with them.
func TestRoomBesideFixedOverhead(t *testing.T) {
	r := managedRun(t, "[site]\noverhead_fixed = \"10 %\"\nrated_power = \"500 kW\"\noverhead_proportional = \"5 %\"\n[power.site]\nlimit = \"550 kW\"\n")
	s := &r.Summary
	near(t, "by peak", s.HostsPerMW.Peak, 1e6/1.05/s.PeakPowerW, 1e-9)
	if got, want := s.HostsUnderLimit.Peak, math.Floor(0.5e6/1.05/s.PeakPowerW); got != want {
		t.Errorf("%v hosts below the limit, want %v", got, want)
	}
}

// Managed power is what the site sees.
func TestRoomOfManagedPower(t *testing.T) {
	r := managedRun(t, "[power_management]\nfloor = \"90 %\"\n")
	s := &r.Summary
	near(t, "by peak", s.HostsPerMW.Peak*s.ManagedMains.PeakW, s.HostsPerMW.Mean*s.ManagedMains.MeanW, 1e-12)
	near(t, "at 99.9 %", s.HostsPerMW.P999*s.ManagedMains.P999W, s.HostsPerMW.Mean*s.ManagedMains.MeanW, 1e-12)
	if s.HostsPerMW.Mean >= 1e6/s.Mains.MeanW {
		t.Errorf("%+v beside %v W without management", s.HostsPerMW, s.Mains.MeanW)
	}
}
