package report

import (
	"math"

	"trainsim/sim/engine"
	"trainsim/sim/results"
)

// maxColumns is how many columns a time axis is reduced to: a little less than
// a pixel each at 200 dots per inch.
const maxColumns = 1000

// columnsOf returns how many columns a field of this many rows gets, so that its
// table stays below 1 MB.
func columnsOf(rows int) int {
	const cells, least = 150000, 100
	return min(maxColumns, max(least, cells/max(1, rows)))
}

// columns is a series reduced to equal parts of a range of time.
type columns struct {
	edges    []float64 // seconds, one more than columns
	mean     []float64 // weighted by time
	low, top []float64 // smallest and largest bin that touches the column
}

// even returns n+1 edges of n equal parts of e, in seconds.
func even(e extents, n int) []float64 {
	edges := make([]float64, n+1)
	for i := range edges {
		edges[i] = e.start.Seconds() + e.length()*float64(i)/float64(n)
	}
	return edges
}

// reduce averages a series over n equal parts of e. The last bin of a series
// counts up to end only; beyond the bins the series is 0.
func reduce(s *results.SeriesData, e extents, n int) columns {
	c := columns{edges: even(e, n), mean: make([]float64, n), low: make([]float64, n), top: make([]float64, n)}
	if s.Width <= 0 || len(s.Values) == 0 || e.end <= e.start {
		return c
	}
	// In nanoseconds, where bounds of bins are whole numbers.
	width, start, part := float64(s.Width), float64(e.start), float64(e.end-e.start)/float64(n)
	for i := range n {
		lo, hi := start+part*float64(i), start+part*float64(i+1)
		low, top, sum := math.Inf(1), math.Inf(-1), 0.0
		for b := int(lo / width); b < len(s.Values) && float64(b)*width < hi; b++ {
			overlap := math.Min(hi, float64(b+1)*width) - math.Max(lo, float64(b)*width)
			if overlap <= 1e-9*part { // a bound, up to rounding
				continue
			}
			sum += overlap * s.Values[b]
			low, top = math.Min(low, s.Values[b]), math.Max(top, s.Values[b])
		}
		if low <= top {
			c.mean[i], c.low[i], c.top[i] = sum/part, low, top
		}
	}
	return c
}

// spread adds the share of each of the equal parts of e that start … end covers.
func spread(dst []float64, e extents, start, end engine.Time) {
	lo, hi := max(start, e.start), min(end, e.end)
	if hi <= lo {
		return
	}
	scale := float64(len(dst)) / float64(e.end-e.start)
	a, b := float64(lo-e.start)*scale, float64(hi-e.start)*scale
	i := int(a)
	for ; i < len(dst) && float64(i+1) <= b; i++ {
		dst[i] += float64(i+1) - math.Max(a, float64(i))
	}
	if i < len(dst) && b > float64(i) {
		dst[i] += b - math.Max(a, float64(i))
	}
}

// columnsFor returns how many columns suit series whose bins are this wide: no
// more than there are bins.
func columnsFor(e extents, list []*results.SeriesData) int {
	n := maxColumns
	for _, s := range list {
		if s.Width > 0 {
			n = min(n, max(1, int(math.Ceil(e.length()/s.Width.Seconds()))))
		}
	}
	return n
}

// whole returns all of the simulated time.
func whole(r *results.Run) extents {
	end := r.End
	if end == 0 {
		end = engine.Time(engine.FromSeconds(r.Summary.StepTimeS * float64(max(1, r.Summary.Steps))))
	}
	return extents{0, end}
}
