package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// RunSpec wires a long run, of which step tells how long a step takes in a state
// of health, and healthy is that of a job that nothing is wrong with. The caller
// adds what only one replica keeps: a timeline.
func (c *Config) RunSpec(step run.Steps, healthy *run.Step) (*run.Spec, error) {
	if healthy.Time <= 0 {
		return nil, fmt.Errorf("a step takes no time")
	}
	p := c.Plan(healthy)
	s := &run.Spec{
		Steps: c.RunSteps(), Until: c.Run.Duration, Limit: c.limit(healthy.Time), Ranks: int64(c.Layout.Ranks()),
		Machine:  c.machine(),
		Recovery: c.recovery(),
		Repair:   run.Repair{Automatic: c.Repair.Automatic, Manual: c.Repair.Manual, Escalates: c.Repair.Escalates, Crews: int32(c.Repair.Crews)},
		Lemons:   run.Lemons{Share: c.Lemons.Share, Factor: c.Lemons.Factor, Retire: int32(c.Lemons.RetireAfter), Window: c.Lemons.Window},
		Eviction: run.Eviction{Enabled: c.Eviction.Enabled, Detect: c.Eviction.Detect, Above: c.Eviction.Above},
		Checkpoint: run.Checkpoint{
			Every: p.Every, Save: p.Save, Write: p.Write, Keep: c.Checkpoint.Keep, Restore: p.Restore,
			Memory: c.memorySteps(healthy.Time), MemorySave: c.Checkpoint.MemorySave, MemoryRestore: or(c.Checkpoint.MemoryRestore, c.peerTime()),
		},
		Power: c.power(),
		Step:  step,
	}
	s.Kinds, s.Replay = c.kinds()
	for i := range c.Straggler {
		s.Stragglers = append(s.Stragglers, c.Straggler[i].spec(c, c.runHosts()))
	}
	c.addSlowdowns(s)
	for _, r := range c.Record {
		s.Watch = append(s.Watch, r.At)
	}
	slices.Sort(s.Watch)
	return s, nil
}

// The longest that a run may take: so many times as long as its steps alone, or a
// year where that is more, and a hundred years at most.
const (
	slowest = 1000
	year    = 365 * 24 * 3600 * engine.Second
)

// limit returns the time at which a run that is not done has failed: its goodput is
// below a thousandth.
func (c *Config) limit(step engine.Duration) engine.Duration {
	alone := float64(c.RunSteps()) * step.Seconds()
	return max(year, c.Run.Duration+1, min(100*year, engine.FromSeconds(slowest*alone)))
}

// machine returns the hosts of a long run.
func (c *Config) machine() run.Machine {
	return run.Machine{
		Slots: int32(c.slots()), Spares: int32(c.Spares), GPUs: int32(c.Host.GPUs), NICs: int32(c.nics()), Supplies: int32(c.Host.Supplies),
		HostsPerRack: int32(c.HostsPerRack), HostsPerPod: int32(c.hostsPerPod()),
		HostsPerRow: int32(c.Feeds.Row.Hosts), HostsPerUPS: int32(c.Feeds.UPS.Hosts), Replicas: int32(c.Layout.Data), Order: c.slotOrder(),
	}
}

// runHosts returns the hosts of a long run: those of the job and the spares.
func (c *Config) runHosts() int { return c.slots() + c.Spares }

// hostsPerPod returns how many hosts the failure of a pod takes.
func (c *Config) hostsPerPod() int {
	switch c.Fabric.Topology {
	case "rail", "fat-tree":
		return c.Fabric.HostsPerPod
	}
	return c.runHosts() // one network without pods
}

// parts returns how many parts of a component there are among n hosts of the
// machine.
func (c *Config) parts(per string, n int) int {
	switch per {
	case "gpu":
		return n * c.Host.GPUs
	case "nic":
		return n * c.nics()
	case "link":
		return n * c.cables()
	case "rack":
		return ceilDiv(n, c.HostsPerRack)
	case "pod":
		return ceilDiv(n, c.hostsPerPod())
	case "supply":
		return n * c.Host.Supplies
	case "row":
		return ceilDiv(n, max(1, c.Feeds.Row.Hosts))
	case "ups":
		return ceilDiv(n, max(1, c.Feeds.UPS.Hosts))
	case "job", "site":
		return 1
	}
	return n
}

// cables returns the cables for each host: of its NICs, and of a torus those to
// the next host along each dimension.
func (c *Config) cables() int {
	if c.Fabric.Topology != "torus" {
		return c.nics()
	}
	n := 0
	for _, length := range c.Fabric.Dims {
		if length > 1 {
			n++
		}
	}
	return n
}

// kinds returns what fails: components, then what feeds do, then supplies at given
// times; and all failures at given times, in order.
func (c *Config) kinds() (kinds []run.Kind, replay []run.Incident) {
	kinds, replay = append(c.components(), c.trips()...), c.replay()
	for i := range c.SupplyFailure {
		f := &c.SupplyFailure[i]
		if !f.midway() {
			continue
		}
		replay = append(replay, run.Incident{At: f.At, Kind: int32(len(kinds)), Host: c.Slots([]int32{int32(f.Host)})[0]})
		kinds = append(kinds, run.Kind{Name: "supply_failure", Effect: run.Weaken, Scope: run.TakesHost, Supplies: int32(f.Supplies),
			OwnRepair: f.For > 0, Repair: run.Always(f.For)})
	}
	slices.SortStableFunc(replay, func(a, b run.Incident) int { return cmp.Compare(a.At, b.At) })
	return kinds, replay
}

// components returns what fails by itself.
func (c *Config) components() []run.Kind {
	out := make([]run.Kind, len(c.Failures.Component))
	for i := range out {
		f := &c.Failures.Component[i]
		out[i] = run.Kind{
			Name: f.Name, Parts: int64(c.parts(f.Per, c.runHosts())), Life: c.life(f), Stationary: f.Age == "stationary", OfJob: f.Per == "job",
			Effect: run.Effect(slices.Index(effects, f.Effect)), Scope: run.Scope(slices.Index(scopes, f.Takes)),
			OwnDetection: isSet(f.Detection), OwnRepair: isSet(f.Repair),
		}
		if f.Effect == weaken {
			out[i].Supplies, out[i].Crews = int32(max(1, f.Supplies)), int32(f.Crews)
			out[i].OwnRepair, out[i].Repair = true, run.Distribution{Law: run.Exponential, Mean: 86400}
		}
		if isSet(f.Detection) {
			out[i].Detection = f.Detection
		}
		if isSet(f.Outage) {
			out[i].Outage = f.Outage
		}
		if isSet(f.Repair) {
			out[i].Repair = f.Repair
		}
	}
	return out
}

// life returns how long one part of a component lives, as scaled; mean 0: for
// ever.
func (c *Config) life(f *Component) run.Distribution {
	life := f.MTBF
	if c.Failures.Scale == 0 {
		life.Mean = 0
	} else {
		life.Mean /= c.Failures.Scale
	}
	return life
}

// replay returns the failures of components at given times.
func (c *Config) replay() []run.Incident {
	var out []run.Incident
	for i := range c.Failures.Event {
		e := &c.Failures.Event[i]
		kind := slices.IndexFunc(c.Failures.Component, func(f Component) bool { return f.Name == e.Component })
		out = append(out, run.Incident{At: e.At, Kind: int32(kind), Host: e.Host})
	}
	return out
}

// recovery returns what happens after a failure.
func (c *Config) recovery() run.Recovery {
	r := &c.Recovery
	return run.Recovery{
		Detection: r.Detection, Reschedule: r.Reschedule, Startup: r.Startup, Init: r.Init, InitPerRank: r.InitPerRank, Data: r.Data,
		Source: run.Source(slices.Index(sources, r.Source)), PeerRestore: or(r.PeerRestore, c.peerTime()),
		Shrink: r.NoSpare == shrink, Least: int32(r.LeastReplicas), Rejoin: r.Rejoin, Timeout: r.Timeout,
	}
}

// memorySteps returns the steps between two copies in the memory of other hosts,
// 0 where none are made.
func (c *Config) memorySteps(step engine.Duration) int64 {
	interval := c.Checkpoint.MemoryInterval
	switch {
	case interval >= 0:
		return stepsIn(interval.Seconds(), step)
	case c.Recovery.Source == sources[run.FromMemory]:
		return 1
	}
	return 0
}

// power returns what is drawn from the mains while no step runs. While a link is away
// or a failure is not found yet GPUs wait in a collective, as in a step. While state is
// saved or read nothing runs on them, but their program is loaded: runs were seen to
// dip to 15 % of their power at checkpoints (arXiv 2503.05804). Otherwise there is no
// program.
func (c *Config) power() run.Power {
	idle := c.GPU.IdlePower()
	all := func(perGPU int64) int64 { return int64(c.slots())*c.mains(perGPU) + c.switches() }
	return run.Power{Polling: all(idle + c.GPU.WaitPower()), Loaded: all(idle + c.GPU.LoadedPower()), Idle: all(idle), Spare: c.mains(idle)}
}

// switches returns the power of the switches of the job, in mW.
func (c *Config) switches() int64 {
	return int64(c.Fabric.Switches(c.slots(), c.Host.GPUs) * c.Fabric.SwitchPower * 1000)
}

// mains returns what a host draws from the mains, in mW, while each of its GPUs
// draws so much.
func (c *Config) mains(perGPU int64) int64 { return c.hostMains(int64(c.Host.GPUs) * perGPU) }

// hostMains returns what a host draws from the mains, in mW, while its GPUs together
// draw so much.
func (c *Config) hostMains(gpus int64) int64 {
	curve, err := cluster.CurveOf(c.Host.SupplyTier)
	if err != nil {
		panic("scenario: " + err.Error()) // the reader admits no other
	}
	load := c.Host.BasePower() + c.Host.NICPower() + gpus
	return curve.Input(load, c.Host.Capacity(c.Host.Supplies))
}
