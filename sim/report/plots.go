// Package report draws the figures of a run from what its result directory
// holds. A figure is written as SVG, as PNG, and as a CSV table of the numbers
// behind it; the same result gives the same bytes.
package report

import (
	"os"
	"path/filepath"
	"slices"

	"trainsim/sim/results"
)

// Options changes what figures look like.
type Options struct {
	NoStamp bool // leaves out the line with version, scenario and digest
}

// Plots draws every figure that the result has the data for and writes them to
// dir/plots: NAME.svg, NAME.png and NAME.csv each. It returns the paths written,
// in the order a reader would look at them.
func Plots(r *results.Run, dir string) ([]string, error) { return Draw(r, dir, Options{}) }

// Draw is Plots with options.
func Draw(r *results.Run, dir string, o Options) ([]string, error) {
	dir = filepath.Join(dir, "plots")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range figures(r) {
		if !o.NoStamp {
			f.stamp = stamp(r)
		}
		written, err := f.write(dir)
		paths = append(paths, written...)
		if err != nil {
			return paths, err
		}
	}
	return paths, nil
}

// figures returns the figures that the result has the data for.
func figures(r *results.Run) []*figure {
	var list []*figure
	add := func(f *figure) {
		if f != nil {
			list = append(list, f)
		}
	}
	if v := newView(r); len(v.rows) > 0 && len(v.lanes) > 0 {
		add(overview(v))
		for _, w := range v.windows() {
			add(gantt(v, w))
		}
		add(operations(v))
	}
	add(buckets(r))
	add(waterfall(r))
	add(utilization(r))
	add(memory(r))
	add(power(r))
	add(temperature(r))
	for _, draw := range slices.Concat(ofFeeds, ofMains) {
		add(draw(r))
	}
	add(energy(r))
	add(costs(r))
	add(traffic(r))
	add(links(r))
	add(linkHeat(r))
	if r.Months != nil {
		for _, draw := range ofMonths {
			add(draw(r))
		}
		list = append(list, sweeps(r)...)
	}
	return list
}
