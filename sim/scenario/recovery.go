package scenario

import (
	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// Recovery is section [recovery]: what happens between a failure and the next
// step. What is not given is as the strategy does it.
type Recovery struct {
	Strategy    string           `toml:"strategy" range:"restart|hot-spare|elastic|per-replica|memory|just-in-time" default:"restart" help:"restart: stop all and start again from a checkpoint; hot-spare: the same with hosts that stand by; elastic: go on with fewer replicas where no spare is left; per-replica: a replica that failed takes its state from another; memory: from copies in the memory of other hosts; just-in-time: from a checkpoint that the survivors write"`
	Detection   run.Distribution `toml:"detection" unit:"distribution" range:"[0,)" default:"-1 s" help:"from the failure until the job knows of it; without it, as the strategy"`
	Reschedule  run.Distribution `toml:"reschedule" unit:"distribution" range:"[0,)" default:"-1 s" help:"to cordon the hosts that failed and take others; without it, as the strategy"`
	Startup     run.Distribution `toml:"startup" unit:"distribution" range:"[0,)" default:"-1 s" help:"to launch the processes; without it, as the strategy"`
	Init        run.Distribution `toml:"init" unit:"distribution" range:"[0,)" default:"-1 s" help:"to build communicators; without it, as the strategy"`
	InitPerRank engine.Duration  `toml:"init_per_rank" unit:"duration" range:"[0,3600]" default:"-1 s" help:"more of that for every rank; without it, as the strategy"`
	Data        run.Distribution `toml:"data" unit:"distribution" range:"[0,)" default:"-1 s" help:"to fetch the first batch; without it, as the strategy"`
	Timeout     engine.Duration  `toml:"timeout" unit:"duration" range:"[0,3153600000]" default:"10 min" help:"collectives wait so long for a link that is away (PyTorch and Megatron-LM: 10 min); 0: for ever"`

	Source        string           `toml:"source" range:"store|memory|peers|survivors" default:"" help:"where the state comes from after a failure that leaves other replicas alone; without it, as the strategy"`
	PeerRestore   engine.Duration  `toml:"peer_restore" unit:"duration" range:"[0,3153600000]" default:"-1 s" help:"for source peers: copying the state of a replica; without it, for the state of a rank to cross its NIC"`
	NoSpare       string           `toml:"no_spare" range:"wait|shrink" default:"" help:"where no spare is left: wait for one, or go on with fewer replicas; without it, as the strategy"`
	LeastReplicas int              `toml:"least_replicas" range:"[1,1000000]" default:"1" help:"replicas without which a job that shrinks waits"`
	Rejoin        run.Distribution `toml:"rejoin" unit:"distribution" range:"[0,)" default:"-1 s" help:"for a replica to come back; without it, as the strategy"`
}

// strategy is what a [recovery] does by default.
type strategy struct {
	word                                               string
	detection, reschedule, startup, init, data, rejoin float64 // s
	perRank                                            float64 // s
	source                                             run.Source
	shrink                                             bool
}

// strategies are the recoveries that are published. Detection: machine inspections
// find most faults within 30 s (ByteRobust, arXiv 2509.16293). Meta's clusters
// restart in 5 to 20 min (arXiv 2410.21680); how the 5 min split is assumed.
// Communicators take less than 30 s on 12,288 GPUs (MegaScale, arXiv 2402.15627,
// unconfirmed) and 150 s on a few thousand (NVIDIA/nccl issue 1156): 30 s and 5 ms
// for each rank lie between.
var strategies = []strategy{
	{word: "restart", detection: 30, reschedule: 120, startup: 90, init: 30, perRank: 0.005, data: 60},
	// Hosts that stand by have their processes: what is left is to tell them (assumed 10 s).
	{word: "hot-spare", detection: 30, reschedule: 10, startup: 0, init: 30, perRank: 0.005, data: 60},
	// 13 s to detect, 50 s to reschedule and 12.7 s to the next step on 48 slices of
	// TPU v5e (Google developers blog, 2026-07).
	{word: "elastic", detection: 13, reschedule: 50, startup: 0, init: 12.7, data: 0, rejoin: 12.7, shrink: true},
	// A stall of 3 min in all (FT-HSDP, arXiv 2602.00277, 98,304 GPUs); the split is assumed.
	{word: "per-replica", detection: 30, reschedule: 60, startup: 60, init: 30, data: 0, rejoin: 30, source: run.FromPeers, shrink: true},
	{word: "memory", detection: 30, reschedule: 10, startup: 0, init: 30, perRank: 0.005, data: 60, source: run.FromMemory},
	{word: "just-in-time", detection: 30, reschedule: 120, startup: 90, init: 30, perRank: 0.005, data: 60, source: run.FromSurvivors},
}

// sources are the words for where the state comes from, as package run numbers them.
var sources = []string{run.FromStore: "store", run.FromMemory: "memory", run.FromPeers: "peers", run.FromSurvivors: "survivors"}

const (
	waitForSpare = "wait"
	shrink       = "shrink"
)

// resolve fills in what the strategy does by default.
func (r *Recovery) resolve() {
	for i := range strategies {
		if s := &strategies[i]; s.word == r.Strategy {
			r.follow(s)
		}
	}
}

func (r *Recovery) follow(s *strategy) {
	for _, p := range []struct {
		to   *run.Distribution
		mean float64
	}{{&r.Detection, s.detection}, {&r.Reschedule, s.reschedule}, {&r.Startup, s.startup}, {&r.Init, s.init}, {&r.Data, s.data}, {&r.Rejoin, s.rejoin}} {
		if !isSet(*p.to) {
			*p.to = run.Distribution{Mean: p.mean}
		}
	}
	r.InitPerRank = or(r.InitPerRank, engine.FromSeconds(s.perRank))
	if r.Source == "" {
		r.Source = sources[s.source]
	}
	if r.NoSpare == "" {
		r.NoSpare = waitForSpare
		if s.shrink {
			r.NoSpare = shrink
		}
	}
}
