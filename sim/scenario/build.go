package scenario

import (
	"errors"
	"fmt"
	"slices"

	"trainsim/sim/trace"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// Job wires a simulation: the programs of the layout on the machine of the
// scenario. The recorder may be nil.
func (c *Config) Job(rec *trace.Recorder) (*training.Job, error) { return c.Shrunk(0, rec) }

// Shrunk is Job without the last replicas, lost of them: the others stay where
// they are, run the whole global batch (workload.Layout.Spread) and are numbered
// anew, as Megatron-LM would number so many. Hosts that only lost ranks were on
// are free. The error says why a layout cannot shrink so far.
func (c *Config) Shrunk(lost int, rec *trace.Recorder) (*training.Job, error) {
	left, counts, err := c.shrink(lost)
	if err != nil {
		return nil, err
	}
	programs, roles, err := workload.UnevenPrograms(c.Model, left, counts)
	if err != nil {
		return nil, err
	}
	j := &training.Job{
		Programs: programs, Groups: workload.Groups(c.Model, left), Role: roles, GPU: &c.GPU, Host: &c.Host, Fabric: &c.Fabric,
		ElementBytes: c.Layout.Precision.Bytes(), Steps: c.StepsInDetail(), Fold: c.Run.Fold, Trace: rec,
	}
	for _, f := range workload.Footprints(c.Model, left) {
		j.Resident = append(j.Resident, f.Needed(c.Memory.ContextBytes, c.Memory.Fragmentation)-f.Activations)
	}
	gpus := c.place()
	j.Topology = c.Fabric.Build(c.Fabric.Joins(reach([]int32{slices.Max(gpus) / int32(c.Host.GPUs)}, c.Neighbour), c.Hosts), c.Host.GPUs)
	j.GPUs = make([]int32, left.Ranks())
	for r := range j.GPUs {
		j.GPUs[r] = gpus[c.Layout.Rank(left.Coordinates(r))]
	}
	j.Spans, j.Noise = c.recorded(left), c.noise(left)
	c.hold(j)
	c.feed(j)
	c.cool(j)
	return j, c.disturb(j)
}

// shrink returns the layout without the last replicas, as if each of the others
// ran as much as the first, and how many microbatches each really runs.
func (c *Config) shrink(lost int) (left workload.Layout, counts []int, err error) {
	left = c.Layout
	if lost < 0 || lost >= left.Data {
		return left, nil, fmt.Errorf("layout.data: %d of %d replicas lost: at least one must be left", lost, left.Data)
	}
	left.Data -= lost
	counts = c.Layout.Spread(left.Data)
	left = left.WithMicrobatches(counts[0])
	if lost == 0 {
		return left, counts, nil
	}
	problems := workload.Problems(c.Model, left, 0, c.GPU.Memory, c.Memory.ContextBytes, c.Memory.Fragmentation)
	if err := errors.Join(problems...); err != nil {
		return left, nil, fmt.Errorf("with %d of %d replicas: %w", left.Data, c.Layout.Data, err)
	}
	return left, counts, nil
}

// recorded returns the ranks of layout left, with fewer replicas than that of the
// scenario, whose operations are kept.
func (c *Config) recorded(left workload.Layout) []int32 {
	var ranks []int32
	switch {
	case c.Run.MaxSpans == 0:
	case c.Run.Record == nil:
		for p := range left.Pipeline {
			ranks = append(ranks, int32(left.Rank(workload.Coordinates{Pipeline: p})))
		}
	default:
		for _, r := range c.Run.Record {
			if at := c.Layout.Coordinates(int(r)); at.Data < left.Data {
				ranks = append(ranks, int32(left.Rank(at)))
			}
		}
	}
	return ranks
}

// disturb adds what is wrong with the machine and what else crosses its links.
func (c *Config) disturb(j *training.Job) error {
	for i := range c.Degrade {
		if c.long && c.Degrade[i].midway() {
			continue
		}
		ds, err := c.Degrade[i].resolve(j.Topology, j.Fabric)
		if err != nil {
			return err
		}
		j.Degrade = append(j.Degrade, ds...)
	}
	for i := range c.SupplyFailure {
		j.Degrade = append(j.Degrade, c.AlwaysLost(i)...)
	}
	for i := range c.Background {
		b, err := c.Background[i].resolve(j.Topology)
		if err != nil {
			return err
		}
		j.Background = append(j.Background, b)
	}
	for i := range c.Neighbour {
		n, err := c.Neighbour[i].resolve(c.Host.GPUs)
		if err != nil {
			return err
		}
		j.Neighbours = append(j.Neighbours, n)
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
