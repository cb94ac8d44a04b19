package cluster

import (
	"fmt"
	"math"
)

// Curve is the efficiency of a power supply against its load: linear between
// points, constant below the first one, and extended along the last segment
// above it.
type Curve struct {
	Load       []float64 // share of the rating, increasing
	Efficiency []float64 // output over input at each load
}

// leastEfficiency bounds the extension above full load, where a curve that
// falls would reach zero.
const leastEfficiency = 0.5

// The minima that 80 PLUS certification asks for at 230 V, internal redundant
// (80 PLUS programme, table as printed by Tom's Hardware). Titanium alone is
// certified at 10 %.
var (
	titanium = Curve{Load: []float64{0.1, 0.2, 0.5, 1}, Efficiency: []float64{0.90, 0.94, 0.96, 0.91}}
	platinum = Curve{Load: []float64{0.2, 0.5, 1}, Efficiency: []float64{0.90, 0.94, 0.91}}
	gold     = Curve{Load: []float64{0.2, 0.5, 1}, Efficiency: []float64{0.88, 0.92, 0.88}}
)

// CurveOf returns the curve of an 80 PLUS tier: "titanium", "platinum" or "gold".
func CurveOf(tier string) (Curve, error) {
	switch tier {
	case "titanium":
		return titanium, nil
	case "platinum":
		return platinum, nil
	case "gold":
		return gold, nil
	}
	return Curve{}, fmt.Errorf("no 80 PLUS tier %q: titanium, platinum or gold", tier)
}

// At returns the efficiency at a share of the rating.
func (c *Curve) At(load float64) float64 {
	if load <= c.Load[0] {
		return c.Efficiency[0]
	}
	i := 1
	for i < len(c.Load)-1 && load > c.Load[i] {
		i++
	}
	slope := (c.Efficiency[i] - c.Efficiency[i-1]) / (c.Load[i] - c.Load[i-1])
	return max(leastEfficiency, c.Efficiency[i-1]+slope*(load-c.Load[i-1]))
}

// Input returns the power drawn from the mains, in mW, to deliver load mW with
// supplies that together are rated capacity mW and share the load evenly: a
// pure function of the two. Without capacity there is nothing to lose in, and
// the load itself is returned.
func (c *Curve) Input(load, capacity int64) int64 {
	if load <= 0 || capacity <= 0 {
		return load
	}
	return int64(math.Round(float64(load) / c.At(float64(load)/float64(capacity))))
}
