// Package training executes programs on a cluster over a network: it holds the
// event loop, the ranks and communicators, and the books of time and energy.
//
// A Job says what to simulate. It is laid out as a plan: one node per rank, or,
// when folded, one node per class of ranks that must behave identically. The
// same loop then runs either plan; counts are 1 when nothing is folded.
package training

import (
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// Job is one simulation: programs, hardware, what is wrong with it, and how
// much to keep.
type Job struct {
	Programs []workload.Program // of one stage: one, or where replicas run different numbers of microbatches several
	Groups   []workload.Group   // every communicator
	Role     []int32            // program of each rank
	GPUs     []int32            // GPU of each rank; nil: rank r is on GPU r
	Resident []int64            // bytes a rank of each stage holds all the time; nil: 0

	GPU          *cluster.GPU
	Host         *cluster.Host
	Topology     *network.Topology
	Fabric       *network.Fabric
	ElementBytes int64 // of matrix operands

	Noise      *Noise          // nil: none; with it every rank is simulated, folded or not
	Draw       []cluster.Speed // dynamic power of each GPU relative to the mean part; nil: all alike
	Degrade    []Degrade
	Caps       []Cap
	Power      *Power   // nil: hosts draw what they draw, from nothing that is simulated
	Cooling    *Cooling // nil: no GPU is ever too hot
	Background []Background
	Neighbours []Neighbour
	Steps      int
	Fold       bool
	Spans      []int32 // ranks whose operations are recorded
	Trace      *trace.Recorder
	Limits     Limits

	// postpone tells whether the next event goes behind the others of its
	// instant; tests use it to show that their order does not matter.
	postpone func() bool
	// observeFinish sees every operation or segment that finishes; tests use it.
	observeFinish func(s *simulation, node int32, at engine.Time, stream, seq uint32)
}

// Target says what a Degrade slows down, a Cap holds back or a CoolingFailure heats.
type Target uint8

// The targets.
const (
	TargetGPU Target = iota
	TargetHost
	TargetLink
	TargetStage  // of a Cap only
	TargetAll    // the same
	TargetSupply // of a Degrade only: some supplies of a host
)

// Degrade slows one GPU, all GPUs of one host, or one link, or takes supplies of one
// host out of service, from At on.
type Degrade struct {
	Target   Target
	ID       int32
	Part     string        // of what it is a part that is told of once, such as leaf[3]; "": told by itself
	Speed    cluster.Speed // share of nominal speed or capacity
	Supplies int32         // that a host loses; of TargetSupply
	At       engine.Time
	For      engine.Duration // 0: to the end
	Every    engine.Duration // begins again after this; 0: once
}

// Limits bound a simulation; zero values mean the defaults.
type Limits struct {
	Until      engine.Time // simulated time; default 1 year
	PerInstant int64       // events at one time; default 100 million
}

// gpu returns the GPU that a rank is on.
func (j *Job) gpu(rank int32) int32 {
	if j.GPUs == nil {
		return rank
	}
	return j.GPUs[rank]
}

// stages returns the number of pipeline stages.
func (j *Job) stages() int {
	n := 0
	for i := range j.Programs {
		n = max(n, j.Programs[i].Stage+1)
	}
	return n
}

// hosts returns the hosts that ranks are on, in order.
func (j *Job) hosts() []int32 {
	var occupied []bool
	for r := range j.Role {
		h := int(j.gpu(int32(r))) / j.Host.GPUs
		for len(occupied) <= h {
			occupied = append(occupied, false)
		}
		occupied[h] = true
	}
	var hosts []int32
	for h, yes := range occupied {
		if yes {
			hosts = append(hosts, int32(h))
		}
	}
	return hosts
}

// ranksOnGPUs returns the rank on each GPU, -1 where there is none.
func (j *Job) ranksOnGPUs() []int32 {
	var ranks []int32
	for r := range j.Role {
		g := j.gpu(int32(r))
		for int(g) >= len(ranks) {
			ranks = append(ranks, -1)
		}
		ranks[g] = int32(r)
	}
	return ranks
}
