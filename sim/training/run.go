package training

import (
	"errors"
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// Result is what a simulation found. Times are exact; energies are in mW·ns.
type Result struct {
	Ranks, Classes     int64
	Operations, Events int64
	Digest             engine.Digest
	End                engine.Time
	StepEnd            []engine.Time // when the last rank finished each step
	StageRanks         []int64
	RoleRanks          []int64 // ranks that execute each program
	Buckets            *trace.Buckets
	States             trace.States // of the same time and energy
	Profile            []Share
	Steady             Steady
	SupplyOverloads    int64                  // times that a host's load came to exceed its supplies
	GroupHosts         [workload.NumComms]int // most hosts that a communicator of each kind spans; 0: there is none
	Collisions         network.Collisions     // of hashed routes; empty where traffic is sprayed
	HottestLinks       []LinkLoad             // nil without a recorder, as LinkUse
	LinkUse            []LinkUse
	Collectives        []Collective
	Background         []BackgroundUse // what each got
	Neighbours         []NeighbourUse
	Spent              []Spent // of each rank in the steady step; nil unless the runner is asked
	PeakPower          int64   // mW, of everything, from the mains
	SupplyLimit        int64   // mW, rating of all supplies
	SwitchPower        int64   // mW
	Levels             []LevelUse
	Supplies           []SupplyUse   // of hosts that are fed
	Overload           *Overload     // what would trip first if the step went on and on; nil: nothing
	Held               bool          // a policy of feeds or supplies holds GPUs back at the end
	Temperatures       *Temperatures // nil: cooling is not simulated
	PastCap            int64         // mW by which kernels pass the cap of the part that they cannot keep
}

// Run simulates a job once. A simulation that cannot finish is an error that says
// who waits for what. Run takes j.Groups over, as Prepare does.
func Run(j *Job) (*Result, error) {
	p, err := Prepare(j)
	if err != nil {
		return nil, err
	}
	return p.Runner().Run(j.Degrade, j.Trace)
}

// simulate runs to the end and returns what was found.
func (s *simulation) simulate() (*Result, error) {
	if err := s.run(); err != nil {
		return nil, err
	}
	return s.result()
}

// run is the event loop: all events of an instant, then the settling of it.
func (s *simulation) run() error {
	s.setLimits()
	s.scheduleDegrades()
	s.scheduleOutages()
	s.scheduleCaps()
	s.scheduleCooling()
	s.scheduleBackground()
	s.scheduleNeighbours()
	for i := range s.nodes {
		if !s.begin(int32(i), 0) {
			s.advance(int32(i), 0)
		}
	}
	s.settle(0)
	for s.err == nil && s.queue.Err() == nil {
		e, ok := s.queue.Pop()
		if !ok {
			break
		}
		now := e.At
		for ; ok; e, ok = s.queue.PopNow() {
			if s.job.postpone != nil && s.job.postpone() {
				s.queue.Push(e.At, e.Kind(), e.Entity, e.Generation())
				continue
			}
			s.events++
			s.handle(e)
		}
		s.settle(now)
		s.now = now
		if s.thermal != nil && s.thermal.due {
			s.warmUp(now)
		}
		if s.balanceDue {
			s.balanceDue = false
			s.opening, s.steady = s.steady, s.balance(now)
		}
		if s.finished() && s.inFlight == 0 {
			break
		}
	}
	if err := s.queue.Err(); err != nil && s.err == nil {
		return s.describe(err)
	}
	return s.err
}

// setLimits bounds simulated time and the events of an instant, by what the job says or
// by what no sound job comes near.
func (s *simulation) setLimits() {
	limits := engine.Limits{End: s.job.Limits.Until, PerInstant: int(s.job.Limits.PerInstant)}
	if limits.End == 0 {
		limits.End = engine.Time(365 * 24 * 3600 * engine.Second)
	}
	if limits.PerInstant == 0 {
		limits.PerInstant = 100_000_000
	}
	s.queue.SetLimits(limits)
}

// schedule lets something begin, now where it is there from the start, else by an event;
// and end by another one so long after, 0: never.
func (s *simulation) schedule(at engine.Time, lasts engine.Duration, begins, ends engine.Kind, id int32, begin func()) {
	if at <= 0 {
		begin()
	} else {
		s.queue.Push(at, begins, id, 0)
	}
	if lasts > 0 {
		s.queue.Push(at.Add(lasts), ends, id, 0)
	}
}

// handle is the simulation's one switch on the kind of an event.
func (s *simulation) handle(e engine.Event) {
	switch e.Kind() {
	case eventSegment:
		if n := &s.nodes[e.Entity]; n.gen == e.Generation() && n.seg >= 0 {
			s.computed(e.Entity, e.At)
		}
	case eventFlow:
		if !s.net.Fired(e) {
			return
		}
		if s.plan.groupComm[e.Entity] == commNeighbour {
			s.exchanged(e.Entity, e.At)
		} else {
			s.delivered(e.Entity, e.At)
		}
	case eventBackground:
		s.sendBackground(e.Entity, e.At)
	case eventQuiet:
		s.countBackground(e.Entity, e.At)
		s.net.Cancel(e.At, e.Entity)
	case eventNeighbour:
		s.communicate(e.Entity, e.At)
	case eventDegrade, eventRestore:
		s.applyDegrade(e.Entity, e.Kind() == eventDegrade, e.At)
	case eventOut, eventBack:
		s.notice(e.Entity, e.Kind() == eventOut, e.At)
	case eventAct:
		s.act(e.Entity, e.Generation(), e.At)
	case eventOpen:
		s.open(e.Entity, e.Generation(), e.At)
	case eventCap, eventUncap:
		s.applyCap(e.Entity, e.Kind() == eventCap, e.At)
	case eventHotter, eventCooler:
		s.failCooling(e.Entity, e.Kind() == eventHotter, e.At)
	case eventLook:
		s.look(e.Entity == 1, e.At)
	default:
		panic(fmt.Sprintf("training: event of unknown kind %d", e.Kind()))
	}
}

// finished tells whether every rank has finished every step; what it started
// beside the next step may still be in flight.
func (s *simulation) finished() bool { return s.stepLeft[s.job.Steps-1] == 0 }

// fail notes the first impossible state; the loop stops after this instant.
func (s *simulation) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// describe adds the entity to a limit that was hit.
func (s *simulation) describe(err error) error {
	var limit *engine.LimitError
	if !errors.As(err, &limit) {
		return err
	}
	e := limit.Event
	if e.Kind() == eventNeighbour || e.Kind() == eventFlow && s.plan.groupComm[e.Entity] >= workload.NumComms {
		return s.blockedError() // only the traffic of others goes on
	}
	switch e.Kind() {
	case eventDegrade, eventRestore, eventOut, eventBack, eventCap, eventUncap, eventAct, eventOpen, eventHotter, eventCooler, eventLook:
		return s.blockedError() // only links flap
	case eventSegment:
		return fmt.Errorf("%w (rank %d computing, stage %d)", err, s.plan.rankOf(e.Entity), s.nodes[e.Entity].stage)
	case eventFlow:
		return fmt.Errorf("%w (%v communicator of rank %d)", err, s.plan.groupComm[e.Entity], s.plan.rankOf(s.plan.membersOf(e.Entity)[0].node))
	}
	return err
}

// result closes the books and checks that they balance.
func (s *simulation) result() (*Result, error) {
	if !s.finished() {
		return nil, s.blockedError()
	}
	end := s.now
	s.settleAll(end)
	if s.thermal != nil {
		s.follow(end)
	}
	s.job.Trace.Close(end)
	all := s.booksOf(s.stays)
	r := &Result{
		Ranks: int64(len(s.job.Role)), Classes: int64(s.plan.nodes), Operations: s.operations, Events: s.events,
		Digest: s.digest, End: end, StepEnd: s.stepEnd, RoleRanks: s.plan.roleRanks(len(s.job.Programs)),
		Buckets: all.buckets, States: all.states, Profile: s.shares, Steady: s.steadyStep(), SupplyOverloads: s.supplies.Overloads(),
		SupplyLimit: int64(len(s.plan.hostID)) * s.job.Host.Capacity(s.job.Host.Supplies), Collisions: s.collisions, SwitchPower: s.switches,
	}
	r.StageRanks = make([]int64, all.buckets.Stages())
	for role, n := range r.RoleRanks {
		r.StageRanks[s.code.stage[role]] += n
	}
	for g, c := range s.plan.groupComm {
		if c < workload.NumComms {
			r.GroupHosts[c] = max(r.GroupHosts[c], s.plan.shapes[s.plan.groupShape[g]].Hosts)
		}
	}
	s.countOthers(end)
	if s.job.Trace != nil {
		loads := s.loads(end.Seconds())
		r.HottestLinks, r.LinkUse = s.hottestLinks(loads), s.linkUse(loads)
	}
	r.Collectives = s.collectives()
	r.Background, r.Neighbours = s.backgroundUses(), s.neighbourUses()
	s.setMains(end)
	r.Spent = s.plan.perRank(r.Steady.spent)
	r.PeakPower = s.mains.peak
	r.PastCap = s.code.past
	r.Levels, r.Supplies, r.Overload = s.levelUses(&r.Steady), s.supplyUses(&r.Steady), s.overload(&r.Steady)
	r.Held = s.control.held()
	r.Temperatures = s.temperatures(&r.Steady)
	return r, s.check(r)
}

// check proves that the buckets tile time, that power states hold what buckets do,
// and that the energy of the buckets is the energy of the trace, to the last mW·ns.
func (s *simulation) check(r *Result) error {
	if err := r.Buckets.CheckTiling(r.End.Sub(0), r.StageRanks); err != nil {
		return fmt.Errorf("the books do not balance: %w", err)
	}
	var ops int64
	for role, n := range r.RoleRanks {
		ops += n * s.code.perStep[role] * int64(s.job.Steps)
	}
	if ops != r.Operations {
		return fmt.Errorf("the books do not balance: %d operations finished, the programs hold %d", r.Operations, ops)
	}
	if s.gpuPower != nil {
		if err := r.Buckets.CheckEnergy(s.gpuPower.Total()); err != nil {
			return fmt.Errorf("the books do not balance: %w", err)
		}
	}
	if err := r.States.CheckBuckets(r.Buckets); err != nil {
		return fmt.Errorf("the books do not balance: %w", err)
	}
	if err := r.Steady.States.CheckBuckets(r.Steady.Buckets); err != nil {
		return fmt.Errorf("the books do not balance, in the steady step: %w", err)
	}
	if err := s.checkFeeds(); err != nil {
		return err
	}
	return s.checkComponents()
}

// checkComponents proves that the components of power add up to the total, and
// that the meter of the mains reads as much.
func (s *simulation) checkComponents() error {
	if s.job.Trace == nil {
		return nil
	}
	var sum engine.Total
	for _, series := range s.job.Trace.Series {
		if series.Name == "power" {
			sum.AddTotal(series.Total())
		}
	}
	if total := s.total.Total(); sum != total || sum != s.mains.energy {
		return fmt.Errorf("the books do not balance: components hold %.12g J, the trace %.12g J", sum.Float()/1e12, total.Float()/1e12)
	}
	return nil
}
