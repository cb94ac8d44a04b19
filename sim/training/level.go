package training

import (
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// A power cap changes what a segment takes and draws, so a program is compiled for
// each level of capping that can come about. There are few: caps that say the same
// are one, and of several in force the lowest counts. Segments stand level after
// level in one array, and a node holds where its level begins.

// Hold is what a GPU may not exceed.
type Hold struct {
	Power int64         // mW, idle power included; 0: the limit of the part
	Clock cluster.Speed // share of the clock that its efficiencies were measured at; 0: all of it
}

// and returns the lower of both.
func (h Hold) and(o Hold) Hold {
	if h.Power == 0 || o.Power > 0 && o.Power < h.Power {
		h.Power = o.Power
	}
	if h.Clock == 0 || o.Clock > 0 && o.Clock < h.Clock {
		h.Clock = o.Clock
	}
	return h
}

// level is what holds a GPU back in each phase of a step.
type level [workload.Update + 1]Hold

func (l level) and(o level) level {
	for p := range l {
		l[p] = l[p].and(o[p])
	}
	return l
}

// loosest returns the highest cap of any phase, that of a GPU that only waits or
// communicates, in mW; 0: there is none.
func (l *level) loosest() int64 {
	most := int64(0)
	for _, h := range l {
		if h.Power == 0 {
			return 0
		}
		most = max(most, h.Power)
	}
	return most
}

// ladder is every level that the caps of a job can bring about.
type ladder struct {
	levels []level // the first without any of the caps
	caps   int
	under  []int16 // level once a cap is added to another, indexed [level·caps + cap]
	grades []cluster.Speed
}

// with returns a level once a cap is added to it.
func (l *ladder) with(level int16, cap int) int16 { return l.under[int(level)*l.caps+cap] }

// mostLevels bounds the memory that programs take at all levels.
const mostLevels = 512

// climb finds the levels of a job: all that sets of its caps make, and of what its
// feeds and heat may put on GPUs.
func climb(j *Job, holds []Hold) (ladder, error) {
	caps := j.caps(holds)
	l := ladder{levels: []level{j.standing()}, caps: len(caps), grades: []cluster.Speed{cluster.Nominal}}
	for _, cap := range caps {
		for _, have := range slices.Clone(l.levels) {
			if both := have.and(cap); !slices.Contains(l.levels, both) {
				l.levels = append(l.levels, both)
			}
		}
		if len(l.levels) > mostLevels {
			return l, fmt.Errorf("power caps, feeds and heat make more than %d different states of a GPU: use fewer different ones", mostLevels)
		}
	}
	for _, have := range l.levels {
		for _, cap := range caps {
			l.under = append(l.under, int16(slices.Index(l.levels, have.and(cap))))
		}
	}
	for _, d := range j.Draw {
		if !slices.Contains(l.grades, d) {
			l.grades = append(l.grades, d)
		}
	}
	return l, nil
}

// caps returns what each cap holds back, and after them what feeds and heat do.
func (j *Job) caps(holds []Hold) []level {
	var all []level
	for c := range j.Caps {
		all = append(all, j.Caps[c].level())
	}
	for _, h := range holds {
		var l level
		for p := range l {
			l[p] = h
		}
		all = append(all, l)
	}
	return all
}

// standing returns the level that always holds: the cap of the part.
func (j *Job) standing() (l level) {
	for p := range l {
		l[p].Power = j.GPU.CapPower()
	}
	return l
}

// clocked is a compute operation at the clock that it was measured at.
type clocked struct {
	bound  cluster.Bound
	beside [crowds]cluster.Bound
	draw   cluster.Draw
	phase  workload.Phase
}

// priced is a compute operation at some clock.
type priced struct {
	time   int64 // ns
	beside [crowds]beside
	gaps   int64       // ns of time between kernels
	power  int64       // mW above idle
	still  int64       // the same in the gaps
	state  trace.State // of its kernels
}

// pricing is what the compute operations of all programs take and draw at the level
// that is being compiled. Stages have the same ones, and finding the clock under a cap
// takes a while, so that each is priced once.
type pricing struct {
	kinds   []int32 // which of those that differ each operation is
	clocked []clocked
	prices  []priced
	known   map[clocked]int32
}

// kindOf returns which operation it is of those that differ, one that is new at the
// end of them.
func (c *pricing) kindOf(g *cluster.GPU, k *clocked, l *level) int32 {
	kind, known := c.known[*k]
	if !known {
		kind = int32(len(c.clocked))
		c.known[*k] = kind
		c.clocked, c.prices = append(c.clocked, *k), append(c.prices, price(g, k, l[k.phase], cluster.Nominal))
	}
	return kind
}

// reprice prices all operations for a level and a grade.
func (c *pricing) reprice(g *cluster.GPU, l *level, grade cluster.Speed) {
	for i := range c.clocked {
		k := &c.clocked[i]
		c.prices[i] = price(g, k, l[k.phase], grade)
	}
}

// mostPast returns how far above its cap the kernel goes that cannot keep it even at
// the lowest clock, in mW: one that HBM binds, whose power is that of bytes.
func (c *pricing) mostPast(g *cluster.GPU, l *level) (most int64) {
	for i := range c.clocked {
		if cap := l[c.clocked[i].phase].Power; cap > 0 {
			most = max(most, c.prices[i].power-capAboveIdle(g, cap))
		}
	}
	return most
}

// price returns what an operation takes and draws on a part of some grade that is
// held back.
func price(g *cluster.GPU, k *clocked, h Hold, grade cluster.Speed) priced {
	draw, law := k.draw, g.Law()
	if grade != cluster.Nominal {
		draw = draw.Times(float64(grade) / float64(cluster.Nominal))
	}
	f := draw.ClockUnder(k.bound, law, capAboveIdle(g, h.Power))
	if h.Clock > 0 {
		f = min(f, max(law.Least, float64(h.Clock)/float64(cluster.Nominal)))
	}
	time, memory := k.bound.At(f)
	p := priced{time: int64(time), power: draw.Power(k.bound, law, f), state: trace.ComputeBound}
	if memory > 0 {
		p.state = trace.MemoryBound
	}
	p.gaps = min(p.time, int64(engine.FromSeconds(k.bound.Gaps)))
	p.still = min(p.power, cluster.Draw{Clock: draw.Clock}.Power(k.bound, law, f))
	for i := range k.beside {
		work, memory := k.beside[i].At(f)
		p.beside[i] = beside{uint64(work), uint64(memory)}
	}
	return p
}

// capAboveIdle returns how much a cap, or the limit where it is 0, leaves above
// idle, in mW.
func capAboveIdle(g *cluster.GPU, cap int64) int64 {
	if cap == 0 {
		cap = g.LimitPower()
	}
	return max(0, min(cap, g.LimitPower())-g.IdlePower())
}

// addLevels compiles the segments again for each level and grade but the first.
func (c *compiled) addLevels(j *Job) {
	c.perLevel = int32(len(c.segments))
	c.past = c.mostPast(j.GPU, &c.levels[0])
	for i, n := 1, len(c.levels)*len(c.grades); i < n; i++ {
		l, grade := &c.levels[i%len(c.levels)], c.grades[i/len(c.levels)]
		c.reprice(j.GPU, l, grade)
		for _, s := range c.segments[:c.perLevel] {
			c.addSegment(j.GPU, s, l)
		}
	}
	c.pricing = pricing{}
	for i := range c.levels {
		cap := capAboveIdle(j.GPU, c.levels[i].loosest())
		c.held = append(c.held, held{restLoaded: int32(min(j.GPU.LoadedPower(), cap)),
			restWait: int32(min(j.GPU.WaitPower(), cap)), restTransfer: int32(min(j.GPU.TransferPower(), cap))})
	}
}

// addSegment adds a segment as it is at the level that is priced: as long as its
// operations, and with the mean of their power.
func (c *compiled) addSegment(g *cluster.GPU, s segment, l *level) {
	var flop float64
	var energy int64
	var times, energies [trace.LaunchGaps + 1]int64
	s.work, s.beside, s.power, s.gflops = 0, [crowds]beside{}, 0, 0
	for o := s.first; o < s.last; o++ {
		p := &c.prices[c.kinds[o]]
		s.work += uint64(p.time)
		for i := range p.beside {
			s.beside[i].work += p.beside[i].work
			s.beside[i].memory += p.beside[i].memory
		}
		energy += p.power * p.time
		flop += c.ops[o].FLOP
		times[p.state] += p.time - p.gaps
		times[trace.LaunchGaps] += p.gaps
		energies[p.state] += p.power*p.time - p.still*p.gaps
		energies[trace.LaunchGaps] += p.still * p.gaps
	}
	ns := max(int64(s.work), int64(s.issue))
	if ns > 0 {
		s.power = int32(energy / ns)
		s.gflops = int32(flop / float64(ns))
	}
	cap := capAboveIdle(g, l[c.ops[s.first].Phase].Power)
	s.moving = max(s.power, int32(min(int64(s.power)+g.TransferPower(), cap)))
	times[trace.LaunchGaps] += ns - int64(s.work)
	c.segments, c.mixes = append(c.segments, s), append(c.mixes, mixOf(times, energies))
}

// base returns where the segments of a level begin.
func (c *compiled) base(grade, level int16) int32 {
	return (int32(grade)*int32(len(c.levels)) + int32(level)) * c.perLevel
}
