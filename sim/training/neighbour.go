package training

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/network"
)

// Neighbour is another job on the machine, whose GPUs hold no ranks: over and over
// it computes, and then all its communicators move bytes at once. The slowest of
// them ends its period.
type Neighbour struct {
	Groups     [][]int32 // GPUs of each communicator
	Collective network.Collective
	Bytes      int64 // by NCCL's convention
	Compute    engine.Duration
	At         engine.Time
	For        engine.Duration // it begins no exchange after this; 0: to the end
}

// NeighbourUse is what a neighbour got of the machine that it shares.
type NeighbourUse struct {
	Periods int64           // that have ended
	Mean    engine.Duration // length of one, rounded down; 0: none has ended
	Alone   engine.Duration // the same on a healthy machine, without anybody else
}

// commNeighbour marks a flow of the plan that is of a neighbour: it has no members,
// and its groupSize is the number of the neighbour.
const commNeighbour = commBackground + 1

// neighbour is the moving part of one.
type neighbour struct {
	flows   []int32
	costs   []network.Cost // of each flow
	moving  int            // flows that do
	periods int64
	ended   engine.Time // the last of them
}

// addNeighbours adds a flow for each communicator of each neighbour.
func (p *plan) addNeighbours(j *Job) error {
	for i := range j.Neighbours {
		n := &j.Neighbours[i]
		for k := range n.Groups {
			hops, shape := n.route(j.Topology, int32(k))
			if err := j.Topology.CheckRoute(hops); err != nil {
				return fmt.Errorf("neighbour %d: %w", i, err)
			}
			p.net.Hops = append(p.net.Hops, hops...)
			p.addFlow(commNeighbour, int32(i), p.shape(shape))
		}
	}
	return nil
}

// route returns the links that the bytes of communicator k take, and its shape.
func (n *Neighbour) route(t *network.Topology, k int32) ([]network.Hop, network.Shape) {
	return t.Route(n.Collective, n.Groups[k])
}

// nth returns which communicator of its neighbour flow g of a plan is, in which each
// stands for itself.
func (p *plan) nth(g int32) (k int32) {
	for before := g - 1; before >= 0 && p.groupComm[before] == commNeighbour && p.groupSize[before] == p.groupSize[g]; before-- {
		k++
	}
	return k
}

// scheduleNeighbours lets every neighbour compute once it begins.
func (s *simulation) scheduleNeighbours() {
	s.neighbours = make([]neighbour, len(s.job.Neighbours))
	for g, c := range s.plan.groupComm {
		if c == commNeighbour {
			at := s.plan.groupSize[g]
			n, spec := &s.neighbours[at], &s.job.Neighbours[at]
			n.flows = append(n.flows, int32(g))
			n.costs = append(n.costs, s.job.Fabric.Cost(spec.Collective, s.plan.shapes[s.plan.groupShape[g]], spec.Bytes))
		}
	}
	for i := range s.neighbours {
		spec := &s.job.Neighbours[i]
		s.queue.Push(spec.At.Add(spec.Compute), eventNeighbour, int32(i), 0)
	}
}

// communicate starts the flows of neighbour i, which has computed, unless it is gone.
func (s *simulation) communicate(i int32, now engine.Time) {
	n, spec := &s.neighbours[i], &s.job.Neighbours[i]
	if spec.For > 0 && now >= spec.At.Add(spec.For) {
		return
	}
	if s.stalled(now) {
		return
	}
	n.moving = len(n.flows)
	for k, g := range n.flows {
		s.net.Start(now, g, n.costs[k].Wire, n.costs[k].Latency)
	}
}

// exchanged ends flow g of a neighbour, which computes anew once all have ended.
func (s *simulation) exchanged(g int32, now engine.Time) {
	i := s.plan.groupSize[g]
	n := &s.neighbours[i]
	s.joins[g].carried += n.costOf(g).Wire
	if n.moving--; n.moving > 0 {
		return
	}
	n.periods++
	n.ended = now
	s.queue.Push(now.Add(s.job.Neighbours[i].Compute), eventNeighbour, i, 0)
}

// countNeighbour notes what a flow that is under way has carried up to now.
func (s *simulation) countNeighbour(g int32, now engine.Time) {
	if s.net.Active(g) {
		s.joins[g].carried += s.neighbours[s.plan.groupSize[g]].costOf(g).Wire - s.net.Left(now, g)
	}
}

// costOf returns the cost of flow g, which is one of the neighbour.
func (n *neighbour) costOf(g int32) *network.Cost {
	k := 0
	for n.flows[k] != g {
		k++
	}
	return &n.costs[k]
}

// neighbourUses returns what the neighbours got.
func (s *simulation) neighbourUses() []NeighbourUse {
	var out []NeighbourUse
	for i := range s.neighbours {
		n, spec := &s.neighbours[i], &s.job.Neighbours[i]
		u := NeighbourUse{Periods: n.periods, Alone: spec.Compute + s.job.exchangeAlone(spec)}
		if n.periods > 0 {
			u.Mean = n.ended.Sub(spec.At) / engine.Duration(n.periods)
		}
		out = append(out, u)
	}
	return out
}

// exchangeAlone returns how long the communicators of a neighbour take together on
// the healthy machine, without anybody else.
func (j *Job) exchangeAlone(n *Neighbour) engine.Duration {
	t := j.Topology
	plan := network.Plan{Capacity: t.Capacity, Tier: t.Tier, Tiers: t.Tiers, First: []int32{0}}
	var costs []network.Cost
	for k := range n.Groups {
		hops, shape := n.route(t, int32(k))
		plan.Hops = append(plan.Hops, hops...)
		plan.First = append(plan.First, int32(len(plan.Hops)))
		costs = append(costs, j.Fabric.Cost(n.Collective, shape, n.Bytes))
	}
	var queue engine.Queue
	net := network.New(&plan, &queue, eventFlow, nil)
	for g, c := range costs {
		net.Start(0, int32(g), c.Wire, c.Latency)
	}
	net.Settle(0)
	var last engine.Time
	for e, ok := queue.Pop(); ok; e, ok = queue.Pop() {
		for now := e.At; ok; e, ok = queue.PopNow() {
			if net.Fired(e) {
				last = now
			}
		}
		net.Settle(queue.Now())
	}
	return last.Sub(0)
}
