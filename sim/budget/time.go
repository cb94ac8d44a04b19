package budget

// WallTime returns the seconds that so many FLOP take on chips of a peak in
// FLOP/s at a model FLOP utilisation (0…1): C/(n·peak·MFU). Where only a share of
// the time is goodput, the utilisation is MFU times that share.
func WallTime(flop, chips, peak, mfu float64) float64 { return flop / (chips * peak * mfu) }

// ChipHours returns the chip hours that so many FLOP take: C/(peak·MFU·3600).
func ChipHours(flop, peak, mfu float64) float64 { return WallTime(flop, 1, peak, mfu) / 3600 }

// Chips returns how many chips finish so many FLOP within seconds: WallTime
// solved for n, not rounded.
func Chips(flop, peak, mfu, seconds float64) float64 { return flop / (peak * mfu * seconds) }

// MFU returns the model FLOP utilisation of chips that compute so many model
// FLOP in so many seconds: C/(n·peak·t). Source: Chowdhery et al., "PaLM",
// arXiv 2204.02311, appendix B.
func MFU(flop, chips, peak, seconds float64) float64 { return flop / (chips * peak * seconds) }
