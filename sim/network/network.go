// Package network moves bytes over links: topology, routes, collectives and the
// sharing of links between flows. It knows no GPU: its ids are ints.
package network

import (
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Hop is one link of a flow's route. A flow that progresses at r bytes/s uses
// r·Weight/WeightOne bytes/s of the link.
type Hop struct {
	Link   int32
	Weight uint32
	// Flows is how many flows of this class cross one link of this class: 1
	// unless classes are folded.
	Flows int64
}

// WeightOne is the weight of a hop that carries every byte of the flow.
const WeightOne = 1 << 16

// Plan is the fixed part of a network: links, and the route of every flow that
// can ever start. One flow is one communicator, so flow ids are group ids.
type Plan struct {
	Capacity  []int64 // per link, bytes/s
	Tier      []uint8 // per link, index into Tiers
	LinkCount []int64 // links of this class (nil: 1 each)
	Tiers     []string
	Hops      []Hop   // routes of all flows, one after another
	First     []int32 // flow f has Hops[First[f]:First[f+1]]
	FlowCount []int64 // flows of this class (nil: 1 each)
}

// Network is the moving part: active flows and their rates.
type Network struct{}

// New returns an idle network. Completions are pushed on q as events of the
// given kind with the flow as entity.
func New(p *Plan, q *engine.Queue, kind engine.Kind, rec *trace.Recorder) *Network { panic("todo") }

// Start makes flow f carry the given bytes from now on, after latency.
func (n *Network) Start(now engine.Time, f int32, bytes int64, latency engine.Duration) {
	panic("todo")
}

// SetCapacity changes the capacity of a link.
func (n *Network) SetCapacity(now engine.Time, link int32, bytesPerSecond int64) { panic("todo") }

// Dirty tells whether rates must be solved before time moves.
func (n *Network) Dirty() bool { panic("todo") }

// Settle solves the rates of every island touched in this instant and re-arms
// completions.
func (n *Network) Settle(now engine.Time) { panic("todo") }

// Fired handles an event of this network and tells whether the flow is done;
// if it fired early it was re-armed, or moved on from latency to transfer.
func (n *Network) Fired(e engine.Event) bool { panic("todo") }
