package budget

import "math"

// Plan is a training run as a planner knows it before anyone simulates it.
type Plan struct {
	Params     float64 // in all
	K          float64 // total over active parameters; 1: dense
	Tokens     float64
	StepTokens float64 // tokens of an optimiser step; 0: not known

	Peak    float64 // FLOP/s of a GPU
	MFU     float64
	Goodput float64 // share of the time that counts
	Memory  float64 // bytes of a GPU
	Limit   float64 // W, power limit of a GPU

	// One of these, the others 0: so many GPUs, as many as it takes within Days, or
	// batches in hours after the order.
	GPUs, Days float64
	Deliveries []Delivery

	StateBytes float64 // per parameter, such as AdamBytes
	Boundary   Boundary
	Prices     Prices
	Site       Site
}

// TokensPerParam returns the tokens per parameter of the plan.
func (p *Plan) TokensPerParam() float64 { return p.Tokens / p.Params }

// Draw returns the power of a GPU of the plan.
func (p *Plan) Draw() Draw {
	d := Draw{Limit: p.Limit, Server: p.Prices.ServerPower, Load: p.Prices.Load, PUE: p.Site.PUE}
	if d.Server == 0 {
		d.Server = ServerFactor * p.Limit
	}
	if d.PUE == 0 {
		d.PUE = p.pue(&d)
	}
	return d
}

// pue returns the effectiveness of a site that is given by the parts of its overhead,
// over all hours of its outside temperatures, at the load that the GPUs are to it.
func (p *Plan) pue(d *Draw) float64 {
	load, outside := d.Load, p.Site.Outside
	if p.GPUs > 0 && p.Site.Rated > 0 {
		load = p.GPUs * d.Server * d.Load / p.Site.Rated
	}
	return p.Site.Overhead().MeanPUE(load, outside, 0, float64(len(outside)))
}

// rate returns the FLOP that a GPU does in an hour that is paid for.
func (p *Plan) rate() float64 { return p.Peak * p.MFU * p.Goodput * 3600 }

// electricity and carbon return means over so many hours, from the start of the
// run on.
func (p *Plan) electricity(hours float64) float64 {
	return p.Site.Electricity.Mean(p.Site.Start/3600, hours)
}

func (p *Plan) carbon(hours float64) float64 { return p.Site.Carbon.Mean(p.Site.Start/3600, hours) }

// size returns GPUs and hours of a run of so many GPU hours, from the first GPU
// that works to the end, and the hours from the order to the end.
func (p *Plan) size(gpuHours float64) (gpus, hours, fromOrder float64) {
	lead := p.Prices.LeadTime / 3600
	switch {
	case len(p.Deliveries) > 0:
		first := math.Inf(1)
		for _, d := range p.Deliveries {
			gpus += d.GPUs
			first = min(first, d.Hour)
		}
		end := Finish(gpuHours, p.Deliveries...)
		return gpus, end - first, end
	case p.GPUs > 0:
		gpus = p.GPUs
	default:
		gpus = math.Ceil(gpuHours / (24 * p.Days))
	}
	return gpus, gpuHours / gpus, lead + gpuHours/gpus
}

// Way is how hardware is paid for.
type Way string

// Rent pays by the hour, Own for the value that hardware loses while it works and
// its electricity, Buy for the whole cluster. The last is the barrier to entry.
const (
	Rent Way = "rent"
	Own  Way = "own"
	Buy  Way = "buy"
)

// Ways are all of them, the least first.
var Ways = [...]Way{Own, Rent, Buy}

// ownPerHour returns what an hour of a GPU of one's own costs in $, over a run of
// so many hours.
func (p *Plan) ownPerHour(hours float64) float64 {
	o := p.Prices.Ownership()
	return o.PerHour() + o.NetworkPerHour() + p.kilowatts()*p.electricity(hours)
}

// kilowatts returns the power of a GPU within the boundary of the plan, in kW.
func (p *Plan) kilowatts() float64 { return p.Draw().Watts(p.Boundary) / 1000 }

// Affordable returns the GPU hours that a budget in $ pays for within Days (of a
// plan that has them), 0 where the price is not known.
func (p *Plan) Affordable(usd float64, w Way) float64 {
	switch {
	case w == Rent && p.Prices.Rent > 0:
		return usd / p.Prices.Rent
	case w == Own && p.Prices.Buy > 0:
		return usd / p.ownPerHour(24*p.Days)
	case w == Buy && p.Prices.Buy > 0:
		o := p.Prices.Ownership()
		return math.Floor(usd/o.Buy(1)) * 24 * p.Days
	}
	return 0
}

// Largest returns the parameters of the largest model that a budget in $ trains
// within Days, at the tokens per parameter of the plan.
func (p *Plan) Largest(usd float64, w Way) float64 {
	return LargestModel(p.Affordable(usd, w)*p.rate(), p.TokensPerParam(), p.K)
}
