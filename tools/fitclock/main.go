// Fitclock finds how the dynamic power of a GPU follows its clock from a measured
// sweep of power limits, and prints what the fit leaves unexplained.
//
//	go run ./tools/fitclock [-data DIR]
//
// DIR holds power.csv, with the rows zeus_v100_r50_*: an epoch of ResNet-50, batch
// 256, fp32, on a V100 under seven limits (github.com/ml-energy/zeus, Apache-2.0).
package main

import (
	"flag"
	"fmt"
	"math"
	"os"

	"gonum.org/v1/gonum/optimize"

	"trainsim/sim/cluster"
)

func main() {
	dir := flag.String("data", "../shared/data/reference", "folder of the tables")
	flag.Parse()
	sweep, err := readSweep(*dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "fitclock:", err)
		os.Exit(1)
	}
	show(sweep, fit(sweep))
}

// start is where the search begins; its order is that of describe.
var start = []float64{40, 200, 140, 245, 3, 0.8}

// describe turns what is searched for into a workload and a law.
func describe(x []float64) (epoch, cluster.ClockLaw) {
	return epochOf(x[0], x[1], x[2], x[3]), cluster.ClockLaw{Exponent: x[4], Floor: x[5], Least: leastClock}
}

// fit returns what makes the largest error over all limits least.
func fit(sweep []point) []float64 {
	scaled := func(z []float64) []float64 {
		x := make([]float64, len(z))
		for i := range z {
			x[i] = start[i] * math.Exp(z[i])
		}
		return x
	}
	cost := func(z []float64) float64 {
		e, law := describe(scaled(z))
		if law.Exponent < 1 || law.Floor > 1 || e.compute > 250 {
			return math.Inf(1)
		}
		var worst, sum float64
		for _, p := range sweep {
			t, j := e.under(law, p.limit)
			for _, d := range []float64{t/p.seconds - 1, j/p.joules() - 1} {
				worst, sum = max(worst, math.Abs(d)), sum+d*d
			}
		}
		return worst + math.Sqrt(sum/14)
	}
	z := make([]float64, len(start))
	for range 20 { // from where the last search ended, with a new simplex
		r, err := optimize.Minimize(optimize.Problem{Func: cost}, z, &optimize.Settings{MajorIterations: 2000}, &optimize.NelderMead{})
		if err != nil && r == nil {
			panic(err)
		}
		z = r.X
	}
	return scaled(z)
}

// show prints the fit and its errors.
func show(sweep []point, x []float64) {
	e, law := describe(x)
	fmt.Printf("idle %.1f W, waiting %.0f s; memory-bound %.1f W for %.0f s, compute-bound %.1f W for %.0f s, at the limit of 250 W\n",
		e.idle, e.waits, e.memory, e.streams, e.compute, e.computes)
	fmt.Printf("clock_exponent %.2f, clock_floor %.3f\n", law.Exponent, law.Floor)
	for _, p := range sweep {
		t, j := e.under(law, p.limit)
		fmt.Printf("%4.0f W: %6.0f s (%+5.1f %%), %6.1f kJ (%+5.1f %%), %5.1f W\n", p.limit, t, 100*(t/p.seconds-1), j/1e3, 100*(j/p.joules()-1), j/t)
	}
}
