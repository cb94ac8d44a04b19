package run

import (
	"math"

	"gonum.org/v1/gonum/mathext"

	"trainsim/sim/engine"
)

// Law is a family of distributions of durations.
type Law uint8

// The laws. Shape is k for Weibull and sigma of the logarithm for lognormal;
// the others have none.
const (
	Fixed       Law = iota // always the mean
	Exponential            // the default of failures
	Uniform                // from 0 to twice the mean
	Weibull
	Lognormal
)

// Distribution is a distribution of durations with a given mean, in seconds: that
// of a rare failure of one part may be beyond the range of simulated time.
type Distribution struct {
	Law   Law
	Mean  float64
	Shape float64
}

// Always returns the distribution of one value.
func Always(d engine.Duration) Distribution { return Distribution{Mean: d.Seconds()} }

// Quantile returns the duration below which the share u of draws lies, u in
// (0, 1). Draws are quantiles of uniform numbers: inverse sampling keeps two
// runs with other parameters comparable draw by draw.
func (d *Distribution) Quantile(u float64) engine.Duration {
	return engine.FromSeconds(d.Mean * d.unit(u))
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

// Residual returns the quantile of the time to the next renewal when the process
// has run for ever: the distribution with density (1 − F(t))/mean (Feller, An
// Introduction to Probability Theory, vol. 2, XI.4).
func (d *Distribution) Residual(u float64) engine.Duration {
	return engine.FromSeconds(d.Mean * d.residual(u))
}

func (d *Distribution) residual(u float64) float64 {
	switch d.Law {
	case Fixed:
		return u
	case Uniform: // ∫(1 − t/2) over [0, x] is x − x²/4
		return 2 * (1 - math.Sqrt(1-u))
	case Weibull: // (x/λ)^k is gamma distributed with shape 1/k
		return math.Pow(mathext.GammaIncRegInv(1/d.Shape, u), 1/d.Shape) / math.Gamma(1+1/d.Shape)
	case Lognormal:
		return lognormalResidual(d.Shape, u)
	}
	return d.unit(u)
}

// lognormalResidual inverts Φ(z − σ) + x·(1 − Φ(z)) with z = (ln x + σ²/2)/σ, by
// bisection of ln x.
func lognormalResidual(sigma, u float64) float64 {
	below, above := -80.0, 80.0
	for range 100 {
		log := (below + above) / 2
		z := (log + sigma*sigma/2) / sigma
		if normal(z-sigma)+math.Exp(log)*normal(-z) < u {
			below = log
		} else {
			above = log
		}
	}
	return math.Exp(above)
}

// normal is the standard normal distribution function.
func normal(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// Above returns the share of draws that are above t.
func (d *Distribution) Above(t engine.Duration) float64 {
	if d.Mean == 0 {
		return 0
	}
	x := t.Seconds() / d.Mean
	switch d.Law {
	case Exponential:
		return math.Exp(-x)
	case Uniform:
		return max(0, 1-x/2)
	case Weibull:
		return math.Exp(-math.Pow(x*math.Gamma(1+1/d.Shape), d.Shape))
	case Lognormal:
		return normal(-(math.Log(x) + d.Shape*d.Shape/2) / d.Shape)
	}
	if x < 1 {
		return 1
	}
	return 0
}
