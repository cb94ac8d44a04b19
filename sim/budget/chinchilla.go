package budget

import "math"

// Optimum is a number of parameters with the FLOP and the tokens that suit it.
type Optimum struct{ Params, FLOP, Tokens float64 }

// Chinchilla is the table of compute-optimal training by number of parameters.
// Source: Hoffmann et al., "Training compute-optimal large language models",
// arXiv 2203.15556, table 3 (approach 1).
var Chinchilla = [...]Optimum{
	{400e6, 1.92e19, 8.0e9}, {1e9, 1.21e20, 20.2e9}, {10e9, 1.23e22, 205.1e9},
	{67e9, 5.76e23, 1.5e12}, {175e9, 3.85e24, 3.7e12}, {280e9, 9.90e24, 5.9e12},
	{520e9, 3.43e25, 11.0e12}, {1e12, 1.27e26, 21.2e12}, {10e12, 1.30e28, 216.2e12},
}

// ChinchillaTokens returns the tokens that suit so many parameters: between rows
// of the table by a line in logarithms, beyond its ends along its outermost lines.
func ChinchillaTokens(params float64) float64 {
	i := 1
	for i < len(Chinchilla)-1 && params > Chinchilla[i].Params {
		i++
	}
	a, b := Chinchilla[i-1], Chinchilla[i]
	slope := math.Log(b.Tokens/a.Tokens) / math.Log(b.Params/a.Params)
	return a.Tokens * math.Pow(params/a.Params, slope)
}
