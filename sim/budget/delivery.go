package budget

import (
	"cmp"
	"math"
	"slices"
)

// Delivery is so many GPUs that begin to work at an hour.
type Delivery struct{ GPUs, Hour float64 }

// Finish returns the hour at which GPUs that arrive in batches have worked so
// many GPU hours (above 0), each from its arrival on and as efficiently however
// many there are. It is infinite where none arrive.
func Finish(gpuHours float64, batches ...Delivery) float64 {
	batches = slices.Clone(batches)
	slices.SortStableFunc(batches, func(a, b Delivery) int { return cmp.Compare(a.Hour, b.Hour) })
	gpus, hour := 0.0, 0.0
	for _, b := range batches {
		worked := gpus * (b.Hour - hour)
		if worked >= gpuHours {
			break
		}
		gpuHours -= worked
		gpus, hour = gpus+b.GPUs, b.Hour
	}
	if gpus == 0 {
		return math.Inf(1)
	}
	return hour + gpuHours/gpus
}
