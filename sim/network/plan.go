package network

import (
	"fmt"
	"math"
)

// Hop is one link of a flow's route. A flow that progresses at r bytes/s uses
// r·Weight/WeightOne bytes/s of the link.
//
// A route names a link once, unless classes are folded: the flows of a class may
// cross a link of one class with different weights, and then its hops follow
// each other by rising weight. They stay apart because each crossing is rounded
// by its weight.
type Hop struct {
	Link   int32
	Weight uint32
	// Flows is how many flows of this class cross one link of this class with
	// this weight: 1 unless classes are folded.
	Flows int64
}

// WeightOne is the weight of a hop that carries every byte of the flow.
const WeightOne = 1 << 16

// MaxCapacity is the largest capacity of a link in bytes/s (140 TB/s), so that
// a capacity times WeightOne fits an int64.
const MaxCapacity = math.MaxInt64 >> 16

// Plan is the fixed part of a network: links, and the routes of every flow that
// can ever start. One flow is one communicator, so flow ids are group ids. Route
// f is that of flow f unless Reroute puts it on another; detours are the routes
// beyond.
type Plan struct {
	Capacity  []int64 // per link, bytes/s
	Tier      []uint8 // per link, index into Tiers
	LinkCount []int64 // links of this class (nil: 1 each)
	Tiers     []string
	Hops      []Hop   // of all routes, one after another
	First     []int32 // route r has Hops[First[r]:First[r+1]]
	Detours   []int32 // flow of each route beyond the first Flows
	FlowCount []int64 // flows of this class (nil: 1 each)

	// Wide tells of links that what they carry cannot fill (nil: none; see
	// Topology.Wide). They are counted, but bound no rate; their capacity must not
	// change. They do not tell flows apart: folded, the flows of a class may cross
	// other classes of them.
	Wide []bool
}

// IsWide tells whether link l is wide.
func (p *Plan) IsWide(l int32) bool { return p.Wide != nil && p.Wide[l] }

// Flows returns the number of flows (or classes of flows).
func (p *Plan) Flows() int { return p.Routes() - len(p.Detours) }

// Routes returns the number of routes: one of each flow, and the detours.
func (p *Plan) Routes() int { return max(len(p.First)-1, 0) }

// flowOf returns the flow that can take a route.
func (p *Plan) flowOf(route int) int32 {
	if flows := p.Flows(); route >= flows {
		return p.Detours[route-flows]
	}
	return int32(route)
}

// linkCount returns how many links link l stands for.
func (p *Plan) linkCount(l int32) int64 {
	if p.LinkCount == nil {
		return 1
	}
	return p.LinkCount[l]
}

// Check tells what is wrong with a plan: lengths that do not match, a link that
// does not exist, a link that a flow names twice other than in a row by rising
// weight, a capacity out of range, a weight of 0, or counts of classes that
// cannot be (the crossings of a link class by a flow class must share out evenly
// among its flows).
func (p *Plan) Check() error {
	links := len(p.Capacity)
	switch {
	case len(p.Tier) != links, p.LinkCount != nil && len(p.LinkCount) != links, p.Wide != nil && len(p.Wide) != links:
		return fmt.Errorf("network: %d capacities, %d tiers, %d link counts, %d wide or not", links, len(p.Tier), len(p.LinkCount), len(p.Wide))
	case len(p.First) > 0 && int(p.First[p.Routes()]) != len(p.Hops), len(p.First) == 0 && len(p.Hops) > 0:
		return fmt.Errorf("network: routes do not cover the %d hops", len(p.Hops))
	case p.Flows() < 0:
		return fmt.Errorf("network: %d detours among %d routes", len(p.Detours), p.Routes())
	case p.FlowCount != nil && len(p.FlowCount) != p.Flows():
		return fmt.Errorf("network: %d flows, %d flow counts", p.Flows(), len(p.FlowCount))
	}
	for l, c := range p.Capacity {
		if c < 0 || c > MaxCapacity {
			return fmt.Errorf("network: capacity %d B/s of link %d is not in [0, %d]", c, l, int64(MaxCapacity))
		}
		if int(p.Tier[l]) >= len(p.Tiers) {
			return fmt.Errorf("network: link %d is of tier %d of %d", l, p.Tier[l], len(p.Tiers))
		}
	}
	return p.checkRoutes()
}

// checkRoutes tells what is wrong with the routes: a detour is of a flow that
// has a route to leave.
func (p *Plan) checkRoutes() error {
	for _, f := range p.Detours {
		if f < 0 || int(f) >= p.Flows() || p.First[f] == p.First[f+1] {
			return fmt.Errorf("network: a detour of flow %d of %d, which crosses no link", f, p.Flows())
		}
	}
	last := make([]int32, len(p.Capacity)) // route+1 that named the link last
	for r := range p.Routes() {
		from, to := p.First[r], p.First[r+1]
		if from < 0 || from > to || int(to) > len(p.Hops) || from == to && r >= p.Flows() {
			return fmt.Errorf("network: route %d of flow %d has hops %d to %d of %d", r, p.flowOf(r), from, to, len(p.Hops))
		}
		var before Hop // of weight 0: none
		for _, h := range p.Hops[from:to] {
			if err := p.checkHop(r, h, before, last); err != nil {
				return err
			}
			before = h
		}
	}
	return nil
}

func (p *Plan) checkHop(r int, h, before Hop, last []int32) error {
	f := p.flowOf(r)
	if h.Link < 0 || int(h.Link) >= len(p.Capacity) {
		return fmt.Errorf("network: flow %d crosses link %d of %d", f, h.Link, len(p.Capacity))
	}
	if h.Weight == 0 || h.Flows < 1 {
		return fmt.Errorf("network: flow %d crosses link %d with weight %d, %d times", f, h.Link, h.Weight, h.Flows)
	}
	if rising := h.Link == before.Link && h.Weight > before.Weight; last[h.Link] == int32(r)+1 && !rising {
		return fmt.Errorf("network: flow %d names link %d twice", f, h.Link)
	}
	last[h.Link] = int32(r) + 1
	if p.IsWide(h.Link) && r >= p.Flows() {
		return fmt.Errorf("network: a detour of flow %d crosses wide link %d", f, h.Link)
	}
	if p.FlowCount == nil || p.IsWide(h.Link) {
		return nil
	}
	if n := h.Flows * p.linkCount(h.Link); n%p.FlowCount[f] != 0 {
		return fmt.Errorf("network: %d crossings of link class %d do not share out among %d flows of class %d", n, h.Link, p.FlowCount[f], f)
	}
	return nil
}
