package scenario

import (
	"fmt"

	"trainsim/sim/engine"
)

// Late is a section that begins at a time.
type Late struct {
	Section string // such as cooling_failure[0]
	At      engine.Time
}

// BeginsAfter returns the sections that begin at end or later, so that steps which end
// then know nothing of them. Of a long run there are none: it has its own check.
func (c *Config) BeginsAfter(end engine.Time) (list []Late) {
	if c.long {
		return nil
	}
	add := func(section string, i int, at engine.Time) {
		if at >= end {
			list = append(list, Late{fmt.Sprintf("%s[%d]", section, i), at})
		}
	}
	for i := range c.Degrade {
		add("degrade", i, c.Degrade[i].At)
	}
	for i := range c.PowerCap {
		add("power_cap", i, c.PowerCap[i].At)
	}
	for i := range c.SupplyFailure {
		add("supply_failure", i, c.SupplyFailure[i].At)
	}
	for i := range c.CoolingFailure {
		add("cooling_failure", i, c.CoolingFailure[i].At)
	}
	for i := range c.Background {
		add("background", i, c.Background[i].At)
	}
	for i := range c.Neighbour {
		add("neighbour", i, c.Neighbour[i].At)
	}
	return list
}
