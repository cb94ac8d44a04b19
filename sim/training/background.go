package training

import (
	"math"
	"math/bits"
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

// BackgroundUse is what a background got of the links that it shares.
type BackgroundUse struct {
	Asked, Got int64 // bytes, in the time that it sent for
	Time       engine.Duration
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
		p.addFlow(commBackground, int32(i), 0)
	}
}

// route returns the links of the machine that b crosses.
func (b *Background) route(t *network.Topology) []network.Hop {
	if b.Link >= 0 {
		return []network.Hop{{Link: b.Link, Weight: network.WeightOne, Flows: 1}}
	}
	return t.Path(b.From, b.To)
}

// addFlow ends the route of a flow of others, number of of its kind.
func (p *plan) addFlow(kind workload.Comm, of, shape int32) {
	p.net.First = append(p.net.First, int32(len(p.net.Hops)))
	p.firstMember = append(p.firstMember, int32(len(p.members)))
	p.groupComm = append(p.groupComm, kind)
	p.groupSize = append(p.groupSize, of)
	p.groupShape = append(p.groupShape, shape)
	p.groupCount = append(p.groupCount, 1)
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
		if b := s.background(int32(g)); b != nil {
			s.schedule(b.At, b.For, eventBackground, eventQuiet, int32(g), func() { s.sendBackground(int32(g), 0) })
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

// countOthers notes what the flows of others that are under way have carried up to
// now, the end.
func (s *simulation) countOthers(now engine.Time) {
	for g, c := range s.plan.groupComm {
		switch c {
		case commBackground:
			s.countBackground(int32(g), now)
		case commNeighbour:
			s.countNeighbour(int32(g), now)
		}
	}
}

// backgroundUses returns what each background got, once all of it is counted.
func (s *simulation) backgroundUses() []BackgroundUse {
	if len(s.job.Background) == 0 {
		return nil
	}
	out := make([]BackgroundUse, len(s.job.Background))
	for g := range s.plan.groupComm {
		b := s.background(int32(g))
		if b == nil {
			continue
		}
		end := s.now
		if b.For > 0 {
			end = min(end, b.At.Add(b.For))
		}
		sent := max(0, end.Sub(b.At))
		hi, lo := bits.Mul64(uint64(b.Rate), uint64(sent))
		asked, _ := bits.Div64(hi, lo, uint64(engine.Second))
		out[s.plan.groupSize[g]] = BackgroundUse{Asked: int64(asked), Got: s.joins[g].carried, Time: sent}
	}
	return out
}
