package run

import "trainsim/sim/engine"

// leaver is a host that leaves the job at the next boundary, and why.
type leaver struct {
	host int32
	kind int32 // planned failure; -1: evicted
}

// corruption is a time from which on results are wrong.
type corruption struct {
	at   engine.Time
	kind int32
	host int32
	n    uint64
	on   bool
}

// fail handles failure n of kind k at host h.
func (r *replica) fail(k, h int32, n uint64) {
	kind := &r.spec.Kinds[k]
	if p := r.fleet.place[h]; !kind.OfJob && p != inSlot && p != spare {
		return // out of service, nothing of it runs
	}
	taken := r.takes(kind, h)
	hit := kind.OfJob
	for _, t := range taken {
		hit = hit || r.fleet.inJob(t)
	}
	if kind.Scope == TakesNothing {
		hit = hit || r.fleet.inJob(h)
		taken = nil
	}
	if hit {
		r.out.Failures[k]++
	}
	if !hit {
		r.takeAll(taken, k)
		return
	}
	switch kind.Effect {
	case Planned:
		r.plan(taken, k)
	case Flap:
		r.flap(k, n, taken)
	case Corrupt:
		r.corrupt = append(r.corrupt, corruption{at: r.now, kind: k, host: h, n: n, on: true})
		r.push(r.detection(k, n), eventDetected, int32(len(r.corrupt)-1), 0)
	default:
		r.stop(k, h, r.detection(k, n), taken, r.now)
	}
	r.notePool()
}

// takes returns the hosts in service that a failure at host h takes.
func (r *replica) takes(k *Kind, h int32) []int32 {
	first, n := h, int32(1)
	hosts := int32(len(r.fleet.place))
	switch m := &r.spec.Machine; k.Scope {
	case TakesRack:
		n = max(m.HostsPerRack, 1)
		first = h / n * n
	case TakesPod:
		if n = m.HostsPerPod; n == 0 {
			n = hosts
		}
		first = h / n * n
	}
	var list []int32
	for t := first; t < min(first+n, hosts); t++ {
		if p := r.fleet.place[t]; p == inSlot || p == spare {
			list = append(list, t)
		}
	}
	return list
}

func (r *replica) takeAll(hosts []int32, kind int32) {
	for _, h := range hosts {
		if p := r.fleet.place[h]; p == inSlot || p == spare {
			r.takeOut(h, kind)
		}
	}
	r.notePool()
}

// detection returns how long nobody knows of failure n of kind k.
func (r *replica) detection(k int32, n uint64) engine.Duration {
	d := &r.spec.Recovery.Detection
	if r.spec.Kinds[k].OwnDetection {
		d = &r.spec.Kinds[k].Detection
	}
	return d.Quantile(r.uniform(0, ofKind(k, drawDetection), n))
}

// flap takes a link away for a while: the job waits, or stops where that takes
// longer than collectives wait.
func (r *replica) flap(k int32, n uint64, taken []int32) {
	outage := r.spec.Kinds[k].Outage.Quantile(r.uniform(0, ofKind(k, drawOutage), n))
	if timeout := r.spec.Recovery.Timeout; timeout > 0 && outage > timeout {
		r.stop(k, -1, timeout, taken, r.now)
		return
	}
	switch r.phase {
	case computing:
		r.leave()
		r.progress.carried = r.now.Sub(r.since)
		r.enter(stalled, outage)
	case stalled: // until both are back
		end := max(r.stallEnd, r.now.Add(outage))
		r.leave()
		r.enter(stalled, end.Sub(r.now))
	}
	r.stallEnd = max(r.stallEnd, r.now.Add(outage))
}

// detectCorruption stops the job if it still builds on results that were wrong.
func (r *replica) detectCorruption(i int32) {
	c := r.corrupt[i]
	if !c.on {
		return
	}
	kind := &r.spec.Kinds[c.kind]
	var taken []int32
	if kind.Scope != TakesNothing && r.fleet.place[c.host] == inSlot {
		taken = r.takes(kind, c.host)
	}
	r.stop(c.kind, c.host, 0, taken, c.at)
	r.notePool()
}

// stop ends whatever the job does, because of a failure of kind k that takes
// hosts along. Only a state from before `sound` is worth going back to. A failure
// while an earlier one is dealt with and no host is bound yet is dealt with along
// the way.
func (r *replica) stop(k, h int32, detection engine.Duration, taken []int32, sound engine.Time) {
	kind := &r.spec.Kinds[k]
	dealtWith := r.phase == detecting || r.phase == rescheduling || r.phase == waiting
	if !dealtWith {
		r.stops++
		r.out.Interruptions++
		r.fruitless++
		if r.cause < 0 {
			r.cause = k
		}
		r.interrupt()
	}
	for _, l := range r.leaving {
		taken = append(taken, l.host)
	}
	r.leaving = r.leaving[:0]
	r.storeOnly = r.storeOnly || sound < r.now || r.takesCopies(kind)
	r.keep(sound)
	r.takeAll(taken, k)
	r.mark(MarkFailure, k, h)
	if !dealtWith {
		r.enter(detecting, detection)
	}
	if r.fruitless > maxFruitless {
		r.err = r.hopeless()
	}
}

// interrupt books the present phase, and what of a step was in flight as wasted.
func (r *replica) interrupt() {
	r.leave()
	if r.phase == computing {
		r.book(WastedProgress, r.now.Sub(r.since))
	}
	if c := r.progress.carried; c > 0 {
		r.book(WastedProgress, c)
		r.progress.carried = 0
	}
	r.since = r.now
	r.progress.abandon()
}

// keep goes back to what the recovery can start from: the newest state from before
// `sound` that is durable or, where the source of recoveries has one and nothing
// took it along, in memory.
func (r *replica) keep(sound engine.Time) {
	p := &r.progress
	durable := r.lastDurable(sound)
	switch source := r.spec.Recovery.Source; {
	case r.storeOnly || source == FromStore:
		r.goBack(durable)
	case source == FromMemory && p.memory.taken > durable.taken:
		r.goBack(p.memory)
	case source == FromMemory:
		r.goBack(durable)
	default:
		p.taken = min(p.taken, durable.steps) // a checkpoint that was being saved is due again
	}
}

// takesCopies tells whether a failure leaves no copy of the state in memory: it
// takes more than one host, or there is no other replica, or every process dies
// and with it the live state.
func (r *replica) takesCopies(k *Kind) bool {
	live := r.spec.Recovery.Source == FromPeers || r.spec.Recovery.Source == FromSurvivors
	return k.Scope > TakesHost || r.spec.Machine.Replicas-r.lost < 2 || live && k.OfJob
}

// detected goes on once it is known what failed.
func (r *replica) detected() {
	rec, c := &r.spec.Recovery, &r.spec.Checkpoint
	if rec.Source == FromSurvivors && !r.storeOnly {
		r.enter(rescuing, c.Save+c.Write)
		return
	}
	r.enter(rescheduling, r.draw(rescheduling, &rec.Reschedule))
}

// restoreTime returns how long the state takes to come back: nothing when the
// program starts for the first time.
func (r *replica) restoreTime() engine.Duration {
	if r.stops == 0 {
		return 0
	}
	switch r.out.Restores++; {
	case r.storeOnly:
	case r.spec.Recovery.Source == FromPeers:
		return r.spec.Recovery.PeerRestore
	case r.spec.Recovery.Source == FromMemory:
		return r.spec.Checkpoint.MemoryRestore
	}
	return r.spec.Checkpoint.Restore
}
