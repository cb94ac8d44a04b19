package trace

import (
	"fmt"

	"trainsim/sim/engine"
)

// State is what the power of a GPU with a rank follows from. Every nanosecond of
// every rank is in exactly one state, and every joule, beside its bucket: a bucket
// says what the time is good for, a state what draws.
type State uint8

// The states.
const (
	ComputeBound   State = iota // kernels that FLOP bind
	MemoryBound                 // kernels that HBM binds
	LaunchGaps                  // between kernels, and while the host has yet to issue them
	BesideTransfer              // what bytes that move beside kernels add; the time is that of the kernels
	Transfer                    // bytes move and no kernel runs
	CollectiveWait              // a posted communication busy-polls for its peers
	LoadedIdle                  // a program is loaded and nothing posted
	NumStates      = iota
)

var stateNames = [NumStates]string{
	"compute_bound", "memory_bound", "launch_gaps", "beside_transfer", "transfer", "collective_wait", "loaded_idle",
}

// String returns the name of the state, as in result files.
func (s State) String() string {
	if int(s) >= NumStates {
		return fmt.Sprintf("state(%d)", uint8(s))
	}
	return stateNames[s]
}

// States holds the time and energy of ranks by state.
type States struct {
	Time   [NumStates]engine.Total // ns × ranks
	Energy [NumStates]engine.Total // mW·ns
}

// Sum returns the time and energy of all states.
func (k *States) Sum() (time, energy engine.Total) {
	for i := range k.Time {
		time.AddTotal(k.Time[i])
		energy.AddTotal(k.Energy[i])
	}
	return time, energy
}

// CheckBuckets returns an error unless the states hold as much time and energy as
// the buckets, exactly.
func (k *States) CheckBuckets(b *Buckets) error {
	time, energy := k.Sum()
	wantTime, wantEnergy := b.total()
	if time != wantTime {
		return fmt.Errorf("power states hold %.9g s × ranks, the buckets %.9g (%s)", time.Float()/1e9, wantTime.Float()/1e9, difference(time, wantTime))
	}
	if energy != wantEnergy {
		return fmt.Errorf("power states hold %.9g J, the buckets %.9g J (%s)", energy.Float()/1e12, wantEnergy.Float()/1e12, difference(energy, wantEnergy))
	}
	return nil
}

// Over divides by a number above 0. What rounding makes of the sum the largest state
// has, so that they hold as much as the buckets, which were divided before.
func (k *States) Over(n uint64, of *Buckets) {
	time, energy := of.total()
	share(&k.Time, n, time)
	share(&k.Energy, n, energy)
}

// share divides the parts of a sum that is to be whole.
func share(parts *[NumStates]engine.Total, n uint64, whole engine.Total) {
	most := 0
	for i := range parts {
		parts[i] = parts[i].Over(n)
		if parts[most].Less(parts[i]) {
			most = i
		}
	}
	for i := range parts {
		if i != most {
			whole.SubTotal(parts[i])
		}
	}
	parts[most] = whole
}
