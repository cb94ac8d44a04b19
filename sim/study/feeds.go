package study

import (
	"trainsim/sim/cluster"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// boundaries fills the energy of a step by boundary, and what feeds did. Without
// feeds, the facility takes what follows from the energy of hosts and switches.
func boundaries(s *results.Summary, c *scenario.Config, r *training.Result) {
	s.EnergyBoundariesJ = map[string]float64{"chip": s.EnergyComponentsJ["gpu"], "host": s.EnergyPerStepJ}
	feeds(s, c, r)
	f := facilityOf(c, s)
	if s.Feeds == nil {
		s.EnergyBoundariesJ["facility"] = f.within(s.EnergyPerStepJ, s.StepTimeS).joules
	}
	s.Facility = f.ofStep(s)
}

// feeds fills what the levels of feeds lost and what caps did.
func feeds(s *results.Summary, c *scenario.Config, r *training.Result) {
	gpus := float64(r.Ranks)
	s.CappedTimeS = r.Steady.Capped.Float() / 1e9 / gpus
	s.PastCapW = watts(r.PastCap)
	s.LostToCapsS = r.Steady.LostToCaps.Float() / 1e6 / 1e9 / gpus
	if len(r.Levels) == 0 {
		return
	}
	f := &results.Feeds{Supplies: supplyUses(c, r), SupplyCurve: supplyCurve(c)}
	below := s.EnergyPerStepJ - s.EnergyComponentsJ["switch"]
	for i, l := range r.Levels {
		drawn, delivered := l.Drawn.Float()/joule, l.Delivered.Float()/joule
		if i == len(r.Levels)-1 {
			below += s.EnergyComponentsJ["switch"]
		}
		f.Levels = append(f.Levels, results.FeedLevel{Name: l.Name, Feeds: l.Feeds, LimitW: watts(l.Limit), PeakW: watts(l.Peak), EnergyJ: drawn,
			LossJ: drawn - delivered, OtherJ: max(0, delivered-below), Acted: l.Acted, FixedW: l.Power.Fixed / 1000, PerW: l.Power.Per})
		below = drawn
	}
	s.EnergyBoundariesJ["facility"] = below
	if o := r.Overload; o != nil {
		f.Overload, f.OverloadS, f.OverloadWaits = o.What, o.At.Seconds(), o.Waits
	}
	s.Feeds = f
}

// supplyUses returns where the supplies of hosts work, hosts that do so alike as one.
func supplyUses(c *scenario.Config, r *training.Result) (list []results.SupplyUse) {
	curve, err := cluster.CurveOf(c.Host.SupplyTier)
	if err != nil {
		panic("study: " + err.Error()) // the scenario reader admits none
	}
	for _, u := range r.Supplies {
		capacity := float64(c.Host.Capacity(u.Live))
		use := results.SupplyUse{Hosts: u.Hosts, Live: u.Live}
		if capacity > 0 {
			use.Load, use.PeakLoad = u.Mean/capacity, float64(u.Peak)/capacity
			use.Efficiency = curve.At(use.Load)
		}
		list = append(list, use)
	}
	return list
}

// supplyCurve returns the curve of the supplies of a host.
func supplyCurve(c *scenario.Config) (points []results.SupplyPoint) {
	curve, err := cluster.CurveOf(c.Host.SupplyTier)
	if err != nil {
		panic("study: " + err.Error())
	}
	for i, load := range curve.Load {
		points = append(points, results.SupplyPoint{Load: load, Efficiency: curve.Efficiency[i]})
	}
	return points
}

// levelSeries returns what the feeds of each level draw over time: as linear in what
// hosts draw as their losses are.
func levelSeries(r *training.Result, rec *trace.Recorder) (list []results.SeriesData) {
	mains := mainsSeries(rec)
	if mains == nil {
		return nil
	}
	switches := r.SwitchPower
	for _, l := range r.Levels {
		v := results.OfSeries(mains)
		v.Name, v.Part = "power_level", l.Name
		for i, mw := range v.Values {
			v.Values[i] = l.Power.Fixed + l.Power.Per*(mw-float64(switches))
		}
		v.Peak = l.Peak
		list = append(list, v)
	}
	return list
}
