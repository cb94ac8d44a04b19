package run

import (
	"fmt"
	"strings"

	"trainsim/sim/engine"
)

// maxFruitless bounds the stops without a step further than any before.
const maxFruitless = 100_000

func days(d engine.Duration) float64 { return d.Seconds() / 86400 }

// hopeless is the error of a run that never gets through a restart.
func (r *replica) hopeless() error {
	return fmt.Errorf("the run makes no progress: %d stops in a row without getting past step %d of %d (after %.4g days); "+
		"failures come faster than a restart and the steps between two checkpoints take", r.fruitless, r.progress.best, r.spec.Steps, days(r.now.Sub(0)))
}

// endless is the error of a run that reaches its limit.
func (r *replica) endless() error {
	last := bucketOf[r.phase]
	r.finish()
	return fmt.Errorf("the run does not end: %d of %d steps after %.4g days and %d interruptions, goodput %.3g; the last of it was %s",
		r.progress.done, r.spec.Steps, days(r.now.Sub(0)), r.out.Interruptions, r.out.Time.Goodput(), strings.ReplaceAll(last.String(), "_", " "))
}

// stuck is the error of a run that waits for hosts which will never come.
func (r *replica) stuck() error {
	f := &r.fleet
	return fmt.Errorf("the run cannot go on after %.4g days: of %d hosts %d have left for good, too many for the job; %d of %d steps are done",
		days(r.now.Sub(0)), len(f.place), f.gone, r.progress.done, r.spec.Steps)
}
