package study

import (
	"cmp"
	"fmt"

	"trainsim/sim/network"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
	"trainsim/sim/training"
)

// cause is one of the things that make a step longer than it need be. What it is
// not about is the zero value.
type cause struct {
	name   string
	wrong  func(lost int32, t *network.Topology) ([]training.Degrade, error) // with parts of a job without some replicas
	quiet  func(*training.Noise)                                             // takes it out of the noise
	uneven bool                                                              // passes take longer on some stages than on others
	lost   int32                                                             // replicas that are missing
}

// causesOf returns the causes that are in force in a scenario in a state of health,
// in the order in which they are told.
func causesOf(c *scenario.Config, at *run.Sight) []cause {
	var list []cause
	for i := range c.Degrade {
		if kind := c.SlowdownKind(i); kind >= 0 {
			list = appendSlow(list, c, c.Degrade[i].Name(), at, kind)
			continue
		}
		list = append(list, cause{name: c.Degrade[i].Name(), wrong: func(_ int32, t *network.Topology) ([]training.Degrade, error) { return c.Wrong(i, t) }})
	}
	for i := range c.SupplyFailure {
		if wrong := c.AlwaysLost(i); wrong != nil {
			list = append(list, cause{name: fmt.Sprintf("supplies of host %d", c.SupplyFailure[i].Host), wrong: func(int32, *network.Topology) ([]training.Degrade, error) { return wrong, nil }})
		}
	}
	if len(at.Short) > 0 {
		list = append(list, cause{name: "lost supplies", wrong: func(lost int32, t *network.Topology) ([]training.Degrade, error) {
			return c.Degrades(&run.Health{Lost: lost, Short: at.Short}, t)
		}})
	}
	for k := range c.Straggler {
		list = appendSlow(list, c, nameOf(&c.Straggler[k]), at, int32(k))
	}
	n := &c.Noise
	if n.Jitter > 0 {
		list = append(list, cause{name: "jitter", quiet: func(z *training.Noise) { z.Jitter = 0 }})
	}
	if n.SequenceImbalance > 0 {
		list = append(list, cause{name: "sequence imbalance", quiet: func(z *training.Noise) { z.Imbalance = 0 }})
	}
	if n.GCPause > 0 {
		list = append(list, cause{name: "garbage collection", quiet: func(z *training.Noise) { z.Pause = 0 }})
	}
	if c.Layout.Pipeline > 1 {
		list = append(list, cause{name: "stage imbalance", uneven: true})
	}
	if at.Lost > 0 {
		list = append(list, cause{name: "missing replicas", lost: at.Lost})
	}
	return list
}

// appendSlow appends the parts of one kind of straggler that are slow, if there are any.
func appendSlow(list []cause, c *scenario.Config, name string, at *run.Sight, kind int32) []cause {
	slow := ofKind(at, kind)
	if len(slow) == 0 {
		return list
	}
	return append(list, cause{name: name, wrong: func(lost int32, t *network.Topology) ([]training.Degrade, error) {
		return c.Degrades(&run.Health{Lost: lost, Slow: slow}, t)
	}})
}

// ofKind returns the slow parts of one kind of straggler.
func ofKind(at *run.Sight, kind int32) []run.Slow {
	var list []run.Slow
	for i, k := range at.Kind {
		if k == kind {
			list = append(list, at.Slow[i])
		}
	}
	return list
}

var slowParts = map[string]string{"gpu": "slow GPUs", "host": "slow hosts", "nic": "slow NICs"}

// nameOf says what a kind of straggler is.
func nameOf(s *scenario.Straggler) string { return cmp.Or(s.Name, slowParts[s.Component]) }
