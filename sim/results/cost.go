package results

import (
	"fmt"
	"strings"
)

// Cost is what a step, a million tokens or a run costs and emits at the prices
// and the site of its scenario. 0 is not known.
type Cost struct {
	GPUHours       float64 `json:"gpu_hours"`                  // paid for, those of spares too
	SiteKWh        float64 `json:"site_kwh"`                   // of the machine, and what its site draws beside
	ElectricityUSD float64 `json:"electricity_usd"`            // in the rent already
	RentUSD        float64 `json:"rent_usd,omitempty"`         // at the rent of a GPU hour
	OwnUSD         float64 `json:"own_usd,omitempty"`          // value lost while it runs, and electricity
	OwnHardwareUSD float64 `json:"own_hardware_usd,omitempty"` // of that, the value of servers
	OwnNetworkUSD  float64 `json:"own_network_usd,omitempty"`  // and of their interconnect
	OperationalKg  float64 `json:"operational_kgco2e"`         // of the electricity
	EmbodiedKg     float64 `json:"embodied_kgco2e,omitempty"`  // share of making the hardware
}

// amounts returns the amounts of a cost.
func (c *Cost) amounts() [9]*float64 {
	return [...]*float64{&c.GPUHours, &c.SiteKWh, &c.ElectricityUSD, &c.RentUSD, &c.OwnUSD, &c.OwnHardwareUSD, &c.OwnNetworkUSD, &c.OperationalKg, &c.EmbodiedKg}
}

// Times returns the cost of so many times as much.
func (c *Cost) Times(n float64) *Cost {
	out := *c
	for _, a := range out.amounts() {
		*a *= n
	}
	return &out
}

// Add adds another cost.
func (c *Cost) Add(o *Cost) {
	more := o.amounts()
	for i, a := range c.amounts() {
		*a += *more[i]
	}
}

// KgCO2e returns all that is emitted.
func (c *Cost) KgCO2e() float64 { return c.OperationalKg + c.EmbodiedKg }

// USD returns the price in the first way to pay for it that is known.
func (c *Cost) USD() (usd float64, how string) {
	switch {
	case c.RentUSD > 0:
		return c.RentUSD, "rented"
	case c.OwnUSD > 0:
		return c.OwnUSD, "owned"
	}
	return c.ElectricityUSD, "of electricity"
}

// Ways returns the price in each way to pay for it that is known, as write has it:
// "$1.2M rented".
func (c *Cost) Ways(write func(usd float64) string) (ways []string) {
	if c.RentUSD > 0 {
		ways = append(ways, write(c.RentUSD)+" rented")
	}
	if c.OwnUSD > 0 {
		ways = append(ways, write(c.OwnUSD)+" owned")
	}
	if len(ways) == 0 {
		ways = append(ways, write(c.ElectricityUSD)+" of electricity")
	}
	return ways
}

// textCost tells what the run costs and emits, or where its length is not known a
// million tokens.
func (s *Summary) textCost(t *textTable) {
	c, of := s.RunCost, ""
	if c == nil {
		c, of = s.MillionTokensCost, "per million tokens "
	}
	if c == nil {
		return
	}
	t.line("cost", "%s%s", of, strings.Join(c.Ways(Dollars), ", "))
	t.line("carbon", "%s%s", of, c.textCarbon())
}

// textCarbon tells what is emitted: by the electricity of the site, and before, when the
// hardware was made.
func (c *Cost) textCarbon() string {
	text := Tonnes(c.KgCO2e()/1000) + " of CO2 equivalent"
	if c.SiteKWh > 0 {
		text += ": " + WithPrefix(1000*c.SiteKWh, "Wh") + " of the site at " + ThreeDigits(1000*c.OperationalKg/c.SiteKWh) + " g/kWh"
	}
	if c.EmbodiedKg > 0 {
		text += ", " + Tonnes(c.EmbodiedKg/1000) + " embodied"
	}
	return text
}

// wasted tells what of a whole training did not go into steps that count, in
// brackets.
func (r *Training) wasted() string {
	if r.WastedCost == nil || r.WastedCost.GPUHours == 0 {
		return ""
	}
	usd, how := r.WastedCost.USD()
	return fmt.Sprintf(" (%s %s, %s of CO2e)", Dollars(usd), how, Tonnes(r.WastedCost.KgCO2e()/1000))
}
