package scenario

import (
	"math"
	"slices"

	"trainsim/sim/run"
)

// Scaled returns the scenario on a machine of another size, with so many replicas,
// and batch, hosts and spares in proportion. Nothing is wrong with it: slow parts,
// noise, traffic of others and failures at given times are of the machine that
// names them. The error says why there is no such machine.
func (c *Config) Scaled(data int) (*Config, error) {
	v, old := *c, c.Layout.Data
	scale := func(n int) int { return int(math.Round(float64(n) * float64(data) / float64(old))) }
	v.Layout.Data, v.Layout.GlobalBatch = data, c.Layout.GlobalBatch/old*data
	v.Spares = scale(c.Spares)
	v.Hosts = max(scale(c.Hosts), v.slots()+v.Spares)
	v.Recovery.LeastReplicas = max(1, scale(c.Recovery.LeastReplicas))
	v.Run.Fold, v.HostList, v.Run.Record, v.Record, v.Expect = true, nil, nil, nil, nil
	v.PowerCap, v.CoolingFailure = c.scaledCaps(), c.scaledCooling()
	v.Degrade, v.Background, v.Straggler, v.Failures.Event, v.SupplyFailure, v.Delivery = nil, nil, nil, nil, nil, nil
	v.Noise.Jitter, v.Noise.SequenceImbalance, v.Noise.GCPause = 0, 0, 0
	return Parse(c.Name, v.TOML(), nil)
}

// InRepair returns how many of the hosts of a job with so many spares are in
// repair, in the mean and in the long run, and whether their number is Poisson: it
// is not where hosts fail together, wait for a crew, leave for good, or are evicted.
// A host that is in service for a mean time to failure and then in repair is there
// for the share λD/(1+λD) of its time.
func (c *Config) InRepair(spares int) (mean float64, poisson bool) {
	hosts := c.slots() + spares
	poisson = c.Repair.Crews == 0 && c.Lemons.RetireAfter == 0 && !c.Eviction.Enabled && len(c.Failures.Event) == 0
	var load float64 // were each host back in service at once
	for i := range c.Failures.Component {
		f := &c.Failures.Component[i]
		if f.Effect == weaken {
			continue
		}
		life, taken := c.life(f), c.taken(f)
		if life.Mean == 0 || taken == 0 {
			continue
		}
		load += c.failing(f, hosts) / life.Mean * float64(taken) * c.meanRepair(f)
		poisson = poisson && taken == 1
	}
	return load / (1 + load/float64(hosts)), poisson
}

// taken returns how many hosts a failure takes out of service.
func (c *Config) taken(f *Component) int {
	scope := run.Scope(slices.Index(scopes, f.Takes))
	if scope == run.TakesNothing {
		return 0
	}
	m := c.machine()
	return int(m.Domain(scope))
}

// meanRepair returns the mean time of a repair, waiting for a crew left out, in
// seconds.
func (c *Config) meanRepair(f *Component) float64 {
	if isSet(f.Repair) {
		return f.Repair.Mean
	}
	return c.Repair.Automatic.Mean + c.Repair.Escalates*c.Repair.Manual.Mean
}
