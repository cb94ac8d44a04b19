package study

import (
	"context"
	"fmt"
	"slices"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
)

// Recorded is the detail of a step at a time of a long run.
type Recorded struct {
	At  engine.Time
	Run *results.Run
}

// Name returns the time as the name of a directory: "12d", "36h", "90min" or "5.5s".
func (r *Recorded) Name() string {
	for _, u := range []struct {
		length engine.Duration
		name   string
	}{{24 * 3600 * engine.Second, "d"}, {3600 * engine.Second, "h"}, {60 * engine.Second, "min"}} {
		if at := engine.Duration(r.At); at > 0 && at%u.length == 0 {
			return fmt.Sprintf("%d%s", at/u.length, u.name)
		}
	}
	return fmt.Sprintf("%gs", r.At.Seconds())
}

// recorded simulates the steps of the times that a scenario names, in the states
// of health that the first replica had then. It had none after its end.
func recorded(ctx context.Context, c *scenario.Config, watched []run.Sight) ([]Recorded, error) {
	var times []engine.Time
	for _, r := range c.Record {
		times = append(times, r.At)
	}
	slices.Sort(times)
	var list []Recorded
	for i := range watched {
		r := Recorded{At: times[i]}
		if i > 0 && times[i] == times[i-1] {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var err error
		if r.Run, err = detail(c, &watched[i].Health); err != nil {
			return nil, fmt.Errorf("the step at %s, with %s: %w", r.Name(), describe(&watched[i].Health), err)
		}
		r.Run.Summary.Title = fmt.Sprintf("%s, at %s", c.Heading(), r.Name())
		list = append(list, r)
	}
	return list, nil
}
