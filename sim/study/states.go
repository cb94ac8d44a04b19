package study

import (
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// What a GPU draws while it polls is published nowhere: between these shares of its
// limit, as far as anybody says.
const pollsLow, pollsHigh = 0.3, 0.5

// states fills time and energy of the GPUs by power state. GPUs without ranks are in
// deep idle for the whole step.
func states(s *results.Summary, c *scenario.Config, r *training.Result) {
	k, ranks := &r.Steady.States, float64(r.Ranks)
	s.GPUIdleW = c.GPU.PowerIdle
	s.GPUTimeByStateS, s.GPUEnergyByStateJ = map[string]float64{}, map[string]float64{}
	for i := range trace.State(trace.NumStates) {
		if t := k.Time[i]; !t.IsZero() {
			s.GPUTimeByStateS[i.String()] = t.Float() / 1e9 / ranks
		}
		if e := k.Energy[i]; !e.IsZero() {
			s.GPUEnergyByStateJ[i.String()] = e.Float() / joule
		}
	}
	if spare := s.EnergyComponentsJ["spare gpu"]; spare > 0 {
		s.GPUEnergyByStateJ[deepIdle] = spare
	}
	waiting := k.Time[trace.CollectiveWait].Float() / 1e9 * c.GPU.PowerLimit
	s.CollectiveWaitLowJ, s.CollectiveWaitHighJ = pollsLow*waiting, pollsHigh*waiting
}

// deepIdle is the state of GPUs without ranks.
const deepIdle = "deep_idle"
