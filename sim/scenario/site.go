package scenario

import "trainsim/sim/cluster"

// resolveSite finds out whether the site is given by its PUE or by the parts of its
// overhead, and for which load.
func (l *loader) resolveSite() {
	s := &l.doc.Site
	if s.Fixed == 0 && s.Proportional == 0 && s.PerDegree == 0 {
		return
	}
	if l.given["site.pue"] {
		l.report("site.pue", false, wrong("says what the overhead keys say").or("give either pue, or overhead_fixed, overhead_proportional and overhead_per_degree"))
	}
	s.PUE = 0
	if s.Fixed > 0 && s.Rated == 0 {
		s.Rated = l.doc.config("").ratedPower()
	}
}

// checkSite checks that keys of the site change something, and that the site feeds
// the hosts that work.
func (l *loader) checkSite() {
	s := &l.doc.Site
	for _, k := range []struct {
		key, needs string
		vain       bool
	}{
		{"rated_power", "overhead_fixed", s.Rated > 0 && s.Fixed == 0},
		{"start", "carbon, electricity or outside_temperature by the hour", s.Start > 0 && len(s.Carbon) <= 1 && len(s.Electricity) <= 1 && len(s.Outside) <= 1},
		{"overhead_per_degree", "outside_temperature", s.PerDegree > 0 && !l.given["site.outside_temperature"]},
	} {
		if k.vain {
			l.report("site."+k.key, false, wrong("changes nothing without %s", k.needs).or("give that too"))
		}
	}
	if idle := l.doc.config("").IdleMains(); s.Rated > 0 && s.Rated < watts(idle) {
		l.report("site.rated_power", false, wrong("%s are less than the %s that the hosts at work take when they are idle",
			unitOf("power").write(s.Rated), unitOf("power").write(watts(idle))).or("write what the computers of the whole site may take"))
	}
}

// ratedPower returns what all hosts of the machine and their switches draw, in W,
// with every GPU at its limit.
func (c *Config) ratedPower() float64 {
	switches := c.Fabric.Switches(c.Hosts, c.Host.GPUs) * c.Fabric.SwitchPower
	return float64(c.Hosts)*watts(c.mains(milliwatts(c.GPU.PowerLimit))) + switches
}

func watts(mW int64) float64 { return float64(mW) / 1000 }

// overhead adds what the site delivers to other than computers, as it begins, to the
// level that is the site.
func (c *Config) overhead(level *cluster.Level) {
	fixed, per := c.Site.Draw(c.Site.Outside.At(int64(c.Site.Start / 3600)))
	level.Overhead, level.Beside = perBillion(per-1), milliwatts(fixed)
}
