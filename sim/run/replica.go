package run

import (
	"errors"
	"slices"

	"trainsim/sim/engine"
)

// The kinds of event, in the order in which those of one instant are handled:
// what ends at an instant has ended for whatever begins then.
const (
	eventDurable   engine.Kind = iota // a checkpoint is written in the background
	eventPhase                        // the phase of the job ends
	eventBoundary                     // a step ends after which another health counts
	eventRepaired                     // entity: host
	eventMended                       // entity: host, by a crew
	eventEscalated                    // entity: host, which needs a crew
	eventDelivery                     // entity: delivery
	eventWell                         // entity: episode, which ends
	eventReplaced                     // entity: loss of supplies, which ends
	eventTrip                         // a breaker opens, or load is shed
	eventFailure                      // entity: process of failures
	eventPart                         // entity: part with a life of its own
	eventIncident                     // entity: failure of the list to replay
	eventDetected                     // entity: corruption
	eventEpisode                      // entity: process of episodes
	eventSlowdown                     // entity: episode at a given time
	eventEvict                        // entity: episode
	eventWatch                        // entity: instant to watch
	eventHorizon                      // the run is over
	eventLimit                        // the run does not end
)

// replica is the moving state of one run.
type replica struct {
	spec  *Spec
	seed  uint64
	queue engine.Queue
	batch []engine.Event // of the present instant
	now   engine.Time
	out   *Outcome
	err   error

	fleet    fleet
	arrivals arrivals
	slow     slow
	supplies supplies
	armed    armed
	progress progress
	meter    *meter

	phase      phase
	since      engine.Time // books are closed up to here
	generation uint32      // of the end of the phase
	power      int64       // mW of the job in this phase
	stops      uint64      // so far, for draws
	cause      int32       // failure that the present recovery is for, -1: none
	fruitless  int64       // stops since the last checkpoint or step that counts
	storeOnly  bool        // what failed took the copies in memory along
	leaving    []leaver    // hosts that leave at the next boundary
	corrupt    []corruption
	linksBack  engine.Time // when the links that are away are back

	lost    int32 // replicas that the job runs without
	health  Health
	other   Health          // scratch: another state to compare
	stale   bool            // health and step are not those of now
	step    *Step           // of the present health
	nominal engine.Duration // a step of a job that nothing is wrong with
	drawn   int32           // spares that draw power
	spares  engine.Time     // up to when their energy is counted

	stepPower int64   // mW, mean of the present step
	list      []int32 // scratch: hosts
	late      []int32 // hosts that are not delivered yet, the next ones first
}

// Simulate plays a run once. The outcome depends on spec and seed alone. An error
// says why the run cannot end.
func Simulate(spec *Spec, seed uint64) (*Outcome, error) {
	r, err := newReplica(spec, seed)
	if err != nil {
		return nil, err
	}
	for r.goesOn() {
		r.instant()
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.out, r.close()
}

// newReplica returns a run at its start.
func newReplica(spec *Spec, seed uint64) (*replica, error) {
	r := &replica{spec: spec, seed: seed, cause: -1, stale: true,
		out: &Outcome{Seed: seed, Failures: make([]int64, len(spec.Kinds)), Lost: make([]engine.Duration, len(spec.Kinds)),
			LostEnergy: make([]engine.Total, len(spec.Kinds)), LeastSpares: spec.Machine.Spares}}
	r.fleet = newFleet(&spec.Machine)
	usual, err := spec.ask(&Health{})
	if err == nil && usual.Trip != nil {
		err = errors.New(usual.Trip.Why)
	}
	if err != nil {
		return nil, err
	}
	if r.nominal = spec.Nominal; r.nominal == 0 {
		r.nominal = usual.Time
	}
	r.meter = newMeter(spec, r.out)
	r.progress.durable, r.progress.memory = []snapshot{{}}, never
	r.scheduleEnds()
	r.scheduleFailures()
	r.scheduleStragglers()
	if len(spec.Deliveries) > 0 {
		r.awaitDeliveries()
	}
	r.notePool()
	r.seekHosts()
	return r, nil
}

// scheduleEnds pushes what is known from the start.
func (r *replica) scheduleEnds() {
	limit := r.spec.Limit
	if limit == 0 {
		limit = 100 * 365 * 24 * 3600 * engine.Second
	}
	r.queue.Push(engine.Time(limit), eventLimit, 0, 0)
	if r.spec.Until > 0 {
		r.queue.Push(engine.Time(r.spec.Until), eventHorizon, 0, 0)
	}
	for i, at := range r.spec.Watch {
		r.queue.Push(at, eventWatch, int32(i), 0)
	}
}

// goesOn tells whether the run has neither ended nor failed.
func (r *replica) goesOn() bool { return r.err == nil && r.phase != ended }

// instant handles the events of the next instant. They come in the order of their
// kinds, also those that they cause: a checkpoint that takes no time is durable
// before the failure of its instant. There always is one, the limit at the latest.
func (r *replica) instant() {
	e, ok := r.queue.Pop()
	r.now = e.At
	r.batch = r.batch[:0]
	for next := 0; (ok || next < len(r.batch)) && r.goesOn(); next++ {
		for ; ok; e, ok = r.queue.PopNow() {
			r.admit(e, next)
		}
		r.handle(r.batch[next])
		e, ok = r.queue.PopNow()
	}
	if r.err == nil && r.starved() {
		r.err = r.stuck()
	}
}

// admit sorts an event into those of the instant, from the next one to handle on:
// the lowest kind first, and of one kind the one that was pushed first.
func (r *replica) admit(e engine.Event, next int) {
	i := len(r.batch)
	for i > next && r.batch[i-1].Kind() > e.Kind() {
		i--
	}
	r.batch = slices.Insert(r.batch, i, e)
}

// handle is the run's one switch on the kind of an event.
func (r *replica) handle(e engine.Event) {
	switch e.Kind() {
	case eventDurable:
		if e.Generation() == r.progress.writeGeneration {
			r.written()
		}
	case eventPhase:
		if e.Generation() == r.generation {
			r.endPhase()
		}
	case eventBoundary:
		if e.Generation() == r.generation {
			r.atBoundary()
		}
	case eventRepaired:
		r.repaired(e.Entity)
	case eventMended:
		r.mended(e.Entity)
	case eventEscalated:
		r.escalated(e.Entity)
	case eventDelivery:
		r.delivered(e.Entity)
	case eventWell:
		r.endEpisode(e.Entity)
	case eventReplaced:
		r.replaced(e.Entity)
	case eventTrip:
		if e.Generation() == r.armed.generation {
			r.trip()
		}
	case eventFailure:
		r.arrive(e.Entity)
	case eventPart:
		r.wearOut(e.Entity)
	case eventIncident:
		r.replay(e.Entity)
	case eventDetected:
		r.detectCorruption(e.Entity)
	case eventEpisode:
		r.beginEpisode(e.Entity)
	case eventSlowdown:
		r.beginSlowdown(e.Entity)
	case eventEvict:
		r.slow.episodes[e.Entity].found = true
		r.evictSlow()
	case eventWatch:
		r.out.Watched = append(r.out.Watched, r.sight())
	case eventHorizon:
		r.finish()
	case eventLimit:
		r.err = r.endless()
	default:
		panic("run: event of unknown kind")
	}
}

// close checks that the books balance.
func (r *replica) close() error {
	o := r.out
	o.End, o.Steps = r.now, r.progress.done
	r.mark(MarkEnd, -1, -1)
	if err := r.meter.check(o.End); err != nil {
		return err
	}
	return o.check()
}
