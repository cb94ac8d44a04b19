package run

import (
	"slices"

	"trainsim/sim/engine"
)

// leaver is a host that leaves the job at the next boundary, and why.
type leaver struct {
	host int32 // -1: none, the job itself is to stop
	kind int32 // planned failure; -1: evicted
}

// corruption is a time from which on results are wrong.
type corruption struct {
	at   engine.Time
	kind int32
	host int32 // -1: none
	on   bool
}

// fail handles failure n of kind k at host h.
func (r *replica) fail(k, h int32, n uint64) {
	kind := &r.spec.Kinds[k]
	if kind.OfJob {
		h = -1
	}
	taken := r.struck(kind, h)
	if kind.Effect == Weaken {
		if len(taken) > 0 {
			r.weaken(k, h, n)
		}
		return
	}
	hit := kind.OfJob || slices.ContainsFunc(taken, r.fleet.inJob)
	if kind.Scope == TakesNothing {
		taken = nil
	}
	if !hit {
		if kind.Effect == Stop || kind.Effect == Planned {
			r.takeAll(taken, k)
		}
		return
	}
	r.out.Failures[k]++
	switch kind.Effect {
	case Planned:
		r.plan(taken, k)
	case Flap:
		r.flap(k, h, n, taken)
	case Corrupt:
		r.corrupt = append(r.corrupt, corruption{at: r.now, kind: k, host: h, on: true})
		r.push(r.detection(k, h, n), eventDetected, int32(len(r.corrupt)-1), 0)
	default:
		r.stop(k, h, r.detection(k, h, n), taken, r.now)
	}
}

// struck returns the hosts in service that share the domain of a failure at host h.
// The list is good until the next call.
func (r *replica) struck(k *Kind, h int32) []int32 {
	r.list = r.list[:0]
	if h < 0 {
		return r.list
	}
	n := r.spec.Machine.Domain(k.Scope)
	first := h / n * n
	for t := first; t < min(first+n, r.spec.Machine.hosts()); t++ {
		if r.fleet.inService(t) {
			r.list = append(r.list, t)
		}
	}
	return r.list
}

// takeAll takes hosts out of service, those that still are in it.
func (r *replica) takeAll(hosts []int32, kind int32) {
	for _, h := range hosts {
		if r.fleet.inService(h) {
			r.takeOut(h, kind)
		}
	}
	r.notePool()
}

// takeLeavers takes out the hosts that were to leave at the next boundary.
func (r *replica) takeLeavers() {
	for _, l := range r.leaving {
		if l.host >= 0 && r.fleet.inService(l.host) {
			r.takeOut(l.host, l.kind)
		}
		r.storeOnly = r.storeOnly || r.copiesGone(l.kind)
	}
	r.leaving = r.leaving[:0]
	r.notePool()
}

// detection returns how long nobody knows of failure n of kind k at host h.
func (r *replica) detection(k, h int32, n uint64) engine.Duration {
	d := &r.spec.Recovery.Detection
	if r.spec.Kinds[k].OwnDetection {
		d = &r.spec.Kinds[k].Detection
	}
	return d.Quantile(r.uniform(h, ofKind(k, drawDetection), n))
}

// flap takes a link away for a while. A job that computes waits until all links are
// back, or stops where that takes longer than collectives wait. After such a stop the
// link counts as back.
func (r *replica) flap(k, h int32, n uint64, taken []int32) {
	outage := r.spec.Kinds[k].Outage.Quantile(r.uniform(h, ofKind(k, drawOutage), n))
	back, waits := max(r.linksBack, r.after(outage)), r.now
	if r.phase == stalled {
		waits = r.since
	}
	if timeout := r.spec.Recovery.Timeout; timeout > 0 && back.Sub(waits) > timeout {
		r.stop(k, h, waits.Add(timeout).Sub(r.now), taken, r.now)
		return
	}
	r.linksBack = back
	switch r.phase {
	case computing:
		r.suspend()
		r.enter(stalled, back.Sub(r.now))
	case stalled:
		r.lasts(back.Sub(r.now))
	}
}

// detectCorruption stops the job if it still builds on results that were wrong.
func (r *replica) detectCorruption(i int32) {
	c := r.corrupt[i]
	if !c.on {
		return
	}
	var taken []int32
	if r.corrupts(&c) {
		taken = r.struck(&r.spec.Kinds[c.kind], c.host)
	}
	r.stop(c.kind, c.host, 0, taken, c.at)
}

// stop ends whatever the job does, because of a failure of kind k that takes
// hosts along. Only a state from before `sound` is worth going back to. A failure
// while an earlier one is dealt with and no host is bound yet is dealt with along
// the way.
func (r *replica) stop(k, h int32, detection engine.Duration, taken []int32, sound engine.Time) {
	dealtWith := r.isDown()
	if !dealtWith {
		r.stops++
		r.out.Interruptions++
		r.fruitless++
		r.interrupt(k)
	}
	if h >= 0 && r.fleet.inJob(h) && r.spec.Machine.Replicas <= r.spec.Machine.Slots {
		r.fleet.breaks(h) // its process died; others of the host live on
	}
	r.takeAll(taken, k)
	r.takeLeavers()
	r.keep(k, sound)
	r.mark(MarkFailure, k, h)
	if !dealtWith {
		r.enter(detecting, detection)
	}
	if r.fruitless > maxFruitless {
		r.err = r.hopeless()
	}
}

// interrupt books the present phase, and what of a step was in flight as wasted by
// a failure of kind k. What follows is for that failure, unless it comes in the
// middle of a recovery from another.
func (r *replica) interrupt(k int32) {
	r.suspend()
	r.disarm()
	if r.cause < 0 {
		r.cause = k
	}
	r.power = r.stepPower
	r.meter.resume()
	r.book(WastedProgress, r.progress.carried)
	r.progress.carried = 0
	r.progress.abandon()
}

// keep goes back to what the recovery from a failure of kind k can start from: the
// newest state from before `sound` that is durable or, where the source of
// recoveries has one and nothing took it along, in memory.
func (r *replica) keep(k int32, sound engine.Time) {
	r.storeOnly = r.storeOnly || sound < r.now || r.copiesGone(k)
	p := &r.progress
	durable := r.lastDurable(sound)
	switch source := r.spec.Recovery.Source; {
	case r.storeOnly || source == FromStore:
		r.goBack(durable)
	case source == FromMemory && p.memory.taken >= durable.taken:
		r.goBack(p.memory)
	case source == FromMemory:
		r.storeOnly = true
		r.goBack(durable)
	}
	p.taken = durable.steps // a checkpoint that was being saved is due again
}

// copiesGone tells whether a failure of kind k, -1 an eviction, has left no copy of
// the state in memory. The live state is gone when every process died or no
// replica is whole; copies are, as peers are near each other, when more than one
// host was taken at once, or the only one.
func (r *replica) copiesGone(k int32) bool {
	kind := Kind{Scope: TakesHost}
	if k >= 0 {
		kind = r.spec.Kinds[k]
	}
	if source := r.spec.Recovery.Source; source == FromPeers || source == FromSurvivors {
		return kind.OfJob || r.fleet.whole == 0
	}
	return kind.Scope > TakesHost || kind.Scope == TakesHost && r.fleet.active < 2
}

// detected goes on once it is known what failed.
func (r *replica) detected() {
	rec, c := &r.spec.Recovery, &r.spec.Checkpoint
	if rec.Source == FromSurvivors && !r.storeOnly && r.standing() != atDurable {
		r.enter(rescuing, c.Save+c.Write)
		return
	}
	r.enter(rescheduling, r.draw(rescheduling, r.stops, &rec.Reschedule))
}

// restore lets the state come back: there is none when the program starts for the
// first time.
func (r *replica) restore() {
	if r.stops == 0 {
		r.enter(restoring, 0)
		return
	}
	r.out.Restores++
	r.enter(restoring, r.restoreTime())
}

// restoreTime returns how long the state takes to come back.
func (r *replica) restoreTime() engine.Duration {
	switch {
	case r.storeOnly:
	case r.spec.Recovery.Source == FromPeers:
		return r.spec.Recovery.PeerRestore
	case r.spec.Recovery.Source == FromMemory:
		return r.spec.Checkpoint.MemoryRestore
	}
	return r.spec.Checkpoint.Restore
}
