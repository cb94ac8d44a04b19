package budget

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mathext"
)

// Slowdown returns S = T/T_ideal, the time of a step over its time without
// stragglers.
func Slowdown(actual, ideal float64) float64 { return actual / ideal }

// Waste returns the share of GPU time that a slowdown wastes, 1 − 1/S. Source:
// Lin et al., "Understanding stragglers in large model training using what-if
// analysis", OSDI'25, arXiv 2505.05713.
func Waste(slowdown float64) float64 { return 1 - 1/slowdown }

// AnySlow returns the probability that at least one of n ranks is slow when each
// is with probability p, 1 − (1−p)ⁿ.
func AnySlow(p, n float64) float64 { return -math.Expm1(n * math.Log1p(-p)) }

// MeanComputeRatio returns the mean time of compute that waits for all n ranks,
// over its time without slow ones, when each is slower by s (0.1 for 10 %) with
// probability p: 1 + s·AnySlow.
func MeanComputeRatio(p, n, s float64) float64 { return 1 + s*AnySlow(p, n) }

// NormalMax returns the mean of the largest of n independent standard normals,
// ∫ x·n·φ(x)·Φ(x)ⁿ⁻¹ dx. Jitter of deviation σ makes a barrier of n ranks later
// by σ times this. By Gauss-Legendre on [−8, 10], as the density vanishes beyond:
// the error is below 1e-12 for n up to a million.
func NormalMax(n float64) float64 {
	density := func(x float64) float64 {
		above := math.Erfc(x/math.Sqrt2) / 2
		return n / math.Sqrt(2*math.Pi) * math.Exp(-x*x/2+(n-1)*math.Log1p(-above))
	}
	mean := func(x float64) float64 { return x * density(x) }
	return quad.Fixed(mean, -8, 10, 512, quad.Legendre{}, 0)
}

// ExponentialMax returns the mean of the largest of n independent exponentials of
// mean mu: mu·H_n, with H_n = 1 + 1/2 + … + 1/n = ψ(n+1) − ψ(1).
func ExponentialMax(mu, n float64) float64 {
	return mu * (mathext.Digamma(n+1) - mathext.Digamma(1))
}

// RemovedShare returns the share of a slowdown that goes when one cause is fixed
// and all else stays, (T − T_removed)/(T − T_ideal). Source: arXiv 2505.05713.
func RemovedShare(actual, removed, ideal float64) float64 {
	return (actual - removed) / (actual - ideal)
}

// AddedShare returns the share of a slowdown that one cause alone brings about,
// (T_added − T_ideal)/(T − T_ideal). Shares of causes that meet at a barrier need
// not add up to 1. Source: arXiv 2505.05713.
func AddedShare(actual, added, ideal float64) float64 {
	return (added - ideal) / (actual - ideal)
}

// BarrierStep is a step in which ranks compute for Compute seconds, wait for the
// last of them, and communicate for Comm seconds, at so many W in each phase.
type BarrierStep struct {
	Ranks, Compute, Comm               float64
	ComputePower, WaitPower, CommPower float64
}

// Time returns the seconds of a step whose slowest rank computes slower by s:
// (1+s)·compute + communication.
func (b BarrierStep) Time(s float64) float64 { return (1+s)*b.Compute + b.Comm }

// Energy returns the J that all ranks draw in a step in which slow of them
// compute slower by s, at the power of the others, which wait.
func (b BarrierStep) Energy(slow, s float64) float64 {
	late := s * b.Compute
	all := b.Ranks * (b.Compute*b.ComputePower + b.Comm*b.CommPower)
	return all + late*(slow*b.ComputePower+(b.Ranks-slow)*b.WaitPower)
}
