package budget

import "math"

// Growth of the largest training runs, as factors a year. Sources: compute of
// notable models since 2010, 4.5 to 4.7 (Epoch AI data insights); cost since 2016,
// 2.4 (90 % interval 2.0 to 2.9; Cottier et al., arXiv 2405.21015); power, 2.1
// (1.9 to 2.2; Epoch AI).
const (
	ComputeGrowth  = 4.6
	CostGrowth     = 2.4
	CostGrowthLow  = 2.0
	CostGrowthHigh = 2.9
	PowerGrowth    = 2.1
)

// Grown returns what an amount is after so many years at a factor a year.
func Grown(now, factor, years float64) float64 { return now * math.Pow(factor, years) }

// YearsUntil returns the years until an amount that grows by a factor a year
// (above 1) reaches a limit: ln(limit/now)/ln(factor), negative where it is
// beyond.
func YearsUntil(now, limit, factor float64) float64 {
	return math.Log(limit/now) / math.Log(factor)
}

// Projected is what the largest runs take so many years after a given one.
type Projected struct {
	Years  float64 `json:"years"`
	FLOP   float64 `json:"flop"`
	USD    float64 `json:"usd"`
	PowerW float64 `json:"power_w"`
}

// Project returns what becomes of a run if it grows as the largest runs do: the
// run itself, and every year after it up to years.
func Project(flop, usd, watts float64, years int) []Projected {
	list := make([]Projected, years+1)
	for i := range list {
		t := float64(i)
		list[i] = Projected{t, Grown(flop, ComputeGrowth, t), Grown(usd, CostGrowth, t), Grown(watts, PowerGrowth, t)}
	}
	return list
}
