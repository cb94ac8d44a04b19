package budget

import (
	"testing"

	"pgregory.net/rapid"
)

// h100 is a dense plan on H100s as the golden ladder has them.
func h100(params float64) Plan {
	return Plan{
		Params: params, K: 1, Tokens: OptimalTokensPerParam * params, StepTokens: 4e6,
		Peak: 989.4e12, MFU: 0.4, Goodput: 1, Memory: 80e9, Limit: 700, Days: 90, StateBytes: AdamBytes, Boundary: Facility,
		Prices: Prices{Rent: 2.5, Buy: 44_490, Network: 0.19, WriteOff: WriteOff(0.14), Use: 1, ServerPower: 10_200. / 8, Load: ServerLoad,
			Embodied: 500, Life: 5 * secondsPerYear},
		Site: Site{Carbon: Hourly{0.4}, Electricity: Hourly{0.08}, PUE: 1.1},
	}
}

// The golden ladder: what 120·P² means on H100s.
func TestLadder(t *testing.T) {
	for _, row := range []struct{ params, tokens, flop, hours, gpus, usd, gwh, tb float64 }{
		{70e9, 1.4e12, 5.88e23, 0.413e6, 191, 1.03e6, 0.43, 1.26},
		{175e9, 3.5e12, 3.68e24, 2.58e6, 1190, 6.45e6, 2.7, 3.15},
		{405e9, 8.1e12, 1.97e25, 13.8e6, 6400, 34.5e6, 14.5, 7.3},
		{1e12, 20e12, 1.2e26, 84.2e6, 39_000, 211e6, 88.6, 18},
		{10e12, 200e12, 1.2e28, 8.42e9, 3.9e6, 21.1e9, 8860, 180},
	} {
		p := h100(row.params)
		e := p.Estimate()
		within(t, "tokens", e.Tokens, row.tokens, 0.005)
		within(t, "FLOP", e.FLOP, row.flop, 0.005)
		within(t, "GPU hours", e.GPUHours, row.hours, 0.005)
		within(t, "GPUs", Chips(e.FLOP, p.Peak, p.MFU, 90*day), row.gpus, 0.005)
		within(t, "$", e.Rent.USD, row.usd, 0.005)
		// The ladder prints 2.7 GWh, to two digits.
		within(t, "GWh", e.EnergyMWh/1000, row.gwh, 0.01)
		within(t, "TB", e.StateBytes/1e12, row.tb, 0.005)
		if e.FLOP != e.OptimalFLOP || e.GPUs*24*90 < e.GPUHours || (e.GPUs-1)*24*90 >= e.GPUHours {
			t.Errorf("%g parameters: %+v", row.params, e)
		}
	}
	p := h100(1e12)
	e := p.Estimate()
	digits(t, "1T, mean MW", e.PowerW/1e6, "41.0")
	digits(t, "1T, rated MW", e.RatedPowerW/1e6, "54.7")
	near(t, "least GPUs", e.LeastGPUs, 225)
}

// One PFLOP/s at one half for an hour: 1.8e18 FLOP. 9e6 parameters of which a
// third are active, on 1e12 tokens: 1.8e19 FLOP, 10 GPU hours.
func TestEstimateByHand(t *testing.T) {
	p := Plan{
		Params: 9e6, K: 3, Tokens: 1e12, StepTokens: 1e6, Peak: 1e15, MFU: 1, Goodput: 0.5, Memory: 1e6, Limit: 500, GPUs: 5,
		StateBytes: 16, Boundary: Host,
		Prices: Prices{Rent: 3, Buy: 8766, Network: 0.5, WriteOff: 0.1, Use: 1, LeadTime: 24 * 3600, ServerPower: 1000, Load: 0.5,
			Embodied: 876.6, Life: secondsPerYear},
		Site: Site{Carbon: Hourly{0.2}, Electricity: Hourly{0.1}, PUE: 1.5},
	}
	e := p.Estimate()
	near(t, "active", e.ActiveParams, 3e6)
	near(t, "GPU hours", e.GPUHours, 10)
	near(t, "days", e.Days, 2./24)
	near(t, "from order", e.DaysFromOrder, 26./24)
	near(t, "least GPUs", e.LeastGPUs, 144)
	near(t, "MWh", e.EnergyMWh, 0.005)
	near(t, "electricity", e.ElectricityUSD, 0.5)
	near(t, "rent", e.Rent.USD, 30)
	near(t, "own", e.Own.USD, 1+1+0.5) // $0.1 an hour, the interconnect as much again
	near(t, "buy", e.Buy.USD, 5*8766*2)
	near(t, "operation, kg", 1000*e.OperationalTCO2e, 1)
	near(t, "making, kg", 1000*e.EmbodiedTCO2e, 1) // 0.1 kg an hour
	near(t, "g per million tokens", e.GramsPerMTokens, 2000/1e6)
	near(t, "kg per step", e.KgPerStep, 2/1e6)
	near(t, "$ per step", e.Rent.PerStep, 30/1e6)
	near(t, "$ per million tokens", e.Own.PerMTokens, 2.5/1e6)

	// The first hour at 0.3 kg/kWh and 0.4 $/kWh, the second at none.
	p.Site.Carbon, p.Site.Electricity = Hourly{0.3, 0, 9}, Hourly{0.4, 0, 9}
	e = p.Estimate()
	near(t, "by the hour, kg", 1000*e.OperationalTCO2e, 0.75)
	near(t, "by the hour, $", e.ElectricityUSD, 1)

	// 2 GPUs after 10 h, 2 more after 12: 4 GPU hours, then 6 at 4.
	p.GPUs, p.Deliveries = 0, []Delivery{{2, 10}, {2, 12}}
	e = p.Estimate()
	near(t, "delivered", e.GPUs, 4)
	near(t, "days from order", e.DaysFromOrder, 13.5/24)
	near(t, "days", e.Days, 3.5/24)
}

// $1 million trains about 70B parameters, $211 million 1T.
func TestLargest(t *testing.T) {
	p := h100(70e9)
	within(t, "$1M", p.Largest(1e6, Rent), 70e9, 0.02)
	within(t, "$211M", p.Largest(211e6, Rent), 1e12, 0.005)
	p.Prices.Rent = 0
	near(t, "no rent known", p.Largest(1e6, Rent), 0)
	// What the largest model costs is the budget, in every way to pay.
	rapid.Check(t, func(t *rapid.T) {
		p := h100(1e9)
		p.K = rapid.Float64Range(1, 30).Draw(t, "K")
		p.Tokens = p.Params * rapid.Float64Range(1, 2000).Draw(t, "tokens per parameter")
		p.Goodput = rapid.Float64Range(0.1, 1).Draw(t, "goodput")
		p.Days = rapid.Float64Range(10, 300).Draw(t, "days")
		ratio := p.TokensPerParam()
		usd := rapid.Float64Range(1e8, 1e10).Draw(t, "budget")
		for _, w := range Ways {
			p.Params = p.Largest(usd, w)
			p.Tokens = ratio * p.Params
			e := p.Estimate()
			if got := e.Of(w).USD; got < 0.999*usd || got > 1.001*usd {
				t.Fatalf("%s: %g parameters cost %g of %g", w, p.Params, got, usd)
			}
		}
	})
}
