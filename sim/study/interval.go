package study

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence is that of every interval.
const confidence = 0.95

// MeanInterval returns the mean of a sample and the bounds of its 95 % confidence
// interval, by Student's t, which keeps its word for few and skewed values better
// than a bootstrap does. Of fewer than two values the bounds are the mean.
func MeanInterval(sample []float64) (mean, low, high float64) {
	if len(sample) == 0 {
		return 0, 0, 0
	}
	mean = stat.Mean(sample, nil)
	if len(sample) < 2 {
		return mean, mean, mean
	}
	n := float64(len(sample))
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}.Quantile(1 - (1-confidence)/2)
	half := t * stat.StdDev(sample, nil) / math.Sqrt(n)
	return mean, mean - half, mean + half
}
