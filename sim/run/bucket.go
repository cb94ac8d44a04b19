package run

import "trainsim/sim/engine"

// Bucket is where a moment of the job went. The names follow Google's
// ml-goodput-measurement where it has one.
type Bucket uint8

// The buckets. They tile the wall clock of a run.
const (
	Productive             Bucket = iota // steps that count, as long as healthy ones take
	Degraded                             // what these steps took longer: slow parts, missing replicas, noise
	WastedProgress                       // work done and lost
	CheckpointSave                       // compute waits for a checkpoint to be written or copied
	CheckpointRestore                    // state is read back
	Detection                            // something is wrong and nobody knows yet
	InfrastructureRecovery               // hosts are cordoned and replaced
	WaitingForHosts                      // no spare is left
	ProgramStartup                       // processes are launched
	AcceleratorInit                      // communicators are built
	DataLoading                          // the first batch is fetched
	Stalled                              // a link is away for less than the collective timeout
	NumBuckets
)

var bucketNames = [...]string{
	"productive", "degraded", "wasted_progress", "checkpoint_save", "checkpoint_restore", "detection",
	"infrastructure_recovery", "waiting_for_hosts", "program_startup", "accelerator_init", "data_loading", "stalled",
}

func (b Bucket) String() string { return bucketNames[b] }

// Books is the time of each bucket.
type Books [NumBuckets]engine.Duration

// Wall returns the sum of all buckets: the wall clock of the run.
func (b *Books) Wall() (d engine.Duration) {
	for _, t := range b {
		d += t
	}
	return d
}

// Goodput is the share of wall clock in steps that count, at the speed of a
// healthy job: 0 of no time.
func (b *Books) Goodput() float64 { return share(b[Productive], b.Wall()) }

// ETTR is the effective training time ratio (arXiv 2410.21680): the share of wall
// clock in steps that count, however slow.
func (b *Books) ETTR() float64 { return share(b[Productive]+b[Degraded], b.Wall()) }

func share(part, whole engine.Duration) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
