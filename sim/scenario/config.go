// Package scenario reads TOML scenarios into validated configurations: units,
// presets, errors with their place, and the wiring of a simulation.
package scenario

import (
	"trainsim/sim/budget"
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// Config is a validated scenario with every default filled in. It is not
// changed after Load.
type Config struct {
	Name string   // file name without extension
	Set  []string // what overrides said, as "key = value"; no part of the text, see Heading
	Sections
}

// Run says how much is simulated and kept.
type Run struct {
	Steps    int             `toml:"steps" range:"[1,1000000000]" default:"2" help:"optimiser steps to simulate one by one, up to 100,000; the first fills what the next ones find in flight. Of a long run: optimiser steps of the whole training"`
	Seed     int64           `toml:"seed" range:"[0,)" default:"1" help:"seed of random draws"`
	Fold     bool            `toml:"fold" default:"true" help:"simulate one rank of each class of alike ranks; the result is the same without; with noise all ranks are simulated"`
	Tokens   float64         `toml:"tokens" unit:"tokens" range:"[0,)" default:"0" help:"tokens of the whole training, for its days, GPU hours and energy, or how long a long run is; 0: not asked"`
	Duration engine.Duration `toml:"duration" unit:"duration" usual:"d" range:"(0,3153600000]" default:"0 s" help:"wall clock of a long run, instead of steps or tokens"`
	Record   []int32         `toml:"record" range:"[0,)" help:"ranks whose operations are kept one by one; without it, the first rank of each stage"`
	MaxSpans int             `toml:"max_spans" range:"[0,100000000]" default:"2000000" help:"most operations of the last step kept one by one; 0: none"`
}

// Memory holds what the allocator and the libraries take beside the model.
type Memory struct {
	ContextBytes  int64   `toml:"context" unit:"bytes" default:"1.5 GiB" help:"CUDA context and NCCL buffers per GPU (assumed)"`
	Fragmentation float64 `toml:"fragmentation" unit:"ratio" range:"[0,1)" default:"4 %" help:"share of the activations lost to the allocator (assumed)"`
}

// Machine is section [machine].
type Machine struct {
	Hosts        int      `toml:"hosts" range:"[1,1000000]" default:"0" help:"hosts of the machine; without it, as many as the ranks need, and the spares"`
	HostList     HostList `toml:"host_list" range:"[0,)" help:"hosts that ranks fill, in this order, such as [4, 5, 6, 9] or \"4-6,9\"; without it, 0, 1, …"`
	Spares       int      `toml:"spares" range:"[0,1000000]" default:"-1" help:"hosts that stand by for those that fail; without it, all that no rank is on"`
	HostsPerRack int      `toml:"hosts_per_rack" range:"[1,1000000]" default:"0" help:"hosts that the failure of a rack takes; without it, 4 (DGX SuperPOD H100)"`
}

// Sections are what a scenario says: one field for each section, as it is written.
type Sections struct {
	Title          string          `toml:"title" default:"" help:"one line for tables and plots"`
	Meta           map[string]any  // notes of the author, kept and written back; the simulation does not read them
	Model          workload.Model  `toml:"model" help:"the transformer"`
	Layout         workload.Layout `toml:"layout" help:"how the model is spread over ranks, and in which order it runs"`
	Host           cluster.Host    `toml:"host" help:"the server"`
	GPU            cluster.GPU     `toml:"gpu" help:"the GPU; without it, that of the host preset"`
	Fabric         network.Fabric  `toml:"network" help:"the interconnect; without it, that of the host preset"`
	Machine        `toml:"machine" help:"how much of it there is"`
	Memory         Memory           `toml:"memory" help:"memory beside the model"`
	Prices         budget.Prices    `toml:"prices" help:"what a GPU costs, draws with its server, and emitted when it was made; without it, as the prices of the GPU preset, if there are any"`
	Site           budget.Site      `toml:"site" help:"where the machine stands: its electricity and what cools it. A CSV file by the hour lies beside the scenario and has a number a line, in g/kWh, $/kWh or °C, in its last column; the first line may name columns, and hours or times in the first column follow one another. Of at most 8,784 hours, it repeats where the run is longer"`
	Power          PowerManagement  `toml:"power_management" help:"what keeps the power of the job from swinging, and what a utility asks of it"`
	Feeds          Feeds            `toml:"power" help:"what feeds the hosts, from the supplies in them up to the site: ratings, losses, and what is done where a load is too high. Powers are what a level delivers"`
	Cooling        Cooling          `toml:"cooling" help:"what carries the heat of GPUs away, and what is done where that is not enough"`
	Run            Run              `toml:"run" help:"how much is simulated and kept"`
	Failures       Failures         `toml:"failures" help:"what fails how often. This section, or any of checkpoint, recovery, repair, lemons, straggler, eviction, delivery and replicas, makes the run a long one: all of training, for which run.duration, run.steps or run.tokens says how long it is"`
	Checkpoint     Checkpoint       `toml:"checkpoint" help:"how the progress of a long run is kept"`
	Recovery       Recovery         `toml:"recovery" help:"what happens between a failure and the next step"`
	Repair         Repair           `toml:"repair" help:"how hosts that failed come back"`
	Lemons         Lemons           `toml:"lemons" help:"hosts that fail more often than others"`
	Straggler      []Straggler      `toml:"straggler" help:"parts that become slow in a long run; one section [[straggler]] for each kind"`
	Eviction       Eviction         `toml:"eviction" help:"what is done about slow parts"`
	Replicas       Replicas         `toml:"replicas" help:"how often a long run is simulated, each time with draws of its own"`
	Record         []Record         `toml:"record" help:"a time of a long run at which the step is wanted in detail; one section [[record]] for each"`
	Delivery       []Delivery       `toml:"delivery" help:"hosts that come during a long run, which begins with fewer replicas and grows; one section [[delivery]] for each"`
	Expect         []Expect         `toml:"expect" help:"a bound that simulate run --expect holds the result against; one section [[expect]] for each"`
	Noise          Noise            `toml:"noise" help:"what differs from rank to rank and from step to step where nothing is wrong"`
	Degrade        []Degrade        `toml:"degrade" help:"what is wrong; one section [[degrade]] for each"`
	PowerCap       []PowerCap       `toml:"power_cap" help:"what GPUs are held to, beside gpu.power_cap; one section [[power_cap]] for each. Of several that hold a GPU the lowest counts"`
	SupplyFailure  []SupplyFailure  `toml:"supply_failure" help:"supplies of a host that fail; one section [[supply_failure]] for each"`
	CoolingFailure []CoolingFailure `toml:"cooling_failure" help:"what cools GPUs is worse, as with a failed fan or pump or in a hot aisle; one section [[cooling_failure]] for each. Of several that reach a GPU the worst inlet and the worst resistance count"`
	Background     []Background     `toml:"background" help:"traffic of others; one section [[background]] for each"`
	Neighbour      []Neighbour      `toml:"neighbour" help:"another job whose collectives share links with this one; one section [[neighbour]] for each"`

	long bool // see Config.Long
}

// config returns the configuration that the sections are.
func (doc *Sections) config(name string) *Config { return &Config{Name: name, Sections: *doc} }
