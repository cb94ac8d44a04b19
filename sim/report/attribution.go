package report

import (
	"errors"

	"trainsim/sim/results"
)

// WriteAttribution draws what makes a step slow, and below it what the ranks do, into
// a PNG file, whole or not at all.
func WriteAttribution(r *results.Run, file string) error {
	f := attribution(r)
	if f == nil {
		return errors.New("nothing makes the step slow: there is nothing to draw")
	}
	data, err := f.png()
	if err != nil {
		return err
	}
	return writeWhole(file, data)
}

// attribution joins the figures of causes and of ranks.
func attribution(r *results.Run) *figure {
	f, ranks := causes(r), rankMap(r)
	if f == nil {
		return ranks
	}
	if ranks != nil {
		ranks.panels[0].title = "compute of the ranks of each replica and stage beside the median of their stage"
		f.keys = append(f.keys, ranks.keys...)
		f.panels = append(f.panels, ranks.panels...)
	}
	return f
}
