package run

import (
	"cmp"
	"slices"

	"trainsim/sim/engine"
)

// Short is a host of the job that has lost supplies.
type Short struct {
	Slot     int32
	Supplies int32 // lost, all but one at most
}

// loss is supplies that hosts lack until they are replaced.
type loss struct {
	kind  int32 // of failure
	first int32 // host
	hosts int32 // from there on, which lose them
	on    bool
	begun bool            // a crew replaces them
	lasts engine.Duration // until it has
}

// supplies is what hosts have lost of theirs.
type supplies struct {
	losses []loss
	on     []int32     // those that last, in order
	lost   []int32     // of each host; nil: none ever was
	dark   []int32     // hosts that are repaired, and wait for supplies
	unfit  []bool      // hosts that went down as they had too few
	queue  []int32     // losses that wait for a crew
	busy   []int32     // crews at work, of each kind
	short  bool        // a host of the job has lost some, since
	since  engine.Time // up to when that is counted
}

// strike handles failure n of a part of kind k at host h. A supply is any of its host:
// where it is one that is lost already, it is no more there to fail.
func (r *replica) strike(k, h int32, n uint64) {
	kind, lost := &r.spec.Kinds[k], r.supplies.lost
	if kind.Effect == Weaken && kind.Scope <= TakesHost && lost != nil &&
		r.uniform(h, ofKind(k, drawWorks), n)*float64(r.spec.Machine.Supplies) < float64(lost[h]) {
		return
	}
	r.fail(k, h, n)
}

// weaken lets hosts that share the domain of failure n of kind k at host h lose
// supplies until they are replaced. Those with none left are down.
func (r *replica) weaken(k, h int32, n uint64) {
	kind, m, s := &r.spec.Kinds[k], &r.spec.Machine, &r.supplies
	if s.lost == nil {
		s.lost, s.unfit, s.busy = make([]int32, m.hosts()), make([]bool, m.hosts()), make([]int32, len(r.spec.Kinds))
	}
	each := m.Domain(kind.Scope)
	l := loss{kind: k, first: h / each * each, on: true}
	l.hosts = min(each, m.hosts()-l.first)
	l.lasts = kind.Repair.Quantile(r.uniform(h, ofKind(k, drawOwnRepair), n))
	i := int32(len(s.losses))
	s.losses, s.on = append(s.losses, l), append(s.on, i)
	if kind.OwnRepair {
		s.queue = append(s.queue, i)
		r.swap(k)
	}
	if r.take(&l, kind.Supplies) {
		r.out.Failures[k]++
		r.mark(MarkSupplyLost, k, h)
	}
	down := r.unfed(&l)
	if slices.ContainsFunc(down, r.fleet.inJob) {
		r.stop(k, h, r.detection(k, h, n), down, r.now)
	} else {
		r.takeAll(down, k)
	}
}

// swap gives what kind k took to crews that are free, first come, first served.
func (r *replica) swap(k int32) {
	s, crews := &r.supplies, r.spec.Kinds[k].Crews
	for at := 0; at < len(s.queue) && (crews == 0 || s.busy[k] < crews); {
		i := s.queue[at]
		l := &s.losses[i]
		if l.on && l.kind != k {
			at++
			continue
		}
		s.queue = slices.Delete(s.queue, at, at+1)
		if l.on {
			l.begun = true
			s.busy[k]++
			r.push(l.lasts, eventReplaced, i, 0)
		}
	}
}

// take takes so many supplies of each of its hosts for a loss, and tells whether the
// job runs on any of them.
func (r *replica) take(l *loss, supplies int32) (ofJob bool) {
	for h := l.first; h < l.first+l.hosts; h++ {
		r.supplies.lost[h] += supplies
		ofJob = ofJob || r.fleet.inJob(h)
	}
	r.countShort()
	if ofJob {
		r.changed()
	}
	return ofJob
}

// replaced ends a loss.
func (r *replica) replaced(i int32) {
	l, s := &r.supplies.losses[i], &r.supplies
	if !l.on {
		return
	}
	l.on = false
	if l.begun {
		s.busy[l.kind]--
		r.swap(l.kind)
	}
	at, _ := slices.BinarySearch(s.on, i)
	s.on = slices.Delete(s.on, at, at+1)
	if r.take(l, -r.spec.Kinds[l.kind].Supplies) {
		r.mark(MarkSupplyBack, l.kind, l.first)
	}
	for at := 0; at < len(s.dark); at++ {
		if h := s.dark[at]; !r.awaitsSupplies(h) {
			s.dark = slices.Delete(s.dark, at, at+1)
			at--
			r.repaired(h)
		}
	}
}

// isDark tells whether no supply of host h works.
func (r *replica) isDark(h int32) bool {
	return r.supplies.lost != nil && r.supplies.lost[h] >= r.spec.Machine.Supplies
}

// awaitsSupplies tells whether host h, which is repaired, must wait for supplies.
func (r *replica) awaitsSupplies(h int32) bool {
	s := &r.supplies
	return r.isDark(h) || s.unfit != nil && s.unfit[h] && s.lost[h] > 0
}

// replaceSupplies ends the losses of host h alone, which goes to repair because of a
// failure of kind k, -1 an eviction.
func (r *replica) replaceSupplies(h, k int32) {
	if r.supplies.lost == nil {
		return
	}
	reset := k >= 0 && r.spec.Kinds[k].Reset
	r.supplies.unfit[h] = reset && r.spec.Kinds[k].Scope <= TakesHost
	if reset {
		return
	}
	for at := len(r.supplies.on) - 1; at >= 0; at-- {
		i := r.supplies.on[at]
		if l := &r.supplies.losses[i]; l.first == h && r.spec.Kinds[l.kind].Scope <= TakesHost {
			r.replaced(i)
		}
	}
}

// unfed returns the hosts of a loss that have no supply left. The list is good until
// the next call.
func (r *replica) unfed(l *loss) []int32 {
	r.list = r.list[:0]
	for h := l.first; h < l.first+l.hosts; h++ {
		if r.isDark(h) && r.fleet.inService(h) {
			r.list = append(r.list, h)
		}
	}
	return r.list
}

// shorts appends the hosts of the job that have lost supplies, by slot.
func (r *replica) shorts(list []Short) []Short {
	for _, i := range r.supplies.on {
		l := &r.supplies.losses[i]
		for h := l.first; h < l.first+l.hosts; h++ {
			if r.fleet.inJob(h) {
				list = append(list, Short{Slot: r.fleet.slot[h], Supplies: min(r.supplies.lost[h], r.spec.Machine.Supplies-1)})
			}
		}
	}
	slices.SortFunc(list, func(a, b Short) int { return cmp.Compare(a.Slot, b.Slot) })
	return slices.Compact(list)
}

// countShort adds the time since it was last counted if a host of the job was short
// of supplies in it.
func (r *replica) countShort() {
	s := &r.supplies
	if s.lost == nil {
		return
	}
	if s.short {
		r.out.ShortOfSupplies += r.now.Sub(s.since)
	}
	s.since = r.now
	s.short = slices.ContainsFunc(s.on, func(i int32) bool { return r.reachesJob(&s.losses[i]) })
}

// reachesJob tells whether the job runs on a host of a loss.
func (r *replica) reachesJob(l *loss) bool {
	for h := l.first; h < l.first+l.hosts; h++ {
		if r.fleet.inJob(h) {
			return true
		}
	}
	return false
}
