package scenario

import (
	"fmt"
	"math"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/run"
	"trainsim/sim/training"
)

// Feeds is section [power]: how the hosts are fed, from the supplies in them up to
// the site, and what is done where that is not enough.
type Feeds struct {
	Enabled  bool             `toml:"enabled" default:"false" help:"simulates what feeds the hosts; true where this section, [[supply_failure]] or a component with effect weaken is written"`
	Reset    run.Distribution `toml:"reset" unit:"distribution" range:"[0,)" default:"exponential 30 min" help:"in a long run, from when a breaker has opened or load was shed until its hosts are back (assumed)"`
	Supplies Supplies         `toml:"supplies" help:"what is done where the supplies of a host that work deliver more than they are rated for"`
	Rack     Feed             `toml:"rack" help:"busbar or power strip of a rack"`
	Row      Feed             `toml:"row" help:"busway of a row"`
	UPS      Feed             `toml:"ups" help:"uninterruptible power supply"`
	Site     Feed             `toml:"site" help:"what the utility feeds: all hosts, their switches and, by site.pue or its overhead, what cools them"`
}

// Supplies is what guards the supply set of a host.
type Supplies struct {
	Policy     string          `toml:"policy" range:"trip|cap|brake|shed" default:"cap" help:"cap: GPUs are held to what the supplies leave them; brake: their clocks are halved, as the brake input of the GPU board does; shed: the host is switched off; trip: nothing is done until supplies switch off"`
	Delay      engine.Duration `toml:"delay" unit:"duration" range:"(0,3600]" default:"100 ms" help:"from when they first deliver too much until that happens, whatever they do meanwhile (assumed; out of band it can take 40 s)"`
	UncapBelow float64         `toml:"uncap_below" unit:"ratio" range:"(0,1)" default:"90 %" help:"it ends where they have delivered less than this share of their rating"`
	UncapAfter engine.Duration `toml:"uncap_after" unit:"duration" range:"(0,86400]" default:"10 s" help:"for so long"`
	TripTime   engine.Duration `toml:"trip_time" unit:"duration" range:"[0,10000]" default:"1 s" help:"they switch off after this over (load/rating)² − 1 (assumed); 0: never"`
}

// Feed is one level of the distribution of power.
type Feed struct {
	Hosts      int             `toml:"hosts" range:"[0,1000000]" default:"0" help:"hosts below one of them, a multiple of those of the level below; 0: all, for a rack machine.hosts_per_rack"`
	Limit      float64         `toml:"limit" unit:"power" range:"[0,1e12]" default:"0 W" help:"rating: what one of them may deliver; 0: no limit"`
	Continuous float64         `toml:"continuous" unit:"ratio" range:"(0,1]" default:"100 %" help:"share of the rating that may last, above which the policy acts; 80 % of a branch circuit (NEC 210.20)"`
	Policy     string          `toml:"policy" range:"trip|cap|brake|shed" default:"cap" help:"cap: all GPUs below are held to the same, what is left of the limit; brake: their clocks are halved; shed: hosts are switched off; trip: nothing is done until the breaker opens"`
	Delay      engine.Duration `toml:"delay" unit:"duration" range:"(0,3600]" default:"2 s" help:"from when the load is first too high until that happens, whatever it does meanwhile (assumed)"`
	UncapBelow float64         `toml:"uncap_below" unit:"ratio" range:"(0,1)" default:"90 %" help:"it ends where the load has been below this share of what may last"`
	UncapAfter engine.Duration `toml:"uncap_after" unit:"duration" range:"(0,86400]" default:"10 s" help:"for so long"`
	TripTime   engine.Duration `toml:"trip_time" unit:"duration" range:"[0,10000]" default:"1000 s" help:"the breaker opens after this over (load/rating)² − 1; 0: never. 1,000 s: at twice the rating after 5.6 min, as breakers do within 2 to 8"`
	Efficiency float64         `toml:"efficiency" unit:"ratio" range:"[0.5,1]" default:"100 %" help:"output over input of what depends on the load"`
	FixedLoss  float64         `toml:"fixed_loss" unit:"power" range:"[0,1e9]" default:"0 W" help:"loss at any load, of each"`
}

// SupplyFailure takes supplies of a host out of service.
type SupplyFailure struct {
	Host     int             `toml:"host" range:"[0,)" default:"-1" help:"host that loses them"`
	Supplies int             `toml:"supplies" range:"[1,)" default:"1" help:"how many fail together"`
	At       engine.Time     `toml:"at" unit:"time" default:"0 s" range:"[0,31536000]" help:"when"`
	For      engine.Duration `toml:"for" unit:"duration" default:"0 s" range:"[0,31536000]" help:"until they are replaced; 0: to the end"`
}

// midway tells whether the failure begins or ends within a run.
func (f *SupplyFailure) midway() bool { return f.At > 0 || f.For > 0 }

// AlwaysLost returns what failure i of supplies does to the machine in every step; nil
// where it is an event of a long run.
func (c *Config) AlwaysLost(i int) []training.Degrade {
	f := &c.SupplyFailure[i]
	if c.long && f.midway() {
		return nil
	}
	return []training.Degrade{{Target: training.TargetSupply, ID: int32(f.Host), Supplies: int32(f.Supplies), At: f.At, For: f.For}}
}

// levels are the levels of feeds from the hosts up.
func (f *Feeds) levels() []struct {
	name string
	*Feed
} {
	return []struct {
		name string
		*Feed
	}{{"rack", &f.Rack}, {"row", &f.Row}, {"ups", &f.UPS}, {"site", &f.Site}}
}

// matters tells whether a level changes anything.
func (f *Feed) matters() bool { return f.Limit > 0 || f.Efficiency < 1 || f.FixedLoss > 0 }

// guard returns what the keys of the level say.
func (f *Feed) guard() cluster.Guard {
	return cluster.Guard{Limit: milliwatts(f.Limit), Continuous: cluster.SpeedOf(f.Continuous), Policy: cluster.PolicyOf(f.Policy),
		Delay: f.Delay, Below: cluster.SpeedOf(f.UncapBelow), After: f.UncapAfter, Breaker: f.TripTime}
}

// guard returns what the keys of the supplies say.
func (s *Supplies) guard() cluster.Guard {
	return cluster.Guard{Continuous: cluster.Nominal, Policy: cluster.PolicyOf(s.Policy), Delay: s.Delay,
		Below: cluster.SpeedOf(s.UncapBelow), After: s.UncapAfter, Breaker: s.TripTime}
}

// mostLost returns the supplies that any host may lose in a long run and stay.
func (c *Config) mostLost() int {
	weakens := func(f Component) bool { return f.Effect == weaken }
	midway := func(f SupplyFailure) bool { return f.midway() }
	if c.long && (slices.ContainsFunc(c.Failures.Component, weakens) || slices.ContainsFunc(c.SupplyFailure, midway)) {
		return c.Host.Supplies - 1
	}
	return 0
}

// TripName returns the name of the failure that ends steps in a long run where a
// level, "supplies" or one of [power], does what is given by how, "trip" or "shed".
func TripName(level, how string) string { return level + "_" + how }

// trips returns the failures that supplies and feeds may be.
func (c *Config) trips() (kinds []run.Kind) {
	if !c.Feeds.Enabled {
		return nil
	}
	add := func(level string, g cluster.Guard) {
		k := run.Kind{Effect: run.Stop, Scope: run.TakesHost, OwnRepair: true, Repair: c.Feeds.Reset, Reset: true}
		if level != "supplies" {
			k.Scope = run.TakesRack // several hosts at once, whichever
		}
		if g.Breaker > 0 {
			k.Name = TripName(level, "trip")
			kinds = append(kinds, k)
		}
		if g.Policy == cluster.Shed {
			k.Name = TripName(level, "shed")
			kinds = append(kinds, k)
		}
	}
	add("supplies", c.Feeds.Supplies.guard())
	for _, l := range c.Feeds.levels() {
		if l.Limit > 0 {
			add(l.name, l.guard())
		}
	}
	return kinds
}

// feed adds what feeds the hosts of a job.
func (c *Config) feed(j *training.Job) {
	if !c.Feeds.Enabled {
		return
	}
	j.Power = &training.Power{Supplies: c.Feeds.Supplies.guard(), MostLost: c.mostLost()}
	for _, l := range c.Feeds.levels() {
		if !l.matters() && l.name != "site" {
			continue
		}
		level := cluster.Level{Name: l.name, Hosts: int32(l.Hosts), Loss: perBillion(1/l.Efficiency - 1), Fixed: milliwatts(l.FixedLoss), Guard: l.guard()}
		if l.name == "site" {
			c.overhead(&level)
		}
		j.Power.Levels = append(j.Power.Levels, level)
	}
}

func perBillion(share float64) int64 { return int64(math.Round(share * cluster.PerBillion)) }

// resolveFeeds fills in what follows from other keys.
func (l *loader) resolveFeeds() {
	doc := &l.doc
	weakens := func(f Component) bool { return f.Effect == weaken }
	written := l.raw["power"] != nil || l.raw["supply_failure"] != nil || slices.ContainsFunc(doc.Failures.Component, weakens)
	if written && !l.given["power.enabled"] {
		doc.Feeds.Enabled = true
	}
	if rack := &doc.Feeds.Rack; rack.Hosts == 0 && rack.matters() {
		rack.Hosts = doc.Machine.HostsPerRack
		if rack.Hosts == 0 {
			rack.Hosts = 4 // as machine.hosts_per_rack
		}
	}
}

// checkFeeds checks that feeds hold whole feeds of the level below and can carry
// idle hosts, and that the supplies that fail are there.
func (l *loader) checkFeeds() {
	doc := &l.doc
	f := &doc.Feeds
	if !f.Enabled {
		if len(doc.SupplyFailure) > 0 {
			l.report("power.enabled", false, wrong("false, and supplies are to fail").or("leave it out"))
		}
		return
	}
	below, name := 1, "host"
	for _, level := range f.levels() {
		path := "power." + level.name
		hosts := level.Hosts
		switch {
		case level.name == "site" && hosts > 0:
			l.report(path+".hosts", false, wrong("the site feeds all hosts").or("leave it out"))
		case hosts == 0 || !level.matters():
			continue
		case hosts%below != 0:
			l.report(path+".hosts", false, wrong("%d hosts are not whole feeds of the %s, of %d each", hosts, name, below).or(fmt.Sprintf("write a multiple of %d", below)))
		}
		below, name = hosts, level.name
	}
	l.checkIdle()
	l.checkSupplyFailures()
}

// checkIdle checks that each limit lets the hosts below idle: no cap takes them lower.
func (l *loader) checkIdle() {
	doc := &l.doc
	busy := ceilDiv(doc.Layout.Ranks(), doc.Host.GPUs)
	for _, level := range doc.Feeds.levels() {
		hosts := level.Hosts
		if hosts == 0 || hosts > busy {
			hosts = busy
		}
		idle := float64(hosts) * (float64(doc.Host.BasePower()+doc.Host.NICPower())/1000 + float64(doc.Host.GPUs)*doc.GPU.PowerIdle)
		if most := level.Limit * level.Continuous; level.Limit > 0 && most <= idle {
			l.report("power."+level.name+".limit", false, wrong("%s may last, below the %s that %d idle hosts take", unitOf("power").write(most), unitOf("power").write(idle), hosts).or("write more"))
		}
	}
}

// checkSupplyFailures checks that hosts work, and have so many supplies.
func (l *loader) checkSupplyFailures() {
	doc := &l.doc
	for i, f := range doc.SupplyFailure {
		path := fmt.Sprintf("supply_failure[%d]", i)
		if f.Host < 0 {
			l.report(path, true, wrong("names no host").or("give host"))
		} else {
			l.checkBusyHost(f.Host, path+".host")
		}
		if f.Supplies > doc.Host.Supplies {
			l.report(path+".supplies", false, wrong("a host has %d supplies", doc.Host.Supplies).or(fmt.Sprintf("write 1 to %d", doc.Host.Supplies)))
		}
	}
}
