package training

import (
	"math"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// The passes of which those of all stages should take equally long.
const (
	forwardPass = iota
	backwardPass
	numPasses
)

// even returns the same programs with their compute spread evenly: every forward
// pass of a microbatch through a chunk of a stage takes as long as the mean of all,
// and every backward pass too. Recomputation belongs to the backward pass; updates stay as
// they are.
func (c *compiled) even() *compiled {
	var sum [numPasses]float64
	var count [numPasses]float64
	for _, t := range c.tasks {
		if p, ns := c.passOf(t.code); ns > 0 {
			sum[p] += ns
			count[p]++
		}
	}
	q := *c
	q.tasks, q.code, q.segments = slices.Clone(c.tasks), slices.Clone(c.code), slices.Clone(c.segments)
	copies := map[int32]int32{} // where the copy of a block begins
	for i := range q.tasks {
		t := &q.tasks[i]
		p, ns := c.passOf(t.code)
		if ns == 0 {
			continue
		}
		at, ok := copies[t.code]
		if !ok {
			at = q.stretched(t.code, sum[p]/count[p]/ns)
			copies[t.code] = at
		}
		t.code = at
	}
	return &q
}

// passOf returns which pass the block at a place of the code is and how many ns it
// computes at nominal speed; 0 of what is no pass.
func (c *compiled) passOf(at int32) (pass int, ns float64) {
	phase := workload.Update
	for pc := at; c.code[pc].code != codeEnd; pc++ {
		if c.code[pc].code == workload.Run {
			seg := &c.segments[c.code[pc].arg]
			if ns == 0 {
				phase = c.ops[seg.first].Phase
			}
			ns += max(float64(seg.work), float64(seg.issue))
		}
	}
	switch phase {
	case workload.Update:
		return 0, 0
	case workload.Forward:
		return forwardPass, ns
	}
	return backwardPass, ns
}

// stretched appends a copy of the block at a place of the code whose segments take
// so many times as long, and returns where it is.
func (c *compiled) stretched(at int32, factor float64) int32 {
	stretch := func(ns uint64) uint64 { return uint64(math.Round(float64(ns) * factor)) }
	begin := int32(len(c.code))
	for pc := at; ; pc++ {
		in := c.code[pc]
		if in.code == workload.Run {
			s := c.segments[in.arg]
			s.work = stretch(s.work)
			for i, b := range s.beside {
				s.beside[i] = beside{stretch(b.work), stretch(b.memory)}
			}
			s.issue = engine.Duration(stretch(uint64(s.issue)))
			in.arg = int32(len(c.segments))
			c.segments = append(c.segments, s)
		}
		c.code = append(c.code, in)
		if in.code == codeEnd {
			return begin
		}
	}
}
