package training

import (
	"fmt"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// What is done about temperatures: heat lowers clocks by way of the levels that caps
// use, step by step, at looks, in an event after the power that brought it.

// look lowers or raises clocks by the temperatures, at first to where they rest.
func (s *simulation) look(first bool, now engine.Time) {
	h := s.thermal
	if !first {
		s.follow(now)
	}
	var down, up change
	for i := range h.bodies {
		b := &h.bodies[i]
		step := b.rests
		if !first {
			step = int16(h.Throttle.Step(int(b.step), b.at, b.settles, len(h.clocks)))
		}
		s.throttle(int32(i), step, now, &down, &up)
	}
	if h.hottest >= h.Shutdown {
		s.fail(&TooHot{now, h.hot, h.hottest})
	}
	down.note(s.job.Trace, "throttle", now)
	up.note(s.job.Trace, "unthrottle", now)
	if !s.stalled(now) {
		s.queue.Push(now.Add(h.Interval), eventLook, 0, 0)
	}
}

// throttle puts node i on a step of throttling, and counts it where that begins or ends.
func (s *simulation) throttle(i int32, step int16, now engine.Time, down, up *change) {
	h := s.thermal
	b := &h.bodies[i]
	if step == b.step {
		return
	}
	switch count := s.plan.count[i]; {
	case b.step == 0:
		b.slowed = now
		down.add(b, count)
	case step == 0:
		h.throttled.AddProduct(uint64(now.Sub(b.slowed)), uint64(count))
		up.add(b, count)
	}
	b.step = step
	if step > 0 {
		h.lowest = min(h.lowest, h.clocks[step-1])
	}
	s.setLevel(i, s.levelOf(i))
}

// throttled returns the level of a node that has some level, under the heat of its GPU.
func (s *simulation) throttled(i int32, level int16) int16 {
	if step := s.thermal.bodies[i].step; step > 0 {
		level = s.throttledBy(step, level)
	}
	return level
}

// throttledBy returns some level under so many steps of throttling, at least one.
func (s *simulation) throttledBy(step, level int16) int16 {
	return s.code.with(level, s.thermal.first+int(step)-1)
}

// throttledTime returns the time on clocks that heat had lowered, up to now.
func (s *simulation) throttledTime(now engine.Time) engine.Total {
	sum := s.thermal.throttled
	for i := range s.thermal.bodies {
		if b := &s.thermal.bodies[i]; b.step > 0 {
			sum.AddProduct(uint64(now.Sub(b.slowed)), uint64(s.plan.count[i]))
		}
	}
	return sum
}

// TooHot is what ends a step whose coolant cannot carry away even what a GPU draws at
// its lowest clock.
type TooHot struct {
	At          engine.Time
	GPU         int32
	Temperature cluster.Temperature
}

func (e *TooHot) Error() string {
	return fmt.Sprintf("cooling: GPU %d is at %.1f °C after %.6g s and switches itself off; the step cannot finish: cool it better, or hold it with [[power_cap]]",
		e.GPU, e.Temperature.Celsius(), e.At.Seconds())
}

// change is GPUs whose throttling begins or ends in an instant.
type change struct {
	count   int64
	gpu     int32 // the first
	hottest cluster.Temperature
}

func (c *change) add(b *body, count int64) {
	if c.count == 0 || b.gpu < c.gpu {
		c.gpu = b.gpu
	}
	c.count += count
	c.hottest = max(c.hottest, b.at)
}

// note tells of a change, if it is one.
func (c *change) note(rec *trace.Recorder, kind string, now engine.Time) {
	if c.count == 0 || rec == nil {
		return
	}
	e := trace.Event{At: now, Kind: kind, Name: TargetGPU.named(c.gpu), Text: fmt.Sprintf("at %.1f °C", c.hottest.Celsius())}
	if c.count > 1 {
		e.Name = fmt.Sprintf("%d GPUs", c.count)
		e.Text = fmt.Sprintf("GPU %d first, up to %.1f °C", c.gpu, c.hottest.Celsius())
	}
	rec.Note(e)
}
