package run

import "trainsim/sim/engine"

// A process is all that happens to parts of one kind on the hosts that begin in
// slots, number 2k of kind k, or on those that begin as spares, number 2k + 1: how
// many spares there are shifts nothing of the others. Exponential lives of alike
// parts are one Poisson process that picks a part each time, which is exact and
// costs an event a failure; other lives have an event for each part.

// arrivals is when parts fail.
type arrivals struct {
	spread    []spread // of the parts of each kind
	count     []uint64 // failures so far, by process
	firstPart []int32  // of each kind with an event per part, and one more
	lives     []uint32 // of each such part, for its draws
	pushed    int      // of Spec.Replay
}

// scheduleFailures pushes the first failure of every process.
func (r *replica) scheduleFailures() {
	a := &r.arrivals
	a.count = make([]uint64, 2*len(r.spec.Kinds))
	parts := int32(0)
	for k := range r.spec.Kinds {
		kind := &r.spec.Kinds[k]
		a.spread = append(a.spread, r.spec.Machine.spread(kind.Parts, kind.Scope))
		a.firstPart = append(a.firstPart, parts)
		switch {
		case kind.Parts == 0 || kind.Life.Mean == 0:
		case kind.Life.Law == Exponential:
			r.nextFailure(int32(2 * k))
			r.nextFailure(int32(2*k + 1))
		default:
			parts += int32(kind.Parts)
		}
	}
	a.firstPart = append(a.firstPart, parts)
	a.lives = make([]uint32, parts)
	for k := range r.spec.Kinds {
		for p := a.firstPart[k]; p < a.firstPart[k+1]; p++ {
			r.nextLife(int32(k), p)
		}
	}
	r.nextIncident()
}

// nextFailure pushes the next failure of a process with exponential lives, of any
// of its parts. Where hosts are lemons the process runs at their rate, and what it
// finds on others is thinned out.
func (r *replica) nextFailure(process int32) {
	kind := &r.spec.Kinds[process/2]
	if _, parts := r.arrivals.spread[process/2].of(process); parts > 0 {
		gap := Distribution{Law: Exponential, Mean: kind.Life.Mean / float64(parts) / r.spec.lemonFactor(kind)}
		r.push(gap.Quantile(r.ofProcess(process, drawGap)), eventFailure, process, 0)
	}
}

// ofProcess returns the present draw of a process of failures.
func (r *replica) ofProcess(process int32, what engine.Purpose) float64 {
	return r.uniform(^(process & 1), ofKind(process/2, what), r.arrivals.count[process])
}

// lemonFactor is by how much lemons fail more often than others: in what is of a
// host by itself.
func (s *Spec) lemonFactor(k *Kind) float64 {
	if s.Lemons.Share > 0 && !k.OfJob && k.Scope <= TakesHost {
		return max(1, s.Lemons.Factor)
	}
	return 1
}

// arrive handles a failure of a process with exponential lives.
func (r *replica) arrive(process int32) {
	k := process / 2
	kind, spread := &r.spec.Kinds[k], &r.arrivals.spread[k]
	first, parts := spread.of(process)
	h := spread.host(first + int64(r.ofProcess(process, drawPart)*float64(parts)))
	factor := r.spec.lemonFactor(kind)
	counts := factor == 1 || r.lemon(h) || r.ofProcess(process, drawAccept)*factor < 1
	n := r.arrivals.count[process]
	r.arrivals.count[process]++
	r.nextFailure(process)
	if counts {
		r.strike(k, h, n)
	}
}

// nextLife pushes the end of the life that part p of kind k begins now.
func (r *replica) nextLife(k, p int32) {
	kind := &r.spec.Kinds[k]
	n := r.arrivals.lives[p]
	r.arrivals.lives[p]++
	i := p - r.arrivals.firstPart[k]
	u := r.uniform(i, ofKind(k, drawLife), uint64(n))
	life := kind.Life.Quantile(u)
	if n == 0 && kind.Stationary {
		life = kind.Life.Residual(u)
	}
	if factor := r.spec.lemonFactor(kind); factor > 1 && r.lemon(r.arrivals.spread[k].host(int64(i))) {
		life = max(1, engine.Duration(float64(life)/factor))
	}
	r.push(life, eventPart, p, 0)
}

// wearOut handles the end of the life of a part, which is replaced by a new one.
func (r *replica) wearOut(p int32) {
	k := int32(0)
	for r.arrivals.firstPart[k+1] <= p {
		k++
	}
	r.nextLife(k, p)
	h := r.arrivals.spread[k].host(int64(p - r.arrivals.firstPart[k]))
	r.strike(k, h, r.failureNumber(k, h))
}

// nextIncident pushes the next failures of the list to replay: all of one instant.
func (r *replica) nextIncident() {
	list, a := r.spec.Replay, &r.arrivals
	for first := a.pushed; a.pushed < len(list) && list[a.pushed].At == list[first].At; a.pushed++ {
		r.queue.Push(list[first].At, eventIncident, int32(a.pushed), 0)
	}
}

// replay handles a failure of the list.
func (r *replica) replay(i int32) {
	if int(i)+1 == r.arrivals.pushed {
		r.nextIncident()
	}
	k, h := r.spec.Replay[i].Kind, r.spec.Replay[i].Host
	r.fail(k, h, r.failureNumber(k, h))
}

// failureNumber counts a failure of kind k at host h that no Poisson process drew.
func (r *replica) failureNumber(k, h int32) uint64 {
	process := 2 * k
	if h >= r.spec.Machine.Slots {
		process++
	}
	n := r.arrivals.count[process]
	r.arrivals.count[process]++
	return n
}

// push adds an event after a duration, unless that is beyond the range of time.
func (r *replica) push(after engine.Duration, kind engine.Kind, entity int32, generation uint32) {
	if at := r.after(after); at < engine.Never {
		r.queue.Push(at, kind, entity, generation)
	}
}

// after returns the instant d from now, Never where that is beyond the range.
func (r *replica) after(d engine.Duration) engine.Time {
	if d > engine.Never.Sub(r.now) {
		return engine.Never
	}
	return r.now.Add(d)
}
