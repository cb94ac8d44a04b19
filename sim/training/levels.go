package training

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
)

// LevelEnergy is what all feeds of a level drew and delivered, in mW·ns.
type LevelEnergy struct{ Drawn, Delivered engine.Total }

// LevelUse is a level of feeds over the whole run.
type LevelUse struct {
	Name  string
	Feeds int64
	Limit int64 // mW, of all feeds together; 0: none
	Peak  int64 // mW, that they draw together for a non-zero time
	Acted int64 // times that a policy began to act, all feeds
}

// Overload is a feed, or the supplies of a host, that trips if the steady step goes on
// and on: within the step it warms more than it cools.
type Overload struct {
	What  string
	After engine.Time
	Waits bool // the policy acts before that, but not within what is simulated
}

// SupplyUse is where the supplies of some hosts work in the steady step.
type SupplyUse struct {
	Hosts int64
	Live  int     // of each, that work at the end
	Mean  float64 // mW, that they deliver
	Peak  int64   // mW, over the whole run
}

// alike is how far apart hosts are told apart, in mW.
const alike = 10_000

// supplyUses returns where the supplies of hosts work, hosts that do so alike as one.
func (s *simulation) supplyUses(steady *Steady) (list []SupplyUse) {
	if s.control == nil {
		return nil
	}
	for h, load := range steady.loads {
		u := SupplyUse{Live: max(0, s.job.Host.Supplies-int(s.control.lost[h])), Peak: s.control.loads[h].peak,
			Mean: load.Float() / float64(steady.To.Sub(steady.From))}
		u.Mean, u.Peak = math.Round(u.Mean/alike)*alike, (u.Peak+alike/2)/alike*alike
		i := slices.IndexFunc(list, func(o SupplyUse) bool { o.Hosts = 0; return o == u })
		if i < 0 {
			i = len(list)
			list = append(list, u)
		}
		list[i].Hosts += s.plan.hostCount[h]
	}
	slices.SortFunc(list, func(a, b SupplyUse) int {
		return cmp.Or(cmp.Compare(b.Hosts, a.Hosts), cmp.Compare(a.Live, b.Live), cmp.Compare(a.Mean, b.Mean), cmp.Compare(a.Peak, b.Peak))
	})
	return list
}

// Advice says what becomes of a run of many such steps.
func (o *Overload) Advice() string {
	if o.Waits {
		return "its policy acts only after the steps that stand for the run; make its delay shorter than a step"
	}
	return fmt.Sprintf("it trips after %.3g s of such steps; raise its limit, or let its policy cap GPUs", o.After.Seconds())
}

// books returns what all feeds of each level drew and delivered up to now, what the
// supplies of each host did, and the heat of every breaker.
func (c *control) books(now engine.Time) (levels []LevelEnergy, loads []engine.Total, heat []uint64) {
	if c == nil {
		return nil, nil, nil
	}
	for h := range c.loads {
		c.loads[h].set(now, c.loads[h].value)
		loads = append(loads, c.loads[h].energy)
	}
	for l := range c.meters {
		m := &c.meters[l]
		m.drawn.set(now, m.drawn.value)
		m.delivered.set(now, m.delivered.value)
		levels = append(levels, LevelEnergy{m.drawn.energy, m.delivered.energy})
	}
	for i := range c.guards {
		heat = append(heat, min(c.guards[i].breaker.Heat(now), math.MaxInt64))
	}
	return levels, loads, heat
}

// levelUses returns how the levels of feeds were used.
func (s *simulation) levelUses() []LevelUse {
	c := s.control
	if c == nil {
		return nil
	}
	var list []LevelUse
	g := s.plan.grid
	for l := range c.meters {
		u := LevelUse{Name: g.Levels[l].Name, Peak: c.meters[l].drawn.peak}
		for f := g.First[l]; f < g.First[l+1]; f++ {
			u.Feeds += g.Count[f]
			u.Acted += g.Count[f] * c.guards[c.hosts+f].acted
		}
		u.Limit = u.Feeds * g.Levels[l].Limit
		list = append(list, u)
	}
	return list
}

// overload returns what would trip first if the steady step went on and on.
func (s *simulation) overload(steady *Steady) *Overload {
	var first *Overload
	for k, warmed := range steady.warmed {
		spec, g := s.guardSpec(int32(k)), &s.control.guards[k]
		acting := g.acts && g.since > steady.From // and may be what it takes
		if spec.Breaker == 0 || warmed <= 0 || acting {
			continue
		}
		left := float64(spec.Breaker)*1e6 - float64(steady.heat[k])
		after := steady.To + engine.Time(min(left/float64(warmed)*float64(steady.To.Sub(steady.From)), float64(engine.Never-steady.To)/2))
		if first == nil || after < first.After {
			first = &Overload{s.nameOfGuard(int32(k)), after, !g.acts && spec.Policy != cluster.Trip}
		}
	}
	return first
}

// checkLevels proves that what each level delivers is what the one below draws, to
// the last mW·ns, and that no level draws less than it delivers.
func (s *simulation) checkLevels(end engine.Time) error {
	if s.control == nil {
		return nil
	}
	levels, _, _ := s.control.books(end)
	taken := s.mains.energy // of the hosts, with the switches, which hang on the last level
	for i, l := range levels {
		spec := &s.plan.grid.Levels[i]
		switch i {
		case 0:
			taken.SubProduct(uint64(s.switches), uint64(end))
		default:
			taken = levels[i-1].Drawn
		}
		if i == len(levels)-1 {
			taken.AddProduct(uint64(s.switches), uint64(end))
		}
		exact := spec.Overhead <= 1
		if l.Drawn.Less(l.Delivered) || l.Delivered.Less(taken) || exact && l.Delivered != taken {
			return fmt.Errorf("the books do not balance: %s draws %.12g J, delivers %.12g J, and %.12g J are taken from it",
				spec.Name, l.Drawn.Float()/1e12, l.Delivered.Float()/1e12, taken.Float()/1e12)
		}
	}
	return nil
}
