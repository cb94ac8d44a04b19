package training

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// harm says that a degrade slows a rank or a link.
type harm struct{ at, degrade int32 }

// slowestFirst returns degrades in an order that does not depend on how they are
// listed: products of their speeds are rounded from factor to factor.
func slowestFirst(degrades []Degrade) []int32 {
	order := make([]int32, len(degrades))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(x, y int32) int {
		a, b := &degrades[x], &degrades[y]
		return cmp.Or(cmp.Compare(a.Speed, b.Speed), cmp.Compare(a.At, b.At), cmp.Compare(a.For, b.For), cmp.Compare(a.Every, b.Every))
	})
	return order
}

// harms lists, degrade by degrade, the slowest first, the ranks and the links that
// each slows.
func (p *plan) harms(j *Job) (ranks, links []harm) {
	for _, d := range slowestFirst(j.Degrade) {
		deg := &j.Degrade[d]
		first, n := deg.ID, int32(1)
		switch deg.Target {
		case TargetLink:
			links = append(links, harm{deg.ID, d})
			continue
		case TargetSupply:
			continue
		case TargetHost:
			n = int32(j.Host.GPUs)
			first *= n
		}
		for g := first; g < min(first+n, int32(len(p.rankOn))); g++ {
			if r := p.rankOn[g]; r >= 0 {
				ranks = append(ranks, harm{r, d})
			}
		}
	}
	return ranks, links
}

// supplyHosts returns the host of the plan whose supplies each degrade takes, −1 where
// it takes none that a rank hangs on.
func (p *plan) supplyHosts(j *Job) []int32 {
	hosts := make([]int32, len(j.Degrade))
	for d := range hosts {
		hosts[d] = -1
		if deg := &j.Degrade[d]; deg.Target == TargetSupply {
			if h, there := slices.BinarySearch(p.hostID, deg.ID); there {
				hosts[d] = int32(h)
			}
		}
	}
	return hosts
}

// degraded returns the plan, in which every rank stands for itself, with what is
// wrong.
func (p *plan) degraded(j *Job) (*plan, error) {
	q := *p
	ranks, links := p.harms(j)
	q.speed, q.linkOf = make([][]int32, p.nodes), make([]int32, len(j.Degrade))
	for _, h := range ranks {
		q.speed[h.at] = append(q.speed[h.at], h.degrade)
	}
	for d := range q.linkOf {
		q.linkOf[d] = -1
	}
	for _, h := range links {
		q.linkOf[h.degrade] = h.at
	}
	q.supplyOf = p.supplyHosts(j)
	d, err := p.detours(j)
	q.addDetours(d)
	return &q, err
}

// scheduleDegrades puts what is wrong from the start into force and pushes the
// rest as events.
func (s *simulation) scheduleDegrades() {
	s.affected = make([][]int32, len(s.job.Degrade))
	for i := range s.nodes {
		for _, d := range s.plan.speed[i] {
			s.affected[d] = append(s.affected[d], int32(i))
		}
	}
	s.stall.cycle = flapCycle(s.job.Degrade)
	s.active, s.slowest = make([]bool, len(s.job.Degrade)), slowestFirst(s.job.Degrade)
	for d := range s.job.Degrade {
		deg := &s.job.Degrade[d]
		if s.continues(int32(d)) && s.plan.linkOf[d] < 0 && len(s.affected[d]) == 0 {
			continue // folded, another link stands for this one, and another part tells of it
		}
		s.schedule(deg.At, deg.For, eventDegrade, eventRestore, int32(d), func() { s.applyDegrade(int32(d), true, 0) })
	}
}

// applyDegrade begins or ends degrade d.
func (s *simulation) applyDegrade(d int32, begin bool, now engine.Time) {
	s.active[d] = begin
	if deg := &s.job.Degrade[d]; !begin && deg.Every > 0 && !s.stalled(now) {
		again := now.Add(deg.Every - deg.For)
		s.queue.Push(again, eventDegrade, d, 0)
		s.queue.Push(again.Add(deg.For), eventRestore, d, 0)
	}
	s.note(d, begin, now)
	if s.plan.supplyOf[d] >= 0 {
		s.failSupplies(d, begin)
	}
	for _, i := range s.affected[d] {
		s.nodes[i].speed = s.speedOf(s.plan.speed[i])
		s.touch(i)
	}
	link := s.plan.linkOf[d]
	if link < 0 {
		return
	}
	capacity := s.plan.net.Capacity[link]
	for _, o := range s.slowest {
		if s.plan.linkOf[o] == link && s.active[o] {
			capacity = capacity * int64(s.job.Degrade[o].Speed) / int64(cluster.Nominal)
		}
	}
	s.net.SetCapacity(now, link, capacity)
}

// speedOf returns the product of the degrades in force, which are listed the slowest
// first.
func (s *simulation) speedOf(degrades []int32) cluster.Speed {
	speed := cluster.Nominal
	for _, d := range degrades {
		if s.active[d] {
			speed = speed.Times(s.job.Degrade[d].Speed)
		}
	}
	return speed
}

// continues tells whether degrade d is of the same thing as the one before, with
// the same course: of such parts the first speaks for all.
func (s *simulation) continues(d int32) bool {
	deg := &s.job.Degrade[d]
	if d == 0 || deg.Part == "" {
		return false
	}
	before := s.job.Degrade[d-1]
	before.ID = deg.ID
	return before == *deg
}

// note records that degrade d begins or ends.
func (s *simulation) note(d int32, begin bool, now engine.Time) {
	deg := &s.job.Degrade[d]
	if s.continues(d) {
		return
	}
	e := trace.Event{At: now, Kind: "degrade", Name: s.job.nameOf(deg), Text: fmt.Sprintf("at %.4g %% of its speed", float64(deg.Speed)/float64(cluster.Nominal)*100)}
	switch {
	case deg.Target == TargetSupply && begin:
		e.Kind, e.Text = "supply_failure", fmt.Sprintf("%d of %d supplies lost", deg.Supplies, s.job.Host.Supplies)
	case deg.Target == TargetSupply:
		e.Kind, e.Text = "supply_back", fmt.Sprintf("%d supplies are back", deg.Supplies)
	case !begin:
		e.Kind, e.Text = "restore", "back at full speed"
	}
	s.job.Trace.Note(e)
}

// nameOf returns the name of what d slows, or of what that is a part of.
func (j *Job) nameOf(d *Degrade) string {
	switch {
	case d.Part != "":
		return d.Part
	case d.Target == TargetLink:
		return j.Topology.LinkName(d.ID)
	}
	return d.Target.named(d.ID)
}

var targetNames = [...]string{"gpu", "host", "link", "stage", "all", "host"}

// named names one thing of a kind, or all GPUs.
func (t Target) named(id int32) string {
	if t == TargetAll {
		return "all GPUs"
	}
	return fmt.Sprintf("%s %d", targetNames[t], id)
}
