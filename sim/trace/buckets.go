package trace

import (
	"fmt"

	"trainsim/sim/engine"
)

// Bucket is what a rank's time is spent on. Every nanosecond of every rank is
// in exactly one bucket, and every joule with it.
type Bucket uint8

// The buckets. A wait for a pipeline message is bubble; a wait in a join for
// later ranks is straggler; from the last arrival to the end, as far as compute
// does not hide it, communication is exposed.
const (
	Compute         Bucket = iota // forward and backward kernels
	Recompute                     // forward kernels run again in the backward pass
	Optimizer                     // the optimiser step
	Pause                         // the host stops to collect garbage
	ExposedTensor                 // tensor, sequence, context and expert collectives
	ExposedPipeline               // sends and receives between stages, on the wire
	ExposedData                   // gradient and parameter collectives
	ExposedOther                  // embedding and whole-model collectives
	Contention                    // exposed communication beyond what it takes alone on its links
	Bubble                        // waiting for a pipeline message
	Straggler                     // waiting in a join for later ranks
	Idle                          // nothing left to do in the step
	NumBuckets      = iota
)

var bucketNames = [NumBuckets]string{
	"compute", "recompute", "optimizer", "pause",
	"exposed_tensor", "exposed_pipeline", "exposed_data", "exposed_other", "contention",
	"bubble", "straggler", "idle",
}

// String returns the name of the bucket, as in result files.
func (b Bucket) String() string {
	if int(b) >= NumBuckets {
		return fmt.Sprintf("bucket(%d)", uint8(b))
	}
	return bucketNames[b]
}

// Buckets holds the time and energy of the ranks of each pipeline stage by bucket.
type Buckets struct {
	Time   []engine.Total // [stage*NumBuckets+bucket], ns × ranks
	Energy []engine.Total // [stage*NumBuckets+bucket], mW·ns
}

// NewBuckets returns empty buckets for a number of stages.
func NewBuckets(stages int) *Buckets {
	return &Buckets{
		Time:   make([]engine.Total, stages*NumBuckets),
		Energy: make([]engine.Total, stages*NumBuckets),
	}
}

// Add puts time of ranks of a stage, in ns × ranks, each drawing the given power,
// into a bucket.
func (k *Buckets) Add(stage int32, b Bucket, t engine.Total, milliwatts uint64) {
	i := int(stage)*NumBuckets + int(b)
	k.Time[i].AddTotal(t)
	k.Energy[i].AddTotal(t.Times(milliwatts))
}

// Stages returns the number of stages.
func (k *Buckets) Stages() int { return len(k.Time) / NumBuckets }

// StageTime returns the time of a stage in a bucket, in ns × ranks.
func (k *Buckets) StageTime(stage int32, b Bucket) engine.Total {
	return k.Time[int(stage)*NumBuckets+int(b)]
}

// StageEnergy returns the energy of a stage in a bucket, in mW·ns.
func (k *Buckets) StageEnergy(stage int32, b Bucket) engine.Total {
	return k.Energy[int(stage)*NumBuckets+int(b)]
}

// Sum returns the time (ns × ranks) and energy (mW·ns) of all stages by bucket.
func (k *Buckets) Sum() (time, energy [NumBuckets]engine.Total) {
	for i := range k.Time {
		time[i%NumBuckets].AddTotal(k.Time[i])
		energy[i%NumBuckets].AddTotal(k.Energy[i])
	}
	return time, energy
}

// total returns the time and energy of all stages and buckets.
func (k *Buckets) total() (time, energy engine.Total) {
	for i := range k.Time {
		time.AddTotal(k.Time[i])
		energy.AddTotal(k.Energy[i])
	}
	return time, energy
}

// CheckTiling returns an error unless the buckets of every stage add up to wall
// time × ranks exactly.
func (k *Buckets) CheckTiling(wall engine.Duration, ranksPerStage []int64) error {
	if len(ranksPerStage) != k.Stages() {
		return fmt.Errorf("buckets of %d stages, ranks of %d", k.Stages(), len(ranksPerStage))
	}
	for stage, ranks := range ranksPerStage {
		var want, got engine.Total
		want.AddProduct(uint64(wall), uint64(ranks))
		for _, t := range k.Time[stage*NumBuckets : (stage+1)*NumBuckets] {
			got.AddTotal(t)
		}
		if got != want {
			return fmt.Errorf("buckets of stage %d hold %.9g s × ranks, wall time × ranks is %.9g s (%s)",
				stage, got.Float()/1e9, want.Float()/1e9, difference(got, want))
		}
	}
	return nil
}

// CheckEnergy returns an error unless the buckets add up to total, in mW·ns, exactly.
func (k *Buckets) CheckEnergy(total engine.Total) error {
	if _, got := k.total(); got != total {
		return fmt.Errorf("buckets hold %.9g J, the total is %.9g J (%s)",
			got.Float()/1e12, total.Float()/1e12, difference(got, total))
	}
	return nil
}

// difference says by how much got differs from want.
func difference(got, want engine.Total) string {
	sign := "+"
	if got.Less(want) {
		got, want, sign = want, got, "-"
	}
	got.SubTotal(want)
	return fmt.Sprintf("%s%.9g", sign, got.Float())
}
