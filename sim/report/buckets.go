package report

import (
	"image/color"
	"slices"
	"strconv"

	"trainsim/sim/results"
	"trainsim/sim/trace"
)

// bucketStyles are the buckets of time in the order they are stacked: work, then
// communication, then waiting.
var bucketStyles = []struct {
	bucket trace.Bucket
	title  string
	color  color.RGBA
}{
	{trace.Compute, "compute", blue},
	{trace.Recompute, "recompute", sky},
	{trace.Optimizer, "optimizer", purple},
	{trace.ExposedTensor, "tensor communication", vermillion},
	{trace.ExposedPipeline, "pipeline communication", slate},
	{trace.ExposedData, "data communication", green},
	{trace.ExposedOther, "other communication", black},
	{trace.Contention, "contention for links", orange},
	{trace.Bubble, "bubble", medium},
	{trace.Straggler, "straggler wait", yellow},
	{trace.Pause, "garbage collection", grey},
	{trace.Idle, "idle", mist},
}

// bucket returns the place, title and colour of a bucket; unknown ones come last
// under their own name.
func bucket(name string) (place int, title string, c color.RGBA) {
	for i, b := range bucketStyles {
		if b.bucket.String() == name {
			return i, b.title, b.color
		}
	}
	return len(bucketStyles), underToSpace(name), orange
}

// buckets draws where the time of a mean GPU of each stage goes: one bar for
// each stage, tiled exactly.
func buckets(r *results.Run) *figure {
	stages := r.Summary.StageBucketsS
	if len(stages) == 0 {
		return nil
	}
	f := &figure{
		name:  "buckets",
		title: headline(r, "step %s", quantity(timeScales, r.Summary.StepTimeS)),
		lead:  "Where the time of a step goes, on a mean GPU of each pipeline stage. Communication counts where no computation hides it.",
	}
	f.table.header = []string{"stage", "bucket", "time_s"}
	all := map[string]float64{}
	for _, stage := range stages {
		for name, v := range stage { // only sums: no order shows
			all[name] += v
		}
	}
	list := sorted(all)
	total := 0.0
	for _, b := range list {
		total += b.value
	}
	if len(list) > 0 && total > 0 {
		f.title = headline(r, "step %s, %s", quantity(timeScales, r.Summary.StepTimeS), shares(list, total))
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		x, _, _ := bucket(a.name)
		y, _, _ := bucket(b.name)
		return x - y
	})
	unit := fitTime(r.Summary.StepTimeS)
	chart := newBars("time per step (" + unit.Unit + ")")
	for _, b := range list {
		_, title, c := bucket(b.name)
		values := make([]float64, len(stages))
		for i, stage := range stages {
			values[i] = stage[b.name] / unit.Factor
			f.table.add(strconv.Itoa(i), title, strconv.FormatFloat(stage[b.name], 'f', 6, 64))
		}
		chart.add(title, c, values)
		if b.value < 5e-4*total { // too little to be seen: in the table only
			continue
		}
		f.keys = append(f.keys, key{text: title + " " + percent(b.value/total), color: solid(c, 1)})
	}
	for i := range stages {
		chart.rows = append(chart.rows, "stage "+strconv.Itoa(i))
	}
	p, height := chart.plot()
	f.panels = []panel{{plot: p, height: height}}
	return f
}

// shares names the three largest entries.
func shares(list []entry, total float64) string {
	txt := ""
	for i, b := range list[:min(3, len(list))] {
		if i > 0 {
			txt += ", "
		}
		_, title, _ := bucket(b.name)
		txt += title + " " + percent(b.value/total)
	}
	return txt
}
