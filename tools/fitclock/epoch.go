package main

import "trainsim/sim/cluster"

// leastClock of the V100: 135 of 1,380 MHz (nvidia-smi -q -d SUPPORTED_CLOCKS).
const leastClock = 135.0 / 1380

// What is known of an epoch without its trace. An image takes 172.5 M elements of
// 4 bytes through HBM outside of convolutions: batch normalisation 8 passes over
// the 11.11 M outputs of convolutions, ReLU 5 over 9.61 M, the additions 6 over
// 5.52 M, pooling 2.4 M, forward and backward together. They stream at 85 % of
// 900 GB/s. Convolutions read and write 6 passes over the same 11.11 M.
const (
	images      = 1_281_167
	streamed    = 172.5e6 * 4
	convolved   = 6 * 11.11e6 * 4
	bandwidth   = 0.85 * 900e9
	wattsPerBps = 0.49 * (1000 - 190) / 8e12 // of HBM: as in the preset of the B200
	atLimit     = 3515.0                     // s, under the limit of the part
)

// epoch is one epoch in three phases: what HBM binds, what FLOP bind, and waiting
// for data. Powers are in W, idle power included, under the limit of the part.
type epoch struct {
	idle, memory, compute    float64
	waits, streams, computes float64 // s
}

// epochOf returns the epoch with the three powers, and so many seconds of waiting.
func epochOf(idle, waits, memory, compute float64) epoch {
	e := epoch{idle: idle, waits: waits, memory: memory, compute: compute, streams: images * streamed / bandwidth}
	e.computes = atLimit - e.waits - e.streams
	return e
}

// under returns how long the epoch takes under a power limit in W, and its energy
// in J.
func (e epoch) under(law cluster.ClockLaw, limit float64) (seconds, joules float64) {
	seconds, joules = e.waits, e.waits*e.idle
	hbm := wattsPerBps * bandwidth
	convolutions := wattsPerBps * images * convolved / e.computes
	for _, phase := range []struct {
		cluster.Bound
		cluster.Draw
	}{
		{cluster.Bound{Stream: e.streams}, cluster.Draw{Clock: 1e3 * (e.memory - e.idle - hbm), HBM: 1e3 * hbm}},
		{cluster.Bound{Compute: e.computes}, cluster.Draw{Clock: 1e3 * (e.compute - e.idle - convolutions), HBM: 1e3 * convolutions}},
	} {
		f := phase.ClockUnder(phase.Bound, law, int64(1e3*(limit-e.idle)))
		t := phase.Seconds(f)
		seconds += t
		joules += t * (e.idle + float64(phase.Power(phase.Bound, law, f))/1e3)
	}
	return seconds, joules
}
