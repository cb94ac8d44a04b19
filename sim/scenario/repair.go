package scenario

import (
	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// Repair is section [repair]: how hosts that failed come back. The defaults are
// those of AIReSim (karthikp-ubc/airesim, config.yaml).
type Repair struct {
	Automatic run.Distribution `toml:"automatic" unit:"distribution" range:"[0,)" default:"2 h" help:"tests and reset of a host that failed, by no one's hand (AIReSim)"`
	Manual    run.Distribution `toml:"manual" unit:"distribution" range:"[0,)" default:"2 d" help:"by a crew, where that did not help (AIReSim)"`
	Escalates float64          `toml:"escalates" unit:"ratio" default:"80 %" help:"share of the repairs for which it did not help (AIReSim)"`
	Crews     int              `toml:"crews" range:"[0,1000000]" default:"0" help:"manual repairs at a time; 0: any number"`
}

// Lemons is section [lemons]: hosts that fail more often than others.
type Lemons struct {
	Share       float64         `toml:"share" unit:"ratio" range:"[0,1]" default:"0" help:"of the hosts (AIReSim assumes 15 %)"`
	Factor      float64         `toml:"factor" range:"[1,1000000]" default:"5" help:"times the rate of failure of the others (AIReSim)"`
	RetireAfter int             `toml:"retire_after" range:"[0,1000000]" default:"0" help:"failures within window after which a host leaves for good; 0: never"`
	Window      engine.Duration `toml:"window" unit:"duration" range:"(0,3153600000]" default:"30 d" help:"in which failures are counted for that"`
}
