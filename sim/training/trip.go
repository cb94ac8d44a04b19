package training

import (
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// OutOfPower is what ends a step whose hosts are switched off.
type OutOfPower struct {
	At    engine.Time
	What  string // "rack 3", "the supplies of host 7", "the site"
	Level string // "rack", "supplies", "site"
	How   string // "trip" or "shed"
	Load  int64  // mW
	Limit int64  // mW
	Hosts []int32
}

func (e *OutOfPower) Error() string {
	how, hosts := "switched off by its breaker", fmt.Sprintf("hosts %d to %d are", e.Hosts[0], e.Hosts[len(e.Hosts)-1])
	if e.How == shed {
		how = "sheds load"
	}
	if len(e.Hosts) == 1 {
		hosts = fmt.Sprintf("host %d is", e.Hosts[0])
	}
	return fmt.Sprintf("power: %s: %s after %.6g s at %s, rated %s; %s off and the step cannot finish: raise the limit, let its policy cap GPUs, or lower gpu.power_cap",
		e.What, how, e.At.Seconds(), watts(e.Load), watts(e.Limit), hosts)
}

// How feeds end a step.
const (
	trip = "trip"
	shed = "shed"
)

func watts(mW int64) string { return fmt.Sprintf("%.6g kW", float64(mW)/1e6) }

// down takes the hosts below guard k down.
func (s *simulation) down(k int32, how string, now engine.Time) {
	e := s.outOfPower(k, how, now)
	s.job.Trace.Note(trace.Event{At: now, Kind: "power_" + how, Name: e.What, Text: e.Error()})
	s.fail(e)
}

// outOfPower returns what guard k does to the hosts below it: all of them go down
// where its breaker opens, as many as are too much where it sheds load, the last ones
// first.
func (s *simulation) outOfPower(k int32, how string, at engine.Time) *OutOfPower {
	hosts := s.hostsBelow(k)
	g := &s.control.guards[k]
	load := s.loadOf(k)
	if how == shed {
		load = max(g.most, g.lasting+1)
		most := int64(len(hosts))
		over := load - g.lasting
		n := min(most, (over*most+load-1)/load) // each takes its share of the load
		hosts = hosts[most-n:]
	}
	return &OutOfPower{At: at, What: s.nameOfGuard(k), Level: s.levelOfGuard(k), How: how, Load: load, Limit: g.rating, Hosts: hosts}
}

// levelOfGuard names the level of guard k.
func (s *simulation) levelOfGuard(k int32) string {
	if k < s.control.hosts {
		return "supplies"
	}
	return s.job.Power.Levels[s.plan.grid.level[k-s.control.hosts]].Name
}

// hostsBelow returns the hosts, in the machine, below the first of what guard k
// stands for.
func (s *simulation) hostsBelow(k int32) []int32 {
	p := s.plan
	if k < s.control.hosts {
		return p.hostsOf(k)[:1]
	}
	f := k - s.control.hosts
	n, id := s.job.Power.Levels[p.grid.level[f]].Hosts, p.grid.id[f]
	if n == 0 {
		return p.hostID
	}
	from, _ := slices.BinarySearch(p.hostID, id*n)
	to, _ := slices.BinarySearch(p.hostID, (id+1)*n)
	return p.hostID[from:to]
}

// nameOfGuard names the first of what guard k stands for.
func (s *simulation) nameOfGuard(k int32) string {
	p := s.plan
	if k < s.control.hosts {
		return fmt.Sprintf("the supplies of host %d", p.hostsOf(k)[0])
	}
	f := k - s.control.hosts
	level := &s.job.Power.Levels[p.grid.level[f]]
	if level.Hosts == 0 {
		return "the " + level.Name
	}
	return fmt.Sprintf("%s %d", level.Name, p.grid.id[f])
}

// noteAct tells what guard k has begun or ended.
func (s *simulation) noteAct(k int32, now engine.Time) {
	if s.job.Trace == nil {
		return
	}
	g := &s.control.guards[k]
	e := trace.Event{At: now, Kind: "power_cap", Name: s.nameOfGuard(k)}
	spec := s.guardSpec(k)
	switch {
	case !g.acts:
		e.Kind, e.Text = "power_uncap", "GPUs are no longer held back"
	case spec.Policy == cluster.Brake:
		e.Text = fmt.Sprintf("%s of %s: clocks of the GPUs halved", watts(g.most), watts(g.rating))
	default:
		e.Text = fmt.Sprintf("%s of %s: GPUs held to %.5g W", watts(g.most), watts(g.rating), float64(s.leaves(k))/1000)
	}
	if n := s.guardCount(k); n > 1 {
		e.Text += fmt.Sprintf(", here and at %d like it", n-1)
	}
	s.job.Trace.Note(e)
}

// guardCount returns how many guards k stands for.
func (s *simulation) guardCount(k int32) int64 {
	if k < s.control.hosts {
		return s.plan.hostCount[k]
	}
	return s.plan.grid.count[k-s.control.hosts]
}
