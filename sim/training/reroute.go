package training

import (
	"fmt"
	"slices"
	"strings"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
)

// routing is what the network takes for dead, and who goes around it.
type routing struct {
	out     []bool // outages in force
	set     int32  // of those that communicators go around
	changed []int32
}

// scheduleOutages puts outages from the start into force and pushes the rest as
// events.
func (s *simulation) scheduleOutages() {
	s.routing.out = make([]bool, len(s.plan.outages))
	for i, o := range s.plan.outages {
		if o.begin <= 0 {
			s.notice(int32(i), true, 0)
		} else {
			s.queue.Push(o.begin, eventOut, int32(i), 0)
		}
		if o.end > 0 {
			s.queue.Push(o.end, eventBack, int32(i), 0)
		}
	}
}

// notice begins or ends outage i. Communicators change over at the end of the
// instant.
func (s *simulation) notice(i int32, begin bool, now engine.Time) {
	s.routing.out[i] = begin
	s.routing.changed = append(s.routing.changed, i)
	o := &s.plan.outages[i]
	if begin || o.pause == 0 {
		return
	}
	again := now.Add(o.pause)
	s.queue.Push(again, eventOut, i, 0)
	s.queue.Push(again.Add(o.lasts), eventBack, i, 0)
}

// reroute puts every communicator on the way that it takes around what is now
// taken for dead.
func (s *simulation) reroute(now engine.Time) {
	r, net := &s.routing, &s.plan.net
	was := &s.plan.around[r.set]
	r.set = s.plan.setOf(r.out)
	is := &s.plan.around[r.set]
	var away, home, stuck int64
	for _, d := range is.takes {
		if g, route := net.Detours[d], int32(net.Flows())+d; s.net.Reroute(now, g, route) {
			away += s.plan.groupCount[g]
		}
	}
	for _, d := range was.takes {
		if g := net.Detours[d]; !is.moves(net, g) && s.net.Reroute(now, g, g) && !is.strands(g) {
			home += s.plan.groupCount[g]
		}
	}
	for _, g := range is.stuck {
		if !was.strands(g) {
			stuck += s.plan.groupCount[g]
		}
	}
	s.noteReroute(now, away, home, stuck)
	r.changed = r.changed[:0]
}

// moves tells whether communicator g takes a detour.
func (a *around) moves(net *network.Plan, g int32) bool {
	_, found := slices.BinarySearchFunc(a.takes, g, func(d, g int32) int { return int(net.Detours[d] - g) })
	return found
}

// strands tells whether communicator g is stuck.
func (a *around) strands(g int32) bool {
	_, found := slices.BinarySearch(a.stuck, g)
	return found
}

// setOf returns the number of the set of outages in force.
func (p *plan) setOf(out []bool) int32 {
	var set []int32
	for i, in := range out {
		if in {
			set = append(set, int32(i))
		}
	}
	for k := range p.around {
		if slices.Equal(p.around[k].outages, set) {
			return int32(k)
		}
	}
	panic(fmt.Sprintf("training: outages %v are in force together", set))
}

// noteReroute records how many flows take another path, their own again, or are
// left without one.
func (s *simulation) noteReroute(now engine.Time, away, home, stuck int64) {
	var parts []string
	for _, p := range []struct {
		flows     int64
		one, many string
	}{{away, "rerouted", "rerouted"}, {home, "back on its own path", "back on their own paths"}, {stuck, "without another path", "without another path"}} {
		switch {
		case p.flows == 1:
			parts = append(parts, "1 flow "+p.one)
		case p.flows > 1:
			parts = append(parts, fmt.Sprintf("%d flows %s", p.flows, p.many))
		}
	}
	if len(parts) == 0 {
		return
	}
	changed := s.routing.changed
	slices.Sort(changed)
	name := s.plan.outages[changed[0]].name
	if n := len(slices.Compact(changed)); n > 1 {
		name += fmt.Sprintf(" and %d more", n-1)
	}
	s.job.Trace.Note(trace.Event{At: now, Kind: "reroute", Name: name, Text: strings.Join(parts, ", ")})
}
