package budget

import (
	"math"
	"testing"
)

// llama405 are the hours of Llama 3.1 405B as Epoch AI counts them.
const llama405 = 16_384 * 2142

// Epoch AI's cost of Llama 3.1 405B (arXiv 2405.21015 and its code): H100s of
// $44,490 each in a DGX of September 2022, 1.19 years before use, at 0.0771 $/kWh.
func TestEpochCost(t *testing.T) {
	o := Ownership{Price: 44_490, Network: 0.19, WriteOff: WriteOff(0.14), Age: 1.19, Use: 1}
	d := Draw{Limit: 700, Server: 10_200. / 8, Load: ServerLoad, PUE: 1.1}
	electricity := llama405 * d.Watts(Facility) / 1000 * 0.0771
	within(t, "value at the start", o.Value(), 30.4e3, 0.005)
	within(t, "hardware", Money(llama405, o.PerHour()), 39.2e6, 0.005)
	within(t, "network", Money(llama405, o.NetworkPerHour()), 9.2e6, 0.005)
	within(t, "electricity", electricity, 2.85e6, 0.005)
	all := Money(llama405, o.PerHour()+o.NetworkPerHour()) + electricity
	within(t, "amortised", all, 51.2e6, 0.005)
	digits(t, "per hour", all/llama405, "1.46")
	digits(t, "share of electricity", electricity/all, "0.056")
	within(t, "buying the cluster", o.Buy(16_384), 896e6, 0.005)

	o.Age = 0
	all = Money(llama405, o.PerHour()+o.NetworkPerHour()) + electricity
	within(t, "without write-down", all, 73.7e6, 0.005)
	within(t, "as model_costs_updated.csv", all, 73_415_549, 0.005)
}

func TestOwnership(t *testing.T) {
	digits(t, "write-off", WriteOff(0.14), "0.3224")
	near(t, "ten times the performance in a year", WriteOff(1), math.Ln10)
	// $8,766 over 4 years, half of the time at work: a quarter of a year's $ an
	// hour, twice. The interconnect is a fifth of the whole, so a quarter of that.
	o := Ownership{Price: 8766, Network: 0.2, WriteOff: 0.25, Use: 0.5}
	near(t, "per hour", o.PerHour(), 0.5)
	near(t, "network", o.NetworkPerHour(), 0.125)
	near(t, "buy", o.Buy(8), 87_660)
	near(t, "rent", Money(2000, 2.5), 5000)
}

// A year of growth, and how long it takes: seven halvings of the cost are eleven
// times the parameters, or 5.5 years of the trend.
func TestGrowth(t *testing.T) {
	near(t, "two years of cost", Grown(10, CostGrowth, 2), 57.6)
	digits(t, "128 times", YearsUntil(1, 128, CostGrowth), "5.5")
	digits(t, "parameters", LargestModel(128, OptimalTokensPerParam, 1)/LargestModel(1, OptimalTokensPerParam, 1), "11.3")
	near(t, "long ago", YearsUntil(CostGrowth, 1, CostGrowth), -1)
	// GPT-4's $40.7M of 2022: a billion within 2026.
	digits(t, "GPT-4 to $1B", 2022.6+YearsUntil(40.7e6, 1e9, CostGrowth), "2026.3")
	p := Project(1e25, 50e6, 20e6, 2)
	if len(p) != 3 || p[0] != (Projected{0, 1e25, 50e6, 20e6}) {
		t.Errorf("projected %v", p)
	}
	near(t, "compute", p[2].FLOP, 1e25*4.6*4.6)
	near(t, "power", p[2].PowerW, 20e6*2.1*2.1)
}

func TestFinish(t *testing.T) {
	near(t, "at once", Finish(1000, Delivery{10, 0}), 100)
	near(t, "after the lead time", Finish(1000, Delivery{10, 50}), 150)
	// 10 GPUs from hour 0, 30 more from hour 40: 400 GPU hours, then 600 at 40.
	near(t, "in two batches", Finish(1000, Delivery{30, 40}, Delivery{10, 0}), 55)
	near(t, "done before the second", Finish(300, Delivery{10, 0}, Delivery{30, 40}), 30)
	if got := Finish(1); !math.IsInf(got, 1) {
		t.Errorf("without GPUs at hour %g", got)
	}
}
