package training

import (
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// The guards of a simulation are those of the supplies of its hosts, then those of
// its feeds. What a guard sees in an instant it answers with an event after its
// delay: power never changes a clock in the same instant.

// guard is the state of what watches the load of a feed, or of the supplies of a
// host.
type guard struct {
	breaker cluster.Breaker
	lasting int64       // mW that may last; 0: no limit
	ends    int64       // mW below which what the policy does ends
	rating  int64       // mW of the breaker
	opens   engine.Time // when a pushed event looks at the breaker; engine.Never: none does
	look    uint32      // generation of that event
	next    uint32      // generation of what the policy does next
	waits   bool        // something is next
	warm    bool        // the breaker is not cold
	hold    int16       // in force on the nodes below, −1: none
	acts    bool        // the policy has acted
	acted   int64       // times that it began to
	since   engine.Time // the policy acts, or does not
	nodes   []int32     // below
}

// control is the state of all that feeds a job.
type control struct {
	guards []guard
	hosts  int32 // guards of supplies
	feeds  *cluster.Feeds
	lost   []int32 // supplies of each host
	meters []levelMeter
	loads  []meter // of the supplies of each host
}

// levelMeter is what all feeds of a level draw, deliver and take.
type levelMeter struct {
	drawn, delivered meter
	series           *trace.Series
}

// newControl sets up the feeds and the guards of a job that has a grid.
func (s *simulation) newControl() {
	g := s.plan.grid
	if g == nil {
		return
	}
	hosts := len(s.plan.hostCount)
	c := &control{guards: make([]guard, hosts+len(g.id)), hosts: int32(hosts), feeds: cluster.NewFeeds(g.Tree), lost: make([]int32, hosts),
		meters: make([]levelMeter, len(g.Levels)), loads: make([]meter, hosts)}
	s.control = c
	for i := range c.guards {
		c.guards[i].opens, c.guards[i].hold = engine.Never, -1
		limit := s.guardSpec(int32(i)).Limit
		if int32(i) < c.hosts {
			limit = s.supplies.Capacity(int32(i))
		}
		s.rate(int32(i), limit)
	}
	for i := range s.nodes {
		s.above(int32(i), func(k int32) { c.guards[k].nodes = append(c.guards[k].nodes, int32(i)) })
	}
	for l := range c.meters {
		c.meters[l].series = s.job.Trace.NewSeries("power_level", g.Levels[l].Name, "mW")
	}
	s.supplies.Hang(c.feeds)
	s.settleFeeds(0)
}

// above calls f for each guard above a node, from its host up.
func (s *simulation) above(i int32, f func(guard int32)) {
	host := s.plan.host[i]
	f(host)
	for feed := s.plan.grid.Host[host]; feed >= 0; feed = s.plan.grid.Parent[feed] {
		f(s.control.hosts + feed)
	}
}

// guardSpec returns what guard k is to do.
func (s *simulation) guardSpec(k int32) *cluster.Guard {
	if k < s.control.hosts {
		return &s.job.Power.Supplies
	}
	g := s.plan.grid
	return &g.Levels[g.LevelOf(k-s.control.hosts)].Guard
}

// rate sets what guard k watches for.
func (s *simulation) rate(k int32, limit int64) {
	spec, g := *s.guardSpec(k), &s.control.guards[k]
	spec.Limit = limit
	g.rating, g.lasting, g.ends = limit, spec.Lasting(), spec.Ends()
}

// settleFeeds carries the load of hosts up to the site, and lets the guards look at
// all that changed.
func (s *simulation) settleFeeds(now engine.Time) {
	c := s.control
	c.feeds.Settle()
	for l := range c.meters {
		m, drawn := &c.meters[l], c.feeds.Drawn(l)
		m.series.Add(now, drawn-m.drawn.value)
		m.drawn.set(now, drawn)
		m.delivered.set(now, c.feeds.Delivered(l))
	}
	for _, h := range s.supplies.Changed() {
		load := s.supplies.Load(h)
		c.loads[h].set(now, load)
		s.watch(h, load, now)
	}
	for _, f := range c.feeds.Changed() {
		if k := c.hosts + f; c.guards[k].rating > 0 {
			s.watch(k, c.feeds.Load(f), now)
		}
	}
}

// watch lets guard k see a new load, and tells the breaker. A load that is too high
// calls the policy, which acts after its delay whatever comes meanwhile; it ends
// once the load has been low all the time.
func (s *simulation) watch(k int32, load int64, now engine.Time) {
	g := &s.control.guards[k]
	if load <= g.lasting && !g.acts && !g.waits && !g.warm {
		return
	}
	switch spec := s.guardSpec(k); {
	case spec.Policy == cluster.Trip:
	case !g.acts && !g.waits && load > g.lasting:
		s.call(k, now.Add(spec.Delay))
	case g.acts && !g.waits && load <= g.ends:
		s.call(k, now.Add(spec.After))
	case g.acts && load > g.ends:
		g.waits = false
	}
	s.warm(k, load, now)
}

// call calls the policy of guard k for a time.
func (s *simulation) call(k int32, at engine.Time) {
	g := &s.control.guards[k]
	g.waits = true
	g.next = engine.Next(g.next)
	s.queue.Push(at, eventAct, k, g.next)
}

// warm tells the breaker of guard k of a new load. The event that looks at it is
// pushed for the first time at which it may open; when it is not yet so far, it is
// pushed again.
func (s *simulation) warm(k int32, load int64, now engine.Time) {
	spec, g := s.guardSpec(k), &s.control.guards[k]
	if spec.Breaker == 0 || load <= g.rating && !g.warm {
		return
	}
	g.breaker.Set(now, load, g.rating)
	g.warm = load > g.rating || g.breaker.Heat(now) > 0
	if at := max(g.breaker.Opens(spec.Breaker), now+1); at < g.opens {
		g.opens = at
		g.look = engine.Next(g.look)
		s.queue.Push(at, eventOpen, k, g.look)
	}
}

// open looks at the breaker of guard k, which opens if it is hot.
func (s *simulation) open(k int32, gen uint32, now engine.Time) {
	g := &s.control.guards[k]
	if gen != g.look || g.opens != now {
		return
	}
	g.opens = engine.Never
	at := g.breaker.Opens(s.guardSpec(k).Breaker)
	switch {
	case at <= now:
		s.down(k, trip, now)
	case at < engine.Never:
		g.opens = at
		g.look = engine.Next(g.look)
		s.queue.Push(at, eventOpen, k, g.look)
	}
}

// act does what the policy of guard k is to do next.
func (s *simulation) act(k int32, gen uint32, now engine.Time) {
	g := &s.control.guards[k]
	if gen != g.next || !g.waits {
		return
	}
	g.waits = false
	spec := s.guardSpec(k)
	if spec.Policy == cluster.Shed {
		s.down(k, shed, now)
		return
	}
	g.acts, g.since = !g.acts, now
	g.hold = -1
	if g.acts {
		g.acted++
		g.hold = int16(slices.Index(s.plan.grid.holds, holdOf(spec.Policy, s.leaves(k))))
	}
	for _, i := range g.nodes {
		s.setLevel(i, s.levelOf(i))
	}
	s.noteAct(k, now)
}

// leaves returns what guard k leaves to each GPU below it, in mW.
func (s *simulation) leaves(k int32) int64 {
	if k >= s.control.hosts {
		return s.plan.grid.cap[k-s.control.hosts]
	}
	ranks := int64(0)
	for _, i := range s.control.guards[k].nodes {
		ranks += s.plan.perHost[i]
	}
	return s.job.supplyCap(max(0, s.job.Host.Supplies-int(s.control.lost[k])), ranks)
}

// held returns the level of a node that has some level, under the guards above it.
func (s *simulation) held(i int32, level int16) int16 {
	s.above(i, func(k int32) {
		if h := s.control.guards[k].hold; h >= 0 {
			level = s.code.under[int(level)*s.code.caps+len(s.job.Caps)+int(h)]
		}
	})
	return level
}

// loadOf returns the load that guard k sees, in mW.
func (s *simulation) loadOf(k int32) int64 {
	if k < s.control.hosts {
		return s.supplies.Load(k)
	}
	return s.control.feeds.Load(k - s.control.hosts)
}

// scheduleFailures takes supplies out of service that fail from the start on, and
// pushes the rest as events.
func (s *simulation) scheduleFailures() {
	if s.control == nil {
		return
	}
	for i := range s.job.Power.Failures {
		f := &s.job.Power.Failures[i]
		if f.At <= 0 {
			s.failSupplies(int32(i), true, 0)
		} else {
			s.queue.Push(f.At, eventSupply, int32(i), 0)
		}
		if f.For > 0 {
			s.queue.Push(f.At.Add(f.For), eventSupplyBack, int32(i), 0)
		}
	}
}

// failSupplies begins or ends failure i.
func (s *simulation) failSupplies(i int32, begin bool, now engine.Time) {
	f, c := &s.job.Power.Failures[i], s.control
	e := trace.Event{At: now, Kind: "supply_failure", Name: fmt.Sprintf("host %d", f.Host), Text: fmt.Sprintf("%d of %d supplies lost", f.Supplies, s.job.Host.Supplies)}
	if !begin {
		e.Kind, e.Text = "supply_back", fmt.Sprintf("%d supplies are back", f.Supplies)
	}
	s.job.Trace.Note(e)
	h, n := s.plan.grid.fails[i], f.Supplies
	if h < 0 {
		return
	}
	if !begin {
		n = -n
	}
	fitted := int32(s.job.Host.Supplies)
	was := min(fitted, c.lost[h])
	c.lost[h] += n
	s.supplies.Fail(h, int(min(fitted, c.lost[h])-was))
	s.rate(h, s.supplies.Capacity(h))
}
