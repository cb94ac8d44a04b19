package budget

import (
	"math"
	"testing"
)

// One mean life from new: infant mortality brings failures forward.
func TestRenewalsInOneLife(t *testing.T) {
	for _, tt := range []struct {
		shape float64
		want  string
	}{{0.7, "1.399"}, {0.8, "1.2244"}, {1, "1.0000"}, {1.5, "0.7372"}} {
		l := Lifetime{Shape: tt.shape, Mean: 50_000 * 3600}
		digits(t, "new", l.RenewalsNew(l.Mean), tt.want)
		near(t, "stationary", l.RenewalsStationary(l.Mean), 1)
	}
}

// Against the power series of the renewal function, summed in 60 digits as its
// terms alternate and cancel: Smith and Leadbetter, "On the renewal function for
// the Weibull distribution", Technometrics 5(3), 1963.
func TestRenewalsNew(t *testing.T) {
	for _, tt := range []struct{ shape, lives, want float64 }{
		{0.5, 0.1, 0.5063649387543}, {0.5, 1, 2.0476135948245},
		{0.7, 0.01, 0.047315203006462}, {0.7, 1, 1.3990931863116}, {0.7, 3, 3.5172601498315},
		{0.8, 1, 1.2243808394477}, {1.5, 1, 0.73716467149297}, {1.5, 3, 2.7305025389305},
		{3, 1, 0.53104620624182},
	} {
		got := Lifetime{Shape: tt.shape, Mean: 1000}.RenewalsNew(1000 * tt.lives)
		if math.Abs(got-tt.want) > 1e-5*tt.want {
			t.Errorf("shape %g, %g lives: %.9f, want %.9f", tt.shape, tt.lives, got, tt.want)
		}
	}
}

// After long, t/μ + (σ²/μ² − 1)/2: Smith, "Asymptotic renewal theorems", 1954.
// For shape 0.7, σ²/μ² = Γ(1+2/k)/Γ(1+1/k)² − 1 = 2.1387.
func TestRenewalsAfterLong(t *testing.T) {
	for _, shape := range []float64{0.7, 1, 2} {
		second, first := math.Gamma(1+2/shape), math.Gamma(1+1/shape)
		want := 30 + (second/(first*first)-2)/2
		if got := (Lifetime{shape, 7}).RenewalsNew(30 * 7); math.Abs(got-want) > 1e-4*want {
			t.Errorf("shape %g: %.6f renewals, want %.6f", shape, got, want)
		}
	}
}

func TestFailedBy(t *testing.T) {
	// At the scale, 1 − 1/e; for shape 1/2 that is half the mean.
	near(t, "scale", Lifetime{0.5, 2}.FailedBy(1), 1-1/math.E)
	near(t, "exponential", Lifetime{1, 5}.FailedBy(10), -math.Expm1(-2))
}

// 2,048 new parts of shape 0.7: 1.860e-5 mean lives to the first failure, 26.25
// times sooner than of exponential ones.
func TestFirstFailureNew(t *testing.T) {
	l := Lifetime{Shape: 0.7, Mean: 1}
	digits(t, "in 1e-5 lives", 1e5*l.FirstFailureNew(2048), "1.860")
	digits(t, "sooner", Lifetime{1, 1}.FirstFailureNew(2048)/l.FirstFailureNew(2048), "26.25")
	near(t, "exponential", Lifetime{1, 3600}.FirstFailureNew(8), 450)
	near(t, "one part", Lifetime{0.7, 3600}.FirstFailureNew(1), 3600)
}
