package budget

// Carbon returns the emissions in kg of CO2 equivalent for an energy in J at a
// grid intensity in kg per kWh.
func Carbon(joules, kgPerKWh float64) float64 { return joules / 3.6e6 * kgPerKWh }

// Embodied returns the kg of CO2 equivalent of making hardware that chip hours
// have to answer for: the kg of a chip with its share of the server, spread over
// the hours that it works in its life: hours·kg/(8766·years·use). Source:
// Luccioni et al., "Estimating the carbon footprint of BLOOM", arXiv 2211.02001,
// section 4.1.
func Embodied(chipHours, kg, years, use float64) float64 {
	return chipHours * kg / (hoursPerYear * years * use)
}

// Intensity returns the kg per kWh that an energy in J and emissions in kg imply.
func Intensity(joules, kg float64) float64 { return kg / (joules / 3.6e6) }
