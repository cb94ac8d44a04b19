package study

import (
	"trainsim/sim/cluster"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/training"
)

// passed are the shares of the time, in millionths, that a feed may be passed for.
var passed = []uint64{100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000, 500_000}

// room fills how many hosts fit below a feed of the site, from the power at the mains
// in the steady step, as it is managed. What the site draws whatever they do is one
// for all of them; what else it delivers is taken to grow with them.
func room(s *results.Summary, c *scenario.Config, r *training.Result, with *swings) {
	f := facilityOf(c, s)
	beside, follows := f.site.Draw(f.site.Outside.At(int64(f.start())))
	gpus := int64(c.Host.GPUs)
	hosts := (r.Ranks + gpus - 1) / gpus
	fit := func(mains float64) float64 { return float64(hosts) * 1e6 / (follows * (f.fixed + f.per*mains/1000)) } // mains in mW
	peak := with.wave.Peak()
	if s.ManagedMains == nil {
		peak = r.PeakPower // of an instant, not of a bin
	}
	k := &results.Room{Rating: fit(float64(hosts*ratedInput(c) + r.SwitchPower)), Peak: fit(float64(peak)), Mean: fit(with.wave.Mean()),
		P999: fit(float64(with.loads.Within(1000))), P99: fit(float64(with.loads.Within(10_000)))}
	s.HostsPerMW = k
	for _, share := range passed {
		s.HostsPerMWPassed = append(s.HostsPerMWPassed, results.RoomPassed{Share: float64(share) / 1e6, Hosts: fit(float64(with.loads.Within(share)))})
	}
	if limit := c.Feeds.Site.Limit; limit > 0 { // of what the site delivers
		s.HostsUnderLimit = k.Below(max(0, limit-beside))
	}
}

// ratedInput returns what a host draws if the supplies that must work deliver what
// they are rated for, the spare ones sharing the load, in mW.
func ratedInput(c *scenario.Config) int64 {
	curve, err := cluster.CurveOf(c.Host.SupplyTier)
	if err != nil {
		panic("study: " + err.Error()) // the scenario reader admits none
	}
	h := &c.Host
	return curve.Input(h.Capacity(h.Supplies-h.SuppliesSpare), h.Capacity(h.Supplies))
}
