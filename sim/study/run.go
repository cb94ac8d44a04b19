// Package study runs simulations: one, or many side by side. It is the only
// package that starts goroutines.
package study

import (
	"fmt"
	"time"

	"trainsim/sim/results"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// Run simulates steps of a scenario, one after another in every detail, and returns
// everything a result directory holds of them.
func Run(c *scenario.Config) (*results.Run, error) {
	return detail(c, &run.Health{})
}

// detail simulates steps of a scenario in a state of health.
func detail(c *scenario.Config, h *run.Health) (*results.Run, error) {
	began := time.Now()
	manifest := results.NewManifest(c.Run.Seed)
	j, res, err := simulateSteps(c, h, false)
	if err == nil && c.Long() && res.Overload != nil && res.Overload.Waits {
		j, res, err = simulateSteps(c, h, true) // those that months are of
	}
	if err != nil {
		return nil, err
	}
	rec := j.Trace
	out := &results.Run{Scenario: c.TOML(), Data: results.FromTrace(rec)}
	out.Data.Series = append(out.Data.Series, linkSeries(res)...)
	out.Data.Series = append(out.Data.Series, levelSeries(res, rec)...)
	out.Summary = summarize(c, j, res, rec)
	utility(c, res, rec, out)
	out.Summary.SimWallS = time.Since(began).Seconds()
	out.Manifest = manifest
	return out, nil
}

// simulateSteps simulates steps of a scenario in a state of health, in which policies of
// feeds act at once or after their delay.
func simulateSteps(c *scenario.Config, h *run.Health, prompt bool) (*training.Job, *training.Result, error) {
	j, err := c.Shrunk(int(h.Lost), newRecorder(c))
	if err != nil {
		return nil, nil, err
	}
	wrong, err := c.Degrades(h, j.Topology)
	if err != nil {
		return nil, nil, err
	}
	j.Degrade = append(j.Degrade, wrong...)
	p, err := training.Prepare(j)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	r := p.Runner()
	r.Prompt, r.Unbroken = prompt, !h.Healthy() // a state of a long run is what it is until it trips
	res, err := r.Run(j.Degrade, j.Trace)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", c.Name, err)
	}
	return j, res, nil
}

// newRecorder returns a recorder that knows the names of streams and phases.
func newRecorder(c *scenario.Config) *trace.Recorder {
	rec := &trace.Recorder{MaxSpans: c.Run.MaxSpans}
	for s := range workload.NumStreams {
		rec.Streams = append(rec.Streams, s.String())
	}
	for p := workload.Forward; p <= workload.Update; p++ {
		rec.Phases = append(rec.Phases, p.String())
	}
	return rec
}
