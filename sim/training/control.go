package training

import (
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
)

// The guards of a simulation are those of the supplies of its hosts, then those of
// its feeds. What a guard sees in an instant it answers with an event after its
// delay: power never changes a clock in the same instant.

// guard is the state of what watches the load of a feed, or of the supplies of a
// host.
type guard struct {
	sum     int64 // mW that the hosts below a feed draw
	quiet   int64 // sum, or load of supplies, above which there is something to do
	lasting int64 // mW that may last
	ends    int64 // mW below which what the policy does ends
	rating  int64 // mW of the breaker
	breaker cluster.Breaker
	opens   engine.Time // when a pushed event looks at the breaker; engine.Never: none does
	look    uint32      // generation of that event
	next    uint32      // generation of what the policy does next
	busy    bool        // there is something to do, whatever the load
	hot     bool        // in control.hot
	waits   bool        // something is next
	most    int64       // mW, since the policy was called
	warm    bool        // the breaker is not cold
	acts    bool        // the policy has acted
	hold    int16       // in force on the nodes below, −1: none
	acted   int64       // times that it began to act
	since   engine.Time // the policy acts, or does not
	nodes   []int32     // below
}

// control is the state of all that feeds a job.
type control struct {
	guards []guard
	hosts  int32   // guards of supplies
	drawn  []int64 // mW, by each host, as feeds know it
	lost   []int32 // supplies of each host
	hot    []int32 // guards of feeds to look at in this instant
	loads  supplyLoads
}

// newControl sets up the guards of a job that has a grid.
func (s *simulation) newControl() {
	g := s.plan.grid
	if g == nil {
		return
	}
	hosts := len(s.plan.hostCount)
	c := &control{guards: make([]guard, hosts+len(g.id)), hosts: int32(hosts), drawn: make([]int64, hosts), lost: make([]int32, hosts)}
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
	c.loads = newSupplyLoads(s.plan.supplyOf, s.plan.hostCount)
	s.settleFeeds(0)
}

// above calls f for each guard above a node, from its host up.
func (s *simulation) above(i int32, f func(guard int32)) {
	host := s.plan.host[i]
	f(host)
	for feed := s.plan.grid.host[host]; feed >= 0; feed = s.plan.grid.parent[feed] {
		f(s.control.hosts + feed)
	}
}

// guardSpec returns what guard k is to do.
func (s *simulation) guardSpec(k int32) *cluster.Guard {
	if k < s.control.hosts {
		return &s.job.Power.Supplies
	}
	return &s.job.Power.Levels[s.plan.grid.level[k-s.control.hosts]].Guard
}

// rate sets what guard k watches for.
func (s *simulation) rate(k int32, limit int64) {
	spec, g := *s.guardSpec(k), &s.control.guards[k]
	spec.Limit = limit
	g.rating, g.lasting, g.ends = limit, spec.Lasting(), spec.Ends()
	g.quiet = g.lasting
	if k >= s.control.hosts {
		l := s.plan.grid.load[k-s.control.hosts]
		g.quiet = int64((float64(g.lasting)-l.Fixed)/l.Per) - 1 // on the safe side of rounding
	}
}

// settleFeeds carries what hosts draw up to the site, and lets the guards look that
// have something to do.
func (s *simulation) settleFeeds(now engine.Time) {
	c := s.control
	for _, h := range s.supplies.Changed() {
		load := s.supplies.Load(h)
		c.loads.set(h, load, now)
		if g := &c.guards[h]; load > g.quiet || g.busy {
			s.watch(h, load, now)
		}
		if more := s.supplies.Input(h) - c.drawn[h]; more != 0 {
			c.drawn[h] += more
			s.carry(h, more)
		}
	}
	for _, k := range c.hot {
		c.guards[k].hot = false
		s.watch(k, s.loadOf(k), now)
	}
	c.hot = c.hot[:0]
}

// carry tells the feeds above a host that it draws more.
func (s *simulation) carry(h int32, more int64) {
	c, p := s.control, s.plan.grid
	more *= p.hosts[h]
	for f := p.host[h]; f >= 0; f = p.parent[f] {
		g := &c.guards[c.hosts+f]
		g.sum += more
		if !g.hot && (g.sum > g.quiet || g.busy) {
			g.hot = true
			c.hot = append(c.hot, c.hosts+f)
		}
		more *= p.share[f]
	}
}

// watch lets guard k see a new load, and tells the breaker. A load that is too high
// calls the policy, which acts after its delay whatever comes meanwhile; it ends
// once the load has been low all the time.
func (s *simulation) watch(k int32, load int64, now engine.Time) {
	g := &s.control.guards[k]
	switch spec := s.guardSpec(k); {
	case spec.Policy == cluster.Trip:
	case !g.acts && !g.waits && load > g.lasting:
		g.most = load
		s.call(k, now.Add(s.delay(spec)))
	case !g.acts && g.waits:
		g.most = max(g.most, load)
	case g.acts && !g.waits && load <= g.ends:
		s.call(k, now.Add(spec.After))
	case g.acts && load > g.ends:
		g.waits = false
	}
	s.warm(k, load, now)
	g.busy = g.acts || g.waits || g.warm
}

// delay returns how long after it is called a policy acts.
func (s *simulation) delay(spec *cluster.Guard) engine.Duration {
	if s.prompt {
		return 1
	}
	return spec.Delay
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
	if at := max(g.breaker.Opens(spec.Breaker), now+1); at < g.opens && !s.unbroken {
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
		if !s.unbroken {
			s.down(k, shed, now)
		}
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
	return s.job.supplyCap(s.live(k), ranks)
}

// held returns the level of a node that has some level, under the guards above it.
func (s *simulation) held(i int32, level int16) int16 {
	s.above(i, func(k int32) {
		if h := s.control.guards[k].hold; h >= 0 {
			level = s.code.with(level, len(s.job.Caps)+int(h))
		}
	})
	return level
}

// loadOf returns the load that guard k sees, in mW.
func (s *simulation) loadOf(k int32) int64 {
	if k < s.control.hosts {
		return s.supplies.Load(k)
	}
	return delivers(s.plan.grid.load[k-s.control.hosts], s.control.guards[k].sum)
}

// failSupplies begins or ends degrade d, which takes supplies of a host. Several may
// take more than it has.
func (s *simulation) failSupplies(d int32, begin bool) {
	c := s.control
	if c == nil {
		return
	}
	h, n := s.plan.supplyOf[d], s.job.Degrade[d].Supplies
	if !begin {
		n = -n
	}
	fitted := int32(s.job.Host.Supplies)
	was := min(fitted, c.lost[h])
	c.lost[h] += n
	s.supplies.Fail(h, int(min(fitted, c.lost[h])-was))
	s.rate(h, s.supplies.Capacity(h))
}
