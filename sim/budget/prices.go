package budget

// Prices is what a planner has to know of a GPU beyond its data sheet: money,
// the server around it, and what making it emitted. Values with source and date
// are in sim/scenario/presets/prices; 0 is not known.
type Prices struct {
	Name string

	Rent     float64 `toml:"rent" unit:"money per hour" range:"(0,)" default:"0 $/h" help:"rent of a GPU with its share of server, network and electricity"`
	Buy      float64 `toml:"buy" unit:"money" range:"(0,)" default:"0 $" help:"price of a GPU with its share of the server"`
	Network  float64 `toml:"network" unit:"ratio" range:"[0,1)" default:"19 %" help:"share of the price of a cluster that is its interconnect (Epoch AI, arXiv 2405.21015)"`
	WriteOff float64 `toml:"write_off" unit:"ratio" default:"32.24 %" help:"share of its value that hardware loses in a year: 0.14·ln 10, as performance per price improves (Epoch AI, arXiv 2405.21015); of a service life, 1/years"`
	Age      float64 `toml:"age" unit:"duration" default:"0 d" help:"time from buying the hardware to the run, in which it loses value"`
	Use      float64 `toml:"use" unit:"ratio" range:"(0,1]" default:"100 %" help:"share of its time that hardware of one's own works"`
	LeadTime float64 `toml:"lead_time" unit:"duration" range:"(0,)" default:"0 d" help:"time from order to delivery"`

	ServerPower float64 `toml:"server_power" unit:"power" range:"(0,)" default:"0 W" help:"rated power of the server over its GPUs"`
	Load        float64 `toml:"load" unit:"ratio" range:"(0,1]" default:"75 %" help:"share of the rated power that training draws in the mean (Epoch AI, arXiv 2405.21015)"`

	Embodied float64 `toml:"embodied" unit:"mass" range:"(0,)" default:"0 kg" help:"CO2 equivalent of making a GPU with its share of the server"`
	Life     float64 `toml:"life" unit:"duration" range:"(0,)" default:"1826.25 d" help:"service life over which that is spread: 5 years of AI servers since 2023 (Epoch AI)"`
}

// Ownership returns what a GPU costs to own.
func (p *Prices) Ownership() Ownership {
	return Ownership{Price: p.Buy, Network: p.Network, WriteOff: p.WriteOff, Age: p.Age / secondsPerYear, Use: p.Use}
}

// Embody returns the kg of CO2 equivalent of making hardware that chip hours
// have to answer for.
func (p *Prices) Embody(chipHours float64) float64 {
	return Embodied(chipHours, p.Embodied, p.Life/secondsPerYear, p.Use)
}

const secondsPerYear = hoursPerYear * 3600
