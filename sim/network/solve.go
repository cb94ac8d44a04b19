package network

import (
	"math"

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
	s.links, s.flows = append(s.links[:0], l), s.flows[:0]
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
			for _, e := range n.steps[n.first[f]:n.first[f+1]] {
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
// of their flows; go on without them. Links tied at a level are taken together
// and shares are floored, so the result depends on no order. Shares only grow
// from level to level, hence a share in the heap is a lower bound and is
// renewed only when it comes up.
func (n *Network) fill(now engine.Time) {
	s := &n.solver
	s.heap = s.heap[:0]
	for _, l := range s.links {
		s.heap = append(s.heap, candidate{n.links[l].residual / n.links[l].load, l})
	}
	for i := len(s.heap)/2 - 1; i >= 0; i-- {
		s.sink(i)
	}
	for left := len(s.flows); left > 0; {
		share := n.level()
		for _, l := range s.tied {
			for h := n.links[l].head; h >= 0; h = n.steps[h].next {
				f := n.steps[h].flow
				if n.flows[f].mark != n.epoch {
					continue // fixed at this level or before
				}
				n.flows[f].mark = n.epoch - 1
				n.fix(f, share)
				n.setRate(now, f, share)
				left--
			}
		}
	}
	// The flows keep a stale mark: each island is solved once per epoch, and
	// the marks of its links keep it from being gathered again.
}

// level pops the links tied at the smallest share into tied and returns it.
func (n *Network) level() int64 {
	s := &n.solver
	s.tied = s.tied[:0]
	lowest := int64(math.MaxInt64)
	for len(s.heap) > 0 && s.heap[0].share <= lowest {
		l := &n.links[s.heap[0].link]
		if l.load == 0 { // all its flows have a rate
			s.pop()
			continue
		}
		if share := l.residual / l.load; share > s.heap[0].share {
			s.heap[0].share = share
			s.sink(0)
			continue
		}
		lowest = s.heap[0].share
		s.tied = append(s.tied, s.heap[0].link)
		s.pop()
	}
	return lowest
}

// fix takes what flow f uses at the given rate off its links.
func (n *Network) fix(f int32, rate int64) {
	for _, e := range n.steps[n.first[f]:n.first[f+1]] {
		l := &n.links[e.link]
		l.residual -= rate * e.load
		l.load -= e.load
	}
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
