package scenario

import (
	"slices"

	"trainsim/sim/trace"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// Job wires a simulation: the programs of the layout on the machine of the
// scenario. The recorder may be nil.
func (c *Config) Job(rec *trace.Recorder) (*training.Job, error) {
	programs, err := workload.Programs(c.Model, c.Layout)
	if err != nil {
		return nil, err
	}
	j := &training.Job{
		Programs: programs, Groups: workload.Groups(c.Layout), GPU: &c.GPU, Host: &c.Host, Fabric: &c.Fabric,
		ElementBytes: c.Layout.Precision.Bytes(), Steps: c.Run.Steps, Fold: c.Run.Fold, Trace: rec,
	}
	for _, f := range workload.Footprints(c.Model, c.Layout) {
		j.Resident = append(j.Resident, f.Needed(c.Memory.ContextBytes, c.Memory.Fragmentation)-f.Activations)
	}
	j.GPUs = c.place()
	j.Topology = c.Fabric.Build(c.Fabric.Joins(int(slices.Max(j.GPUs))/c.Host.GPUs+1, c.Hosts), c.Host.GPUs)
	j.Stage = make([]int32, c.Layout.Ranks())
	for r := range j.Stage {
		j.Stage[r] = int32(c.Layout.Coordinates(r).Pipeline)
	}
	switch j.Spans = c.Run.Record; {
	case c.Run.MaxSpans == 0:
		j.Spans = nil
	case j.Spans == nil:
		for p := range c.Layout.Pipeline {
			j.Spans = append(j.Spans, int32(c.Layout.Rank(workload.Coordinates{Pipeline: p})))
		}
	}
	return j, c.disturb(j)
}

// disturb adds what is wrong with the machine and what else crosses its links.
func (c *Config) disturb(j *training.Job) error {
	for i := range c.Degrade {
		ds, err := c.Degrade[i].resolve(j.Topology, j.Fabric)
		if err != nil {
			return err
		}
		j.Degrade = append(j.Degrade, ds...)
	}
	for i := range c.Background {
		b, err := c.Background[i].resolve(j.Topology)
		if err != nil {
			return err
		}
		j.Background = append(j.Background, b)
	}
	return nil
}

// place returns the GPU of each rank: the hosts that the ranks fill one after
// another are 0, 1, … or those that the machine lists.
func (c *Config) place() []int32 {
	gpus := make([]int32, c.Layout.Ranks())
	for r := range gpus {
		at := c.Layout.Place(r)
		host := at / c.Host.GPUs
		if len(c.HostList) > 0 {
			host = int(c.HostList[host])
		}
		gpus[r] = int32(host*c.Host.GPUs + at%c.Host.GPUs)
	}
	return gpus
}
