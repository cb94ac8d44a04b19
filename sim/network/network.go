// Package network moves bytes over links: topology, routes, collectives and the
// sharing of links between flows. It knows no GPU: its ids are ints.
//
// # Basics
//
// A [Fabric] (parameters) builds a [Topology] (links and routes) and prices a
// collective ([Fabric.Cost]: latency and bytes). A [Plan] holds the route of
// every flow that can ever start, and a [Network] runs them: flows that are
// active share links weighted max-min fairly, solved once per instant and only
// for the island of flows and links reachable from what changed.
//
// # Caveats
//
// Rates, shares and progress are integers: shares by floor division, work left
// in bytes·ns/s as 128 bits. So the order of starts within an instant, ties and
// folding cannot change a result.
package network

import (
	"fmt"
	"math"
	"math/bits"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// flow states.
const (
	idle uint8 = iota
	waiting
	moving
)

// flow is the moving part of a flow. Work is counted in bytes·1e9, so that
// bytes/s times nanoseconds needs no division.
type flow struct {
	left       engine.Total // work left at since
	bytes      int64
	rate       int64       // bytes/s
	sole       int64       // rate when alone on its links, valid while version is current
	limit      int64       // bytes/s it can move at most, whatever its links allow
	since      engine.Time // progress is counted up to here
	due        engine.Time // when it completes at the present rate, or Never
	armed      engine.Time // when its valid event fires, or Never
	generation uint32
	version    uint32
	mark       uint32 // last solve that visited it
	state      uint8
}

// link is the moving part of a link. Capacities and loads are scaled by
// WeightOne, so that weights need no division.
type link struct {
	capacity int64 // scaled
	residual int64 // scaled, during a solve
	load     int64 // Σ weight·flows of flows without a rate yet, during a solve
	head     int32 // first step of an active flow, or -1
	mark     uint32
	touched  bool
}

// step is what a flow loads one link with, all hops on it together, and its
// place in the list of active steps of that link.
type step struct {
	link, flow, next, prev int32
	load                   int64 // Σ weight·flows
}

// passing is what a flow loads a wide link with.
type passing struct {
	link, flow int32
	load       int64 // Σ weight·flows
}

// Network is the moving part: active flows and their rates.
type Network struct {
	queue *engine.Queue
	kind  engine.Kind
	first []int32 // route r has steps[first[r]:first[r+1]]
	route []int32 // that each flow is on
	flows []flow
	links []link
	steps []step
	wide  []passing

	classes []classRate // per route; nil: not folded
	detours []detour

	touched []int32 // links whose island must be solved in this instant
	watched bool    // whoever runs the network asks for Changed
	changed []int32 // flows whose rate is another since Changed was called
	version uint32  // of capacities
	epoch   uint32  // of marks
	solver  solver
	traffic traffic
}

// New returns an idle network. Completions are pushed on q as events of the
// given kind with the flow as entity. It panics on a plan that [Plan.Check]
// refuses.
func New(p *Plan, q *engine.Queue, kind engine.Kind, rec *trace.Recorder) *Network {
	if err := p.Check(); err != nil {
		panic(err)
	}
	n := &Network{
		queue: q, kind: kind,
		first:   make([]int32, 0, p.Routes()+1),
		route:   make([]int32, p.Flows()),
		flows:   make([]flow, p.Flows()),
		links:   make([]link, len(p.Capacity)),
		steps:   make([]step, 0, len(p.Hops)),
		detours: newDetours(p),
		version: 1,
		traffic: newTraffic(p, rec),
	}
	for i, c := range p.Capacity {
		n.links[i] = link{capacity: c * WeightOne, head: -1}
	}
	for f := range n.flows {
		n.flows[f].due, n.flows[f].armed, n.flows[f].limit = engine.Never, engine.Never, Unlimited
		n.route[f] = int32(f)
	}
	for r := range p.Routes() {
		n.addRoute(r, p)
	}
	n.first = append(n.first, int32(len(n.steps)))
	n.addClasses(p)
	return n
}

// addRoute appends the steps of a route: one per link, of which there may be
// several hops in a row.
func (n *Network) addRoute(r int, p *Plan) {
	n.first = append(n.first, int32(len(n.steps)))
	f, route := p.flowOf(r), p.Hops[p.First[r]:p.First[r+1]]
	for i, h := range route {
		load := int64(h.Weight) * h.Flows
		switch {
		case p.IsWide(h.Link):
			n.wide = append(n.wide, passing{h.Link, f, load})
		case i > 0 && route[i-1].Link == h.Link:
			n.steps[len(n.steps)-1].load += load
		default:
			n.steps = append(n.steps, step{link: h.Link, flow: f, next: -1, prev: -1, load: load})
		}
	}
}

// stepsOf returns the steps of the route that flow f is on.
func (n *Network) stepsOf(f int32) []step {
	r := n.route[f]
	return n.steps[n.first[r]:n.first[r+1]]
}

// Start makes flow f carry the given bytes from now on, after latency. It is
// done after the latency when there are no bytes or no links to cross; even
// then it is an event that says so.
func (n *Network) Start(now engine.Time, f int32, bytes int64, latency engine.Duration) {
	w := &n.flows[f]
	if w.state != idle || bytes < 0 || latency < 0 {
		panic(fmt.Sprintf("network: Start(%d, flow %d, %d bytes, latency %d): flow busy or negative amount", now, f, bytes, latency))
	}
	w.bytes = bytes
	if len(n.stepsOf(f)) == 0 {
		w.bytes = 0
	}
	w.state = waiting
	if latency == 0 && w.bytes > 0 {
		n.join(now, f)
		return
	}
	w.due = now.Add(latency)
	n.arm(f, w.due)
}

// Fired handles an event of this network and tells whether the flow is done;
// if it fired early it was re-armed, or moved on from latency to transfer.
func (n *Network) Fired(e engine.Event) bool {
	f := e.Entity
	w := &n.flows[f]
	if e.Generation() != w.generation || w.armed != e.At {
		return false
	}
	w.armed = engine.Never
	switch {
	case w.due > e.At: // postponed since it was armed
		if w.due != engine.Never {
			n.arm(f, w.due)
		}
		return false
	case w.state == waiting && w.bytes > 0:
		n.join(e.At, f)
		return false
	case w.state == moving:
		n.leave(e.At, f)
	}
	w.state, w.due = idle, engine.Never
	return true
}

// Cancel stops flow f where it is; it never completes. Cancelling an idle flow
// does nothing.
func (n *Network) Cancel(now engine.Time, f int32) {
	w := &n.flows[f]
	if w.state == moving {
		n.leave(now, f)
	}
	if w.armed != engine.Never {
		n.disarm(w)
	}
	w.state, w.due = idle, engine.Never
}

// SetCapacity changes the capacity of a link, in bytes/s. At 0 the link is
// dead: its flows stall, without an event, until capacity returns.
func (n *Network) SetCapacity(now engine.Time, l int32, bytesPerSecond int64) {
	if bytesPerSecond < 0 || bytesPerSecond > MaxCapacity {
		panic(fmt.Sprintf("network: capacity %d B/s of link %d is not in [0, %d]", bytesPerSecond, l, int64(MaxCapacity)))
	}
	n.links[l].capacity = bytesPerSecond * WeightOne
	n.version++ // wraps after 4e9 changes: a sole rate would have to be that old to be taken for valid
	if n.links[l].head >= 0 {
		n.touch(l)
	}
}

// Unlimited is the limit of a flow that only its links bound.
const Unlimited int64 = math.MaxInt64

// SetLimit bounds the rate of flow f, whatever its links allow: those at its ends
// can move no more. It stays in force from one start to the next.
func (n *Network) SetLimit(f int32, bytesPerSecond int64) {
	w := &n.flows[f]
	if w.limit == bytesPerSecond {
		return
	}
	w.limit = bytesPerSecond
	if w.state == moving {
		n.touch(n.stepsOf(f)[0].link)
	}
}

// Watch makes the network note flows whose rate becomes another, but by their end.
func (n *Network) Watch() { n.watched = true }

// Changed returns the flows that were noted since it was called last, some maybe
// twice, valid until the network is used again.
func (n *Network) Changed() []int32 {
	changed := n.changed
	n.changed = n.changed[:0]
	return changed
}

// Dirty tells whether rates must be solved before time moves.
func (n *Network) Dirty() bool { return len(n.touched) > 0 }

// Rate returns the present rate of flow f in bytes/s; it is valid once the
// instant is settled.
func (n *Network) Rate(f int32) int64 {
	if n.flows[f].state != moving {
		return 0
	}
	return n.flows[f].rate
}

// Active tells whether flow f has started and is not done.
func (n *Network) Active(f int32) bool { return n.flows[f].state != idle }

// Stuck tells whether flow f has bytes to move over a dead link; it is valid once
// the instant is settled.
func (n *Network) Stuck(f int32) bool { return n.flows[f].state == moving && n.flows[f].rate == 0 }

// Left returns the bytes that flow f has still to move at now, rounded up.
func (n *Network) Left(now engine.Time, f int32) int64 {
	left := n.Remaining(now, f)
	q, r := bits.Div64(left.Hi, left.Lo, workPerByte)
	if r > 0 {
		q++
	}
	return int64(q)
}

// Remaining is Left in 10⁻⁹ bytes, exactly.
func (n *Network) Remaining(now engine.Time, f int32) engine.Total {
	w := n.flows[f]
	switch w.state {
	case idle:
		return engine.Total{}
	case waiting:
		w.left = engine.Total{}
		w.left.AddProduct(uint64(w.bytes), workPerByte)
	default:
		w.progress(now)
	}
	return w.left
}

// join makes flow f share its links from now on. A flow that is alone on its
// links gets its rate at once; otherwise its island is solved at the end of the
// instant.
func (n *Network) join(now engine.Time, f int32) {
	w := &n.flows[f]
	w.state, w.since, w.rate, w.due = moving, now, 0, engine.Never
	w.left = engine.Total{}
	w.left.AddProduct(uint64(w.bytes), workPerByte)
	if alone := n.enter(f, w.bytes); !alone {
		return
	}
	if w.version != n.version {
		w.version, w.sole = n.version, n.soleRate(n.stepsOf(f))
	}
	n.setRate(now, f, min(w.sole, w.limit))
}

// enter puts flow f, with some bytes left, on the links of its route, and tells
// whether it is alone on them; otherwise its island is to be solved.
func (n *Network) enter(f int32, left int64) (alone bool) {
	from := n.first[n.route[f]]
	steps := n.stepsOf(f)
	alone = true
	for i := range steps {
		s := &steps[i]
		l := &n.links[s.link]
		if l.head >= 0 {
			alone = false
			n.steps[l.head].prev = from + int32(i)
			s.next = l.head
		}
		l.head = from + int32(i)
	}
	if !alone {
		n.touch(steps[0].link)
	}
	if d := n.detourOf(f); d != nil {
		d.left = left
	}
	return alone
}

// soleRate is the rate of a flow that has its links for itself.
func (n *Network) soleRate(steps []step) int64 {
	rate := int64(MaxCapacity) * WeightOne
	for i := range steps {
		rate = min(rate, n.links[steps[i].link].capacity/steps[i].load)
	}
	return rate
}

// leave takes flow f off its links; whoever shared them is solved anew.
func (n *Network) leave(now engine.Time, f int32) {
	if d := n.detourOf(f); d != nil {
		d.carried += d.left - n.Left(now, f)
	}
	n.traffic.change(now, n.flows[f].since, n.route[f], n.flows[f].rate, 0)
	n.flows[f].rate = 0
	steps := n.stepsOf(f)
	for i := range steps {
		s := &steps[i]
		l := &n.links[s.link]
		if s.prev < 0 {
			l.head = s.next
		} else {
			n.steps[s.prev].next = s.next
		}
		if s.next >= 0 {
			n.steps[s.next].prev = s.prev
		}
		if l.head >= 0 {
			n.touch(s.link)
		}
		s.next, s.prev = -1, -1
	}
}

func (n *Network) touch(l int32) {
	if !n.links[l].touched {
		n.links[l].touched = true
		n.touched = append(n.touched, l)
	}
}
