package budget

import "testing"

func TestAnalog(t *testing.T) {
	// 1,000 tokens: 3,000 products of a weight to one write; with half of the weights
	// written twice for each of 4 microbatches, 5 to it.
	near(t, "resident", AnalogWrites(1000, 4, 1), 1./3000)
	near(t, "half resident", AnalogWrites(1000, 4, 0.5), 5./3000)
	// 10 fJ, 2 pJ over 100 rows, 30 pJ over 3,000 products: 10 + 20 + 10 fJ.
	near(t, "MAC", AnalogMAC(10e-15, 2e-12, 100, 30e-12, 1./3000), 40e-15)
	// 20 free and 4 nudged steps with an update of one pass: 25 passes instead of 3.
	near(t, "equilibrium propagation", EquilibriumWork(20, 4, 1), 25./3)
}
