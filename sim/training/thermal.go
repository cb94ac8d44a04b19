package training

import (
	"fmt"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// The temperature of a GPU follows its mean power since somebody last looked, so that it
// costs nothing between two looks. Heat lowers clocks by way of the levels that caps
// use, in an event after the power that brought it.

// body is the temperature of the GPU of a node.
type body struct {
	coolant cluster.Coolant
	at      cluster.Temperature // as of thermal.since
	settles cluster.Temperature // where its mean power until then leads
	heat    engine.Total        // mW·ns until then
	gpu     int32               // the first of the node
	step    int16               // of throttling, from the end of this instant on
	rests   int16               // the same, where hours of steps like the first leave it
	slowed  engine.Time         // step is above 0 since then
}

// thermal is the state of the temperatures of a job.
type thermal struct {
	*Cooling
	bodies   []body
	clocks   []cluster.Speed // of the steps of throttling; nil: no GPU can ever be too hot
	first    int             // such step, among the caps of the ladder
	since    engine.Time
	waits    bool                 // for the end of the first step, which says how warm GPUs are
	due      bool                 // it has ended in this instant
	resting  map[[2]int32]resting // of a program at the segments of a level
	failing  []bool               // failures in force
	affected [][]int32            // nodes of each failure

	average    cluster.Temperature // of all GPUs
	mean, most *trace.Series       // m°C
	throttled  engine.Total        // time, ns × ranks
	hottest    cluster.Temperature
	hot        int32 // GPU that was
	lowest     cluster.Speed
}

// newThermal sets up the temperatures of a job with cooling.
func (s *simulation) newThermal() {
	k := s.job.Cooling
	if k == nil {
		return
	}
	h := &thermal{Cooling: k, bodies: make([]body, s.plan.nodes), waits: k.Warm, first: len(s.job.Caps) + len(s.plan.feedHolds()),
		failing: make([]bool, len(k.Failures)), affected: make([][]int32, len(k.Failures)), lowest: cluster.Nominal, resting: map[[2]int32]resting{}}
	for _, hold := range s.job.throttleHolds() {
		h.clocks = append(h.clocks, hold.Clock)
	}
	for i := range h.bodies {
		h.bodies[i] = body{coolant: k.Coolant, gpu: -1}
		if s.plan.hotter != nil {
			for _, f := range s.plan.hotter[i] {
				h.affected[f] = append(h.affected[f], int32(i))
			}
		}
	}
	for r, i := range s.plan.rankNode {
		if b, gpu := &h.bodies[i], s.job.gpu(int32(r)); b.gpu < 0 || gpu < b.gpu {
			b.gpu = gpu
		}
	}
	h.mean = s.job.Trace.NewSeries("temperature", "gpu mean", "m°C")
	h.most = s.job.Trace.NewSeries("temperature", "gpu max", "m°C")
	s.thermal = h
}

// scheduleCooling puts failures of cooling that hold from the start into force, pushes
// the rest as events, and looks at the temperatures for the first time.
func (s *simulation) scheduleCooling() {
	h := s.thermal
	if h == nil {
		return
	}
	for i := range h.Failures {
		f := &h.Failures[i]
		s.schedule(f.At, f.For, eventHotter, eventCooler, int32(i), func() { s.failCooling(int32(i), true, 0) })
	}
	if h.waits {
		return
	}
	for i := range h.bodies {
		b := &h.bodies[i]
		b.at = b.coolant.Settles(int64(s.idle))
	}
	s.tellTemperatures(0)
	s.queue.Push(engine.Time(h.Interval), eventLook, 0, 0)
}

// failCooling begins or ends failure i of cooling.
func (s *simulation) failCooling(i int32, begin bool, now engine.Time) {
	h := s.thermal
	if !h.waits {
		s.follow(now)
	}
	h.failing[i] = begin
	for _, n := range h.affected[i] {
		c := h.Coolant
		for _, f := range s.plan.hotter[n] {
			if h.failing[f] {
				c = c.Worse(h.Failures[f].Coolant)
			}
		}
		h.bodies[n].coolant = c
	}
	s.job.Trace.Note(h.Failures[i].event(begin, now))
}

// event returns what is told of a failure of cooling as it begins or ends.
func (f *CoolingFailure) event(begin bool, now engine.Time) trace.Event {
	name, text := "all GPUs", ""
	if f.Target != TargetAll {
		name = fmt.Sprintf("%s %d", targetNames[f.Target], f.ID)
	}
	if !begin {
		return trace.Event{At: now, Kind: "cooling_back", Name: name, Text: "cooled as before"}
	}
	if f.Inlet > 0 {
		text = fmt.Sprintf("inlet at %.4g °C", f.Inlet.Celsius())
	}
	if f.Resistance > 0 {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%.4g K/W", float64(f.Resistance)/1e6)
	}
	return trace.Event{At: now, Kind: "cooling_failure", Name: name, Text: text}
}

// follow brings the temperatures from the last look to now, by the mean power since.
func (s *simulation) follow(now engine.Time) {
	h := s.thermal
	dt := now.Sub(h.since)
	if dt == 0 {
		return
	}
	var known cluster.Coolant // whose share is left
	var left float64
	for i := range h.bodies {
		b := &h.bodies[i]
		if b.coolant != known {
			known, left = b.coolant, b.coolant.Left(h.Capacity, dt)
		}
		b.settles = b.coolant.Settles(s.meanPower(int32(i), now))
		b.at = b.at.Toward(b.settles, left)
	}
	h.since = now
	s.tellTemperatures(now)
}

// meanPower returns what the GPU of a node drew in the mean since the last look, in mW.
func (s *simulation) meanPower(i int32, now engine.Time) int64 {
	b, n := &s.thermal.bodies[i], &s.nodes[i]
	heat := n.heat
	heat.AddProduct(uint64(n.power), uint64(now.Sub(n.since)))
	since := heat
	since.SubTotal(b.heat)
	b.heat = heat
	return int64(since.Over(uint64(now.Sub(s.thermal.since))).Lo)
}

// warmUp sets the temperatures as hours of steps like the first leave them, or as
// throttling holds them in the mean, from the start on. Clocks follow in the next instant.
func (s *simulation) warmUp(now engine.Time) {
	h := s.thermal
	h.due, h.waits = false, false
	for i := range h.bodies {
		b := &h.bodies[i]
		b.settles = b.coolant.Settles(s.meanPower(int32(i), now))
		b.at = b.settles
		if h.clocks != nil && b.at > h.Throttle.Above {
			b.at, b.rests = h.Throttle.Middle(), s.restingStep(int32(i), float64(now))
		}
	}
	h.since = now
	s.tellTemperatures(0)
	s.queue.Push(now+1, eventLook, 1, 0)
}

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
	if s.queue.Len() > 0 { // else nothing is left that could finish
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
		level = s.code.under[int(level)*s.code.caps+s.thermal.first+int(step)-1]
	}
	return level
}

// tellTemperatures tells the series what the temperatures are from now on.
func (s *simulation) tellTemperatures(now engine.Time) {
	h := s.thermal
	var sum int64 // µ°C: 10 million GPUs of 900 °C fit
	most := cluster.Temperature(0)
	for i := range h.bodies {
		b := &h.bodies[i]
		sum += int64(b.at) * s.plan.count[i]
		most = max(most, b.at)
		if b.at > h.hottest || b.at == h.hottest && b.gpu < h.hot {
			h.hottest, h.hot = b.at, b.gpu
		}
	}
	h.average = cluster.Temperature(sum / int64(len(s.job.Role)))
	h.mean.Add(now, int64(h.average)/1000-h.mean.Value())
	h.most.Add(now, int64(most)/1000-h.most.Value())
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
	e := trace.Event{At: now, Kind: kind, Name: fmt.Sprintf("%s %d", targetNames[TargetGPU], c.gpu), Text: fmt.Sprintf("at %.1f °C", c.hottest.Celsius())}
	if c.count > 1 {
		e.Name = fmt.Sprintf("%d GPUs", c.count)
		e.Text = fmt.Sprintf("GPU %d first, up to %.1f °C", c.gpu, c.hottest.Celsius())
	}
	rec.Note(e)
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

// Temperatures is how warm the GPUs of a job with cooling are.
type Temperatures struct {
	Mean      cluster.Temperature // of all GPUs, at the end
	Rise      cluster.Temperature // of that mean, in the steady step
	Max       cluster.Temperature // of any GPU, at any time
	GPU       int32               // that was the first to be as warm
	Throttled engine.Total        // time in the steady step, ns × ranks
	Slowed    int64               // GPUs whose clock is lowered at the end
	Lowest    cluster.Speed       // clock that any was lowered to, at any time
}

// temperatures returns how warm GPUs are; nil: nobody asked.
func (s *simulation) temperatures(steady *Steady) *Temperatures {
	h := s.thermal
	if h == nil {
		return nil
	}
	t := &Temperatures{Mean: h.average, Rise: steady.rise, Max: h.hottest, GPU: h.hot, Throttled: steady.throttled, Lowest: h.lowest}
	for i := range h.bodies {
		if h.bodies[i].step > 0 {
			t.Slowed += s.plan.count[i]
		}
	}
	return t
}
