package scenario

import (
	"math"
	"slices"

	"trainsim/sim/budget"
	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// Plan is what is known of a long run before it is simulated.
type Plan struct {
	// Terms are what the closed forms of package budget take: the MTBF of the job
	// from the rates of what stops it, +Inf where nothing does; how long steps wait
	// for a checkpoint; the mean time from a failure until its hosts are replaced, in
	// which another is dealt with along the way; and from then to the next step.
	Terms    budget.Checkpointing
	Bytes    float64 // of a checkpoint
	Save     engine.Duration
	Write    engine.Duration // after that, until it is durable
	Restore  engine.Duration // from storage
	Every    int64           // steps between checkpoints; 0: none is written
	Interval float64         // s of computing that this is, in a healthy job; 0: none is written
}

// rareSteps stands for an interval that no run reaches: a checkpoint is written
// before planned stops and at the end.
const rareSteps = 1 << 40

// Plan returns what the rates, sizes and bandwidths of a long run come to, with
// steps as long as the healthy one.
func (c *Config) Plan(healthy *run.Step) *Plan {
	p := &Plan{Bytes: c.checkpointBytes(), Restore: c.restoreTime()}
	p.Save, p.Write = c.saveTime()
	p.Terms = budget.Checkpointing{MTBF: c.mtbf(false), Write: p.Save.Seconds(), Restart: c.meanRestart(p), Repair: c.meanDetection() + c.Recovery.Reschedule.Mean}
	p.Every = c.every(p, healthy.Time)
	if p.Every < rareSteps {
		p.Interval = float64(p.Every) * healthy.Time.Seconds()
	}
	return p
}

// every returns the steps between two checkpoints.
func (c *Config) every(p *Plan, step engine.Duration) int64 {
	k := &c.Checkpoint
	if k.Steps > 0 {
		return int64(k.Steps)
	}
	terms := p.Terms
	if c.Recovery.Source != sources[run.FromStore] {
		if rare := c.mtbf(true); !math.IsInf(rare, 1) {
			terms.MTBF = rare // only these go back to a durable checkpoint
		}
	}
	if math.IsInf(terms.MTBF, 1) && k.Interval.Rule != "" && k.Interval.Rule != RuleNone {
		return rareSteps
	}
	switch k.Interval.Rule {
	case RuleNone:
		return 0
	case RuleYoung:
		return stepsIn(terms.YoungInterval(), step)
	case RuleDaly:
		return stepsIn(terms.DalyInterval(), step)
	case RuleExact:
		return stepsIn(terms.OptimalInterval(), step)
	case RuleAuto:
		written := (p.Write + step - 1) / step // steps by which the last one is durable
		return max(stepsIn(terms.OptimalInterval(), step), int64(written))
	}
	return stepsIn(k.Interval.Work.Seconds(), step)
}

// stepsIn returns how many steps are nearest to so many seconds of computing, at
// least one.
func stepsIn(seconds float64, step engine.Duration) int64 {
	return int64(max(1, min(math.Round(seconds/step.Seconds()), rareSteps)))
}

// mtbf returns the mean time between unexpected stops of the job, in seconds:
// those of every cause, or those alone after which no copy of the state is left
// in memory.
func (c *Config) mtbf(losesCopies bool) float64 {
	var parts []budget.Parts
	for i := range c.Failures.Component {
		f := &c.Failures.Component[i]
		if life := c.life(f); life.Mean > 0 && (!losesCopies || c.losesCopies(f)) {
			parts = append(parts, budget.Parts{Count: c.stopping(f), MTBF: life.Mean})
		}
	}
	return budget.JobMTBF(parts...)
}

// stopping returns how many parts of a component stop the job unexpectedly when
// they fail: those of its hosts.
func (c *Config) stopping(f *Component) float64 {
	if f.Effect == "planned" || f.Effect == weaken {
		return 0
	}
	return c.failing(f, c.slots())
}

// failing returns how many parts of a component on some hosts stop a job when they
// fail, lemons counted as often as they do. Of flaps it is the share that outlasts
// the timeout.
func (c *Config) failing(f *Component, hosts int) float64 {
	n := float64(c.parts(f.Per, hosts))
	if f.Per != "job" && (f.Takes == "host" || f.Takes == "nothing") {
		n *= 1 + c.Lemons.Share*(c.Lemons.Factor-1)
	}
	if f.Effect != "flap" {
		return n
	}
	if c.Recovery.Timeout == 0 || !isSet(f.Outage) {
		return 0
	}
	return n * f.Outage.Above(c.Recovery.Timeout)
}

// losesCopies tells whether a failure of a component may leave no copy of the state
// in memory: a rack or pod may hold hosts of all replicas.
func (c *Config) losesCopies(f *Component) bool {
	live := c.Recovery.Source == sources[run.FromPeers] || c.Recovery.Source == sources[run.FromSurvivors]
	return f.Effect == "corrupt" || slices.Index(scopes, f.Takes) > int(run.TakesHost) || c.Layout.Data < 2 || live && f.Per == "job"
}

// meanRestart returns the mean time from when hosts are replaced to the next step,
// in seconds.
func (c *Config) meanRestart(p *Plan) float64 {
	r := c.recovery()
	restore := p.Restore
	switch r.Source {
	case run.FromMemory:
		restore = or(c.Checkpoint.MemoryRestore, c.peerTime())
	case run.FromPeers:
		restore = r.PeerRestore
	case run.FromSurvivors:
		restore += p.Save + p.Write
	}
	perRank := r.InitPerRank.Seconds() * float64(c.Layout.Ranks())
	return r.Startup.Mean + r.Init.Mean + perRank + restore.Seconds() + r.Data.Mean
}

// meanDetection returns the mean time from an unexpected stop until the job knows,
// in seconds, over all causes. That of corruption is work lost, not waiting.
func (c *Config) meanDetection() float64 {
	rate, sum := 0.0, 0.0
	for i := range c.Failures.Component {
		f := &c.Failures.Component[i]
		life := c.life(f)
		if life.Mean == 0 {
			continue
		}
		share := c.stopping(f) / life.Mean
		rate += share
		sum += share * c.detection(f)
	}
	if rate == 0 {
		return c.Recovery.Detection.Mean
	}
	return sum / rate
}

// detection returns the mean time until a failure of a component is known, in
// seconds.
func (c *Config) detection(f *Component) float64 {
	switch {
	case f.Effect == "corrupt":
		return 0
	case f.Effect == "flap":
		return c.Recovery.Timeout.Seconds()
	case isSet(f.Detection):
		return f.Detection.Mean
	}
	return c.Recovery.Detection.Mean
}
