package training

import (
	"fmt"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// The temperature of a GPU follows its mean power since somebody last looked, so that it
// costs nothing between two looks. What is done about it is in throttle.go.

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
	name, text := f.Target.named(f.ID), ""
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
