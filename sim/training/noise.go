package training

import (
	"math"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// Noise is what differs between ranks and from step to step where nothing is
// wrong. A draw is a hash of the seed, of who draws, what for, and of the step,
// segment or microbatch: it is the same whatever else differs between two jobs.
type Noise struct {
	Seed uint64

	// Jitter is the standard deviation of the time that a segment takes on its
	// device, relative to it; Exponential makes it the mean of what a segment
	// takes longer.
	Jitter      float64
	Exponential bool

	// Imbalance is the standard deviation of the logarithm of the work of a
	// microbatch, whose mean is 1: sequences differ in length. The ranks of one
	// replica work on the same.
	Imbalance float64
	Replica   []int32 // of each rank; needed with Imbalance

	// Pause is how long the host of a rank stops to collect garbage, in one of
	// PauseEvery steps: each rank in a step of its own, before any of its tasks,
	// or as planned, all together before the step begins.
	Pause      engine.Duration
	PauseEvery int64
	Planned    bool
}

// What noise draws for. Other packages draw for less.
const (
	drawJitter engine.Purpose = 1<<16 + iota // entity: GPU, number: segment of all steps
	drawLength                               // entity: replica, number: step and microbatch
	drawPause                                // entity: GPU, number: 0, or of the pause and one more
)

// leastFactor bounds how much faster than nominal a segment may be drawn.
const leastFactor = 0.05

// rankNoise is the noise of one rank.
type rankNoise struct {
	load   float64 // work of the microbatch at hand, relative
	pauses int32   // task of the step at hand before which it pauses, -1: none
}

// noPause is no segment, and not that of a node at rest.
const noPause = -2

// addNoise adds what noise needs to know of programs: a segment of nothing that the
// host takes its time to issue, and how many segments a step has.
func (c *compiled) addNoise(z *Noise) {
	for role := range c.stage {
		var n uint64
		for in := range c.executed(int32(role)) {
			if in.code == workload.Run {
				n++
			}
		}
		c.segmentsPerStep = append(c.segmentsPerStep, n)
	}
	if z.Pause > 0 {
		c.pause = int32(len(c.segments))
		c.segments, c.mixes = append(c.segments, segment{issue: z.Pause, bucket: trace.Pause}), append(c.mixes, mix{})
	}
}

// disturb draws the pace of the segment that node i starts, and returns its work.
// Streams are made anew each time: that takes less than to fetch them from memory.
func (s *simulation) disturb(i int32, work uint64) uint64 {
	noise := s.job.Noise
	if noise.Jitter > 0 {
		n := &s.nodes[i]
		segment := uint64(s.firstStep)*s.code.segmentsPerStep[n.role] + uint64(n.seq)
		n.pace = cluster.SpeedOf(1 / noise.factor(engine.NewStream(noise.Seed, s.job.gpu(i), drawJitter), segment))
	}
	if noise.Imbalance > 0 && work > 0 {
		work = max(1, uint64(math.Round(float64(work)*s.noise[i].load)))
	}
	return work
}

// factor returns how much longer segment number n takes.
func (z *Noise) factor(s engine.Stream, n uint64) float64 {
	if z.Exponential {
		return 1 + z.Jitter*s.Exponential(n)
	}
	return max(leastFactor, 1+z.Jitter*s.Normal(n))
}

// lognormal returns draw n of a lognormal distribution of mean 1.
func lognormal(s engine.Stream, n uint64, sigma float64) float64 {
	return math.Exp(sigma*s.Normal(n) - sigma*sigma/2)
}

// disturbTask draws the work of the task that node i begins and tells whether it
// pauses first.
func (s *simulation) disturbTask(i int32, t *task) (pauses bool) {
	n, x, noise := &s.nodes[i], &s.noise[i], s.job.Noise
	step := uint64(s.firstStep) + uint64(n.step)
	if noise.Imbalance > 0 {
		x.load = 1
		if t.microbatch >= 0 {
			lengths := engine.NewStream(noise.Seed, noise.Replica[i], drawLength)
			x.load = lognormal(lengths, step<<24|uint64(t.microbatch), noise.Imbalance)
		}
	}
	if noise.Pause == 0 {
		return false
	}
	if first := s.code.firstTask[n.role]; n.task == first {
		x.pauses = noise.pauseTask(engine.NewStream(noise.Seed, s.job.gpu(i), drawPause), step, first, s.code.firstTask[n.role+1])
	}
	return n.task == x.pauses
}

// pauseTask returns before which of the tasks [first, last) of a step a rank
// pauses, or -1. As planned it is the first: Megatron-LM's --manual-gc collects
// after each interval of whole steps.
func (z *Noise) pauseTask(s engine.Stream, step uint64, first, last int32) int32 {
	every := uint64(z.PauseEvery)
	switch {
	case z.Planned:
		if step > 0 && step%every == 0 {
			return first
		}
	case step%every == s.Below(0, every):
		return first + int32(s.Below(1+step/every, uint64(last-first)))
	}
	return -1
}
