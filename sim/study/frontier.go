package study

import (
	"cmp"
	"math"
	"slices"
)

// Least is the point at which a figure is least, the first of those where it is.
type Least struct {
	Figure string   `json:"figure"`
	Point  int      `json:"point"` // its index
	Values []string `json:"values"`
}

// leastFigure is a figure whose least point is told.
type leastFigure struct {
	name, text string
	of         func(*Figures) float64 // 0: not known
}

var leasts = []leastFigure{
	{"time", "fastest", func(f *Figures) float64 { return f.Seconds }},
	{"energy", "least energy", func(f *Figures) float64 { return f.SiteKWh }},
	{"energy_delay", "least energy x time", func(f *Figures) float64 { return f.SiteKWh * f.Seconds }},
	{"kgco2e", "least CO2e", func(f *Figures) float64 { return f.Kilograms }},
	{"rent_usd", "cheapest to rent", func(f *Figures) float64 { return f.RentUSD }},
	{"own_usd", "cheapest to own", func(f *Figures) float64 { return f.OwnUSD }},
}

// judge marks the points on the frontier of time and energy by token, and finds
// those that are least in something.
func (s *Scan) judge() {
	list := s.there()
	costs := make([][2]float64, len(list))
	for k, i := range list {
		f := s.Points[i].Figures
		costs[k] = [2]float64{known(f.Seconds), known(f.SiteKWh)}
	}
	for k, on := range frontier(costs) {
		s.Points[list[k]].Frontier = on && !math.IsInf(costs[k][0], 1)
	}
	s.Least = nil
	for _, l := range leasts {
		best := slices.MinFunc(append([]int{-1}, list...), func(a, b int) int { return cmp.Compare(s.at(a, l.of), s.at(b, l.of)) })
		if best >= 0 {
			s.Least = append(s.Least, Least{l.name, best, s.Points[best].Values})
		}
	}
}

// at returns a figure of a point, infinite where there is none.
func (s *Scan) at(point int, of func(*Figures) float64) float64 {
	if point < 0 {
		return math.Inf(1)
	}
	return known(of(s.Points[point].Figures))
}

// known makes what is not known worse than anything that is.
func known(v float64) float64 {
	if v == 0 {
		return math.Inf(1)
	}
	return v
}

// frontier tells of each pair of costs whether it is Pareto efficient: whether no
// other is as low in both and lower in one.
func frontier(costs [][2]float64) []bool {
	order := make([]int, len(costs))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(costs[a][0], costs[b][0]), cmp.Compare(costs[a][1], costs[b][1]))
	})
	on := make([]bool, len(costs))
	var last int // on the frontier
	for k, i := range order {
		if k == 0 || costs[i][1] < costs[last][1] || costs[i] == costs[last] {
			on[i], last = true, i
		}
	}
	return on
}
