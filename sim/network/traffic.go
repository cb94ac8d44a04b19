package network

import (
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// use is what flows of a class put on a tier: count crossings of one weight.
type use struct {
	count  int64
	weight uint32
	tier   uint8
}

// traffic keeps the bytes/s on each tier: Σ rate·weight over flows and hops.
// Crossings are rounded one by one, so that folding cannot change the sum.
type traffic struct {
	series []*trace.Series // per tier; nil: nobody looks
	first  []int32         // route r has uses[first[r]:first[r+1]]
	uses   []use
	rates  rates
}

func newTraffic(p *Plan, rec *trace.Recorder) traffic {
	if rec == nil {
		return traffic{}
	}
	t := traffic{first: make([]int32, 1, p.Routes()+1), rates: newRates(p.Routes())}
	for _, name := range p.Tiers {
		t.series = append(t.series, rec.NewSeries("traffic", name, "B/s"))
	}
	for r := range p.Routes() {
		from := len(t.uses)
		for _, h := range p.Hops[p.First[r]:p.First[r+1]] {
			t.add(from, use{h.Flows * p.linkCount(h.Link), h.Weight, p.Tier[h.Link]})
		}
		t.first = append(t.first, int32(len(t.uses)))
	}
	return t
}

// add merges u into the uses from the given one on.
func (t *traffic) add(from int, u use) {
	for i := from; i < len(t.uses); i++ {
		if t.uses[i].tier == u.tier && t.uses[i].weight == u.weight {
			t.uses[i].count += u.count
			return
		}
	}
	t.uses = append(t.uses, u)
}

// change moves the flow on a route from one rate, in force since a time, to another.
func (t *traffic) change(now, since engine.Time, route int32, from, to int64) {
	if t.series == nil || from == to {
		return
	}
	if from > 0 && t.rates.bins != nil && now > since {
		t.rates.add(route, from, since, now)
	}
	for _, u := range t.uses[t.first[route]:t.first[route+1]] {
		delta := to*int64(u.weight)/WeightOne - from*int64(u.weight)/WeightOne
		t.series[u.tier].Add(now, delta*u.count)
	}
}
