package run

import (
	"math"
	"testing"

	"trainsim/sim/engine"
)

// The job stops as often as its rates say, one in 1,500 s. What stops cost, in time
// and energy, is all that is not in steps, checkpoints and the first start.
func TestStopsCost(t *testing.T) {
	s := base()
	s.Steps = 20_000
	s.Kinds = []Kind{jobKind(2000 * second), jobKind(6000 * second)}
	s.Checkpoint = Checkpoint{Every: 30, Save: 5 * second, Restore: 20 * second}
	s.Recovery = Recovery{Detection: Always(10 * second), Startup: Always(30 * second)}
	s.Power = Power{Polling: 800_000, Loaded: 700_000, Idle: 300_000}
	o := simulate(t, s, 3)
	if want := o.End.Seconds() * (1.0/2000 + 1.0/6000); math.Abs(float64(o.Interruptions)-want) > 3*math.Sqrt(want) {
		t.Errorf("%d stops in %v s, want %v", o.Interruptions, o.End.Seconds(), want)
	}
	var time engine.Duration
	var energy engine.Total
	for k := range s.Kinds {
		time += o.Lost[k]
		energy.AddTotal(o.LostEnergy[k])
	}
	if want := o.Time.Wall() - o.Time[Productive] - o.Time[CheckpointSave] - 30*second; time != want {
		t.Errorf("stops cost %v s, want %v", time.Seconds(), want.Seconds())
	}
	for b := WastedProgress; b < NumBuckets; b++ {
		if b != CheckpointSave {
			energy.SubTotal(o.Energy[b])
		}
	}
	var start engine.Total
	start.AddProduct(300_000, uint64(30*second))
	energy.AddTotal(start)
	if !energy.IsZero() {
		t.Errorf("the energy of stops is off by %v J", energy.Float()/1e12)
	}
}
