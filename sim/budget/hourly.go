package budget

import "math"

// Hourly is a quantity by the hour, such as a price of electricity, a grid
// intensity or an outside temperature: value i holds from hour i to i+1, and the
// series begins again where it ends. A constant is a series of one.
type Hourly []float64

// Mean returns the mean over so many hours (above 0) from an hour on (from 0),
// hours begun and ended midway counted in part. A steady load of so many kWh thus
// costs kWh·Mean of the price.
func (h Hourly) Mean(from, hours float64) float64 {
	if len(h) == 1 {
		return h[0] // to the last bit
	}
	return (h.until(from+hours) - h.until(from)) / hours
}

// At returns the value at an hour (from 0).
func (h Hourly) At(hour int64) float64 { return h[hour%int64(len(h))] }

// until returns the integral over the first t hours.
func (h Hourly) until(t float64) float64 {
	n := float64(len(h))
	rounds := math.Floor(t / n)
	left := t - rounds*n
	var round, part float64
	for i, v := range h {
		round += v
		part += v * min(1, max(0, left-float64(i)))
	}
	return rounds*round + part
}
