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
	var list []string
	if s.LostToCapsS > 0 {
		list = append(list, s.lostToCaps())
	}
	if f := s.Feeds; f != nil {
		if top := &f.Levels[len(f.Levels)-1]; top.LimitW > 0 {
			list = append(list, "site up to "+WithPrefix(top.PeakW, "W")+" of "+WithPrefix(top.LimitW, "W")+s.HostsUnderLimit.text())
		}
	}
	if len(list) > 0 {
		t.line("", "%s", strings.Join(list, ", "))
	}
	switch f := s.Feeds; {
	case f != nil && f.OverloadWaits:
		t.line("", "overloaded, and not capped yet: %s", f.Overload)
	case f != nil && f.Overload != "":
		t.line("", "overloaded: %s, trips after %s", f.Overload, HumanTime(f.OverloadS))
	case s.SupplyOverloads > 0:
		t.line("", "supplies above their rating %s: see %s", plural(int64(s.SupplyOverloads), "time", "times"), EventsFile)
	}
}
