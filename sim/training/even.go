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
	q.tasks, q.code = slices.Clone(c.tasks), slices.Clone(c.code)
	copies := map[int32]int32{} // where the copy of a block begins
	var added []stretch
	for i := range q.tasks {
		t := &q.tasks[i]
		p, ns := c.passOf(t.code)
		if ns == 0 {
			continue
		}
		at, ok := copies[t.code]
		if !ok {
			at = q.stretched(t.code, sum[p]/count[p]/ns, &added)
			copies[t.code] = at
		}
		t.code = at
	}
	q.extend(added)
	return &q
}

// stretch is a segment that takes so many times as long as another.
type stretch struct {
	of     int32
	factor float64
}

// extend adds segments at the end of each level.
func (c *compiled) extend(added []stretch) {
	segments, mixes, home := c.segments, c.mixes, slices.Clone(c.home)
	per := c.perLevel
	c.segments, c.mixes, c.perLevel = nil, nil, per+int32(len(added))
	for _, a := range added {
		home = append(home, home[a.of])
	}
	c.home = home
	levels := int32(len(c.levels) * len(c.grades))
	for base := int32(0); base < levels*per; base += per {
		c.segments, c.mixes = append(c.segments, segments[base:base+per]...), append(c.mixes, mixes[base:base+per]...)
		for _, a := range added {
			c.segments, c.mixes = append(c.segments, segments[base+a.of].stretched(a.factor)), append(c.mixes, mixes[base+a.of])
		}
	}
	if c.pause >= 0 {
		c.segments, c.mixes = append(c.segments, segments[c.pause]), append(c.mixes, mixes[c.pause])
		c.pause = int32(len(c.segments) - 1)
	}
}

// stretched returns a segment that takes so many times as long.
func (seg segment) stretched(factor float64) segment {
	stretch := func(ns uint64) uint64 { return uint64(math.Round(float64(ns) * factor)) }
	seg.work = stretch(seg.work)
	for i, b := range seg.beside {
		seg.beside[i] = beside{stretch(b.work), stretch(b.memory)}
	}
	seg.issue = engine.Duration(stretch(uint64(seg.issue)))
	return seg
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
// so many times as long, and returns where it is; it notes which segments to add.
func (c *compiled) stretched(at int32, factor float64, added *[]stretch) int32 {
	begin := int32(len(c.code))
	for pc := at; ; pc++ {
		in := c.code[pc]
		if in.code == workload.Run {
			of := in.arg
			in.arg = c.perLevel + int32(len(*added))
			*added = append(*added, stretch{of, factor})
		}
		c.code = append(c.code, in)
		if in.code == codeEnd {
			return begin
		}
	}
}
