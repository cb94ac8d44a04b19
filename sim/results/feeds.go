package results

import "strings"

// Feeds is the part of summary.json about what feeds the hosts.
type Feeds struct {
	Levels        []FeedLevel   `json:"levels"`
	Supplies      []SupplyUse   `json:"supplies"`
	SupplyCurve   []SupplyPoint `json:"supply_curve"`
	Overload      string        `json:"overload,omitempty"`       // what trips first if the step goes on and on, or
	OverloadS     float64       `json:"overload_s,omitempty"`     // after so long
	OverloadWaits bool          `json:"overload_waits,omitempty"` // whose policy acts, but not within the steps simulated
}

// FeedLevel is one level of feeds, from the hosts up.
type FeedLevel struct {
	Name    string  `json:"name"`
	Feeds   int64   `json:"feeds"`
	LimitW  float64 `json:"limit_w"`  // of all of them; 0: none
	PeakW   float64 `json:"peak_w"`   // that they draw together
	EnergyJ float64 `json:"energy_j"` // that they draw, per step
	LossJ   float64 `json:"loss_j"`   // in them
	OtherJ  float64 `json:"other_j"`  // delivered to what is not simulated, such as cooling
	Acted   int64   `json:"acted"`    // times that a policy began to act
	FixedW  float64 `json:"fixed_w"`  // they draw this, and
	PerW    float64 `json:"per_w"`    // so much for each W of all hosts
}

// SupplyUse is where the supplies of some hosts work on their curve in the steady step.
type SupplyUse struct {
	Hosts      int64   `json:"hosts"`
	Live       int     `json:"live"`       // supplies of each that work at the end
	Load       float64 `json:"load"`       // mean share of what these are rated for
	PeakLoad   float64 `json:"peak_load"`  // over the whole run
	Efficiency float64 `json:"efficiency"` // at the mean
}

// SupplyPoint is a point of the curve of the supplies, which is linear between them.
type SupplyPoint struct {
	Load       float64 `json:"load"`
	Efficiency float64 `json:"efficiency"`
}

// facility tells what the whole facility takes, where that is known.
func (s *Summary) facility() string {
	if s.EnergyBoundariesJ["facility"] == 0 {
		return ""
	}
	return ", " + WithPrefix(s.EnergyBoundariesJ["facility"], "J") + " with the facility"
}

// textFeeds tells what feeds and caps did, where that is more than to deliver.
func (s *Summary) textFeeds(t *textTable) {
	if s.LostToCapsS > 0 {
		t.line("", "%s", s.lostToCaps())
	}
	if s.PastCapW > 0 {
		t.line("", "kernels that HBM binds pass gpu.power_cap by up to %s: no clock is low enough", WithPrefix(s.PastCapW, "W"))
	}
	if limits := s.Feeds.limits(); limits != "" {
		t.line("", "%s%s", limits, s.HostsUnderLimit.text())
	}
	switch f := s.Feeds; {
	case f != nil && f.OverloadWaits:
		t.line("", "overloaded, and not capped yet: %s", f.Overload)
	case f != nil && f.Overload != "":
		t.line("", "overloaded: the first to trip is %s, after %s", f.Overload, HumanTime(f.OverloadS))
	case s.SupplyOverloads > 0:
		t.line("", "supplies above their rating %s: see %s", plural(int64(s.SupplyOverloads), "time", "times"), EventsFile)
	}
}

// limits tells how close the feeds of each level that has a limit came to it, all of
// them together.
func (f *Feeds) limits() string {
	if f == nil {
		return ""
	}
	var list []string
	for i := range f.Levels {
		l := &f.Levels[i]
		if l.LimitW == 0 {
			continue
		}
		name := l.Name
		if l.Feeds > 1 {
			name = commas(l.Feeds) + " × " + name
		}
		list = append(list, name+" up to "+WithPrefix(l.PeakW, "W")+" of "+WithPrefix(l.LimitW, "W"))
	}
	return strings.Join(list, ", ")
}
