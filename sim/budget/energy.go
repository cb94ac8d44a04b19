package budget

// Energy returns the energy in J of chip hours at a mean power in W per chip and
// a power usage effectiveness (at least 1, site over computers). With the power
// limit of the chip for its mean power this is how model cards count ("TDP mode"):
// Touvron et al., "LLaMA", arXiv 2302.13971, section 6.
func Energy(chipHours, watts, pue float64) float64 { return chipHours * 3600 * watts * pue }

// MWh returns joules in megawatt hours.
func MWh(joules float64) float64 { return joules / 3.6e9 }

// Boundary says what is counted as the power of a GPU.
type Boundary string

// Chip counts the board at its limit, Host its share of the server at the load of
// training, Facility the site around it too. Of one run the second is about 1.4
// times the first: a figure without its boundary means nothing.
const (
	Chip     Boundary = "chip"
	Host     Boundary = "host"
	Facility Boundary = "facility"
)

// Draw is the power of a GPU in training as a planner knows it.
type Draw struct {
	Limit  float64 // W, power limit of the board (TDP)
	Server float64 // W, rated power of the server over its GPUs
	Load   float64 // share of the rating that training draws in the mean
	PUE    float64 // site over computers, at least 1
}

// ServerLoad is the share of its rating that a server of GPUs draws in training.
// Source: Cottier et al., "The rising costs of training frontier AI models",
// arXiv 2405.21015, and its code; 76 % was measured under heavy load (arXiv
// 2506.14551).
const ServerLoad = 0.75

// ServerFactor is the rated power of a server over that of its GPUs where nothing
// more is known; 1.82 of a DGX H100, 2.03 of a DGX A100. Source: the same code.
const ServerFactor = 1.8

// Watts returns the mean power per GPU in W within a boundary: the limit,
// Server·Load, or Server·Load·PUE.
func (d Draw) Watts(b Boundary) float64 {
	switch b {
	case Chip:
		return d.Limit
	case Host:
		return d.Server * d.Load
	}
	return d.Server * d.Load * d.PUE
}

// Rated returns the power per GPU in W within a boundary at full load.
func (d Draw) Rated(b Boundary) float64 {
	d.Load = 1
	return d.Watts(b)
}
