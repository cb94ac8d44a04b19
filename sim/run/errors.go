package run

import (
	"fmt"

	"trainsim/sim/engine"
)

// maxFruitless bounds the stops between two steps that count.
const maxFruitless = 100_000

func days(d engine.Duration) float64 { return d.Seconds() / 86400 }

// hopeless is the error of a run that never gets through a restart.
func (r *replica) hopeless() error {
	return fmt.Errorf("the run makes no progress: %d stops in a row without a step that counts (after %.4g days, %d steps done); "+
		"failures come faster than detection, restart and one step take", r.fruitless, days(r.now.Sub(0)), r.progress.done)
}

// endless is the error of a run that reaches its limit.
func (r *replica) endless() error {
	return fmt.Errorf("the run does not end: %d of %d steps after %.4g days, %d interruptions; goodput %.3g",
		r.progress.done, r.spec.Steps, days(r.now.Sub(0)), r.out.Interruptions, r.out.Time.Goodput())
}

// stuck is the error of a run in which nothing will happen any more.
func (r *replica) stuck() error {
	f := &r.fleet
	if r.phase == waiting {
		return fmt.Errorf("the run cannot go on after %.4g days: %d hosts are missing, %d are in repair, %d have left for good, and no spare is left; %d of %d steps are done",
			days(r.now.Sub(0)), f.missing(), f.repair, r.out.Retired, r.progress.done, r.spec.Steps)
	}
	return fmt.Errorf("the run cannot go on after %.4g days: nothing is left to happen; it was %v", days(r.now.Sub(0)), bucketOf[r.phase])
}
