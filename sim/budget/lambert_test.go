package budget

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestLambertW0(t *testing.T) {
	near(t, "W(0)", LambertW0(0), 0)
	near(t, "W(e)", LambertW0(math.E), 1)
	near(t, "W(1)", LambertW0(1), 0.56714329040978387300) // the omega constant
	near(t, "W(−ln 2/2)", LambertW0(-math.Ln2/2), -math.Ln2)
	near(t, "W(−1/e)", LambertW0(-1/math.E), -1)
	near(t, "below", LambertW0(-1), -1)
	rapid.Check(t, func(t *rapid.T) {
		w := rapid.Float64Range(-0.99, 600).Draw(t, "w")
		if got := LambertW0(w * math.Exp(w)); math.Abs(got-w) > 1e-12*(1+math.Abs(w))/(1+w) {
			t.Fatalf("W(w·e^w) = %.17g, want %.17g", got, w)
		}
	})
}
