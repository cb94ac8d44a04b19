package run

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/engine"
)

// Target says what kind of part is slow.
type Target uint8

// The targets.
const (
	TargetGPU  Target = iota // one GPU of a slot
	TargetHost               // all GPUs of a slot
	TargetNIC                // both directions of one NIC of a slot
)

// Slow is one part that is slower than it should be.
type Slow struct {
	Target Target
	Slot   int32 // place of its host in the job
	Part   int32 // GPU or NIC of that host; 0 for a host
	Speed  int32 // share that is left, ppm
}

func compareSlow(a, b Slow) int {
	return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Part, b.Part), cmp.Compare(a.Speed, b.Speed))
}

// Health is what is wrong with the job at a step boundary.
type Health struct {
	Lost int32  // data-parallel replicas that it runs without
	Slow []Slow // sorted, each part once
	// Short are the hosts that have lost supplies, by slot.
	Short []Short `json:",omitempty"`
}

// Healthy tells whether nothing is wrong.
func (h *Health) Healthy() bool { return h.Lost == 0 && len(h.Slow) == 0 && len(h.Short) == 0 }

// wrong counts what is wrong.
func (h *Health) wrong() int { return len(h.Slow) + int(h.Lost) + len(h.Short) }

// normalize brings the slow parts into the order in which states are compared, each
// once: a part that is slow for two reasons has the lower speed.
func (h *Health) normalize() {
	slices.SortFunc(h.Slow, compareSlow)
	h.Slow = slices.CompactFunc(h.Slow, func(a, b Slow) bool { a.Speed = b.Speed; return a == b })
}

// equal tells whether two states are the same.
func (h *Health) equal(o *Health) bool {
	return h.Lost == o.Lost && slices.Equal(h.Slow, o.Slow) && slices.Equal(h.Short, o.Short)
}

// Step is what one optimiser step takes in a state of health.
type Step struct {
	Time   engine.Duration // steady step; above 0
	Energy engine.Total    // mW·ns of the job's hosts and network, from the mains
	// Samples are lengths of steps with noise, of which each step takes one by
	// hash(seed, step); nil: every step takes Time.
	Samples []engine.Duration
	Trip    *Trip // what such steps end in if they go on; nil: nothing
	Held    bool  // supplies or feeds hold GPUs back
}

// Steps returns the step of a job in a state of health, always the same for the
// same state. The state is only lent. An error ends the run.
type Steps func(h *Health) (*Step, error)

// ask returns the step of a state of health.
func (s *Spec) ask(h *Health) (*Step, error) {
	step, err := s.Step(h)
	if err == nil && step.Time <= 0 {
		err = fmt.Errorf("a step takes %d ns; it must take time", step.Time)
	}
	return step, err
}
