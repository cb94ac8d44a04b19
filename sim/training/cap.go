package training

import (
	"fmt"
	"math/bits"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// Cap holds one GPU, the GPUs of a host or of a stage, or all of them to a power or
// a clock, from At on.
type Cap struct {
	Target Target
	ID     int32
	Hold
	Phases []workload.Phase // of the operations that it holds back; nil: all
	At     engine.Time
	For    engine.Duration // 0: to the end
	Every  engine.Duration // begins again after this; 0: once
}

// level returns what the cap alone holds back.
func (c *Cap) level() (l level) {
	for p := range l {
		if c.Phases == nil || slices.Contains(c.Phases, workload.Phase(p)) {
			l[p] = c.Hold
		}
	}
	return l
}

// holdBack notes in the plan which caps hold which rank, and what part it is on.
func (p *plan) holdBack(j *Job, grades []cluster.Speed) {
	if len(j.Caps) > 0 {
		p.caps = make([][]int32, p.nodes)
	}
	for c := range j.Caps {
		for r := range p.caps {
			if j.reaches(j.Caps[c].Target, j.Caps[c].ID, int32(r)) {
				p.caps[r] = append(p.caps[r], int32(c))
			}
		}
	}
	if j.Draw != nil {
		p.grade = make([]int16, p.nodes)
		for r := range p.grade {
			p.grade[r] = int16(slices.Index(grades, j.Draw[j.gpu(int32(r))]))
		}
	}
}

// reaches tells whether the GPU of a rank is a target, or one of its.
func (j *Job) reaches(target Target, id, rank int32) bool {
	switch target {
	case TargetGPU:
		return j.gpu(rank) == id
	case TargetHost:
		return j.gpu(rank)/int32(j.Host.GPUs) == id
	case TargetStage:
		return j.Programs[j.Role[rank]].Stage == int(id)
	}
	return true
}

// heldColour returns the colour of a rank of a plan: the course of its caps and
// the grade of its part tell it from others.
func (p *plan) heldColour(colour uint64, rank int, caps []Cap) uint64 {
	if p.grade != nil {
		colour = mixAll(5, colour, uint64(p.grade[rank]))
	}
	if p.caps == nil {
		return colour
	}
	for _, d := range p.caps[rank] {
		c := &caps[d]
		colour = mixAll(6, colour, uint64(c.At), uint64(c.For), uint64(c.Every))
		for _, h := range c.level() {
			colour = mixAll(colour, uint64(h.Power), uint64(h.Clock))
		}
	}
	return colour
}

// foldHeld takes over what holds the first rank of each class.
func (f *folding) foldHeld(q *plan) {
	for _, r := range f.ranks.first {
		if f.whole.caps != nil {
			q.caps = append(q.caps, f.whole.caps[r])
		}
		if f.whole.grade != nil {
			q.grade = append(q.grade, f.whole.grade[r])
		}
	}
}

// gradeOf returns the grade of the part of a node.
func (p *plan) gradeOf(i int32) int16 {
	if p.grade == nil {
		return 0
	}
	return p.grade[i]
}

// scheduleCaps puts the caps that hold from the start into force and pushes the
// rest as events.
func (s *simulation) scheduleCaps() {
	for i := range s.nodes {
		s.nodes[i].base = s.code.base(s.plan.gradeOf(int32(i)), 0)
	}
	s.capped, s.holds = make([][]int32, len(s.job.Caps)), make([]bool, len(s.job.Caps))
	for i := range s.plan.caps {
		for _, c := range s.plan.caps[i] {
			s.capped[c] = append(s.capped[c], int32(i))
		}
	}
	for c := range s.job.Caps {
		cap := &s.job.Caps[c]
		s.schedule(cap.At, cap.For, eventCap, eventUncap, int32(c), func() { s.applyCap(int32(c), true, 0) })
	}
	for i := range s.nodes {
		if n := &s.nodes[i]; n.wanted != n.level {
			s.changeLevel(int32(i), 0)
		}
	}
}

// applyCap begins or ends cap c.
func (s *simulation) applyCap(c int32, begin bool, now engine.Time) {
	s.holds[c] = begin
	cap := &s.job.Caps[c]
	if !begin && cap.Every > 0 && !s.stalled(now) {
		again := now.Add(cap.Every - cap.For)
		s.queue.Push(again, eventCap, c, 0)
		s.queue.Push(again.Add(cap.For), eventUncap, c, 0)
	}
	if s.job.Trace != nil {
		s.job.Trace.Note(cap.event(begin, now))
	}
	for _, i := range s.capped[c] {
		s.setLevel(i, s.levelOf(i))
	}
}

// levelOf returns the level of node i: that of the caps in force, and of what feeds
// and heat put on it.
func (s *simulation) levelOf(i int32) int16 {
	level := int16(0)
	if s.plan.caps != nil {
		for _, c := range s.plan.caps[i] {
			if s.holds[c] {
				level = s.code.with(level, int(c))
			}
		}
	}
	if s.control != nil {
		level = s.held(i, level)
	}
	if s.thermal != nil {
		level = s.throttled(i, level)
	}
	return level
}

// setLevel puts node i on a level at the end of this instant, whatever else
// happens in it.
func (s *simulation) setLevel(i int32, level int16) {
	s.nodes[i].wanted = level
	s.touch(i)
}

// changeLevel puts node i on the level it is to be on. Of a running segment as
// large a share is left as before.
func (s *simulation) changeLevel(i int32, now engine.Time) {
	n := &s.nodes[i]
	from := n.base
	n.level = n.wanted
	n.base = s.code.base(s.plan.gradeOf(i), n.level)
	if n.seg < 0 || n.seg == s.code.pause {
		return
	}
	n.left -= min(n.left, uint64(now.Sub(n.resumed))*uint64(n.rate))
	n.resumed = now
	was := s.code.segments[n.seg].work
	n.seg += n.base - from
	if was > 0 {
		hi, lo := bits.Mul64(n.left, s.code.segments[n.seg].work)
		n.left, _ = bits.Div64(hi, lo, was)
	}
	n.gen = engine.Next(n.gen)
	s.arm(i, now)
}

// event returns what is told of the cap as it begins or ends.
func (c *Cap) event(begin bool, now engine.Time) trace.Event {
	e := trace.Event{At: now, Kind: "power_cap", Name: c.Target.named(c.ID)}
	switch {
	case !begin:
		e.Kind, e.Text = "power_uncap", "no longer held back"
	case c.Power > 0 && c.Clock > 0:
		e.Text = fmt.Sprintf("at most %.5g W and %.4g %% of the clock", float64(c.Power)/1000, percent(c.Clock))
	case c.Power > 0:
		e.Text = fmt.Sprintf("at most %.5g W", float64(c.Power)/1000)
	default:
		e.Text = fmt.Sprintf("at most %.4g %% of the clock", percent(c.Clock))
	}
	return e
}

func percent(s cluster.Speed) float64 { return float64(s) / float64(cluster.Nominal) * 100 }
