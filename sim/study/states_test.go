package study

import (
	"math"
	"testing"

	"trainsim/sim/results"
	"trainsim/sim/scenario"
	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// Two ranks that poll for 2 s each draw from 0.3 to 0.5 of 700 W meanwhile; 4 J of theirs
// are in the books, 5 J of a GPU without a rank in deep idle.
func TestPollingRange(t *testing.T) {
	r := &training.Result{Ranks: 2}
	r.Steady.States.Time[trace.CollectiveWait].AddProduct(4e9, 1)
	r.Steady.States.Energy[trace.CollectiveWait].AddProduct(4e12, 1)
	c := &scenario.Config{}
	c.GPU.PowerLimit = 700
	s := results.Summary{EnergyComponentsJ: map[string]float64{"spare gpu": 5}}
	states(&s, c, r)
	for name, v := range map[string][2]float64{
		"low": {s.CollectiveWaitLowJ, 840}, "high": {s.CollectiveWaitHighJ, 1400}, "time": {s.GPUTimeByStateS["collective_wait"], 2},
		"energy": {s.GPUEnergyByStateJ["collective_wait"], 4}, "deep idle": {s.GPUEnergyByStateJ["deep_idle"], 5},
	} {
		if math.Abs(v[0]-v[1]) > 1e-9 {
			t.Errorf("%s: %v, want %v", name, v[0], v[1])
		}
	}
	if len(s.GPUTimeByStateS) != 1 || len(s.GPUEnergyByStateJ) != 2 {
		t.Errorf("states in which no GPU was: %v, %v", s.GPUTimeByStateS, s.GPUEnergyByStateJ)
	}
}
