package scenario

import (
	"cmp"
	"fmt"
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/network"
	"trainsim/sim/run"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// slots returns how many hosts the job fills.
func (c *Config) slots() int { return ceilDiv(c.Layout.Ranks(), c.Host.GPUs) }

// nics returns the NICs of a host that training uses.
func (c *Config) nics() int { return cmp.Or(c.Fabric.NICsPerHost, c.Host.GPUs) }

// replicaOf returns the data-parallel replica whose ranks each host holds that
// the ranks fill, −1 where they are of several.
func replicaOf(y *workload.Layout, gpus int) []int32 {
	out := make([]int32, ceilDiv(y.Ranks(), gpus))
	for place := range y.Ranks() {
		s, d := place/gpus, int32(y.At(place).Data)
		switch {
		case place%gpus == 0:
			out[s] = d
		case out[s] != d:
			out[s] = -1
		}
	}
	return out
}

// slotOrder lists the slots, those of the first replicas first.
func (c *Config) slotOrder() []int32 {
	replica := replicaOf(&c.Layout, c.Host.GPUs)
	order := make([]int32, len(replica))
	for s := range order {
		order[s] = int32(s)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(replica[a], replica[b]) })
	return order
}

// hostOf returns the host that the ranks of a slot are on when nothing has failed.
func (c *Config) hostOf(slot int32) int32 {
	if len(c.HostList) > 0 {
		return c.HostList[slot]
	}
	return slot
}

// Degrades returns what is wrong with the machine of the job in a state of
// health. A spare that took a slot has the place of the host that was there. Parts
// that no rank uses, and slots that a shrunk job has given up, are left out.
func (c *Config) Degrades(h *run.Health, t *network.Topology) ([]training.Degrade, error) {
	var out []training.Degrade
	for i := range h.Slow {
		s := &h.Slow[i]
		if !c.works(s.Slot, h.Lost) {
			continue
		}
		list, err := c.slowPart(s, t)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	for _, s := range h.Short {
		if c.works(s.Slot, h.Lost) {
			out = append(out, training.Degrade{Target: training.TargetSupply, ID: c.hostOf(s.Slot), Supplies: s.Supplies})
		}
	}
	return out, nil
}

// works tells whether a job without its last replicas uses a slot: one that shrinks
// has hosts of one replica each.
func (c *Config) works(slot, lost int32) bool {
	return lost == 0 || c.Layout.At(int(slot)*c.Host.GPUs).Data < c.Layout.Data-int(lost)
}

// Slots returns the slots that hosts of the machine are in when nothing has failed.
func (c *Config) Slots(hosts []int32) []int32 {
	slots := slices.Clone(hosts)
	for i, h := range hosts {
		if at := slices.Index(c.HostList, h); at >= 0 {
			slots[i] = int32(at)
		}
	}
	return slots
}

// slowPart returns what degrades one slow part.
func (c *Config) slowPart(s *run.Slow, t *network.Topology) ([]training.Degrade, error) {
	host, gpus := c.hostOf(s.Slot), int32(c.Host.GPUs)
	d := training.Degrade{Speed: cluster.Speed(s.Speed)}
	switch s.Target {
	case run.TargetHost:
		d.Target, d.ID = training.TargetHost, host
	case run.TargetGPU:
		if s.Slot*gpus+s.Part >= int32(c.Layout.Ranks()) {
			return nil, nil
		}
		d.Target, d.ID = training.TargetGPU, host*gpus+s.Part
	case run.TargetNIC:
		return c.slowNIC(host*int32(c.nics())+s.Part, d, t)
	}
	return []training.Degrade{d}, nil
}

// slowNIC returns what degrades both directions of a NIC.
func (c *Config) slowNIC(nic int32, d training.Degrade, t *network.Topology) ([]training.Degrade, error) {
	d.Target, d.Part = training.TargetLink, fmt.Sprintf("nic[%d]", nic)
	out := make([]training.Degrade, 2)
	for i, name := range []string{"nic_up", "nic_down"} {
		link, ok := t.LinkByName(fmt.Sprintf("%s[%d]", name, nic))
		if !ok {
			return nil, fmt.Errorf("straggler: there is no NIC %d; links are %s", nic, t.LinkNames())
		}
		out[i] = d
		out[i].ID = link
	}
	return out, nil
}
