// Package results writes and reads result directories. The files are specified
// in docs/results.md.
package results

// Summary is summary.json: the headline numbers of a run, units in the keys.
// Keys that start with sim_ tell what simulating cost and may differ between
// machines; everything else follows from scenario and seed.
type Summary struct {
	Scenario string `json:"scenario"`
	Title    string `json:"title,omitempty"`

	// What --set changed, as "key = value"; the title has it too.
	Set []string `json:"set,omitempty"`

	StepTimeS            float64              `json:"step_time_s"`               // steady step
	FirstStepTimeS       float64              `json:"first_step_time_s"`         // differs where steps overlap
	StepTimeP50S         float64              `json:"step_time_p50_s,omitempty"` // with noise: of all steps but the first
	StepTimeP99S         float64              `json:"step_time_p99_s,omitempty"`
	Steps                int                  `json:"steps"`                      // simulated
	SimulatedTimeS       float64              `json:"simulated_time_s,omitempty"` // all of them; where something is not reached
	NotReached           []NotReached         `json:"not_reached,omitempty"`      // what begins only after them
	TokensPerStep        int64                `json:"tokens_per_step"`
	TokensPerS           float64              `json:"tokens_per_s"`
	TokensPerSPerGPU     float64              `json:"tokens_per_s_per_gpu"`
	ModelTFLOPSPerGPU    float64              `json:"model_tflops_per_gpu"`    // model FLOP only
	HardwareTFLOPSPerGPU float64              `json:"hardware_tflops_per_gpu"` // recomputation included
	MFU                  float64              `json:"mfu"`
	HFU                  float64              `json:"hfu"`
	ClosedFormStepTimeS  float64              `json:"closed_form_step_time_s"`
	BubbleFraction       float64              `json:"bubble_fraction"`
	MemoryGiBPerGPU      float64              `json:"memory_gib_per_gpu"` // largest stage
	MemoryCapacityGiB    float64              `json:"memory_capacity_gib"`
	EnergyPerStepJ       float64              `json:"energy_per_step_j"`
	MeanPowerW           float64              `json:"mean_power_w"`
	PeakPowerW           float64              `json:"peak_power_w"`
	GPUUtilization       float64              `json:"gpu_utilization"` // share of the step with a kernel on the compute stream
	SMUtilization        float64              `json:"sm_utilization"`  // achieved over peak FLOP
	LinkUtilization      map[string]float64   `json:"link_utilization"`
	TimeBucketsS         map[string]float64   `json:"time_buckets_s"`         // mean per GPU and step; they sum to the simulated time per step
	EnergyBucketsJ       map[string]float64   `json:"energy_buckets_j"`       // all GPUs, per step
	EnergyComponentsJ    map[string]float64   `json:"energy_components_j"`    // the whole machine, per step
	GPUTimeByStateS      map[string]float64   `json:"gpu_time_by_state_s"`    // mean per GPU with a rank and step
	GPUEnergyByStateJ    map[string]float64   `json:"gpu_energy_by_state_j"`  // all GPUs, those without ranks too, per step
	GPUIdleW             float64              `json:"gpu_idle_w"`             // of each, in whatever state
	CollectiveWaitLowJ   float64              `json:"collective_wait_low_j"`  // energy of that state if polling drew 0.3 of the limit,
	CollectiveWaitHighJ  float64              `json:"collective_wait_high_j"` // and 0.5
	StageBucketsS        []map[string]float64 `json:"stage_buckets_s"`        // mean per GPU and step, by pipeline stage
	UplinksShared        int                  `json:"uplinks_shared"`         // links between switches that hashed routes put more than one flow on
	UplinkFlows          int                  `json:"uplink_flows"`           // most flows on one of them
	GroupHosts           map[string]int       `json:"group_hosts"`            // by communicator: most hosts that one spans
	HottestLinks         []LinkLoad           `json:"hottest_links"`
	LinkUse              []LinkUse            `json:"link_use"`
	Collectives          []Collective         `json:"collectives"`
	Background           []Background         `json:"background,omitempty"`
	Neighbours           []Neighbour          `json:"neighbours,omitempty"`
	Memory               []StageMemory        `json:"memory"`
	Waterfall            []Share              `json:"mfu_waterfall"` // from peak to MFU, each the share of peak it takes
	SupplyOverloads      int                  `json:"supply_overloads"`
	SupplyLimitW         float64              `json:"supply_limit_w"`           // input power of all supplies at their rating
	EnergyBoundariesJ    map[string]float64   `json:"energy_boundaries_j"`      // "chip", "host" (with the network) and "facility", per step
	CappedTimeS          float64              `json:"capped_time_s,omitempty"`  // mean per GPU and step
	LostToCapsS          float64              `json:"lost_to_caps_s,omitempty"` // the same, what caps add to the time of kernels
	PastCapW             float64              `json:"past_cap_w,omitempty"`     // by which kernels pass gpu.power_cap that cannot keep it at the lowest clock
	Feeds                *Feeds               `json:"feeds,omitempty"`
	Facility             *Facility            `json:"facility"`
	Cooling              *Cooling             `json:"cooling,omitempty"`
	Mains                *Mains               `json:"mains,omitempty"`
	ManagedMains         *ManagedMains        `json:"mains_managed,omitempty"`
	HostsPerMW           *Room                `json:"hosts_per_mw,omitempty"` // of the site
	HostsPerMWPassed     []RoomPassed         `json:"hosts_per_mw_passed,omitempty"`
	HostsUnderLimit      *Room                `json:"hosts_under_limit,omitempty"` // whole ones, under that of the site

	Tokens    float64 `json:"tokens,omitempty"` // of the whole training, when [run] tokens is given
	TrainDays float64 `json:"train_days,omitempty"`
	GPUHours  float64 `json:"gpu_hours,omitempty"`
	EnergyMWh float64 `json:"energy_mwh,omitempty"`

	StepCost          *Cost `json:"step_cost,omitempty"`
	MillionTokensCost *Cost `json:"million_tokens_cost,omitempty"`
	RunCost           *Cost `json:"run_cost,omitempty"` // where its length is known

	OrderToEndDays float64 `json:"order_to_end_days,omitempty"` // lead time of the hardware and the run, where both are known

	*Training // of a whole training; nil: only steps were simulated

	Ranks      int64  `json:"ranks"`
	Classes    int64  `json:"classes"`
	Operations int64  `json:"operations"`
	Events     int64  `json:"events"`
	Digest     string `json:"digest"`

	SimWallS float64 `json:"sim_wall_s"`
}

// LinkLoad is a link among the most used, over the whole run.
type LinkLoad struct {
	Name         string  `json:"name"`
	Tier         string  `json:"tier"`
	Links        int64   `json:"links"` // alike, this one among them
	BytesPerStep float64 `json:"bytes_per_step"`
	Utilization  float64 `json:"utilization"`
	CapacityGBPS float64 `json:"capacity_gb_per_s"` // of each, healthy
}

// Collective is what one communication of the step took, from the arrival of the
// last member to the end, over the whole run and every communicator of as many
// ranks on as many hosts.
type Collective struct {
	Name         string  `json:"name"`         // of the operation, or of the channel between stages
	Communicator string  `json:"communicator"` // "tensor", "data", …
	Collective   string  `json:"collective"`   // "all_reduce", "send_recv", …
	Ranks        int     `json:"ranks"`
	Hosts        int     `json:"hosts"` // that one communicator spans
	Bytes        int64   `json:"bytes"`
	CountPerStep float64 `json:"count_per_step"` // of one communicator
	MeanUS       float64 `json:"mean_us"`
	MaxUS        float64 `json:"max_us"`             // of the slowest transfer
	BusGBPS      float64 `json:"bus_gb_per_s"`       // nccl-tests' bus bandwidth
	IdealBusGBPS float64 `json:"ideal_bus_gb_per_s"` // on the fabric, healthy and for itself
}

// LinkUse is the distribution of the utilisation of the links of a tier that
// carried anything: 21 quantiles, 0 to 100 %.
type LinkUse struct {
	Tier      string    `json:"tier"`
	Links     int64     `json:"links"`
	Quantiles []float64 `json:"utilization_quantiles"`
}

// Share is one bar of a waterfall.
type Share struct {
	Name  string  `json:"name"`
	Share float64 `json:"share"`
}

// StageMemory is the memory of one GPU of a pipeline stage at its fullest, in GiB.
type StageMemory struct {
	Stage          int     `json:"stage"`
	WeightsGiB     float64 `json:"weights_gib"`
	GradientsGiB   float64 `json:"gradients_gib"`
	OptimizerGiB   float64 `json:"optimizer_gib"`
	ActivationsGiB float64 `json:"activations_gib"`
	BuffersGiB     float64 `json:"buffers_gib"`
	OverheadGiB    float64 `json:"overhead_gib"` // context, libraries, fragmentation
	TotalGiB       float64 `json:"total_gib"`
}
