package run

import "trainsim/sim/engine"

// PowerState is what the power of the job follows from. All moments of a bucket are
// in one.
type PowerState uint8

// The states.
const (
	Stepping       PowerState = iota // steps run
	Checkpointing                    // a checkpoint is written or read, the program loaded
	Polling                          // GPUs wait in a collective
	Down                             // no program runs, or it starts
	NumPowerStates = iota
)

var powerStateNames = [NumPowerStates]string{"steps", "checkpoint", "collective_wait", "deep_idle"}

func (s PowerState) String() string { return powerStateNames[s] }

// PowerState returns the state that the moments of a bucket are in.
func (b Bucket) PowerState() PowerState {
	switch b {
	case Productive, Degraded, WastedProgress:
		return Stepping
	case CheckpointSave, CheckpointRestore:
		return Checkpointing
	case Stalled, Detection:
		return Polling
	}
	return Down
}

// EnergyByState returns the energy of the job by power state, in mW·ns: as much as
// that of all buckets.
func (o *Outcome) EnergyByState() (energy [NumPowerStates]engine.Total) {
	for b, e := range o.Energy {
		energy[Bucket(b).PowerState()].AddTotal(e)
	}
	return energy
}
