package run

import "trainsim/sim/engine"

// Spec is a run, fixed before it starts.
type Spec struct {
	Steps int64           // optimiser steps to do; 0: until Until
	Until engine.Duration // wall clock after which it ends; 0: once the steps are done
	Limit engine.Duration // a run that has not ended by then is an error; 0: 100 years
	Ranks int64           // of the whole job

	Machine    Machine
	Deliveries []Delivery  // hosts that are not there at the start, sorted by time
	Kinds      []Kind      // what fails
	Replay     []Incident  // failures at given times, sorted, beside those drawn
	Stragglers []Straggler // what becomes slow
	Slowdowns  []Slowdown  // at given times, sorted, beside those drawn
	Checkpoint Checkpoint
	Recovery   Recovery
	Repair     Repair
	Lemons     Lemons
	Eviction   Eviction
	Power      Power
	Site       *Site // nil: nothing is counted beside energy

	// Nominal is the length of a step of a job that nothing is wrong with: what steps
	// take longer is degraded. 0: that of a step in the state of health in which
	// nothing is known to be wrong.
	Nominal engine.Duration
	// Step tells how long a step takes.
	Step Steps
	// Record keeps a timeline of the run in its outcome.
	Record bool
	// Watch are instants at which the state of health is kept, sorted.
	Watch []engine.Time
}

// Machine is the hosts of a run. A job has a slot for each host it needs; a spare
// that replaces a host takes its slot, so the job's layout on the network stays.
type Machine struct {
	Slots        int32 // hosts of the whole job
	Spares       int32 // more hosts, powered and idle
	GPUs         int32 // of a host
	NICs         int32 // of a host
	Supplies     int32 // of a host
	HostsPerRack int32 // that a rack failure takes; 0: 1
	HostsPerPod  int32 // that a pod failure takes; 0: all
	HostsPerRow  int32 // that the failure of a row of racks takes; 0: all
	HostsPerUPS  int32 // the same of an uninterruptible power supply
	Replicas     int32 // data-parallel replicas of the whole job
	// Order lists the slots, those of the first replicas first: a job that shrinks
	// gives up the last. nil: 0, 1, …
	Order []int32
}

// Scope says which hosts a failure takes out of service.
type Scope uint8

// The scopes.
const (
	TakesNothing Scope = iota // the program stops, every host stays
	TakesHost
	TakesRack
	TakesPod
	TakesRow
	TakesUPS
	TakesSite
)

// Effect says what a failure does to the job.
type Effect uint8

// The effects.
const (
	Stop    Effect = iota // the job stops and finds out after Detection
	Planned               // the job is told, saves a checkpoint, if it writes any, and then stops
	Flap                  // a link is away for Outage: steps wait, or stop at the timeout
	Corrupt               // results are wrong from now on, until a host that is taken has left; found out after Detection
	Weaken                // the job goes on, and the hosts that are taken stay, with fewer supplies until these are replaced; a host that has lost the last one stops it
)

// Kind is one kind of part that fails. Parts fail while their host is in service,
// be it in the job or spare.
type Kind struct {
	Name         string       // "gpu", "hbm", "switch", …
	Parts        int64        // of the whole machine; hosts, or the racks, pods, … that it takes, hold equal shares in order
	Life         Distribution // of one part; Mean is its MTBF
	Stationary   bool         // parts are of any age at the start; else new (Weibull, lognormal)
	OfJob        bool         // it strikes the job and all its processes, wherever that runs; Parts is 1, Scope TakesNothing
	Effect       Effect
	Scope        Scope
	Detection    Distribution
	OwnDetection bool         // Detection counts; else that of Recovery
	Outage       Distribution // of a flap
	OwnRepair    bool         // Repair counts; else that of Spec. What Weaken took is replaced after Repair, or never
	Repair       Distribution
	Supplies     int32 // that each host loses, of Weaken
	Crews        int32 // replace them, one loss each at a time; 0: any number
	// Reset is the failure of what feeds hosts, not of hosts: their supplies that are lost
	// stay so. One whose own supplies were too few comes back once they are replaced.
	Reset bool
}

// Incident is a failure at a given time.
type Incident struct {
	At   engine.Time
	Kind int32 // index into Kinds
	Host int32
}

// Straggler is one kind of part that becomes slow.
type Straggler struct {
	Name     string
	Target   Target
	Parts    int64        // of the whole machine
	Between  Distribution // episodes of one part; mean 0: none begin
	Lasts    Distribution // an episode
	Share    float64      // of the parts that are slow all the time
	Severity Severity
}

// Slowdown is an episode at a given time, of a host that is in service then.
type Slowdown struct {
	At    engine.Time
	Lasts engine.Duration // 0: until the host is repaired
	Kind  int32           // index into Stragglers
	Host  int32
	Part  int32 // GPU or NIC of the host; 0 for a host
	Speed int32 // share that is left, ppm
}

// Severity is the distribution of the speed lost, drawn in whole steps so that
// few states of health occur.
type Severity struct {
	Low, High float64 // uniform between, as shares of nominal speed
	Grain     float64 // rounded to a multiple of this; 0: 1 %
}

// Eviction is what is done about slow parts: their hosts leave as planned, as soon as
// there is a spare for them.
type Eviction struct {
	Enabled bool
	Detect  Distribution // from the beginning of an episode
	Above   float64      // least share of speed lost that is acted upon
}

// Checkpoint is how progress is kept.
type Checkpoint struct {
	Every                     int64           // steps between checkpoints; 0: none is written
	Save                      engine.Duration // compute waits so long for each
	Write                     engine.Duration // after that, until it is durable, in the background
	Keep                      int             // durable checkpoints kept; 0: all
	Restore                   engine.Duration // reading one back
	Memory                    int64           // steps between copies in the memory of peers; 0: none
	MemorySave, MemoryRestore engine.Duration
}

// Source says where the state comes from after a failure, if that left it there.
// Otherwise it is always a durable checkpoint.
type Source uint8

// The sources.
const (
	FromStore     Source = iota // the last durable checkpoint
	FromMemory                  // the last copy in the memory of peers, unless several hosts went at once
	FromPeers                   // the live state of a replica that is whole: only the step in flight is lost
	FromSurvivors               // a checkpoint that a replica which is whole writes just in time
)

// Recovery is what happens between a failure and the next step, in this order.
// A failure in the first two phases is dealt with along the way; one in the
// others starts the recovery anew.
type Recovery struct {
	Detection   Distribution
	Reschedule  Distribution    // hosts are cordoned, and replaced where spares are left
	Startup     Distribution    // processes
	Init        Distribution    // communicators
	InitPerRank engine.Duration // more of it for every rank
	Data        Distribution    // the first batch
	Source      Source
	PeerRestore engine.Duration // where the source is peers
	Shrink      bool            // go on with fewer replicas where no spare is left
	Least       int32           // replicas without which it waits; 0: 1
	Rejoin      Distribution    // a replica comes back, at a checkpoint or, from peers, at the end of a step
	Timeout     engine.Duration // of collectives: flaps that make them wait longer are a stop; 0: none
}

// Repair is how hosts come back into service as spares.
type Repair struct {
	Automatic Distribution
	Manual    Distribution // where the automatic repair does not help
	Escalates float64      // share of the repairs for which that is so
	Crews     int32        // manual repairs at a time; 0: any number
}

// Lemons are hosts that fail more often than others.
type Lemons struct {
	Share  float64 // of the hosts
	Factor float64 // times the rate of the others, at least 1, of failures that take one host or none
	Retire int32   // such failures within Window after which a host leaves for good; 0: never
	Window engine.Duration
}

// Power is what is drawn from the mains while no step runs, in mW. A job without
// some of its replicas draws the share of the slots that it uses.
type Power struct {
	Polling int64 // all hosts of the whole job while GPUs wait in a collective: a link is away, or a failure is not found yet
	Loaded  int64 // all hosts of the whole job while a checkpoint is written or read
	Idle    int64 // all hosts of the whole job in every other phase: no program runs, or it starts
	Spare   int64 // one idle host
}
