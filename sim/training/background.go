package training

import (
	"math"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// Background is traffic of others: a flow over one link, or between two GPUs,
// that always has more to send and shares links like any other, up to Rate.
type Background struct {
	From, To int32 // GPUs, where Link is below 0
	Link     int32
	Rate     int64 // bytes/s
	At       engine.Time
	For      engine.Duration // 0: to the end
}

// commBackground marks a flow of the plan that is no communicator: it has no
// members, and its groupSize is the number of the background.
const commBackground = workload.NumComms

// backgroundTier is the tier of the links that bound what a background sends.
const backgroundTier = "background"

// addBackground adds a flow for each background. A link of its own, as wide as
// the rate, bounds what it sends.
func (p *plan) addBackground(j *Job) {
	if len(j.Background) == 0 {
		return
	}
	tier := uint8(len(p.net.Tiers))
	p.net.Tiers = append(slices.Clone(p.net.Tiers), backgroundTier)
	p.net.Capacity, p.net.Tier = slices.Clone(p.net.Capacity), slices.Clone(p.net.Tier)
	for i, b := range j.Background {
		own := int32(len(p.net.Capacity))
		p.net.Capacity, p.net.Tier = append(p.net.Capacity, b.Rate), append(p.net.Tier, tier)
		p.net.Hops = append(p.net.Hops, b.route(j.Topology)...)
		p.net.Hops = append(p.net.Hops, network.Hop{Link: own, Weight: network.WeightOne, Flows: 1})
		p.net.First = append(p.net.First, int32(len(p.net.Hops)))
		p.firstMember = append(p.firstMember, int32(len(p.members)))
		p.groupComm = append(p.groupComm, commBackground)
		p.groupSize = append(p.groupSize, int32(i))
		p.groupShape = append(p.groupShape, 0)
		p.groupCount = append(p.groupCount, 1)
	}
}

// route returns the links of the machine that b crosses.
func (b *Background) route(t *network.Topology) []network.Hop {
	if b.Link >= 0 {
		return []network.Hop{{Link: b.Link, Weight: network.WeightOne, Flows: 1}}
	}
	return t.Path(b.From, b.To)
}

// background returns the background that flow g is, or nil.
func (s *simulation) background(g int32) *Background {
	if s.plan.groupComm[g] != commBackground {
		return nil
	}
	return &s.job.Background[s.plan.groupSize[g]]
}

// scheduleBackground starts background traffic, now or when it begins.
func (s *simulation) scheduleBackground() {
	for g := range s.plan.groupComm {
		b := s.background(int32(g))
		if b == nil {
			continue
		}
		if b.At <= 0 {
			s.sendBackground(int32(g), 0)
		} else {
			s.queue.Push(b.At, eventBackground, int32(g), 0)
		}
		if b.For > 0 {
			s.queue.Push(b.At.Add(b.For), eventQuiet, int32(g), 0)
		}
	}
}

// sendBackground starts a background flow: as many bytes as there are.
func (s *simulation) sendBackground(g int32, now engine.Time) {
	s.net.Start(now, g, math.MaxInt64, 0)
}

// countBackground notes what a background flow has carried up to now, if it sends.
func (s *simulation) countBackground(g int32, now engine.Time) {
	if s.net.Active(g) {
		s.joins[g].carried += math.MaxInt64 - s.net.Left(now, g)
	}
}
