package training

import (
	"slices"
	"sort"

	"trainsim/sim/cluster"
)

// A feed that is asked for more than may last leaves the same to each GPU below it:
// as much as it could deliver if all of them drew that. So whatever they do under
// the cap, the feed stays below its limit, and one that draws less costs nobody
// else. What the caps are is known before the run, and programs are compiled for
// them.

// findCaps finds what each feed leaves to a GPU, and lists every hold that a feed or
// the supplies of a host may put on one.
func (g *grid) findCaps(j *Job, p *plan) {
	ranks := make([]int64, len(p.hostID))
	for _, h := range p.host {
		ranks[h]++
	}
	d := newDemand(j, ranks, p.mostLost(j))
	idle, limit := j.GPU.IdlePower(), j.GPU.LimitPower()
	for f, hosts := range g.hostsBelow() {
		guard := &j.Power.Levels[g.level[f]].Guard
		over := func(more int) bool {
			return delivers(g.load[f], d.drawn(hosts, idle+int64(more)+1)) > guard.Lasting()
		}
		g.cap = append(g.cap, idle+int64(sort.Search(int(limit-idle), over)))
		g.hold(j, guard.Policy, g.cap[f])
	}
	slices.Sort(ranks)
	for _, n := range slices.Compact(ranks) {
		for lost := range slices.Max(d.lost) + 1 {
			g.hold(j, j.Power.Supplies.Policy, j.supplyCap(j.Host.Supplies-lost, n))
		}
	}
}

// delivers returns a load, in mW, that follows what hosts draw.
func delivers(l cluster.Linear, drawn int64) int64 { return int64(l.Fixed + l.Per*float64(drawn)) }

// hostsBelow returns the hosts below each feed.
func (g *grid) hostsBelow() [][]int32 {
	below := make([][]int32, len(g.id))
	for h, f := range g.host {
		for ; f >= 0; f = g.parent[f] {
			below[f] = append(below[f], int32(h))
		}
	}
	return below
}

// hold lists what a policy puts on GPUs that are left so much, in mW.
func (g *grid) hold(j *Job, policy cluster.Policy, cap int64) {
	h := holdOf(policy, cap)
	if h != (Hold{}) && h.Power < j.GPU.LimitPower() && !slices.Contains(g.holds, h) {
		g.holds = append(g.holds, h)
	}
}

// holdOf returns what a policy puts on a GPU that is left so much, in mW.
func holdOf(policy cluster.Policy, cap int64) Hold {
	switch policy {
	case cluster.Cap:
		return Hold{Power: max(1, cap)}
	case cluster.Brake:
		return Hold{Clock: cluster.Nominal / 2}
	}
	return Hold{}
}

// mostLost returns the most supplies that each host may lose.
func (p *plan) mostLost(j *Job) []int {
	lost := make([]int, len(p.hostID))
	for h := range lost {
		lost[h] = j.Power.MostLost
	}
	for d, h := range p.supplyHosts(j) {
		if h >= 0 {
			lost[h] = min(j.Host.Supplies, lost[h]+int(j.Degrade[d].Supplies))
		}
	}
	return lost
}

// supplyCap returns what so many supplies leave to each GPU with a rank of a host
// with so many, in mW: idle power at least.
func (j *Job) supplyCap(live int, ranks int64) int64 {
	guard := j.Power.Supplies
	guard.Limit = j.Host.Capacity(live)
	rest := guard.Lasting() - j.Host.BasePower() - j.Host.NICPower() - (int64(j.Host.GPUs)-ranks)*j.GPU.IdlePower()
	return max(j.GPU.IdlePower(), rest/max(1, ranks))
}

// demand is what hosts draw if each GPU with a rank draws the same.
type demand struct {
	job   *Job
	curve cluster.Curve
	ranks []int64 // of each host
	lost  []int   // supplies of each host at worst
}

func newDemand(j *Job, ranks []int64, lost []int) *demand {
	curve, err := cluster.CurveOf(j.Host.SupplyTier)
	if err != nil {
		panic("training: " + err.Error()) // the scenario reader admits none
	}
	return &demand{job: j, curve: curve, ranks: slices.Clone(ranks), lost: lost}
}

// drawn returns what hosts draw together if each GPU draws so much, in mW.
func (d *demand) drawn(hosts []int32, gpu int64) (sum int64) {
	for _, h := range hosts {
		sum += d.input(h, gpu)
	}
	return sum
}

// input returns what a host draws, with all its supplies or as many as ever work
// together, whichever is more.
func (d *demand) input(host int32, gpu int64) int64 {
	h, n := d.job.Host, d.ranks[host]
	load := h.BasePower() + h.NICPower() + n*gpu + (int64(h.GPUs)-n)*d.job.GPU.IdlePower()
	most := d.curve.Input(load, h.Capacity(h.Supplies))
	for lost := 1; lost <= d.lost[host]; lost++ {
		most = max(most, d.curve.Input(load, h.Capacity(h.Supplies-lost)))
	}
	return most
}
