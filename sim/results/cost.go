package results

import "strings"

// Cost is what a step, a million tokens or a run costs and emits at the prices
// and the site of its scenario. 0 is not known.
type Cost struct {
	GPUHours       float64 `json:"gpu_hours"`                 // paid for, those of spares too
	SiteKWh        float64 `json:"site_kwh"`                  // of the machine, and what its site draws beside
	ElectricityUSD float64 `json:"electricity_usd"`           // in the rent already
	RentUSD        float64 `json:"rent_usd,omitempty"`        // at the rent of a GPU hour
	OwnUSD         float64 `json:"own_usd,omitempty"`         // value lost while it runs, and electricity
	OperationalKg  float64 `json:"operational_kgco2e"`        // of the electricity
	EmbodiedKg     float64 `json:"embodied_kgco2e,omitempty"` // share of making the hardware
}

// Times returns the cost of so many times as much.
func (c *Cost) Times(n float64) *Cost {
	return &Cost{c.GPUHours * n, c.SiteKWh * n, c.ElectricityUSD * n, c.RentUSD * n, c.OwnUSD * n, c.OperationalKg * n, c.EmbodiedKg * n}
}

// textCost tells what the run costs, or where its length is not known a million
// tokens.
func (s *Summary) textCost(t *textTable) {
	c, of := s.RunCost, ""
	if c == nil {
		c, of = s.MillionTokensCost, "per million tokens "
	}
	if c == nil {
		return
	}
	var ways []string
	if c.RentUSD > 0 {
		ways = append(ways, Dollars(c.RentUSD)+" rented")
	}
	if c.OwnUSD > 0 {
		ways = append(ways, Dollars(c.OwnUSD)+" owned")
	}
	if len(ways) == 0 {
		ways = append(ways, Dollars(c.ElectricityUSD)+" of electricity")
	}
	carbon := Tonnes((c.OperationalKg+c.EmbodiedKg)/1000) + " of CO2 equivalent"
	if c.SiteKWh > 0 {
		carbon += " at " + ThreeDigits(1000*c.OperationalKg/c.SiteKWh) + " g/kWh"
	}
	t.line("cost", "%s%s; %s", of, strings.Join(ways, ", "), carbon)
}
