package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// The books of a rank follow from what it does: which segment it runs, alone or
// beside bytes that move, or in which bucket it waits, at which level of capping and
// for what. Each such condition draws one power, so the loop only adds up for how
// long ranks stay in each. Buckets, power states and what caps cost are worked out of
// that where somebody asks, exactly: a step has few conditions and many stays.

// rest is what a rank draws while no kernel runs.
type rest uint8

const (
	restLoaded   rest = iota // nothing is posted
	restWait                 // a posted communication waits for peers
	restTransfer             // bytes move
	numRests     = iota
)

// stateOf is the power state of each rest.
var stateOf = [numRests]trace.State{trace.LoadedIdle, trace.CollectiveWait, trace.Transfer}

// conditions returns how many conditions the programs of so many stages make.
func (c *compiled) conditions(stages int) int {
	return 2*len(c.segments) + stages*trace.NumBuckets*len(c.levels)*numRests
}

// runs returns the condition of a rank that runs a segment.
func runs(seg int32, beside bool) int32 {
	if beside {
		return 2*seg + 1
	}
	return 2 * seg
}

// rests returns the condition of a rank of a stage that rests in a bucket.
func (c *compiled) rests(stage int32, b trace.Bucket, level int16, r rest) int32 {
	return 2*int32(len(c.segments)) + ((stage*trace.NumBuckets+int32(b))*int32(len(c.levels))+int32(level))*numRests + int32(r)
}

// contends returns the condition of a rank that rests as in another one, in a bucket
// that is not that of communication alone but of sharing links.
func (c *compiled) contends(condition int32, b trace.Bucket) int32 {
	return condition + int32(trace.Contention-b)*int32(len(c.levels))*numRests
}

// books is what follows from how long ranks stayed in each condition.
type books struct {
	buckets    *trace.Buckets
	states     trace.States
	capped     engine.Total // time on a level of capping, ns × ranks
	lostToCaps engine.Total // of compute time, ns × ranks × 10⁶
}

// booksOf returns the books of stays in each condition, in ns × ranks.
func (s *simulation) booksOf(stays []engine.Total) *books {
	b := &books{buckets: trace.NewBuckets(len(s.busy))}
	running := 2 * len(s.code.segments)
	for k, t := range stays {
		switch {
		case t.IsZero():
		case k < running:
			b.run(s.code, uint64(s.idle), int32(k/2), k%2 == 1, t)
		default:
			b.rest(s.code, uint64(s.idle), int32(k-running), t)
		}
	}
	return b
}

// run books a stay in a segment.
func (b *books) run(c *compiled, idle uint64, seg int32, beside bool, t engine.Total) {
	s := &c.segments[seg]
	power := idle + uint64(s.power)
	if beside {
		power = idle + uint64(s.moving)
		b.states.Energy[trace.BesideTransfer].AddTotal(t.Times(uint64(s.moving - s.power)))
	}
	b.buckets.Add(c.home[seg%c.perLevel], s.bucket, t, power)
	c.mixes[seg].split(&b.states, t, t.Times(uint64(s.power)), idle)
	if level := seg / c.perLevel % int32(len(c.levels)); level > 0 {
		b.capped.AddTotal(t)
		b.lostToCaps.AddTotal(t.Times(c.lostToCap(seg, level)))
	}
}

// rest books a stay in condition k after those that run.
func (b *books) rest(c *compiled, idle uint64, k int32, t engine.Total) {
	r, k := rest(k%numRests), k/numRests
	level, k := k%int32(len(c.levels)), k/int32(len(c.levels))
	power := idle + uint64(c.held[level][r])
	b.buckets.Add(k/trace.NumBuckets, trace.Bucket(k%trace.NumBuckets), t, power)
	b.states.Time[stateOf[r]].AddTotal(t)
	b.states.Energy[stateOf[r]].AddTotal(t.Times(power))
	if level > 0 {
		b.capped.AddTotal(t)
	}
}

// lostToCap returns which share of its speed a level takes from a segment, in parts
// per million.
func (c *compiled) lostToCap(seg, level int32) uint64 {
	free, capped := c.segments[seg-level*c.perLevel].work, c.segments[seg].work
	if capped <= free {
		return 0
	}
	return (capped - free) * uint64(cluster.Nominal) / capped
}

// mix is what binds a segment: its kernels in the order of the power states, as
// shares of its time and of its energy above idle, per billion and added up.
type mix struct{ time, energy [trace.LaunchGaps + 1]uint32 }

// mixOf returns the mix of time in ns and energy in mW·ns by power state.
func mixOf(time, energy [trace.LaunchGaps + 1]int64) (m mix) {
	addUp(&m.time, &time)
	addUp(&m.energy, &energy)
	return m
}

// addUp turns amounts into shares. Where there is nothing, the last has it all.
func addUp(shares *[trace.LaunchGaps + 1]uint32, of *[trace.LaunchGaps + 1]int64) {
	var all, sum int64
	for _, v := range of {
		all += v
	}
	for i, v := range of {
		sum += v
		if all > 0 {
			shares[i] = uint32(cluster.PerBillion * (float64(sum) / float64(all)))
		}
	}
	shares[trace.LaunchGaps] = cluster.PerBillion
}

// split spreads the time of a stay, and its energy above idle, over the states of
// kernels. What rounding takes from one state the next one has.
func (m *mix) split(k *trace.States, time, energy engine.Total, idle uint64) {
	var timeBefore, energyBefore engine.Total
	for i := range m.time {
		t, e := time.Times(uint64(m.time[i])).Over(cluster.PerBillion), energy.Times(uint64(m.energy[i])).Over(cluster.PerBillion)
		here, above := t, e
		here.SubTotal(timeBefore)
		above.SubTotal(energyBefore)
		timeBefore, energyBefore = t, e
		k.Time[i].AddTotal(here)
		k.Energy[i].AddTotal(above)
		k.Energy[i].AddTotal(here.Times(idle))
	}
}
