package budget

import "testing"

func TestTime(t *testing.T) {
	// 3.6e21 FLOP on 1,000 chips of 1 PFLOP/s at one half: 7,200 s, 2,000 chip hours.
	near(t, "time", WallTime(3.6e21, 1000, 1e15, 0.5), 7200)
	near(t, "hours", ChipHours(3.6e21, 1e15, 0.5), 2000)
	near(t, "chips", Chips(3.6e21, 1e15, 0.5, 7200), 1000)
	near(t, "MFU", MFU(3.6e21, 1000, 1e15, 7200), 0.5)
}

// Utilisation of published runs over all card hours: Llama 3.1 405B and GLaM
// (Epoch AI, "All ML Systems"; meta-llama/llama-models).
func TestPublishedMFU(t *testing.T) {
	hours := func(name string, flop, hours, peak float64, want string) {
		digits(t, name, MFU(flop, 1, peak, hours*3600), want)
	}
	hours("Llama 3.1 405B", DenseFLOP(405e9, 15.6e12), 30.84e6, 989.4e12, "0.345")
	hours("Llama 2 70B", DenseFLOP(70e9, 2e12), 1.72e6, 312e12, "0.435")
	hours("GPT-3", 3.14e23, 3.55e6, 125e12, "0.197")
}
