package run

import (
	"math"
	"slices"

	"trainsim/sim/engine"
)

// episode is a time in which a part is slow.
type episode struct {
	kind  int32 // of straggler
	host  int32
	part  int32 // GPU or NIC of the host
	speed int32 // ppm
	on    bool
	told  bool // the job runs on it or did: it is counted
	found bool // it is known, and to be evicted
}

// slow is the parts that are slow.
type slow struct {
	episodes []episode
	on       []int32  // those that last, in order
	spread   []spread // of the parts of each kind
	count    []uint64 // episodes so far, by process as in arrivals
}

// scheduleStragglers finds the parts that are always slow and pushes the first
// episode of every kind.
func (r *replica) scheduleStragglers() {
	r.slow.count = make([]uint64, 2*len(r.spec.Stragglers))
	for k := range r.spec.Stragglers {
		r.slow.spread = append(r.slow.spread, r.spec.Machine.spread(r.spec.Stragglers[k].Parts, TakesHost))
		r.slowAlways(int32(k))
		if r.spec.Stragglers[k].Between.Mean > 0 {
			r.nextEpisode(int32(2 * k))
			r.nextEpisode(int32(2*k + 1))
		}
	}
	r.noteSlow()
	for i := range r.spec.Slowdowns {
		r.queue.Push(r.spec.Slowdowns[i].At, eventSlowdown, int32(i), 0)
	}
}

// slowAlways draws the parts of a kind that are slow from the start.
func (r *replica) slowAlways(k int32) {
	s := &r.spec.Stragglers[k]
	if s.Share == 0 {
		return
	}
	for p := range s.Parts {
		if r.uniform(int32(p), ofStraggler(k, drawSlowShare), 0) < s.Share {
			e := r.episodeOf(k, p)
			e.speed = s.Severity.speed(r.uniform(int32(p), ofStraggler(k, drawSeverity), 0))
			r.slowDown(e)
		}
	}
}

// nextEpisode pushes the next episode of a process, of any of its parts.
func (r *replica) nextEpisode(process int32) {
	s := &r.spec.Stragglers[process/2]
	if _, parts := r.slow.spread[process/2].of(process); parts > 0 {
		gap := Distribution{Law: Exponential, Mean: s.Between.Mean / float64(parts)}
		r.push(gap.Quantile(r.ofEpisode(process, drawGap)), eventEpisode, process, 0)
	}
}

// ofEpisode returns the present draw of a process of episodes.
func (r *replica) ofEpisode(process int32, what engine.Purpose) float64 {
	return r.uniform(^(process & 1), ofStraggler(process/2, what), r.slow.count[process])
}

// beginEpisode makes a part slow for a while, if the job runs on its host.
func (r *replica) beginEpisode(process int32) {
	k := process / 2
	s := &r.spec.Stragglers[k]
	first, parts := r.slow.spread[k].of(process)
	part := first + int64(r.ofEpisode(process, drawPart)*float64(parts))
	if e := r.episodeOf(k, part); r.fleet.inJob(e.host) {
		e.speed = s.Severity.speed(r.ofEpisode(process, drawSeverity))
		i := r.slowDown(e)
		r.push(s.Lasts.Quantile(r.ofEpisode(process, drawLength)), eventWell, i, 0)
		r.note(i)
		r.changed()
	}
	r.slow.count[process]++
	r.nextEpisode(process)
}

// beginSlowdown makes a part slow that is to be slow at this time.
func (r *replica) beginSlowdown(i int32) {
	d := &r.spec.Slowdowns[i]
	if !r.fleet.inService(d.Host) {
		return
	}
	e := r.slowDown(episode{kind: d.Kind, host: d.Host, part: d.Part, speed: d.Speed})
	if d.Lasts > 0 {
		r.push(d.Lasts, eventWell, e, 0)
	}
	r.note(e)
	r.changed()
}

// episodeOf returns an episode of one part of a kind.
func (r *replica) episodeOf(k int32, part int64) episode {
	s := &r.slow.spread[k]
	e := episode{kind: k, host: s.host(part)}
	if per := s.parts / s.holders; per > 0 {
		e.part = int32(part % per)
	}
	return e
}

// slowDown begins an episode and returns its number.
func (r *replica) slowDown(e episode) int32 {
	e.on = true
	i := int32(len(r.slow.episodes))
	r.slow.episodes = append(r.slow.episodes, e)
	r.slow.on = append(r.slow.on, i)
	return i
}

// speed returns the speed that is left, in ppm, at quantile u.
func (s *Severity) speed(u float64) int32 {
	grain := s.Grain
	if grain == 0 {
		grain = 0.01
	}
	lost := math.Round((s.Low+(s.High-s.Low)*u)/grain) * grain
	return int32(math.Round((1 - min(lost, 0.999)) * 1e6))
}

// noteSlow notes all episodes that hosts brought into the job.
func (r *replica) noteSlow() {
	for _, i := range r.slow.on {
		r.note(i)
	}
}

// note counts an episode, once it is in the job, and lets eviction know.
func (r *replica) note(i int32) {
	e := &r.slow.episodes[i]
	if e.told || !r.fleet.inJob(e.host) {
		return
	}
	e.told = true
	r.out.Episodes++
	r.mark(MarkSlow, e.kind, e.host)
	if v := &r.spec.Eviction; v.Enabled && float64(1_000_000-e.speed) >= v.Above*1e6 {
		r.push(v.Detect.Quantile(r.uniform(i, drawEviction, 0)), eventEvict, i, 0)
	}
}

// endEpisode makes a part well again.
func (r *replica) endEpisode(i int32) {
	e := &r.slow.episodes[i]
	if !e.on {
		return
	}
	e.on = false
	at := slices.Index(r.slow.on, i)
	r.slow.on = slices.Delete(r.slow.on, at, at+1)
	if r.fleet.inJob(e.host) {
		r.mark(MarkWell, e.kind, e.host)
		r.changed()
	}
}

// endEpisodes makes all parts of a host well: it goes to repair.
func (r *replica) endEpisodes(h int32) {
	for at := len(r.slow.on) - 1; at >= 0; at-- {
		if i := r.slow.on[at]; r.slow.episodes[i].host == h {
			r.endEpisode(i)
		}
	}
}

// evictSlow replaces the hosts of episodes that are known and last, as long as
// spares are left for them.
func (r *replica) evictSlow() {
	for at := 0; at < len(r.slow.on); at++ {
		e := &r.slow.episodes[r.slow.on[at]]
		if !e.found || !r.fleet.inJob(e.host) || r.leaves(e.host) {
			continue
		}
		if len(r.fleet.ready) <= len(r.leaving) {
			return
		}
		r.out.Evictions++
		r.plan([]int32{e.host}, -1)
		at = -1 // the list may have changed
	}
}

// leaves tells whether host h is to leave at the next boundary.
func (r *replica) leaves(h int32) bool {
	return slices.ContainsFunc(r.leaving, func(l leaver) bool { return l.host == h })
}

// changed makes another state of health count from the next step on.
func (r *replica) changed() {
	r.stale = true
	r.awaitBoundary()
}

// present fills in the state of health of now.
func (r *replica) present(h *Health) {
	h.Lost, h.Slow = r.lost, h.Slow[:0]
	for _, i := range r.slow.on {
		e := &r.slow.episodes[i]
		if r.fleet.inJob(e.host) && e.speed < 1_000_000 {
			h.Slow = append(h.Slow, r.slowPart(e))
		}
	}
	h.normalize()
	h.Short = r.shorts(h.Short[:0])
}

// sight returns the state of health of now, and of which kind each slow part is.
func (r *replica) sight() Sight {
	s := Sight{At: r.now}
	r.present(&s.Health)
	for _, part := range s.Slow {
		at := slices.IndexFunc(r.slow.on, func(i int32) bool {
			e := &r.slow.episodes[i]
			return r.fleet.inJob(e.host) && part == r.slowPart(e)
		})
		s.Kind = append(s.Kind, r.slow.episodes[r.slow.on[at]].kind)
	}
	return s
}

// slowPart returns the part of the job that an episode slows.
func (r *replica) slowPart(e *episode) Slow {
	return Slow{Target: r.spec.Stragglers[e.kind].Target, Slot: r.fleet.slot[e.host], Part: e.part, Speed: e.speed}
}

// refresh looks up the step of the present state of health.
func (r *replica) refresh() {
	if !r.stale && r.step != nil {
		return
	}
	r.stale = false
	if r.present(&r.other); r.step != nil && r.other.equal(&r.health) {
		return
	}
	r.health, r.other = r.other, r.health
	r.disarm()
	if r.step, r.err = r.spec.ask(&r.health); r.err == nil {
		r.stepPower = meanPower(r.step)
	}
	if worst := &r.out.Worst; r.spec.Record && r.health.wrong() > worst.wrong() {
		*worst = r.sight()
	}
}

// meanPower returns the mean power of a step, in mW.
func meanPower(s *Step) int64 { return int64(math.Round(s.Energy.Float() / float64(s.Time))) }
