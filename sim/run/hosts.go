package run

// plan lets hosts leave at the next boundary, after a checkpoint; at once where the
// job is down and no host is bound yet.
func (r *replica) plan(hosts []int32, kind int32) {
	if r.isDown() {
		r.takeAll(hosts, kind)
		r.keep(kind, r.now)
		return
	}
	for _, h := range hosts {
		r.leaving = append(r.leaving, leaver{host: h, kind: kind})
	}
	if len(hosts) == 0 { // the job itself is asked to stop
		r.leaving = append(r.leaving, leaver{host: -1, kind: kind})
	}
	r.awaitBoundary()
}

// isDown tells whether the job is down and no host is bound to it yet: what fails
// then is dealt with along the way.
func (r *replica) isDown() bool {
	return r.phase == detecting || r.phase == rescheduling || r.phase == waiting
}

// stopAsPlanned stops the job for hosts that leave. Its state is durable, where any
// checkpoint is written.
func (r *replica) stopAsPlanned() {
	r.stops++
	r.out.Planned++
	for _, l := range r.leaving {
		if l.kind < 0 || r.cause >= 0 {
			continue
		}
		r.cause = l.kind
		r.mark(MarkFailure, l.kind, l.host)
	}
	r.progress.abandon()
	r.disarm()
	kind := r.leaving[0].kind
	r.takeLeavers()
	r.keep(kind, r.now)
	r.detected()
}

// seekHosts starts the program when there are hosts for it, or waits.
func (r *replica) seekHosts() {
	if !r.man() {
		if r.phase != waiting {
			r.enter(waiting, forever)
		}
		return
	}
	if r.phase == waiting {
		r.leave()
	}
	r.start()
}

// man puts spares into empty slots and tells whether the job can run: whole, or
// with fewer replicas where it may shrink.
func (r *replica) man() bool {
	f := &r.fleet
	if r.spec.Recovery.Shrink {
		lost, ok := r.fewest(f.working())
		if !ok {
			return false
		}
		if lost != r.lost {
			r.lost, r.stale = lost, true
			f.use(r.slotsFor(lost))
		}
	}
	n := f.fill()
	replaced := min(int32(n), f.left) // others come back with their replica, or move to another
	f.left -= replaced
	r.out.Replacements += int64(replaced)
	if n > 0 {
		r.noteSlow()
		r.stale = true
	}
	r.notePool()
	return len(f.holes) == 0
}

// fewest returns how few replicas the job must do without on that many hosts.
func (r *replica) fewest(hosts int32) (lost int32, ok bool) {
	m := &r.spec.Machine
	for lost = 0; lost <= m.Replicas-max(r.spec.Recovery.Least, 1); lost++ {
		if r.slotsFor(lost) <= hosts {
			return lost, true
		}
	}
	return 0, false
}

// slotsFor returns the slots of a job without some of its replicas.
func (r *replica) slotsFor(lost int32) int32 {
	m := &r.spec.Machine
	all := int64(max(m.Replicas, 1))
	return int32((int64(m.Slots)*(all-int64(lost)) + all - 1) / all)
}

// starved tells whether the job waits for hosts that will never come.
func (r *replica) starved() bool {
	if r.phase != waiting || r.spec.Until > 0 {
		return false
	}
	least := r.spec.Machine.Slots
	if r.spec.Recovery.Shrink {
		least = r.slotsFor(r.spec.Machine.Replicas - max(r.spec.Recovery.Least, 1))
	}
	return r.fleet.working()+r.fleet.repair+r.fleet.ordered < least
}

// canRejoin tells whether there are hosts for one more replica.
func (r *replica) canRejoin() bool {
	if r.lost == 0 {
		return false
	}
	lost, ok := r.fewest(r.fleet.working())
	return ok && lost < r.lost
}

// notePool notes how many spares there are, and their energy up to now.
func (r *replica) notePool() {
	f := &r.fleet
	r.countSpares()
	r.countShort()
	spares := int32(len(f.ready))
	r.out.LeastSpares = min(r.out.LeastSpares, spares)
	if !r.spec.Record {
		return
	}
	r.out.notePool(Pool{At: r.now, Spares: spares, Repair: f.repair, Lost: r.lost})
}

// countSpares adds the energy of the spares since it was last counted.
func (r *replica) countSpares() {
	r.out.Spare.AddProduct(uint64(r.spec.Power.Spare)*uint64(r.drawn), uint64(r.now.Sub(r.spares)))
	r.meter.spare(r.spares, r.now, r.spec.Power.Spare*int64(r.drawn))
	r.spares = r.now
	r.drawn = int32(len(r.fleet.ready))
}
