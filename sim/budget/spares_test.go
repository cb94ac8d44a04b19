package budget

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

const day = 86400

func TestJobMTBF(t *testing.T) {
	// 16,384 GPUs at 50,677 h: 3.093 h, and 419 failures in 54 days.
	mtbf := JobMTBF(Parts{16384, 50677 * 3600})
	digits(t, "Llama 3 in h", mtbf/3600, "3.093")
	digits(t, "failures in 54 days", 54*day/mtbf, "419.00")
	digits(t, "131,072 GPUs in h", JobMTBF(Parts{16384, 1000 * day / 6.5})/3600, "0.2254")
	// 8 every 100 s and 3 every 10 s: 0.08 + 0.3 per s.
	near(t, "two kinds", JobMTBF(Parts{8, 100}, Parts{3, 10}), 1/0.38)
}

// 2,048 nodes at the rate of Llama 3, repaired in a day, a week and two hours.
func TestSpares(t *testing.T) {
	for _, tt := range []struct {
		repair           float64
		mean             string
		likely, sure     int
		shortage, beyond string
	}{
		{day, "7.759", 15, 18, "0.006276", "0.000455"},
		{7 * day, "54.315", 72, 78, "0.008953", "0.000982"},
		{7200, "0.647", 3, 4, "0.004367", "0.000552"},
	} {
		mean := InRepair(llama3, tt.repair)
		digits(t, "in repair", mean, tt.mean)
		if got := Spares(mean, 0.99); got != tt.likely {
			t.Errorf("%d spares for 99 %%, want %d", got, tt.likely)
		}
		if got := Spares(mean, 0.999); got != tt.sure {
			t.Errorf("%d spares for 99.9 %%, want %d", got, tt.sure)
		}
		digits(t, "shortage", Shortage(mean, tt.likely), tt.shortage)
		digits(t, "shortage", Shortage(mean, tt.sure), tt.beyond)
	}
	near(t, "none to spare", Shortage(0.5, 0), -math.Expm1(-0.5)) // 1 − e^{−0.5}
	if got := Spares(0, 0.999); got != 0 {
		t.Errorf("%d spares for parts that never fail", got)
	}
}

// Spares are enough and not one too many, and Shortage sums the tail.
func TestSparesAreLeast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean := rapid.Float64Range(0.01, 2000).Draw(t, "mean")
		p := rapid.Float64Range(0.01, 0.999999).Draw(t, "p")
		n := Spares(mean, p)
		if Shortage(mean, n) > 1-p+1e-12 || n > 0 && Shortage(mean, n-1) < 1-p-1e-12 {
			t.Fatalf("%d spares: short %g, with one less %g", n, Shortage(mean, n), Shortage(mean, max(n, 1)-1))
		}
	})
}

// By hand. Two crews at load 1: p₀ = 1/(1 + 1 + 1) with 1²/2!·1/(1 − 1/2) = 1 for
// those that wait, so 1/3. Three at load 2: 4/(1 + 2 + 2 + 4) = 4/9.
func TestErlangC(t *testing.T) {
	near(t, "one crew", ErlangC(0.3, 1), 0.3)
	near(t, "two", ErlangC(1, 2), 1./3)
	near(t, "three", ErlangC(2, 3), 4./9)
	near(t, "overloaded", ErlangC(3, 3), 1)
	// M/M/1: a wait of ρ/(μ − λ) = 0.3/(1/3 − 1/10) s.
	near(t, "wait, one crew", ErlangWait(10, 3, 1), 0.3/(1./3-0.1))
	near(t, "wait, three", ErlangWait(5, 10, 3), 4./9*10)
	if got := ErlangWait(10, 30, 3); !math.IsInf(got, 1) {
		t.Errorf("a wait of %g s with crews that cannot keep up", got)
	}
	// Llama 3 with repairs of a day: 10 crews leave 36 % to wait, 12 leave 12 %.
	digits(t, "10 crews", ErlangC(InRepair(llama3, day), 10), "0.3576")
	digits(t, "12 crews", ErlangC(InRepair(llama3, day), 12), "0.1172")
	digits(t, "12 crews, wait in min", ErlangWait(llama3, day, 12)/60, "39.8")
}
