package results

// Months is what was seen of the whole of training, beside the detail of a step.
type Months struct {
	Buckets   []string // of time and energy, in the order of their columns
	Failures  []string // causes of them, in the same way
	Replicas  []Replica
	Timeline  []TimelineMark
	Pool      []PoolPoint
	StepTimes []StepLength // by length
	Hours     []HourOfRun  // where something changes by the hour
	Sweeps    []SweepPoint
	Causes    []Cause
	Ranks     []RankCell
}

// Replica is one row of replicas.csv.
type Replica struct {
	Number        int
	Seed          uint64
	EndS          float64
	Steps         int64 // that count
	Goodput, ETTR float64
	Interruptions int64
	Planned       int64
	Checkpoints   int64
	Restores      int64
	Replacements  int64
	Episodes      int64
	Evictions     int64
	Retired       int64
	LeastSpares   int32
	TimeS         map[string]float64 // by bucket; they sum to EndS
	EnergyMWh     map[string]float64 // by bucket, with "spare" for idle spares
	Failures      map[string]int64   // by cause
}

// Spare is the bucket of energy of idle spares.
const Spare = "spare"

// TimelineMark is one row of timeline.csv: what happened when in the first replica.
type TimelineMark struct {
	AtS   float64
	Kind  string // "compute", "checkpoint", "failure", "slow", "well", "supply_lost", "supply_back", "end"
	Cause string // of a failure or loss of supplies, or which kind of part is slow
	Host  int32  // -1: none
	Steps int64  // done and not lost, at that time
}

// PoolPoint is one row of pool.csv: hosts outside the job of the first replica,
// from a time on.
type PoolPoint struct {
	AtS                            float64
	Spares, InRepair, LostReplicas int32
}

// StepLength is one row of step_times.csv: how many steps of all replicas took so
// long.
type StepLength struct {
	Seconds float64
	Count   int64
}
