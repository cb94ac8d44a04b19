package network

import "trainsim/sim/engine"

// detour is the moving part of a route beyond the own one of its flow.
type detour struct {
	left    int64 // bytes that the flow had left when it came onto it
	carried int64 // bytes, by all that left it again
}

func newDetours(p *Plan) []detour {
	if len(p.Detours) == 0 {
		return nil
	}
	return make([]detour, len(p.Detours))
}

// detourOf returns the detour that flow f is on, or nil.
func (n *Network) detourOf(f int32) *detour {
	if r := n.route[f]; r != f {
		return &n.detours[int(r)-len(n.flows)]
	}
	return nil
}

// Reroute puts flow f on a route of the plan, its own or a detour, unless it is on
// it, and tells which. What it has left to move stays as it is; its new rate is
// solved at the end of the instant, of which no event may come after this.
func (n *Network) Reroute(now engine.Time, f, route int32) bool {
	if n.route[f] == route {
		return false
	}
	w := &n.flows[f]
	w.version = 0
	if w.state != moving {
		n.route[f] = route
		return true
	}
	n.setRate(now, f, 0)
	n.leave(now, f)
	n.route[f] = route
	if alone := n.enter(f, n.Left(now, f)); alone {
		n.touch(n.stepsOf(f)[0].link)
	}
	return true
}

// DeadLink returns the first dead link that flow f, which is active, is to cross.
func (n *Network) DeadLink(f int32) (link int32, ok bool) {
	for _, s := range n.stepsOf(f) {
		if n.links[s.link].capacity == 0 {
			return s.link, true
		}
	}
	return 0, false
}

// carriedBy returns the bytes that each route has carried up to now when flow f
// has carried bytes[f] on all of its own.
func (n *Network) carriedBy(now engine.Time, bytes []int64) []int64 {
	if n.detours == nil {
		return bytes
	}
	by := make([]int64, len(n.first)-1)
	copy(by, bytes)
	for i, d := range n.detours {
		r := len(n.flows) + i
		f := n.steps[n.first[r]].flow
		by[r] = d.carried
		if n.flows[f].state == moving && n.route[f] == int32(r) {
			by[r] += d.left - n.Left(now, f)
		}
		by[f] -= by[r]
	}
	return by
}
