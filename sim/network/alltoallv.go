package network

import (
	"fmt"
	"math"
	"slices"
)

// RouteV returns the route and shape of the all-to-alls of a group in which
// members send each other unlike amounts (all-to-all-v), as the experts of a
// mixture get unlike loads. Of counts there are n, what each member sends to the
// first, second, … of members; or n·n, row by row what the first sends, the second,
// …, itself among those who get. Only their ratios matter: the size of a collective
// is the mean of what members send to all.
func (t *Topology) RouteV(members []int32, counts []float64) ([]Hop, Shape) {
	sorted := t.sorted(members)
	of := unevenly(members, counts)
	hosts := t.byHost(sorted)
	way := t.pairwise(hosts, of)
	hops := hopsOf(way)
	s := t.shape(sorted, way, hops)
	s.Crossing = t.overSockets(hosts, of)
	return hops, s
}

// unevenly is what members send to each other by counts in their order.
func unevenly(members []int32, counts []float64) amounts {
	n, sum := len(members), 0.0
	if err := CheckCounts(n, counts); err != nil {
		panic("network: " + err.Error())
	}
	for _, c := range counts {
		sum += c
	}
	scale := float64(len(counts)) / sum * whole / float64(n-1)
	place := make([]int, n) // among members, of each in order of GPUs
	for i := range place {
		place[i] = i
	}
	slices.SortFunc(place, func(a, b int) int { return int(members[a] - members[b]) })
	return func(src, dst int) uint64 {
		at := place[dst]
		if len(counts) > n {
			at += place[src] * n
		}
		return uint64(math.Round(counts[at] * scale))
	}
}

// Skewed returns the counts of n members of which the first gets skew times the
// mean, from 1 to n, and the others the rest, alike.
func Skewed(n int, skew float64) []float64 {
	counts := make([]float64, n)
	for i := range counts {
		counts[i] = (float64(n) - skew) / float64(n-1)
	}
	counts[0] = skew
	return counts
}

// Skew returns the largest load of n members, in multiples of the mean: of what
// each gets or sends.
func Skew(n int, counts []float64) float64 {
	sent, got, sum := make([]float64, n), make([]float64, n), 0.0
	for i := range n {
		for j := range n {
			c := counts[(i*n+j)%len(counts)]
			sent[i] += c
			got[j] += c
			sum += c
		}
	}
	return max(slices.Max(sent), slices.Max(got)) * float64(n) / sum
}

// mostUneven is the largest group whose pairs are looked at one by one.
const mostUneven = 4096

// CheckCounts tells why counts cannot be those of n members.
func CheckCounts(n int, counts []float64) error {
	if n > mostUneven {
		return fmt.Errorf("uneven all-to-alls of %d members; %d at most", n, mostUneven)
	}
	if len(counts) != n && len(counts) != n*n {
		return fmt.Errorf("%d counts for %d members; there are %d, what each gets, or %d, what each sends to each", len(counts), n, n, n*n)
	}
	between := false
	for i, c := range counts {
		if !(c >= 0) || math.IsInf(c, 0) {
			return fmt.Errorf("a count of %v; counts are numbers from 0", c)
		}
		between = between || c > 0 && (len(counts) == n || i/n != i%n)
	}
	if !between {
		return fmt.Errorf("counts by which no member sends to another")
	}
	return nil
}
