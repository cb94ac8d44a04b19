package network

import (
	"cmp"
	"math"
	"slices"

	"trainsim/sim/engine"
)

// candidate is a link with a lower bound of its share, in the heap of a solve.
type candidate struct {
	share int64
	link  int32
}

// solver holds the working memory of a solve, reused from one to the next.
type solver struct {
	links []int32     // of the island
	flows []int32     // of the island
	bound []int32     // those with a limit that no level has reached, the highest first
	heap  []candidate // by share, smallest first
	tied  []int32     // links of the present level
}

// Settle solves the rates of every island touched in this instant and re-arms
// completions.
func (n *Network) Settle(now engine.Time) {
	for n.nextEpoch(); len(n.touched) > 0; {
		l := n.touched[len(n.touched)-1]
		n.touched = n.touched[:len(n.touched)-1]
		n.links[l].touched = false
		if n.links[l].mark == n.epoch || n.links[l].head < 0 {
			continue
		}
		n.island(l)
		n.fill(now)
	}
}

// nextEpoch makes every mark stale. After 2^32 solves the marks are cleared, so
// that an old one cannot be taken for new.
func (n *Network) nextEpoch() {
	n.epoch++
	if n.epoch != 0 {
		return
	}
	n.epoch = 1
	for i := range n.links {
		n.links[i].mark = 0
	}
	for i := range n.flows {
		n.flows[i].mark = 0
	}
}

// island gathers the flows and links reachable from link l, breadth first.
func (n *Network) island(l int32) {
	s := &n.solver
	s.links, s.flows, s.bound = append(s.links[:0], l), s.flows[:0], s.bound[:0]
	n.links[l].mark = n.epoch
	for i := 0; i < len(s.links); i++ {
		at := &n.links[s.links[i]]
		at.residual, at.load = at.capacity, 0
		for h := at.head; h >= 0; h = n.steps[h].next {
			at.load += n.steps[h].load
			f := n.steps[h].flow
			if n.flows[f].mark == n.epoch {
				continue
			}
			n.flows[f].mark = n.epoch
			s.flows = append(s.flows, f)
			if n.flows[f].limit != Unlimited {
				s.bound = append(s.bound, f)
			}
			for _, e := range n.stepsOf(f) {
				if n.links[e.link].mark != n.epoch {
					n.links[e.link].mark = n.epoch
					s.links = append(s.links, e.link)
				}
			}
		}
	}
}

// fill is progressive filling (Bertsekas and Gallager, Data Networks, 1992,
// §6.5.2): raise all rates together; the links that fill up first fix the rates
// of their flows; go on without them. A flow that reaches its limit before is
// fixed there. Links tied at a level are taken together and shares are floored,
// so the result depends on no order. Shares only grow from level to level, hence a
// share in the heap is a lower bound and is renewed only when it comes up.
func (n *Network) fill(now engine.Time) {
	s := &n.solver
	s.heap = s.heap[:0]
	for _, l := range s.links {
		s.heap = append(s.heap, candidate{n.links[l].residual / n.links[l].load, l})
	}
	for i := len(s.heap)/2 - 1; i >= 0; i-- {
		s.sink(i)
	}
	if len(s.bound) > 0 {
		slices.SortFunc(s.bound, func(f, g int32) int { return cmp.Compare(n.flows[g].limit, n.flows[f].limit) })
	}
	for left := len(s.flows); left > 0; {
		share := n.level()
		if f := n.nextBound(share); f >= 0 {
			n.fix(now, f, n.flows[f].limit)
			left--
			continue
		}
		n.popTied(share)
		for _, l := range s.tied {
			for h := n.links[l].head; h >= 0; h = n.steps[h].next {
				if f := n.steps[h].flow; n.flows[f].mark == n.epoch { // else fixed at this level or before
					n.fix(now, f, share)
					left--
				}
			}
		}
	}
	// The flows keep a stale mark: each island is solved once per epoch, and
	// the marks of its links keep it from being gathered again.
}

// nextBound returns the flow of least limit without a rate, if the limit is no
// more than share; else -1.
func (n *Network) nextBound(share int64) int32 {
	s := &n.solver
	for last := len(s.bound) - 1; last >= 0; last-- {
		switch f := s.bound[last]; {
		case n.flows[f].mark != n.epoch: // a link fixed it
			s.bound = s.bound[:last]
		case n.flows[f].limit <= share:
			s.bound = s.bound[:last]
			return f
		default:
			return -1
		}
	}
	return -1
}

// level returns the smallest share of a link that has flows without a rate.
func (n *Network) level() int64 {
	s := &n.solver
	for len(s.heap) > 0 {
		l := &n.links[s.heap[0].link]
		if l.load == 0 { // all its flows have a rate
			s.pop()
			continue
		}
		share := l.residual / l.load
		if share <= s.heap[0].share {
			return share
		}
		s.heap[0].share = share
		s.sink(0)
	}
	return math.MaxInt64
}

// popTied moves the links whose share is the given smallest one to tied.
func (n *Network) popTied(share int64) {
	s := &n.solver
	s.tied = s.tied[:0]
	for n.level() == share && len(s.heap) > 0 {
		s.tied = append(s.tied, s.heap[0].link)
		s.pop()
	}
}

// fix gives flow f its rate, and takes what it uses off its links.
func (n *Network) fix(now engine.Time, f int32, rate int64) {
	n.flows[f].mark = n.epoch - 1
	for _, e := range n.stepsOf(f) {
		l := &n.links[e.link]
		l.residual -= rate * e.load
		l.load -= e.load
	}
	n.setRate(now, f, rate)
}

func (s *solver) pop() {
	last := len(s.heap) - 1
	s.heap[0] = s.heap[last]
	s.heap = s.heap[:last]
	s.sink(0)
}

// sink restores the heap below i.
func (s *solver) sink(i int) {
	h := s.heap
	for {
		c := 2*i + 1
		if c >= len(h) {
			return
		}
		if c+1 < len(h) && h[c+1].share < h[c].share {
			c++
		}
		if h[i].share <= h[c].share {
			return
		}
		h[i], h[c] = h[c], h[i]
		i = c
	}
}
