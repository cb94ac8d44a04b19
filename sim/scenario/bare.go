package scenario

import (
	"trainsim/sim/training"
)

// Bare wires the machine of the scenario, with what is wrong with it and what
// else crosses its links, but with nothing to run. It has hosts for that many
// ranks.
func (c *Config) Bare(ranks int) (*training.Job, error) {
	j := &training.Job{
		GPU: &c.GPU, Host: &c.Host, Fabric: &c.Fabric, ElementBytes: c.Layout.Precision.Bytes(), Steps: 1, Fold: c.Run.Fold,
		Topology: c.Fabric.Build(c.Fabric.Joins(reach([]int32{int32(ceilDiv(ranks, c.Host.GPUs) - 1)}, c.Neighbour), c.Hosts), c.Host.GPUs),
	}
	return j, c.disturb(j)
}
