package run

import (
	"math"

	"trainsim/sim/engine"
)

// Law is a family of distributions of durations.
type Law uint8

// The laws. Shape is nothing for the first three, k for Weibull, and sigma of
// the logarithm for lognormal.
const (
	Fixed       Law = iota // always the mean
	Exponential            // the default of failures
	Uniform                // from 0 to twice the mean
	Weibull
	Lognormal
)

// Distribution is a distribution of durations with a given mean.
type Distribution struct {
	Law   Law
	Mean  engine.Duration
	Shape float64
}

// Always returns the distribution of one value.
func Always(d engine.Duration) Distribution { return Distribution{Mean: d} }

// Quantile returns the duration below which the share u of draws lies, u in
// (0, 1). Draws are quantiles of uniform numbers: inverse sampling keeps two
// runs with different parameters comparable draw by draw.
func (d *Distribution) Quantile(u float64) engine.Duration {
	return engine.FromSeconds(d.Mean.Seconds() * d.unit(u))
}

// unit is the quantile of the distribution with mean 1.
func (d *Distribution) unit(u float64) float64 {
	switch d.Law {
	case Exponential:
		return -math.Log1p(-u)
	case Uniform:
		return 2 * u
	case Weibull:
		return math.Pow(-math.Log1p(-u), 1/d.Shape) / math.Gamma(1+1/d.Shape)
	case Lognormal:
		return math.Exp(d.Shape*engine.Quantile(u) - d.Shape*d.Shape/2)
	}
	return 1
}
