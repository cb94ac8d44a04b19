package training

import (
	"cmp"
	"slices"

	"trainsim/sim/engine"
)

// LinkLoad is what a link carried over the whole run.
type LinkLoad struct {
	Name        string // of the first of its class
	Tier        string
	Links       int64 // that carried just as much
	Bytes       int64 // each
	Utilization float64
	Capacity    int64           // bytes/s of each, healthy
	Width       engine.Duration // of a bin of Rate
	Rate        []float64       // mean bytes/s on each in every bin; nil where not kept (network.LinkRates)
}

// LinkUse is the distribution of the utilisation of the links of a tier that
// carried anything, as quantiles from the least to the most used.
type LinkUse struct {
	Tier      string
	Links     int64
	Quantiles []float64
}

const (
	hottest   = 10 // links that are named
	quantiles = 21 // 0, 5, … 100 %
)

// load is what link l, or each of its class, carried.
type load struct {
	bytes       int64
	utilization float64
	link        int32
}

// loads returns what the links carried in a run of some seconds, the most used
// first, without those that carried nothing and those that only bound a
// background.
func (s *simulation) loads(seconds float64) []load {
	bytes := make([]int64, len(s.joins))
	for g := range s.joins {
		bytes[g] = s.joins[g].carried
	}
	carried := s.net.Carried(s.now, bytes)
	used := 0
	for l := range carried {
		switch {
		case s.plan.net.Tiers[s.plan.net.Tier[l]] == backgroundTier:
			carried[l] = 0
		case carried[l] > 0:
			used++
		}
	}
	list := make([]load, 0, used) // at 100,000 ranks there are 400,000 links
	for l, b := range carried {
		if b > 0 {
			list = append(list, load{b, float64(b) / seconds / float64(max(s.plan.net.Capacity[l], 1)), int32(l)})
		}
	}
	slices.SortStableFunc(list, func(a, b load) int { return cmp.Compare(b.utilization, a.utilization) })
	return list
}

// hottestLinks names the most used links and says when they were.
func (s *simulation) hottestLinks(list []load) []LinkLoad {
	p := s.plan
	list = list[:min(len(list), hottest)]
	var links []int32
	for _, l := range list {
		links = append(links, l.link)
	}
	width, rates := s.net.LinkRates(links, s.now)
	var out []LinkLoad
	for i, l := range list {
		first := l.link
		if p.linkFirst != nil {
			first = p.linkFirst[l.link]
		}
		out = append(out, LinkLoad{Name: s.job.Topology.LinkName(first), Tier: p.net.Tiers[p.net.Tier[l.link]], Links: s.linksOf(l.link),
			Bytes: l.bytes, Utilization: l.utilization, Capacity: p.net.Capacity[l.link], Width: width})
		if rates != nil {
			out[i].Rate = rates[i]
		}
	}
	return out
}

// linksOf returns how many links link l of the plan stands for.
func (s *simulation) linksOf(l int32) int64 {
	if s.plan.net.LinkCount == nil {
		return 1
	}
	return s.plan.net.LinkCount[l]
}

// linkUse describes how evenly the links of each tier are used.
func (s *simulation) linkUse(list []load) []LinkUse {
	uses := make([]LinkUse, len(s.plan.net.Tiers))
	for _, l := range list {
		uses[s.plan.net.Tier[l.link]].Links += s.linksOf(l.link)
	}
	below := make([]int64, len(uses))
	for _, l := range slices.Backward(list) {
		tier := s.plan.net.Tier[l.link]
		u := &uses[tier]
		below[tier] += s.linksOf(l.link)
		for n := len(u.Quantiles); n < quantiles && below[tier]*(quantiles-1) >= int64(n)*u.Links; n++ {
			u.Quantiles = append(u.Quantiles, l.utilization)
		}
	}
	var out []LinkUse
	for tier, u := range uses {
		if u.Links > 0 {
			u.Tier = s.plan.net.Tiers[tier]
			out = append(out, u)
		}
	}
	return out
}
