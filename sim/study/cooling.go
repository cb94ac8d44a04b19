package study

import (
	"slices"

	"trainsim/sim/cluster"
	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// cooling fills how warm the GPUs are, where that is simulated.
func cooling(s *results.Summary, c *scenario.Config, r *training.Result, rec *trace.Recorder) {
	t := r.Temperatures
	if t == nil {
		return
	}
	mean := slices.IndexFunc(rec.Series, func(s *trace.Series) bool { return s.Name == "temperature" && s.Part == "gpu mean" })
	s.Cooling = &results.Cooling{
		MeanC: r.Steady.Series[mean].Float() / 1e12 / r.Steady.Seconds(), // of m°C·ns
		RiseK: t.Rise.Celsius(), MaxC: t.Max.Celsius(), HottestGPU: t.GPU, ThrottleC: c.Cooling.Throttle,
		ThrottledTimeS: t.Throttled.Float() / 1e9 / float64(r.Ranks), ThrottledGPUs: t.Slowed, LowestClock: float64(t.Lowest) / float64(cluster.Nominal),
	}
}
