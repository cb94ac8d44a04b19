package cluster

import (
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// Host describes a server.
type Host struct {
	Name string
	GPUs int
	// … base power (CPUs, memory, fans), NICs and their power, supplies, rating, curve
}

// Supplies is the power supply set of each host: its load follows the GPUs of
// the host, its loss the efficiency at that load.
type Supplies struct {
	// per host: load mW, input mW, count of identical hosts (1 unfolded)
}

// NewSupplies returns the supply sets of len(counts) hosts (or host classes of
// counts[i] identical hosts) of kind h, each with an idle load of idle mW.
func NewSupplies(h *Host, counts []int64, idle []int64, names func(host int) string, rec *trace.Recorder) *Supplies {
	panic("todo")
}

// Change changes the load of one host by delta mW in the present instant.
func (s *Supplies) Change(host int32, delta int64) { panic("todo") }

// Dirty tells whether a load changed since the last Settle.
func (s *Supplies) Dirty() bool { panic("todo") }

// Settle turns the loads of the present instant into losses; called once per
// instant, after every change.
func (s *Supplies) Settle(now engine.Time) { panic("todo") }
