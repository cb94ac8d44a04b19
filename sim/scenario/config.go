// Package scenario reads TOML scenarios into validated configurations: units,
// presets, errors with their place, and the wiring of a simulation.
package scenario

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// Config is a validated scenario with every default filled in. It is not
// changed after Load.
type Config struct {
	Name  string // file name without extension
	Title string

	Model  workload.Model
	Layout workload.Layout

	GPU    cluster.GPU
	Host   cluster.Host
	Fabric network.Fabric
	Hosts  int // hosts of the machine; ranks fill them in order

	Run     Run
	Degrade []Degrade
	Memory  Memory
}

// Run says how much is simulated and kept.
type Run struct {
	Steps    int
	Seed     int64
	Fold     bool
	Tokens   float64 // of the whole training; 0: not asked
	Bins     bool    // series of power, utilisation and traffic
	Record   []int32 // ranks whose spans are kept; nil: the first rank of each stage
	MaxSpans int
}

// Degrade is one thing that is wrong: a GPU, a host or a link that is slower
// than it should be. Exactly one of GPU, Host and Link is set (others -1 or "").
type Degrade struct {
	GPU   int
	Host  int
	Link  string          // "nic_up[17]", "nvlink_down[3]", "leaf_up[0]"
	Speed float64         // share of nominal, in (0, 1]
	At    engine.Time     // when it begins
	For   engine.Duration // 0: to the end
}

// Memory holds what the allocator and the libraries take beside the model.
type Memory struct {
	ContextBytes  int64   // CUDA context and NCCL buffers per GPU
	Fragmentation float64 // share of the activations lost to the allocator
}
