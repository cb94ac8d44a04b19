package study

import (
	"fmt"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/training"
)

// others fills what traffic of others and other jobs got of the machine.
func others(s *results.Summary, c *scenario.Config, r *training.Result) {
	for i, u := range r.Background {
		spec := &c.Background[i]
		b := results.Background{Way: spec.Link, AskedGBPS: spec.Bandwidth / 1e9, Bytes: u.Got, Seconds: u.Time.Seconds()}
		if b.Way == "" {
			b.Way = fmt.Sprintf("gpu[%d] to gpu[%d]", spec.From, spec.To)
		}
		if u.Asked > 0 {
			b.Share = float64(u.Got) / float64(u.Asked)
			b.GotGBPS = float64(u.Got) / b.Seconds / 1e9
		}
		s.Background = append(s.Background, b)
	}
	for i, u := range r.Neighbours {
		n := results.Neighbour{Hosts: c.Neighbour[i].Hosts.String(), Periods: u.Periods, PeriodS: u.Mean.Seconds(), AlonePeriodS: u.Alone.Seconds()}
		if u.Alone > 0 {
			n.Slowdown = n.PeriodS / n.AlonePeriodS
		}
		s.Neighbours = append(s.Neighbours, n)
	}
}
