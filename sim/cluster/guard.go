package cluster

import "trainsim/sim/engine"

// Policy is what is done about a feed that is asked for more than it may deliver.
type Policy uint8

// The policies. Whatever is done, the breaker opens where it is not enough.
const (
	Trip  Policy = iota // nothing
	Cap                 // the GPUs below are held to what is left of the limit
	Brake               // the clock of the GPUs below is halved, as the brake input of a GPU board does
	Shed                // hosts below are switched off until the rest fits
)

var policies = [...]string{"trip", "cap", "brake", "shed"}

func (p Policy) String() string { return policies[p] }

// PolicyOf returns the policy of that name; one that does not exist panics: the
// scenario reader admits none.
func PolicyOf(name string) Policy {
	for p, n := range policies {
		if n == name {
			return Policy(p)
		}
	}
	panic("cluster: no policy " + name)
}

// Guard is what a feed may deliver, and what is done above.
type Guard struct {
	Limit      int64 // mW; 0: no limit
	Continuous Speed // share of the limit that may last: above it the policy acts
	Policy     Policy
	Delay      engine.Duration // from then until it has acted, above 0
	Below      Speed           // it ends below this share of what may last,
	After      engine.Duration // for so long, above 0
	Breaker    engine.Duration // constant of the breaker; 0: there is none
}

// Lasting returns the load, in mW, above which the policy acts.
func (g *Guard) Lasting() int64 { return g.Continuous.of(g.Limit) }

// Ends returns the load, in mW, below which it ends.
func (g *Guard) Ends() int64 { return g.Below.of(g.Lasting()) }

// of returns the share of a power, rounded down.
func (s Speed) of(mW int64) int64 {
	whole, rest := mW/int64(Nominal), mW%int64(Nominal)
	return whole*int64(s) + rest*int64(s)/int64(Nominal)
}
