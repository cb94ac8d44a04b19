package run

import (
	"fmt"
	"slices"

	"trainsim/sim/engine"
)

// Trip is what ends steps that go on and on in a state of health: a breaker opens, or
// load is shed.
type Trip struct {
	After engine.Duration // from the first of such steps, with all breakers cold
	Cause string          // name of the kind of failure that this is
	What  string          // "rack 3"
	Why   string          // a sentence, with what to do about it
	Slots []int32         // whose hosts go down
}

// armed is the trip that waits for the present state of health to last.
type armed struct {
	on         bool
	generation uint32
	times      int    // the same in a row
	health     Health // of the last one
	best       int64  // steps that ever counted, at that time
}

// sameTrips bounds the trips in a row in one state of health without a step that
// counts between them.
const sameTrips = 3

// arm lets the present state of health end in its trip, if it has one.
func (r *replica) arm() {
	if r.step.Trip != nil && !r.armed.on {
		r.armed.on = true
		r.push(r.step.Trip.After, eventTrip, 0, r.armed.generation)
	}
}

// disarm calls the trip off: steps of that state do not go on.
func (r *replica) disarm() {
	r.armed.on = false
	r.armed.generation = engine.Next(r.armed.generation)
}

// trip takes the hosts down that the present state of health costs.
func (r *replica) trip() {
	t := r.step.Trip
	if r.err = r.tripsAgain(t); r.err != nil {
		return
	}
	k := int32(len(r.spec.Kinds) - 1)
	for k >= 0 && r.spec.Kinds[k].Name != t.Cause {
		k--
	}
	if k < 0 {
		r.err = fmt.Errorf("no failure is named %q, which ends a step: %s", t.Cause, t.Why)
		return
	}
	r.list = r.list[:0]
	for _, slot := range t.Slots {
		if h := r.fleet.host[slot]; h >= 0 {
			r.list = append(r.list, h)
		}
	}
	h, n := r.list[0], r.arrivals.count[2*k]
	r.arrivals.count[2*k]++
	r.out.Failures[k]++
	r.stop(k, h, r.detection(k, h, n), r.list, r.now)
}

// tripsAgain is the error of a run that trips again and again.
func (r *replica) tripsAgain(t *Trip) error {
	a := &r.armed
	if a.times > 0 && a.best == r.progress.best && a.health.equal(&r.health) {
		a.times++
	} else {
		a.times, a.best = 1, r.progress.best
		a.health = Health{Lost: r.health.Lost, Slow: slices.Clone(r.health.Slow), Short: slices.Clone(r.health.Short)}
	}
	if a.times < sameTrips {
		return nil
	}
	return fmt.Errorf("the run makes no progress: the same trip %d times in a row, the last after %.4g days, at step %d of %d: %s",
		a.times, days(r.now.Sub(0)), r.progress.best, r.spec.Steps, t.Why)
}
