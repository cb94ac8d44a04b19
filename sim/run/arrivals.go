package run

import "trainsim/sim/engine"

// arrivals is when parts fail. Exponential lives of alike parts are one Poisson
// process that picks a part each time, which is exact and costs an event a
// failure; other lives have an event for each part.
type arrivals struct {
	count     []uint64 // failures drawn, per kind
	firstPart []int32  // of each kind with an event per part, and one more
	lives     []uint32 // of each such part, for its draws
	pushed    int      // of Spec.Replay
}

// scheduleFailures pushes the first failure of every process.
func (r *replica) scheduleFailures() {
	a := &r.arrivals
	a.count = make([]uint64, len(r.spec.Kinds))
	parts := int32(0)
	for k := range r.spec.Kinds {
		kind := &r.spec.Kinds[k]
		a.firstPart = append(a.firstPart, parts)
		switch {
		case kind.Parts == 0 || kind.Life.Mean == 0:
		case kind.Life.Law == Exponential:
			r.nextFailure(int32(k))
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

// nextFailure pushes the next failure of a kind with exponential lives, of any of
// its parts. Where hosts are lemons the process runs at their rate, and what it
// finds on others is thinned out.
func (r *replica) nextFailure(k int32) {
	kind := &r.spec.Kinds[k]
	gap := Distribution{Law: Exponential, Mean: kind.Life.Mean / float64(kind.Parts) / r.lemonFactor()}
	r.push(gap.Quantile(r.uniform(0, ofKind(k, drawGap), r.arrivals.count[k])), eventFailure, k, 0)
}

// lemonFactor is by how much lemons fail more often than others.
func (r *replica) lemonFactor() float64 {
	if r.spec.Lemons.Share > 0 {
		return max(1, r.spec.Lemons.Factor)
	}
	return 1
}

// arrive handles a failure of a kind with exponential lives.
func (r *replica) arrive(k int32) {
	kind, n := &r.spec.Kinds[k], r.arrivals.count[k]
	r.arrivals.count[k]++
	r.nextFailure(k)
	part := int64(engine.NewStream(r.seed, 0, ofKind(k, drawPart)).Below(n, uint64(kind.Parts)))
	h := r.hostOf(part, kind.Parts)
	if factor := r.lemonFactor(); factor > 1 && !r.lemon(h) && r.uniform(0, ofKind(k, drawAccept), n)*factor >= 1 {
		return
	}
	r.fail(k, h, n)
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
	if factor := r.lemonFactor(); factor > 1 && r.lemon(r.hostOf(int64(i), kind.Parts)) {
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
	n := r.arrivals.count[k]
	r.arrivals.count[k]++
	r.nextLife(k, p)
	r.fail(k, r.hostOf(int64(p-r.arrivals.firstPart[k]), r.spec.Kinds[k].Parts), n)
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
	in := &r.spec.Replay[i]
	n := r.arrivals.count[in.Kind]
	r.arrivals.count[in.Kind]++
	r.fail(in.Kind, in.Host, n)
}

// hostOf returns the host that holds a part: hosts hold equal shares, in order.
func (r *replica) hostOf(part, parts int64) int32 {
	return int32(part * int64(len(r.fleet.place)) / parts)
}

// push adds an event after a duration, unless that is beyond the range of time.
func (r *replica) push(after engine.Duration, kind engine.Kind, entity int32, generation uint32) {
	if at := r.now.Add(after); at >= r.now && at < engine.Never {
		r.queue.Push(at, kind, entity, generation)
	}
}
