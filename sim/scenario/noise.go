package scenario

import (
	"trainsim/sim/engine"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// Noise is what differs from rank to rank and from step to step where nothing is
// wrong. All of it is drawn from the seed of the run.
type Noise struct {
	Jitter             float64         `toml:"jitter" unit:"ratio" range:"[0,0.3]" default:"0 %" help:"standard deviation of the time of kernels between two waits, relative to it and drawn anew each time; the mean of what they take longer where exponential"`
	JitterDistribution string          `toml:"jitter_distribution" range:"normal|exponential" default:"normal" help:"normal: as often shorter as longer; exponential: never shorter"`
	SequenceImbalance  float64         `toml:"sequence_imbalance" unit:"ratio" range:"[0,1]" default:"0 %" help:"standard deviation of the logarithm of the work of a microbatch, of mean 1 and the same on all ranks of a replica: sequences differ in length"`
	GCPause            engine.Duration `toml:"gc_pause" unit:"duration" default:"0 s" range:"[0,3600]" help:"how long the host of a rank stops to collect garbage"`
	GCEvery            int             `toml:"gc_every" range:"[1,)" default:"500" help:"steps from one collection of a rank to its next"`
	GCPlanned          bool            `toml:"gc_planned" default:"false" help:"all ranks collect together, between two steps; else each in a step of its own"`
	Samples            int             `toml:"samples" range:"[1,10000]" default:"64" help:"of a long run: steps simulated in each state of health, of which each step of the run is one"`
}

// Noisy tells whether steps differ from each other where nothing is wrong.
func (c *Config) Noisy() bool {
	n := &c.Noise
	return n.Jitter != 0 || n.SequenceImbalance != 0 || n.GCPause != 0
}

// noise returns the noise of a job of a layout with replicas that are left, or
// nil where there is none.
func (c *Config) noise(left workload.Layout) *training.Noise {
	n := &c.Noise
	if !c.Noisy() {
		return nil
	}
	z := &training.Noise{
		Seed: uint64(c.Run.Seed), Jitter: n.Jitter, Exponential: n.JitterDistribution == "exponential", Imbalance: n.SequenceImbalance,
		Replica: make([]int32, left.Ranks()), Pause: n.GCPause, PauseEvery: int64(n.GCEvery), Planned: n.GCPlanned,
	}
	for r := range z.Replica {
		z.Replica[r] = int32(left.Coordinates(r).Data)
	}
	return z
}
