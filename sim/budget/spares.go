package budget

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Parts are so many equal parts of a job, each with a mean time between failures
// in seconds.
type Parts struct {
	Count, MTBF float64
}

// JobMTBF returns the mean time between failures in seconds of a job that stops
// when any of its parts fails, 1/Σ(n/MTBF): rates of independent parts add up.
func JobMTBF(parts ...Parts) float64 {
	rate := 0.0
	for _, p := range parts {
		rate += p.Count / p.MTBF
	}
	return 1 / rate
}

// InRepair returns the mean number of nodes in repair, with one more every mtbf
// seconds that stays for repair seconds: Little, "A proof for the queuing formula
// L = λW", Operations Research 9(3), 1961. With crews for all and failures a
// Poisson process the number is Poisson whatever the repair times are
// distributed as: Palm's theorem (1938; Feeney and Sherbrooke, Management Science
// 12(5), 1966).
func InRepair(mtbf, repair float64) float64 { return repair / mtbf }

// Spares returns the least number of spare nodes that suffice with probability p
// (0 < p < 1), where so many are in repair in the mean: a quantile of the Poisson
// distribution.
func Spares(inRepair, p float64) int {
	most := inRepair + 40*math.Sqrt(inRepair) + 40 // beyond any p below 1
	d := distuv.Poisson{Lambda: inRepair}
	return sort.Search(int(most), func(n int) bool { return d.CDF(float64(n)) >= p })
}

// Shortage returns the probability that more nodes are in repair than there are
// spares: P(N > n) of the Poisson distribution, also where it is tiny.
func Shortage(inRepair float64, spares int) float64 {
	return mathext.GammaIncReg(float64(spares)+1, inRepair)
}

// ErlangC returns the probability that a broken node waits for one of so many
// repair crews, with load = repair/mtbf (Erlangs): an M/M/c queue. It is 1 where
// the crews cannot keep up. Source: Erlang, "Solution of some problems in the
// theory of probabilities of significance in automatic telephone exchanges",
// 1917; by the recursion of the B formula, Kleinrock, Queueing Systems I, 1975.
func ErlangC(load float64, crews int) float64 {
	c := float64(crews)
	if load >= c {
		return 1
	}
	blocked := 1.0
	for k := 1.0; k <= c; k++ {
		blocked = load * blocked / (k + load*blocked)
	}
	return blocked / (1 - load/c*(1-blocked))
}

// ErlangWait returns the mean seconds that a broken node waits for a crew,
// C·repair/(c − load), infinite where the crews cannot keep up.
func ErlangWait(mtbf, repair float64, crews int) float64 {
	load := InRepair(mtbf, repair)
	if load >= float64(crews) {
		return math.Inf(1)
	}
	return ErlangC(load, crews) * repair / (float64(crews) - load)
}
