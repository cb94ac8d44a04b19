package budget

import "math"

// LambertW0 returns the principal branch of Lambert's W, the w ≥ −1 with
// w·eʷ = x, for x from −1/e; anything less is taken as −1/e. Full float accuracy
// away from −1/e; next to it 1 + w is as inexact as 1 + e·x is. Source: Corless,
// Gonnet, Hare, Jeffrey and Knuth, "On the Lambert W function", Advances in
// Computational Mathematics 5, 1996: equations 4.22 (start) and 5.9 (Halley).
func LambertW0(x float64) float64 {
	w := math.Log1p(x)
	if x < 0 {
		p := math.Sqrt(2 * math.Max(0, 1+math.E*x))
		w = -1 + p*(1-p*(1./3-p*11/72))
		if p < 1e-4 { // the next term is below rounding, and Halley would divide by p
			return w
		}
	}
	for range 10 { // cubic: three or four are enough anywhere below 1e300
		e := math.Exp(w)
		f := w*e - x
		step := f / (e*(w+1) - (w+2)*f/(2*w+2))
		w -= step
		if math.Abs(step) <= 1e-16*math.Abs(w) {
			break
		}
	}
	return w
}
