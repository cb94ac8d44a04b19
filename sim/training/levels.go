package training

import (
	"fmt"
	"math"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
)

// LevelUse is a level of feeds, all of them together.
type LevelUse struct {
	Name             string
	Feeds            int64
	Limit            int64          // mW; 0: none
	Peak             int64          // mW drawn for a non-zero time, over the whole run
	Acted            int64          // times that a policy began to act, over the whole run
	Drawn, Delivered engine.Total   // mW·ns, in the steady step
	Power            cluster.Linear // drawn, following what hosts draw together
}

// Overload is a feed, or the supplies of a host, to which something happens if the
// steady step goes on and on.
type Overload struct {
	OutOfPower      // what it comes to, At then: within the step its breaker warms more than it cools
	Waits      bool // its policy was called and acts, but not within what is simulated
}

// Advice says what becomes of a run of many such steps.
func (o *Overload) Advice() string {
	if o.Waits {
		return "its policy acts only after the steps that are simulated"
	}
	return fmt.Sprintf("it trips after %.3g s of such steps; raise its limit, or let its policy cap GPUs", o.At.Seconds())
}

// books returns what supplies of hosts that lose some delivered up to now, and the
// heat of every breaker.
func (c *control) books(now engine.Time) (loads []engine.Total, heat []uint64) {
	if c == nil {
		return nil, nil
	}
	for i := range c.guards {
		heat = append(heat, min(c.guards[i].breaker.Heat(now), math.MaxInt64))
	}
	return c.loads.energies(now), heat
}

// levelUses returns how the levels of feeds were used: what their losses make of
// what hosts and switches drew.
func (s *simulation) levelUses(steady *Steady) []LevelUse {
	c, g := s.control, s.plan.grid
	if c == nil {
		return nil
	}
	var list []LevelUse
	d := steady.To.Sub(steady.From)
	switches := steady.part("switch")
	hosts, peak := steady.Energy(), s.mains.peak-s.switches
	hosts.SubTotal(switches)
	taken := LevelUse{Drawn: hosts, Peak: peak, Power: cluster.Linear{Per: 1}}
	for l := range s.job.Power.Levels {
		level := &s.job.Power.Levels[l]
		if l == len(s.job.Power.Levels)-1 {
			taken.Drawn.AddTotal(switches)
			taken.Power.Fixed += float64(s.switches)
		}
		u := LevelUse{Name: level.Name, Feeds: g.feeds[l], Limit: g.feeds[l] * level.Limit, Delivered: level.Delivered(taken.Drawn, d)}
		u.Drawn = level.Drawn(u.Delivered, u.Feeds, d)
		u.Power = level.DrawnBy(level.DeliveredBy(taken.Power))
		u.Power.Fixed += float64((u.Feeds - 1) * level.Fixed) // of the other feeds
		u.Peak = delivers(u.Power, peak)
		for f := range g.id {
			if g.level[f] == int32(l) {
				u.Acted += g.count[f] * c.guards[c.hosts+int32(f)].acted
			}
		}
		list = append(list, u)
		taken = u
	}
	return list
}

// overload returns what its policy acts on next, or else what trips first, if the
// steady step goes on and on.
func (s *simulation) overload(steady *Steady) *Overload {
	var first *Overload
	for k, warmed := range steady.warmed {
		spec, g := s.guardSpec(int32(k)), &s.control.guards[k]
		if !g.acts && g.waits {
			return s.waits(int32(k), steady.To)
		}
		acting := g.acts && g.since > steady.From // and may be what it takes
		if spec.Breaker == 0 || warmed <= 0 || acting {
			continue
		}
		left := float64(spec.Breaker)*1e6 - float64(steady.heat[k])
		after := steady.To + engine.Time(min(left/float64(warmed)*float64(steady.To.Sub(steady.From)), float64(engine.Never-steady.To)/2))
		if first == nil || after < first.At {
			first = &Overload{*s.outOfPower(int32(k), trip, after), false}
		}
	}
	return first
}

// waits returns what guard k does, whose policy acts only after the end: hosts are
// shed once its delay is over, counted from the first step.
func (s *simulation) waits(k int32, end engine.Time) *Overload {
	if spec := s.guardSpec(k); spec.Policy == cluster.Shed {
		return &Overload{*s.outOfPower(k, shed, engine.Time(spec.Delay)), false}
	}
	return &Overload{*s.outOfPower(k, trip, end), true}
}

// held tells whether the policy of a guard holds GPUs back at the end.
func (c *control) held() bool {
	return c != nil && slices.ContainsFunc(c.guards, func(g guard) bool { return g.hold >= 0 })
}

// checkFeeds proves that each feed was told of all that the hosts below it draw.
func (s *simulation) checkFeeds() error {
	if s.control == nil {
		return nil
	}
	c, p := s.control, s.plan
	sums := make([]int64, len(p.grid.id))
	for h := range p.hostCount {
		more := s.supplies.Input(int32(h)) * p.grid.hosts[h]
		for f := p.grid.host[h]; f >= 0; f = p.grid.parent[f] {
			sums[f] += more
			more *= p.grid.share[f]
		}
	}
	for f, sum := range sums {
		if k := c.hosts + int32(f); c.guards[k].sum != sum {
			return fmt.Errorf("the books do not balance: hosts below %s draw %s, it knows of %s", s.nameOfGuard(k), watts(sum), watts(c.guards[k].sum))
		}
	}
	return nil
}
