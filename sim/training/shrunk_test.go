package training

import (
	"fmt"
	"slices"
	"testing"

	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// TestShrunkStepTime: where stages are equal and communication is free, a step
// is the pipeline formula with the microbatches of the replicas that run most:
// m + (p−1)/v times those of one microbatch, here by hand.
func TestShrunkStepTime(t *testing.T) {
	for _, c := range []struct {
		schedule      workload.Schedule
		p, d, m, v    int
		lost          int
		passes, whole int64 // m + (p−1)/v, of the shrunk and of the whole job, times v
	}{
		{workload.OneFOneB, 1, 4, 1, 1, 1, 2, 1},      // 4 over 3 are 2, 1, 1
		{workload.OneFOneB, 4, 4, 8, 1, 1, 14, 11},    // 32 over 3 are 11, 11, 10
		{workload.OneFOneB, 4, 4, 8, 1, 2, 19, 11},    // 16 each
		{workload.OneFOneB, 4, 4, 8, 1, 3, 35, 11},    // 32
		{workload.GPipe, 4, 4, 8, 1, 1, 14, 11},       // as 1F1B
		{workload.Interleaved, 4, 4, 8, 2, 1, 27, 19}, // 8 groups of 4 over 3 are 3, 3, 2: 12 microbatches
	} {
		t.Run(fmt.Sprintf("%s p=%d d=%d m=%d lost=%d", c.schedule, c.p, c.d, c.m, c.lost), func(t *testing.T) {
			l := smallLayout(1, c.p, c.d, c.m)
			l.Schedule, l.VirtualPipeline = c.schedule, c.v
			whole := newJob(t, small(), l, idealFabric())
			shrunk := newShrunkJob(t, small(), l, c.lost, idealFabric())
			onlyMatrices(whole)
			onlyMatrices(shrunk)
			a, b := mustRun(t, whole), mustRun(t, shrunk)
			if int64(a.End)*c.passes != int64(b.End)*c.whole {
				t.Errorf("the step takes %d ns and without %d replicas %d, want %d/%d times as long", a.End, c.lost, b.End, c.passes, c.whole)
			}
		})
	}
}

// TestShrunkWaits: of replicas that run 2, 1 and 1 microbatches, the two wait for
// the first in the reduction of gradients as long as a microbatch takes.
func TestShrunkWaits(t *testing.T) {
	l := smallLayout(1, 1, 4, 1)
	j := newShrunkJob(t, small(), l, 1, idealFabric())
	onlyMatrices(j)
	r := mustRun(t, j)
	waited := r.Buckets.StageTime(0, trace.Straggler)
	computed := r.Buckets.StageTime(0, trace.Compute)
	if len(r.RoleRanks) != 2 || r.RoleRanks[0] != 1 || r.RoleRanks[1] != 2 || r.StageRanks[0] != 3 {
		t.Errorf("%v ranks execute the programs, %v are in the stages", r.RoleRanks, r.StageRanks)
	}
	// Four microbatches are computed, and two waited for.
	if waited.Times(2) != computed || waited.Float() != float64(r.End) {
		t.Errorf("%v ns of waiting beside %v of compute, in a step of %d ns", waited, computed, r.End)
	}
}

// TestShrunkLikeFewer: where what is left divides the batch, a shrunk job is a job
// of fewer replicas.
func TestShrunkLikeFewer(t *testing.T) {
	l := smallLayout(2, 2, 4, 6)
	l.ZeRO, l.OverlapGrad, l.BucketBytes = 1, true, 1<<18
	few := smallLayout(2, 2, 3, 8)
	few.ZeRO, few.OverlapGrad, few.BucketBytes = 1, true, 1<<18
	shrunk, plain := newShrunkJob(t, small(), l, 1, realFabric()), newJob(t, small(), few, realFabric())
	shrunk.record()
	plain.record()
	compareRuns(t, shrunk, plain, mustRun(t, shrunk), mustRun(t, plain))
}

// TestShrunkMemory: in 1F1B as many microbatches are in flight however many there
// are, so the memory of a stage rises as high.
func TestShrunkMemory(t *testing.T) {
	l := smallLayout(2, 4, 4, 8)
	peaks := func(lost int) (most []int64) {
		j := newShrunkJob(t, small(), l, lost, realFabric())
		rec := j.record()
		mustRun(t, j)
		for _, points := range rec.Memory {
			high := slices.MaxFunc(points, func(a, b trace.Point) int { return int(a.Value - b.Value) })
			most = append(most, high.Value)
		}
		return most
	}
	if whole, shrunk := peaks(0), peaks(1); len(whole) != 4 || !slices.Equal(whole, shrunk) {
		t.Errorf("memory rises to %v with all replicas, %v with one less", whole, shrunk)
	}
}

// TestFoldedShrunk: a shrunk job of 1,024 GPUs folds into two classes for each
// stage and place in the tensor group, and stays exact.
func TestFoldedShrunk(t *testing.T) {
	l := smallLayout(8, 4, 32, 8)
	m := small()
	build := func() *Job {
		j := newShrunkJob(t, m, l, 3, realFabric()) // 256 over 29 are 24 of 9 and 5 of 8
		j.Steps = 2
		return j
	}
	compareFolds(t, build)
	j := build()
	j.Fold = true
	if r := mustRun(t, j); r.Classes > 100 {
		t.Errorf("%d classes of %d ranks", r.Classes, r.Ranks)
	}
}

// A step of the shrunk demo costs as much to simulate as one of the whole.
func BenchmarkShrunk(b *testing.B) {
	for _, lost := range []int{0, 1} {
		b.Run(fmt.Sprintf("lost=%d", lost), func(b *testing.B) {
			benchmark(b, func() *Job {
				j := newShrunkJob(b, gpt3(), megatron(8, 16, 8, 192), lost, realFabric())
				j.Fold, j.Trace = true, &trace.Recorder{}
				return j
			})
		})
	}
}
