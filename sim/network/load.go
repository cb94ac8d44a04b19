package network

import (
	"math/bits"

	"trainsim/sim/engine"
)

// Carried returns the bytes that each link has carried up to now when flow f has
// carried bytes[f]: Σ bytes·weight over the routes, rounded down one by one.
func (n *Network) Carried(now engine.Time, bytes []int64) []int64 {
	out := make([]int64, len(n.links))
	by := n.carriedBy(now, bytes)
	for r, b := range by {
		for _, s := range n.steps[n.first[r]:n.first[r+1]] {
			out[s.link] += carriedAt(b, s.load)
		}
	}
	for _, w := range n.wide {
		out[w.link] += carriedAt(by[w.flow], w.load)
	}
	return out
}

// carriedAt returns bytes·load/WeightOne.
func carriedAt(bytes, load int64) int64 {
	hi, lo := bits.Mul64(uint64(bytes), uint64(load))
	return int64(hi<<48 | lo>>16)
}

const (
	ratedRoutes = 256 // plans of more routes keep no rates: 1 MB at most
	rateBins    = 512 // of each route
	rateWidth   = 14  // of the first bins: 2^14 ns, about 16 µs
)

// rates keeps the rate on every route over time, as integrals over bins of equal
// width, one width for all. When they are full, neighbours merge.
type rates struct {
	bins  []float64 // route × rateBins: bytes/s × ns; nil: nobody looks
	shift uint      // a bin is 2^shift ns wide
}

func newRates(routes int) rates {
	if routes > ratedRoutes {
		return rates{}
	}
	return rates{bins: make([]float64, routes*rateBins), shift: rateWidth}
}

// add notes that the given rate was on a route from at to now, which is later.
func (r *rates) add(route int32, rate int64, at, now engine.Time) {
	for (now-1)>>r.shift >= rateBins {
		r.double()
	}
	row := r.bins[int(route)*rateBins : (int(route)+1)*rateBins]
	b := at >> r.shift
	for end := (b + 1) << r.shift; end < now; end += 1 << r.shift {
		row[b] += float64(rate) * float64(end-at)
		at = end
		b++
	}
	row[b] += float64(rate) * float64(now-at)
}

// addTo adds to sum, bin by bin, what flow f puts on a link that it loads.
func (r *rates) addTo(sum []float64, f int32, load int64) {
	for b := range sum {
		sum[b] += r.bins[int(f)*rateBins+b] * float64(load) / WeightOne
	}
}

// double merges neighbouring bins into bins of twice the width.
func (r *rates) double() {
	for from := 0; from < len(r.bins); from += rateBins {
		row := r.bins[from : from+rateBins]
		for i := range rateBins / 2 {
			row[i] = row[2*i] + row[2*i+1]
		}
		clear(row[rateBins/2:])
	}
	r.shift++
}

// LinkRates returns the mean bytes/s on each of some links in bins of one width
// up to end, when the simulation stops; the last bin covers the part up to the
// end only. It returns nil where rates are not kept: without a recorder, or with
// more than 256 flows. It is called once, at the end.
func (n *Network) LinkRates(links []int32, end engine.Time) (engine.Duration, [][]float64) {
	r := &n.traffic.rates
	if r.bins == nil || end <= 0 {
		return 0, nil
	}
	for f := range n.flows {
		if w := &n.flows[f]; w.state == moving && w.since < end {
			r.add(n.route[f], w.rate, w.since, end)
		}
	}
	for (end-1)>>r.shift >= rateBins {
		r.double()
	}
	width := engine.Duration(1) << r.shift
	last := int((end - 1) >> r.shift)
	out := make([][]float64, len(links))
	for i, l := range links {
		sum := make([]float64, last+1)
		for route := range int32(len(n.first) - 1) {
			for _, s := range n.steps[n.first[route]:n.first[route+1]] {
				if s.link == l {
					r.addTo(sum, route, s.load)
				}
			}
		}
		for _, w := range n.wide {
			if w.link == l {
				r.addTo(sum, w.flow, w.load)
			}
		}
		for b := range last {
			sum[b] /= float64(width)
		}
		sum[last] /= float64(end - engine.Time(last)<<r.shift)
		out[i] = sum
	}
	return width, out
}
