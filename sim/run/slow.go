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
	told  bool // the job runs on it, and eviction knows
}

// slow is the parts that are slow.
type slow struct {
	episodes []episode
	on       []int32 // those that last, in order
	count    []uint64
}

// scheduleStragglers finds the parts that are always slow and pushes the first
// episode of every kind.
func (r *replica) scheduleStragglers() {
	r.slow.count = make([]uint64, len(r.spec.Stragglers))
	for k := range r.spec.Stragglers {
		s := &r.spec.Stragglers[k]
		if s.Share > 0 {
			for p := range s.Parts {
				if u := r.uniform(int32(p), ofStraggler(int32(k), drawSlowShare), 0); u < s.Share {
					r.slowDown(int32(k), p, r.uniform(int32(p), ofStraggler(int32(k), drawSeverity), 0))
				}
			}
		}
		if s.Between.Mean > 0 && s.Parts > 0 {
			r.nextEpisode(int32(k))
		}
	}
	r.noteStatic()
}

// nextEpisode pushes the next episode of a kind, of any of its parts: one Poisson
// process.
func (r *replica) nextEpisode(k int32) {
	s := &r.spec.Stragglers[k]
	gap := Distribution{Law: Exponential, Mean: s.Between.Mean / float64(s.Parts)}
	r.push(gap.Quantile(r.uniform(0, ofStraggler(k, drawGap), r.slow.count[k])), eventEpisode, k, 0)
}

// beginEpisode makes a part slow for a while, if the job runs on its host.
func (r *replica) beginEpisode(k int32) {
	s, n := &r.spec.Stragglers[k], r.slow.count[k]
	r.slow.count[k]++
	r.nextEpisode(k)
	part := int64(engine.NewStream(r.seed, 0, ofStraggler(k, drawPart)).Below(n, uint64(s.Parts)))
	if !r.fleet.inJob(r.hostOf(part, s.Parts)) {
		return
	}
	i := r.slowDown(k, part, r.uniform(0, ofStraggler(k, drawSeverity), n))
	r.push(s.Lasts.Quantile(r.uniform(0, ofStraggler(k, drawLength), n)), eventWell, i, 0)
	r.noteStatic()
	r.changed()
}

// slowDown adds an episode and returns its number.
func (r *replica) slowDown(k int32, part int64, u float64) int32 {
	s := &r.spec.Stragglers[k]
	h := r.hostOf(part, s.Parts)
	e := episode{kind: k, host: h, speed: s.Severity.speed(u), on: true}
	if per := s.Parts / int64(len(r.fleet.place)); per > 0 {
		e.part = int32(part % per)
	}
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

// noteStatic counts what became slow in the job, and lets eviction know.
func (r *replica) noteStatic() {
	for _, i := range r.slow.on {
		e := &r.slow.episodes[i]
		if e.told || !r.fleet.inJob(e.host) {
			continue
		}
		e.told = true
		r.out.Episodes++
		r.mark(MarkSlow, e.kind, e.host)
		if v := &r.spec.Eviction; v.Enabled && float64(1_000_000-e.speed) >= v.Above*1e6 {
			r.push(v.Detect.Quantile(r.uniform(i, drawEviction, 0)), eventEvict, i, 0)
		}
	}
}

// endEpisode makes a part well again.
func (r *replica) endEpisode(i int32) {
	e := &r.slow.episodes[i]
	if !e.on {
		return
	}
	e.on = false
	r.slow.on = slices.DeleteFunc(r.slow.on, func(o int32) bool { return o == i })
	if r.fleet.inJob(e.host) {
		r.mark(MarkWell, e.kind, e.host)
		r.changed()
	}
}

// endEpisodes makes all parts of a host well: it goes to repair.
func (r *replica) endEpisodes(h int32) {
	for _, i := range slices.Clone(r.slow.on) {
		if r.slow.episodes[i].host == h {
			r.endEpisode(i)
		}
	}
}

// evict replaces the host of an episode that lasts, where a spare is left for it.
func (r *replica) evict(i int32) {
	e := &r.slow.episodes[i]
	if !e.on || !r.fleet.inJob(e.host) || len(r.fleet.ready) <= len(r.leaving) {
		return
	}
	for _, l := range r.leaving {
		if l.host == e.host {
			return
		}
	}
	r.out.Evictions++
	r.plan([]int32{e.host}, -1)
}

// changed makes another state of health count from the next step on.
func (r *replica) changed() {
	r.stale = true
	r.awaitBoundary()
}

// present returns the state of health of now.
func (r *replica) present() Health {
	h := Health{Lost: r.lost}
	for _, i := range r.slow.on {
		e := &r.slow.episodes[i]
		if r.fleet.inJob(e.host) {
			h.Slow = append(h.Slow, Slow{Target: r.spec.Stragglers[e.kind].Target, Slot: r.fleet.slot[e.host], Part: e.part, Speed: e.speed})
		}
	}
	h.sort()
	return h
}

// refresh looks up the step of the present state of health.
func (r *replica) refresh() {
	if !r.stale && r.step != nil {
		return
	}
	r.stale = false
	h := r.present()
	if r.step != nil && h.equal(&r.health) {
		return
	}
	r.health = h
	step, err := r.spec.Step(&r.health)
	if err != nil {
		r.err = err
		return
	}
	r.step = step
}
