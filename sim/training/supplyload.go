package training

import (
	"slices"

	"trainsim/sim/engine"
)

// SupplyUse is where the supplies of some hosts work in the steady step.
type SupplyUse struct {
	Hosts int64
	Live  int     // of each, that work at the end
	Mean  float64 // mW, that those of one deliver
	Peak  int64   // mW, that those of any deliver, over the whole run
}

// supplyLoads is what the supplies of hosts deliver: of hosts that lose some each for
// itself, of the others together, whose energy is what is left.
type supplyLoads struct {
	of     []int32 // meter of each host, −1: one of the others
	meters []meter
	hosts  []int32 // of each meter
	others int64
	most   int64 // mW, of one of the others
}

func newSupplyLoads(losers []int32, counts []int64) supplyLoads {
	l := supplyLoads{of: make([]int32, len(counts))}
	for h := range l.of {
		l.of[h] = -1
		if slices.Contains(losers, int32(h)) {
			l.of[h] = int32(len(l.hosts))
			l.hosts = append(l.hosts, int32(h))
		} else {
			l.others += counts[h]
		}
	}
	l.meters = make([]meter, len(l.hosts))
	return l
}

// set notes what the supplies of a host deliver from now on.
func (l *supplyLoads) set(host int32, load int64, now engine.Time) {
	if m := l.of[host]; m >= 0 {
		l.meters[m].set(now, load)
	} else if load > l.most {
		l.most = load
	}
}

// energies returns what each meter read up to now.
func (l *supplyLoads) energies(now engine.Time) (list []engine.Total) {
	for m := range l.meters {
		l.meters[m].set(now, l.meters[m].value)
		list = append(list, l.meters[m].energy)
	}
	return list
}

// supplyUses returns where the supplies of hosts work: the many first.
func (s *simulation) supplyUses(steady *Steady) (list []SupplyUse) {
	if s.control == nil {
		return nil
	}
	l, p := &s.control.loads, s.plan
	ns := float64(steady.To.Sub(steady.From))
	rest := steady.delivered()
	for m, e := range steady.loads {
		h := l.hosts[m]
		for range p.hostCount[h] {
			rest.SubTotal(e)
		}
		u := SupplyUse{Live: s.live(h), Mean: e.Float() / ns, Peak: l.meters[m].peak}
		i := slices.IndexFunc(list, func(o SupplyUse) bool { o.Hosts = 0; return o == u })
		if i < 0 {
			i = len(list)
			list = append(list, u)
		}
		list[i].Hosts += p.hostCount[h]
	}
	if l.others > 0 {
		others := SupplyUse{Hosts: l.others, Live: s.job.Host.Supplies, Mean: rest.Float() / ns / float64(l.others), Peak: l.most}
		list = slices.Insert(list, 0, others)
	}
	return list
}

// live returns how many supplies of a host work.
func (s *simulation) live(host int32) int {
	return max(0, s.job.Host.Supplies-int(s.control.lost[host]))
}

// delivered returns what all supplies delivered, in mW·ns.
func (s *Steady) delivered() (sum engine.Total) {
	for _, e := range s.Buckets.Energy {
		sum.AddTotal(e)
	}
	for _, p := range s.Parts {
		if p.Name != "supply loss" && p.Name != "switch" {
			sum.AddTotal(p.Energy)
		}
	}
	return sum
}
