package run

import "trainsim/sim/engine"

// phase is what the job does.
type phase uint8

const (
	computing phase = iota
	saving          // a checkpoint, durable or its blocking part
	copying         // to the memory of peers
	stalled         // a link is away
	detecting
	rescuing // survivors write a checkpoint just in time
	rescheduling
	waiting // for hosts
	starting
	initialising
	restoring
	loading
	rejoining // a replica comes back
	ended
)

// bucketOf is where the time of a phase other than computing goes.
var bucketOf = [...]Bucket{
	saving: CheckpointSave, copying: CheckpointSave, stalled: Stalled, detecting: Detection, rescuing: CheckpointSave,
	rescheduling: InfrastructureRecovery, waiting: WaitingForHosts, starting: ProgramStartup, initialising: AcceleratorInit,
	restoring: CheckpointRestore, loading: DataLoading, rejoining: InfrastructureRecovery,
}

// forever is the length of a phase that something else ends.
const forever = engine.Duration(-1)

// enter begins a phase of a given length.
func (r *replica) enter(p phase, d engine.Duration) {
	r.phase, r.since = p, r.now
	whole := r.spec.Power.Idle
	switch bucketOf[p].PowerState() {
	case Polling:
		whole = r.spec.Power.Polling
	case Checkpointing:
		whole = r.spec.Power.Loaded
	}
	r.power = whole * int64(r.fleet.powered()) / int64(r.spec.Machine.Slots)
	r.lasts(d)
}

// lasts makes the present phase end after d from now.
func (r *replica) lasts(d engine.Duration) {
	r.generation = engine.Next(r.generation)
	if d != forever {
		r.push(d, eventPhase, 0, r.generation)
	}
}

// leave books the present phase up to now, whole steps of computing included;
// the step in flight is left to the caller.
func (r *replica) leave() {
	if r.phase == computing {
		r.closeSteps(r.stepsBy(r.now.Sub(r.since)))
		return
	}
	r.meter.until(r.now, r.power)
	r.book(bucketOf[r.phase], r.now.Sub(r.since))
	r.since = r.now
}

// suspend books the present phase up to now. What of a step is in flight is carried.
func (r *replica) suspend() {
	r.leave()
	r.meter.until(r.now, r.power)
	r.meter.carry()
	r.progress.carried += r.now.Sub(r.since)
	r.since = r.now
}

// book adds time to a bucket, and its energy at the present power.
func (r *replica) book(b Bucket, d engine.Duration) {
	r.out.Time[b] += d
	r.meter.book(b, d)
	r.out.Energy[b].AddProduct(uint64(r.power), uint64(d))
	if r.cause >= 0 {
		r.out.Lost[r.cause] += d
		r.out.LostEnergy[r.cause].AddProduct(uint64(r.power), uint64(d))
	}
}

// draw returns a length of phase p, the nth time.
func (r *replica) draw(p phase, n uint64, d *Distribution) engine.Duration {
	return d.Quantile(r.uniform(int32(p), drawRecovery, n))
}

// start launches the program on the hosts that are there.
func (r *replica) start() {
	r.enter(starting, r.draw(starting, r.stops, &r.spec.Recovery.Startup))
}

// endPhase goes on with what follows the present phase.
func (r *replica) endPhase() {
	rec := &r.spec.Recovery
	was := r.phase
	r.leave()
	switch was {
	case computing:
		r.milestone(atStep)
	case saving:
		r.saved()
	case copying:
		r.progress.remember(r.snapshot())
		r.milestone(atStep)
	case stalled:
		r.compute()
	case detecting:
		r.detected()
	case rescuing:
		r.commit(r.snapshot())
		r.takeLeavers()
		r.enter(rescheduling, r.draw(rescheduling, r.stops, &rec.Reschedule))
	case rescheduling:
		r.seekHosts()
	case starting:
		r.enter(initialising, r.draw(initialising, r.stops, &rec.Init)+rec.InitPerRank*engine.Duration(r.ranks()))
	case initialising:
		r.restore()
	case restoring:
		r.enter(loading, r.draw(loading, r.stops, &rec.Data))
	case loading:
		r.fleet.mend()
		r.cause, r.storeOnly = -1, false
		r.milestone(r.standing())
	case rejoining:
		r.out.Rejoins++
		r.man()
		r.fleet.mend()
		r.compute()
	}
}

// ranks returns how many ranks the job has now.
func (r *replica) ranks() int64 {
	all := int64(max(r.spec.Machine.Replicas, 1))
	return r.spec.Ranks / all * (all - int64(r.lost))
}

// standing is how well the state of the job is kept between two steps.
type standing uint8

const (
	atStep       standing = iota // nothing of the last steps is kept
	atCheckpoint                 // it is copied, and written in the background
	atDurable                    // it is kept: nothing is lost by stopping
)

// standing tells whether all that is done is kept.
func (r *replica) standing() standing {
	p := &r.progress
	if p.done == p.durable[len(p.durable)-1].steps {
		return atDurable
	}
	return atStep
}

// milestone goes on after a whole step: with hosts that leave, the end, a
// checkpoint, a replica that comes back, or the next step.
func (r *replica) milestone(at standing) {
	p, c := &r.progress, &r.spec.Checkpoint
	over := r.spec.Steps > 0 && p.done >= r.spec.Steps
	safe := at == atDurable || c.Every == 0
	switch {
	case over && safe:
		r.finish()
	case len(r.leaving) > 0 && safe:
		r.stopAsPlanned()
	case len(r.leaving) > 0 || over:
		r.save(true)
	case c.Every > 0 && p.done >= p.taken+c.Every:
		r.save(false)
	case c.Memory > 0 && p.done >= p.copied+c.Memory:
		r.enter(copying, c.MemorySave)
	case r.canRejoin() && (at != atStep || r.spec.Recovery.Source == FromPeers):
		r.enter(rejoining, r.draw(rejoining, uint64(r.out.Rejoins)+r.stops, &r.spec.Recovery.Rejoin))
	default:
		r.compute()
	}
}

// finish ends the run now. A step in flight, at a horizon, counts as time that was
// productive, but not as a step.
func (r *replica) finish() {
	r.suspend()
	r.power = r.stepPower
	r.meter.resume()
	r.bookSteps(r.progress.carried, 1)
	r.countSpares()
	r.countShort()
	r.phase = ended
}
