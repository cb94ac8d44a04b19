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
	g.cap = make([]int64, len(g.id))
	d := g.demand(j, ranks)
	idle, limit := j.GPU.IdlePower(), j.GPU.LimitPower()
	for l := range g.Levels {
		guard := &g.Levels[l].Guard
		for i := g.First[l]; i < g.First[l+1] && guard.Limit > 0; i++ {
			over := func(more int) bool { return d.delivered(i, l, idle+int64(more)+1) > guard.Lasting() }
			g.cap[i] = idle + int64(sort.Search(int(limit-idle), over))
			g.hold(j, guard.Policy, g.cap[i])
		}
	}
	slices.Sort(ranks)
	for _, n := range slices.Compact(ranks) {
		for lost := range g.mostLost(j) + 1 {
			g.hold(j, j.Power.Supplies.Policy, j.supplyCap(j.Host.Supplies-lost, n))
		}
	}
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

// mostLost returns the most supplies that failures take from one host.
func (g *grid) mostLost(j *Job) int {
	lost := make([]int, len(g.Host))
	for i, h := range g.fails {
		if h >= 0 {
			lost[h] += int(j.Power.Failures[i].Supplies)
		}
	}
	return min(slices.Max(lost), j.Host.Supplies)
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
	*grid
	job   *Job
	curve cluster.Curve
	ranks []int64 // of each host
	lost  []int64 // supplies of each host at worst
	kids  []int32 // first feed, or host, below each feed; theirs follow each other
}

func (g *grid) demand(j *Job, ranks []int64) *demand {
	curve, err := cluster.CurveOf(j.Host.SupplyTier)
	if err != nil {
		panic("training: " + err.Error()) // the scenario reader admits none
	}
	d := &demand{grid: g, job: j, curve: curve, ranks: slices.Clone(ranks), lost: make([]int64, len(ranks)), kids: make([]int32, len(g.id))}
	for i, h := range g.fails {
		if h >= 0 {
			d.lost[h] += int64(j.Power.Failures[i].Supplies)
		}
	}
	for i := len(g.Parent) - 1; i >= 0; i-- {
		if up := g.Parent[i]; up >= 0 {
			d.kids[up] = int32(i)
		}
	}
	for h := len(g.Host) - 1; h >= 0; h-- {
		d.kids[g.Host[h]] = int32(h)
	}
	return d
}

// delivered returns what a feed of a level delivers if each GPU draws so much, in mW.
func (d *demand) delivered(feed int32, level int, gpu int64) (sum int64) {
	if level == len(d.Levels)-1 {
		sum = d.Beside
	}
	for k := d.kids[feed]; ; k++ {
		switch {
		case level == 0 && int(k) < len(d.Host) && d.Host[k] == feed:
			sum += d.input(k, gpu)
		case level > 0 && k < d.First[level] && d.Parent[k] == feed:
			sum += d.Levels[level-1].Input(d.delivered(k, level-1, gpu))
		default:
			return d.Levels[level].Delivered(sum)
		}
	}
}

// input returns what a host draws, with all its supplies or as many as ever work
// together, whichever is more.
func (d *demand) input(host int32, gpu int64) int64 {
	h, n := d.job.Host, d.ranks[host]
	load := h.BasePower() + h.NICPower() + n*gpu + (int64(h.GPUs)-n)*d.job.GPU.IdlePower()
	most := d.curve.Input(load, h.Capacity(h.Supplies))
	for lost := 1; lost <= min(int(d.lost[host]), h.Supplies); lost++ {
		most = max(most, d.curve.Input(load, h.Capacity(h.Supplies-lost)))
	}
	return most
}
