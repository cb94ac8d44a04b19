package budget

import "testing"

func TestLaws(t *testing.T) {
	near(t, "6PD", DenseFLOP(70e9, 1.4e12), 5.88e23)
	near(t, "8PD", RecomputedFLOP(70e9, 1.4e12), 7.84e23)
	near(t, "120P²", OptimalFLOP(1e12), 1.2e26)
	near(t, "120P²/K", OptimalSparseFLOP(1e12, 8), 1.5e25)
	near(t, "GPT-3", DenseFLOP(175e9, 300e9), 3.15e23) // Epoch AI: 3.14e23
	// 1T parameters on 20T tokens: "120 million exaflops" (arXiv 2312.12705).
	near(t, "1T on 20T", DenseFLOP(1e12, 20e12), 120e6*1e18)
	// DeepSeek-V3: K = 671/37; 120P²/K is 10 % below 6·active·D.
	digits(t, "DeepSeek-V3 in 1e24", OptimalSparseFLOP(671e9, 671./37)/1e24, "2.98")
	digits(t, "DeepSeek-V3 in 1e24", DenseFLOP(37e9, 14.8e12)/1e24, "3.29")
}

func TestLargestModel(t *testing.T) {
	near(t, "1.2e26", LargestModel(1.2e26, OptimalTokensPerParam, 1), 1e12)
	near(t, "four times the compute", LargestModel(4.8e26, OptimalTokensPerParam, 1), 2e12)
	near(t, "one in 9 active", LargestModel(1.2e26, OptimalTokensPerParam, 9), 3e12)
	near(t, "80 tokens each", LargestModel(1.2e26, 80, 1), 5e11)
}

func TestChinchilla(t *testing.T) {
	for _, row := range Chinchilla {
		near(t, "a row", ChinchillaTokens(row.Params), row.Tokens)
		// 6PD comes within 5 % of the FLOP that the paper counts layer by layer.
		within(t, "FLOP of a row", DenseFLOP(row.Params, row.Tokens), row.FLOP, 0.05)
	}
	// Between 1T and 10T, halfway in logarithms: √(21.2e12·216.2e12).
	digits(t, "3.16T", ChinchillaTokens(3.1622776601683795e12)/1e12, "67.70")
	within(t, "100T, beyond the table", ChinchillaTokens(100e12), 216.2e12*216.2/21.2, 1e-9)
	// Before it, along the first line: 8e9·(1/4)^(ln(20.2/8)/ln 2.5) = 8e9·0.2463.
	digits(t, "100M", ChinchillaTokens(100e6)/1e9, "1.97")
}

func TestMemory(t *testing.T) {
	near(t, "1T", StateBytes(1e12, AdamBytes), 18e12)
	near(t, "on 80 GB", LeastGPUs(18e12, 80e9), 225)
	near(t, "exactly one", LeastGPUs(80e9, 80e9), 1)
}
