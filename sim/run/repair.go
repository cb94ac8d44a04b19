package run

import (
	"slices"

	"trainsim/sim/engine"
)

// takeOut sends a host that failed to repair, or for good. kind is the failure's,
// or -1.
func (r *replica) takeOut(h, kind int32) {
	f := &r.fleet
	r.endEpisodes(h)
	r.replaceSupplies(h, kind)
	if f.inJob(h) {
		f.left++
	}
	f.remove(h)
	if r.failedTooOften(h, kind) {
		f.place[h] = retired
		f.gone++
		r.out.Retired++
		return
	}
	f.place[h] = inRepair
	f.repair++
	n := uint64(f.repairs[h])
	f.repairs[h]++
	if kind >= 0 && r.spec.Kinds[kind].OwnRepair {
		r.push(r.spec.Kinds[kind].Repair.Quantile(r.uniform(h, ofKind(kind, drawOwnRepair), n)), eventRepaired, h, 0)
		return
	}
	p, next := &r.spec.Repair, eventRepaired
	if r.uniform(h, drawEscalate, n) < p.Escalates {
		next = eventEscalated
	}
	r.push(p.Automatic.Quantile(r.uniform(h, drawRepair, 2*n)), next, h, 0)
}

// escalated queues a host for a crew: the automatic repair did not help.
func (r *replica) escalated(h int32) {
	r.fleet.queue = append(r.fleet.queue, h)
	r.dispatch()
}

// dispatch gives hosts that wait to crews that are free.
func (r *replica) dispatch() {
	f, p := &r.fleet, &r.spec.Repair
	for len(f.queue) > 0 && (p.Crews == 0 || f.busy < p.Crews) {
		h := f.queue[0]
		f.queue = slices.Delete(f.queue, 0, 1)
		f.busy++
		manual := p.Manual.Quantile(r.uniform(h, drawRepair, 2*uint64(f.repairs[h]-1)+1))
		r.push(manual, eventMended, h, 0)
	}
}

// mended frees the crew of a host, which comes back.
func (r *replica) mended(h int32) {
	r.fleet.busy--
	r.dispatch()
	r.repaired(h)
}

// repaired makes a host a spare, and lets a job go on that waits for it.
func (r *replica) repaired(h int32) {
	if r.readmit(h) {
		r.welcome()
	}
}

// readmit makes a host that is repaired a spare. One that lacks supplies for that
// comes back later.
func (r *replica) readmit(h int32) bool {
	if r.awaitsSupplies(h) {
		r.supplies.dark = append(r.supplies.dark, h)
		return false
	}
	r.fleet.repair--
	r.fleet.release(h)
	return true
}

// welcome lets the job look at new spares.
func (r *replica) welcome() {
	switch {
	case r.phase == waiting:
		r.seekHosts()
	case r.pressing():
		r.awaitBoundary()
	}
	r.evictSlow()
	r.notePool()
}

// failedTooOften notes a failure of host h and tells whether it was one too many.
// Only failures of its own count, not those of its rack or what was planned.
func (r *replica) failedTooOften(h, kind int32) bool {
	l := &r.spec.Lemons
	if l.Retire == 0 || kind < 0 || r.spec.Kinds[kind].Effect == Planned || r.spec.Kinds[kind].Scope > TakesHost {
		return false
	}
	if r.fleet.incidents == nil {
		r.fleet.incidents = make([][]engine.Time, len(r.fleet.place))
	}
	recent := slices.DeleteFunc(r.fleet.incidents[h], func(t engine.Time) bool { return r.now.Sub(t) > l.Window })
	recent = append(recent, r.now)
	r.fleet.incidents[h] = recent
	return len(recent) >= int(l.Retire)
}

// lemon tells whether host h fails more often than others.
func (r *replica) lemon(h int32) bool {
	return r.spec.Lemons.Share > 0 && r.uniform(h, drawLemon, 0) < r.spec.Lemons.Share
}
