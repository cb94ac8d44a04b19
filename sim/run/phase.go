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
	r.generation = engine.Next(r.generation)
	switch p {
	case saving, copying, rescuing, restoring:
		r.power = r.spec.Power.Saving
	default:
		r.power = r.spec.Power.Waiting
	}
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
	r.book(bucketOf[r.phase], r.now.Sub(r.since))
	r.since = r.now
}

// book adds time to a bucket, and its energy at the present power.
func (r *replica) book(b Bucket, d engine.Duration) {
	r.out.Time[b] += d
	r.out.Energy[b].AddProduct(uint64(r.power), uint64(d))
	if r.cause >= 0 && b != Productive && b != Degraded && b != CheckpointSave {
		r.out.Lost[r.cause] += d
		r.out.LostEnergy[r.cause].AddProduct(uint64(r.power), uint64(d))
	}
}

// draw returns a length of a phase of the present recovery.
func (r *replica) draw(p phase, d *Distribution) engine.Duration {
	return d.Quantile(r.uniform(int32(p), drawRecovery, r.stops))
}

// start launches the program on the hosts that are there.
func (r *replica) start() { r.enter(starting, r.draw(starting, &r.spec.Recovery.Startup)) }

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
		r.enter(rescheduling, r.draw(rescheduling, &rec.Reschedule))
	case rescheduling:
		r.seekHosts()
	case starting:
		r.enter(initialising, r.draw(initialising, &rec.Init)+rec.InitPerRank*engine.Duration(r.ranks()))
	case initialising:
		r.enter(restoring, r.restoreTime())
	case restoring:
		r.enter(loading, r.draw(loading, &rec.Data))
	case loading:
		r.cause, r.storeOnly = -1, false
		r.milestone(atDurable)
	case rejoining:
		r.man()
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

// milestone goes on after a whole step: with hosts that leave, the end, a
// checkpoint, a replica that comes back, or the next step.
func (r *replica) milestone(at standing) {
	p, c := &r.progress, &r.spec.Checkpoint
	over := r.spec.Steps > 0 && p.done >= r.spec.Steps
	safe := at == atDurable || c.Every == 0
	switch {
	case len(r.leaving) > 0 && safe:
		r.stopAsPlanned()
	case over && safe:
		r.finish()
	case len(r.leaving) > 0 || over:
		r.save(true)
	case c.Every > 0 && p.done >= p.taken+c.Every:
		r.save(false)
	case c.Memory > 0 && p.done >= p.copied+c.Memory:
		r.enter(copying, c.MemorySave)
	case r.canRejoin() && (safe || at == atCheckpoint || r.spec.Recovery.Source == FromPeers):
		r.enter(rejoining, r.draw(rejoining, &r.spec.Recovery.Rejoin))
	default:
		r.compute()
	}
}

// finish ends the run now. A step in flight, at a horizon, counts as time that was
// productive, but not as a step.
func (r *replica) finish() {
	r.cause = -1
	r.leave()
	if r.phase == computing {
		r.book(Productive, r.now.Sub(r.since))
	}
	r.book(Productive, r.progress.carried)
	r.countSpares()
	r.phase = ended
}
