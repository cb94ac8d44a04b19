package run

import (
	"slices"
	"sort"

	"trainsim/sim/engine"
)

// snapshot is a state of the job that was kept, with the books at that moment:
// going back to it turns what was booked since into wasted progress.
type snapshot struct {
	steps  int64
	taken  engine.Time // the state is that of then
	time   [2]engine.Duration
	energy [2]engine.Total
	bills  [2]Tally
}

// progress is the steps of the job and what of them is kept.
type progress struct {
	done    int64             // steps that count
	best    int64             // most that ever counted
	goal    int64             // steps from since to the next milestone
	ends    []engine.Duration // of each of them, after since, where steps differ by noise
	carried engine.Duration   // of the step in flight when a stall began

	taken   int64      // steps at the last checkpoint begun or gone back to
	begun   snapshot   // of the checkpoint that is being saved
	durable []snapshot // kept, the start first
	copied  int64      // steps at the last copy in memory
	memory  snapshot

	inBackground    bool // a checkpoint is written
	background      snapshot
	writeEnd        engine.Time
	writeGeneration uint32
	final           bool // the checkpoint being saved must be durable before anything else
}

// never is a copy that was not made.
var never = snapshot{taken: -1}

// remember keeps a copy in memory.
func (p *progress) remember(s snapshot) { p.memory, p.copied = s, s.steps }

// snapshot returns the state of now.
func (r *replica) snapshot() snapshot {
	o := r.out
	s := snapshot{steps: r.progress.done, taken: r.now, time: [2]engine.Duration{o.Time[Productive], o.Time[Degraded]},
		energy: [2]engine.Total{o.Energy[Productive], o.Energy[Degraded]}}
	if o.Billing != nil {
		s.bills = [2]Tally{o.Billing.Buckets[Productive], o.Billing.Buckets[Degraded]}
	}
	return s
}

// maxSegment bounds the steps with noise that are laid out at once.
const maxSegment = 1 << 12

// compute begins steps, in the present state of health, up to the next milestone.
func (r *replica) compute() {
	if r.now < r.linksBack {
		r.enter(stalled, r.linksBack.Sub(r.now))
		return
	}
	p := &r.progress
	if p.carried == 0 { // else the step in flight is that of before
		r.refresh()
	}
	if r.err != nil {
		return
	}
	r.arm()
	copied := r.phase == copying
	r.phase, r.power = computing, r.stepPower
	r.layOutSteps()
	r.since = r.now.Add(-p.carried)
	p.carried = 0
	r.meter.resume()
	r.lasts(r.since.Add(r.stepEnd(p.goal)).Sub(r.now))
	if !copied { // which may be after every step, and takes next to no time
		r.mark(MarkCompute, -1, -1)
	}
}

// pressing tells whether something waits for the end of the step in flight.
func (r *replica) pressing() bool {
	return len(r.leaving) > 0 || r.spec.Recovery.Source == FromPeers && r.canRejoin()
}

// layOutSteps finds the next milestone, and the ends of steps with noise.
func (r *replica) layOutSteps() {
	p, c := &r.progress, &r.spec.Checkpoint
	p.goal = min(1<<40, int64(engine.Never/4)/int64(r.step.Time))
	if r.spec.Steps > 0 {
		p.goal = min(p.goal, r.spec.Steps-p.done)
	}
	if c.Every > 0 {
		p.goal = min(p.goal, p.taken+c.Every-p.done)
	}
	if c.Memory > 0 {
		p.goal = min(p.goal, p.copied+c.Memory-p.done)
	}
	p.goal = max(p.goal, 1)
	if p.carried > 0 || r.pressing() {
		p.goal = 1
	}
	p.ends = p.ends[:0]
	if len(r.step.Samples) == 0 {
		return
	}
	p.goal = min(p.goal, maxSegment)
	draws := engine.NewStream(r.seed, 0, drawNoise)
	var end engine.Duration
	for i := range p.goal {
		end += r.step.Samples[draws.Below(uint64(p.done+i), uint64(len(r.step.Samples)))]
		p.ends = append(p.ends, end)
	}
}

// stepEnd returns when the first k steps from since on have ended, after since.
func (r *replica) stepEnd(k int64) engine.Duration {
	if k > 0 && len(r.progress.ends) > 0 {
		return r.progress.ends[k-1]
	}
	return r.step.Time * engine.Duration(k)
}

// stepsBy returns how many steps from since on have ended after d.
func (r *replica) stepsBy(d engine.Duration) int64 {
	p := &r.progress
	if len(p.ends) > 0 {
		return int64(sort.Search(len(p.ends), func(i int) bool { return p.ends[i] > d }))
	}
	return min(p.goal, int64(d/r.step.Time))
}

// closeSteps books k whole steps from since on.
func (r *replica) closeSteps(k int64) {
	if k == 0 {
		return
	}
	p := &r.progress
	r.since = r.since.Add(r.stepEnd(k))
	r.meter.until(r.since, r.power)
	if len(p.ends) == 0 {
		r.bookSteps(r.step.Time, k)
		r.out.count(r.step.Time, k)
	}
	begin := engine.Duration(0)
	for _, end := range p.ends[:min(k, int64(len(p.ends)))] {
		r.bookSteps(end-begin, 1)
		r.out.count(end-begin, 1)
		begin = end
	}
	p.ends = p.ends[:0] // their origin has moved: lay out anew
	p.done += k
	p.goal -= k
	if p.done > p.best {
		p.best, r.fruitless = p.done, 0
	}
}

// bookSteps books k steps of one length, or one that is cut short.
func (r *replica) bookSteps(length engine.Duration, k int64) {
	n, productive := engine.Duration(k), min(length, r.nominal)
	if len(r.health.Short) > 0 && r.step.Held {
		r.out.HeldBack += n * length
	}
	r.book(Productive, n*productive)
	r.book(Degraded, n*(length-productive))
}

// atBoundary ends the step after which another state of health counts.
func (r *replica) atBoundary() {
	r.leave()
	r.milestone(atStep)
}

// awaitBoundary makes the end of the step in flight a point where the job looks at
// what has changed.
func (r *replica) awaitBoundary() {
	if r.phase != computing {
		return
	}
	k := r.stepsBy(r.now.Sub(r.since))
	if r.since.Add(r.stepEnd(k)) < r.now {
		k++
	}
	if k < r.progress.goal {
		r.queue.Push(r.since.Add(r.stepEnd(k)), eventBoundary, 0, r.generation)
	}
}

// save begins a checkpoint: when one is still written in the background, after
// it. A final one is written out before anything else happens.
func (r *replica) save(final bool) {
	p, c := &r.progress, &r.spec.Checkpoint
	p.begun, p.taken, p.final = r.snapshot(), p.done, final
	d := c.Save
	if p.inBackground {
		d += p.writeEnd.Sub(r.now)
	}
	if final {
		d += c.Write
	}
	r.enter(saving, d)
}

// saved ends the blocking part of a checkpoint.
func (r *replica) saved() {
	p, c := &r.progress, &r.spec.Checkpoint
	p.remember(p.begun)
	switch {
	case p.final || c.Write == 0:
		r.commit(p.begun)
		r.milestone(atDurable)
		return
	case len(r.leaving) > 0: // those who leave wait until it is durable
		p.final = true
		r.enter(saving, c.Write)
		return
	}
	p.inBackground, p.background = true, p.begun
	p.writeEnd = r.now.Add(c.Write)
	p.writeGeneration = engine.Next(p.writeGeneration)
	r.queue.Push(p.writeEnd, eventDurable, 0, p.writeGeneration)
	r.milestone(atCheckpoint)
}

// written ends the background part of a checkpoint.
func (r *replica) written() {
	r.progress.inBackground = false
	r.progress.writeGeneration = engine.Next(r.progress.writeGeneration)
	r.commit(r.progress.background)
}

// commit makes a snapshot durable.
func (r *replica) commit(s snapshot) {
	p, keep := &r.progress, r.spec.Checkpoint.Keep
	if keep == 0 && !r.mayGoBackFurther() {
		p.durable = p.durable[:1] // none of those will be asked for
	}
	p.durable = append(p.durable, s)
	if keep > 0 && len(p.durable) > keep+1 { // the start is no checkpoint
		p.durable = append(p.durable[:1], p.durable[2:]...)
	}
	p.taken = max(p.taken, s.steps)
	r.out.Checkpoints++
	r.mark(MarkCheckpoint, -1, -1)
}

// abandon drops what is being saved or written: the memory of a host is gone.
func (p *progress) abandon() {
	p.inBackground = false
	p.writeGeneration = engine.Next(p.writeGeneration)
}

// goBack makes the job continue from a snapshot: what was done since is wasted.
func (r *replica) goBack(s snapshot) {
	p, o := &r.progress, r.out
	for i, b := range [2]Bucket{Productive, Degraded} {
		lost := o.Time[b] - s.time[i]
		o.Time[b] -= lost
		o.Time[WastedProgress] += lost
		energy := o.Energy[b]
		energy.SubTotal(s.energy[i])
		o.Energy[b] = s.energy[i]
		o.Energy[WastedProgress].AddTotal(energy)
		if r.cause >= 0 {
			o.Lost[r.cause] += lost
			o.LostEnergy[r.cause].AddTotal(energy)
		}
		if o.Billing != nil {
			o.Billing.forfeit(b, &s.bills[i])
		}
	}
	p.done, p.copied = s.steps, s.steps
	if r.storeOnly {
		p.memory = never
	}
	for i := range r.corrupt {
		if c := &r.corrupt[i]; c.at >= s.taken { // results from before are sound
			c.at, c.on = r.now, c.on && r.corrupts(c)
		}
	}
}

// mayGoBackFurther tells whether the job may go back further than to its last
// checkpoint: its results are wrong.
func (r *replica) mayGoBackFurther() bool {
	return slices.ContainsFunc(r.corrupt, func(c corruption) bool { return c.on })
}

// corrupts tells whether what made results wrong still does: the host that would
// leave because of it has not.
func (r *replica) corrupts(c *corruption) bool {
	return c.host >= 0 && r.spec.Kinds[c.kind].Scope != TakesNothing && r.fleet.inJob(c.host)
}

// lastDurable returns the newest durable snapshot of a state not after t, and
// drops those that are.
func (r *replica) lastDurable(t engine.Time) snapshot {
	p := &r.progress
	for len(p.durable) > 1 && p.durable[len(p.durable)-1].taken > t {
		p.durable = p.durable[:len(p.durable)-1]
	}
	return p.durable[len(p.durable)-1]
}
