package scenario

import (
	"fmt"

	"trainsim/sim/engine"
)

// Replicas is section [replicas]: how often a run is simulated, each time with
// draws of its own.
type Replicas struct {
	Count int     `toml:"count" range:"[1,1000000]" default:"1" help:"replicas of the run; where width is given, the least"`
	Width float64 `toml:"width" unit:"ratio" range:"[0,1)" default:"0" help:"more replicas are run until half the 95 % confidence interval is at most this share of the mean; 0: just count"`
	Of    string  `toml:"of" range:"completion_time|goodput" default:"goodput" help:"the figure whose interval that is"`
	Most  int     `toml:"most" range:"[1,1000000]" default:"1000" help:"replicas at which that ends, however wide the interval is"`

	Sweeps bool `toml:"sweeps" default:"true" help:"simulate after the replicas what the run would be with other checkpoint intervals, failure rates, sizes, spares and slow GPUs (sweeps.csv)"`
}

// Record asks for the detail of the step that is running at a time of the run.
type Record struct {
	At engine.Time `toml:"at" unit:"time" usual:"d" required:"yes" range:"[0,3153600000]" help:"when"`
}

// Expect is a bound that a result is held against.
type Expect struct {
	Metric string  `toml:"metric" required:"yes" help:"key of a number in summary.json, such as goodput or lost_time_s.checkpoint_save"`
	Of     string  `toml:"of" default:"" help:"key of another number, of which the bounds are multiples: the figure is metric over this one"`
	Min    float64 `toml:"min" range:"[0,)" default:"-1" help:"least value that is expected"`
	Max    float64 `toml:"max" range:"[0,)" default:"-1" help:"most"`
	Source string  `toml:"source" required:"yes" help:"closed form or publication that the bounds come from"`
}

// checkExpect checks that each bound bounds.
func (l *loader) checkExpect() {
	for i := range l.doc.Expect {
		e := &l.doc.Expect[i]
		path := fmt.Sprintf("expect[%d]", i)
		switch {
		case e.Min < 0 && e.Max < 0:
			l.report(path, true, wrong("bounds nothing").or("give min, max or both"))
		case e.Max >= 0 && e.Min > e.Max:
			l.report(path+".min", false, wrong("%v is above max, %v", e.Min, e.Max))
		}
	}
}
