package report

import (
	"image/color"

	"trainsim/sim/results"
)

// ofMonths are the figures of a whole training, in the order a reader would look at
// them.
var ofMonths = []func(*results.Run) *figure{
	goodput, progress, completion, failures, failureCost, energyByUse, hourly, spares, stepTimes, causes, rankMap,
}

// monthBuckets are the buckets of a whole training, with their colours: what is
// lost to one thing has shades of one colour.
var monthBuckets = []struct {
	key   string
	color color.RGBA
}{
	{"productive", green},
	{"degraded", yellow},
	{"wasted_progress", vermillion},
	{"checkpoint_save", sky},
	{"checkpoint_restore", blue},
	{"detection", purple},
	{"infrastructure_recovery", orange},
	{"waiting_for_hosts", black},
	{"program_startup", medium},
	{"accelerator_init", grey},
	{"data_loading", slate},
	{"stalled", pale},
}

// monthColor returns the colour of a bucket.
func monthColor(key string) color.RGBA {
	for _, b := range monthBuckets {
		if b.key == key {
			return b.color
		}
	}
	return grey
}

// replicasIn says of how many replicas a figure is.
func replicasIn(r *results.Run) string {
	if n := len(r.Months.Replicas); n > 1 {
		return "Means over " + number(float64(n), 0) + " replicas."
	}
	return "One replica."
}

// firstReplica says which replica a figure shows.
func firstReplica(r *results.Run) string {
	if n := len(r.Months.Replicas); n > 1 {
		return "The first of " + number(float64(n), 0) + " replicas."
	}
	return "One replica."
}

// count writes how many there are of something.
func count[T int | int64](n T, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return number(float64(n), 0) + " " + many
}
