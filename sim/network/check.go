package network

import (
	"fmt"

	"trainsim/sim/engine"
)

// Check tells whether the rates of a settled instant are weighted max-min fair
// and every pending completion is right: no link above its capacity, wide or not; every
// flow is at its limit or crosses a link that is full (but for the remainder of
// the floor division) and on which no flow is faster; no completion without an event at
// or before it. It costs a look at every hop of every active flow.
func (n *Network) Check() error {
	if n.Dirty() {
		return fmt.Errorf("network: not settled")
	}
	for l := range n.links {
		used := n.used(int32(l))
		if used > n.links[l].capacity {
			return fmt.Errorf("network: link %d carries %d of %d (scaled)", l, used, n.links[l].capacity)
		}
	}
	carried := make([]int64, len(n.links)) // by wide links, scaled
	for _, w := range n.wide {
		if carried[w.link] += n.Rate(w.flow) * w.load; carried[w.link] > n.links[w.link].capacity {
			return fmt.Errorf("network: wide link %d carries more than %d (scaled)", w.link, n.links[w.link].capacity)
		}
	}
	for f := range n.flows {
		w := &n.flows[f]
		if w.state != idle && w.due < w.armed {
			return fmt.Errorf("network: flow %d is due at %d, its event is at %d", f, w.due, w.armed)
		}
		if w.state == idle && w.armed != engine.Never {
			return fmt.Errorf("network: idle flow %d has an event at %d", f, w.armed)
		}
		if w.state == moving && w.rate > w.limit {
			return fmt.Errorf("network: flow %d at %d B/s is above its limit of %d", f, w.rate, w.limit)
		}
		if w.state == moving && w.rate < w.limit && !n.bottlenecked(int32(f)) {
			return fmt.Errorf("network: flow %d at %d B/s could be faster", f, w.rate)
		}
	}
	return nil
}

// used returns what the flows of a link carry, scaled.
func (n *Network) used(l int32) (used int64) {
	for h := n.links[l].head; h >= 0; h = n.steps[h].next {
		used += n.flows[n.steps[h].flow].rate * n.steps[h].load
	}
	return used
}

// bottlenecked tells whether a link of flow f is full with f among the fastest.
func (n *Network) bottlenecked(f int32) bool {
	for _, s := range n.stepsOf(f) {
		load, fastest := int64(0), true
		for h := n.links[s.link].head; h >= 0; h = n.steps[h].next {
			load += n.steps[h].load
			fastest = fastest && n.flows[n.steps[h].flow].rate <= n.flows[f].rate
		}
		if fastest && n.links[s.link].capacity-n.used(s.link) < load {
			return true
		}
	}
	return false
}
