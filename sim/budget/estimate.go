package budget

// Estimate is what a plan comes to. Units are in the keys; 0 is not known.
type Estimate struct {
	Params           float64 `json:"params"`
	ActiveParams     float64 `json:"active_params"`
	Tokens           float64 `json:"tokens"`
	TokensPerParam   float64 `json:"tokens_per_param"`
	ChinchillaTokens float64 `json:"chinchilla_tokens"` // that suit the parameters best
	FLOP             float64 `json:"flop"`
	OptimalFLOP      float64 `json:"optimal_flop"` // 120·P²/K

	MFU      float64 `json:"mfu"`
	Goodput  float64 `json:"goodput"`
	GPUHours float64 `json:"gpu_hours"`
	GPUs     float64 `json:"gpus"`
	Days     float64 `json:"days"`
	// From the order of the hardware to the end of the run.
	DaysFromOrder float64 `json:"days_from_order"`
	StepTimeS     float64 `json:"step_time_s,omitempty"`

	StateBytes float64 `json:"state_bytes"`
	LeastGPUs  float64 `json:"least_gpus"` // that hold it

	Boundary        Boundary `json:"boundary"`
	PowerPerGPUW    float64  `json:"power_per_gpu_w"`
	PowerW          float64  `json:"power_w"`
	RatedPowerW     float64  `json:"rated_power_w"` // what the supply must be able to give
	EnergyMWh       float64  `json:"energy_mwh"`
	ElectricityUSD  float64  `json:"electricity_usd"`
	HardwareUSD     float64  `json:"own_hardware_usd"` // value lost, interconnect apart
	InterconnectUSD float64  `json:"own_interconnect_usd"`
	Rent            Cost     `json:"rent"`
	Own             Cost     `json:"own"`
	Buy             Cost     `json:"buy"`

	IntensityKgPerKWh float64 `json:"grid_intensity_kg_per_kwh"`
	OperationalTCO2e  float64 `json:"operational_tco2e"`
	EmbodiedTCO2e     float64 `json:"embodied_tco2e"`
	GramsPerMTokens   float64 `json:"gco2e_per_million_tokens"`
	KgPerStep         float64 `json:"kgco2e_per_step,omitempty"`
}

// Cost is what a run costs in one way to pay for it.
type Cost struct {
	USD        float64 `json:"usd"`
	PerGPUHour float64 `json:"usd_per_gpu_hour"`
	PerMTokens float64 `json:"usd_per_million_tokens"`
	PerStep    float64 `json:"usd_per_step,omitempty"`
}

// Estimate computes the plan.
func (p *Plan) Estimate() Estimate {
	flop := DenseFLOP(p.Params/p.K, p.Tokens)
	e := p.Taking(flop, flop/p.rate(), p.Draw().Watts(p.Boundary))
	e.MFU = p.MFU // without rounding
	return e
}

// Taking returns what the plan comes to if it takes so many FLOP and GPU hours
// and a mean power per GPU in W, known in another way than from the plan.
func (p *Plan) Taking(flop, gpuHours, watts float64) Estimate {
	gpus, wall, fromOrder := p.size(gpuHours)
	e := Estimate{
		Params: p.Params, ActiveParams: p.Params / p.K, Tokens: p.Tokens, TokensPerParam: p.TokensPerParam(),
		ChinchillaTokens: ChinchillaTokens(p.Params), FLOP: flop, OptimalFLOP: OptimalSparseFLOP(p.Params, p.K),
		MFU: MFU(flop, 1, p.Peak, gpuHours*3600) / p.Goodput, Goodput: p.Goodput, GPUHours: gpuHours,
		GPUs: gpus, Days: wall / 24, DaysFromOrder: fromOrder / 24, StepTimeS: wall * 3600 * p.Goodput / p.Tokens * p.StepTokens,
		StateBytes: StateBytes(p.Params, p.StateBytes), Boundary: p.Boundary, PowerPerGPUW: watts,
	}
	e.LeastGPUs = LeastGPUs(e.StateBytes, p.Memory)
	p.energy(&e, wall)
	p.money(&e)
	return e
}

// energy fills power, energy, its price and emissions.
func (p *Plan) energy(e *Estimate, wall float64) {
	e.PowerW = e.PowerPerGPUW * e.GPUs
	e.RatedPowerW = p.Draw().Rated(p.Boundary) * e.GPUs
	joules := Energy(e.GPUHours, e.PowerPerGPUW, 1)
	e.EnergyMWh = MWh(joules)
	e.ElectricityUSD = e.EnergyMWh * 1000 * p.electricity(wall)
	e.IntensityKgPerKWh = p.carbon(wall)
	e.OperationalTCO2e = Carbon(joules, e.IntensityKgPerKWh) / 1000
	e.EmbodiedTCO2e = p.Prices.Embody(e.GPUHours) / 1000
	grams := (e.OperationalTCO2e + e.EmbodiedTCO2e) * 1e6
	e.GramsPerMTokens = grams / (p.Tokens / 1e6)
	e.KgPerStep = grams / 1000 / p.Tokens * p.StepTokens
}

// money fills what the run costs in each way to pay for it.
func (p *Plan) money(e *Estimate) {
	o := p.Prices.Ownership()
	e.HardwareUSD = Money(e.GPUHours, o.PerHour())
	e.InterconnectUSD = Money(e.GPUHours, o.NetworkPerHour())
	e.Rent = p.cost(e, Money(e.GPUHours, p.Prices.Rent))
	if p.Prices.Buy > 0 {
		e.Own = p.cost(e, e.HardwareUSD+e.InterconnectUSD+e.ElectricityUSD)
		e.Buy = p.cost(e, o.Buy(e.GPUs))
	}
}

func (p *Plan) cost(e *Estimate, usd float64) Cost {
	return Cost{USD: usd, PerGPUHour: usd / e.GPUHours, PerMTokens: usd / (p.Tokens / 1e6), PerStep: usd / p.Tokens * p.StepTokens}
}

// Of returns the cost in one way to pay for it.
func (e *Estimate) Of(w Way) Cost {
	switch w {
	case Rent:
		return e.Rent
	case Own:
		return e.Own
	}
	return e.Buy
}
