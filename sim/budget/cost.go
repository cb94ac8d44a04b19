package budget

// WallTime returns the seconds that so many FLOP take on chips of a peak in
// FLOP/s at a model FLOP utilisation (0…1): C/(n·peak·MFU).
func WallTime(flop, chips, peak, mfu float64) float64 { return flop / (chips * peak * mfu) }

// ChipHours returns the chip hours that so many FLOP take: C/(peak·MFU·3600).
func ChipHours(flop, peak, mfu float64) float64 { return WallTime(flop, 1, peak, mfu) / 3600 }

// MFU returns the model FLOP utilisation of chips that compute so many model
// FLOP in so many seconds: C/(n·peak·t). Source: Chowdhery et al., "PaLM",
// arXiv 2204.02311, appendix B.
func MFU(flop, chips, peak, seconds float64) float64 { return flop / (chips * peak * seconds) }

// Money returns the price of chip hours at a rate per hour.
func Money(chipHours, perHour float64) float64 { return chipHours * perHour }

// Energy returns the energy in J of chip hours at a mean power in W per chip,
// its share of the host included, and a power usage effectiveness (at least 1,
// site over computers).
func Energy(chipHours, watts, pue float64) float64 { return chipHours * 3600 * watts * pue }

// MWh returns joules in megawatt hours.
func MWh(joules float64) float64 { return joules / 3.6e9 }

// Carbon returns the emissions in kg of CO2 equivalent for an energy in J at a
// grid intensity in kg per kWh.
func Carbon(joules, kgPerKWh float64) float64 { return joules / 3.6e6 * kgPerKWh }
