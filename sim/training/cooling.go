package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
)

// Cooling is what carries the heat of the GPUs of a job away, and what is done where
// that is not enough.
type Cooling struct {
	cluster.Coolant
	Capacity float64 // J/K, of a GPU with what is fixed to it
	Throttle cluster.Throttle
	Shutdown cluster.Temperature // at which a GPU switches itself off
	Interval engine.Duration     // from one look at the temperatures to the next
	Warm     bool                // begins as after hours of such steps, and not as after hours of idling
	Failures []CoolingFailure
}

// CoolingFailure makes what cools one GPU, the GPUs of a host, or all of them worse.
type CoolingFailure struct {
	Target          Target
	ID              int32
	cluster.Coolant // in force where it is worse; 0: as before
	At              engine.Time
	For             engine.Duration // 0: to the end
}

// throttleHolds returns what heat may put on a GPU, step after step: nothing where no
// GPU can ever be too hot.
func (j *Job) throttleHolds() (holds []Hold) {
	if j.Cooling == nil {
		return nil
	}
	worst := j.Cooling.Coolant
	for i := range j.Cooling.Failures {
		worst = worst.Worse(j.Cooling.Failures[i].Coolant)
	}
	if worst.Settles(j.GPU.LimitPower()) <= j.Cooling.Throttle.Above {
		return nil
	}
	for _, f := range j.GPU.ThrottledClocks() {
		holds = append(holds, Hold{Clock: f})
	}
	return holds
}

// layCooling notes in a plan, in which every rank stands for itself, which failures
// reach which rank.
func (p *plan) layCooling(j *Job) {
	if j.Cooling == nil || len(j.Cooling.Failures) == 0 {
		return
	}
	p.hotter = make([][]int32, p.nodes)
	for i := range j.Cooling.Failures {
		f := &j.Cooling.Failures[i]
		for r := range p.hotter {
			if j.reaches(f.Target, f.ID, int32(r)) {
				p.hotter[r] = append(p.hotter[r], int32(i))
			}
		}
	}
}

// warmColour returns the colour of a rank: the course of what cools it tells it from
// others.
func (p *plan) warmColour(colour uint64, rank int, j *Job) uint64 {
	if p.hotter == nil {
		return colour
	}
	for _, i := range p.hotter[rank] {
		f := &j.Cooling.Failures[i]
		colour = mixAll(9, colour, uint64(f.Inlet), uint64(f.Resistance), uint64(f.At), uint64(f.For))
	}
	return colour
}

// foldCooling takes over what cools the first rank of each class.
func (f *folding) foldCooling(q *plan) {
	if f.whole.hotter == nil {
		return
	}
	for _, r := range f.ranks.first {
		q.hotter = append(q.hotter, f.whole.hotter[r])
	}
}
