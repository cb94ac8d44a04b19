package report

import (
	"errors"
	"io"

	"trainsim/sim/results"
)

// WriteAttribution draws what makes a step slow, and below it what the ranks do, as a
// PNG image.
func WriteAttribution(w io.Writer, r *results.Run) error {
	f := attribution(r)
	if f == nil {
		return errors.New("nothing makes the step slow: there is nothing to draw")
	}
	return f.writePNG(w)
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
