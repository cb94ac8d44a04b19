package training

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/cluster"
	"trainsim/sim/workload"
)

// compareRuns requires that two runs found the same: every time stamp, bucket
// and total. Events may differ in number, as stale ones do.
func compareRuns(t failer, a, b *Job, ra, rb *Result) {
	t.Helper()
	if ra.Digest != rb.Digest || ra.End != rb.End || ra.Operations != rb.Operations || ra.PeakPower != rb.PeakPower {
		t.Fatalf("one run ends at %d with digest %v, %d operations and a peak of %d mW, the other at %d with %v, %d and %d",
			ra.End, ra.Digest, ra.Operations, ra.PeakPower, rb.End, rb.Digest, rb.Operations, rb.PeakPower)
	}
	if !slices.Equal(ra.Background, rb.Background) || !slices.Equal(ra.Neighbours, rb.Neighbours) {
		t.Fatalf("others got %v and %v, and %v and %v", ra.Background, ra.Neighbours, rb.Background, rb.Neighbours)
	}
	for i := range ra.StepEnd {
		if ra.StepEnd[i] != rb.StepEnd[i] {
			t.Fatalf("step %d ends at %d and at %d", i, ra.StepEnd[i], rb.StepEnd[i])
		}
	}
	for i := range ra.Buckets.Time {
		if ra.Buckets.Time[i] != rb.Buckets.Time[i] || ra.Buckets.Energy[i] != rb.Buckets.Energy[i] {
			t.Fatalf("bucket %d holds %v ns and %v mW·ns, and %v and %v", i,
				ra.Buckets.Time[i], ra.Buckets.Energy[i], rb.Buckets.Time[i], rb.Buckets.Energy[i])
		}
	}
	if ra.States != rb.States {
		t.Fatalf("power states %v and %v", ra.States, rb.States)
	}
	for i, s := range a.Trace.Series {
		o := b.Trace.Series[i]
		peakA, atA := s.Peak()
		peakB, atB := o.Peak()
		if s.Total() != o.Total() || peakA != peakB || atA != atB {
			t.Fatalf("series %s %s integrates to %v and %v, with peaks %d at %d and %d at %d",
				s.Name, s.Part, s.Total(), o.Total(), peakA, atA, peakB, atB)
		}
	}
}

// TestOrderOfInstant: sending random events behind the others of their instant
// changes nothing, nor does listing what is wrong in another order.
func TestOrderOfInstant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compareOrders(t, drawSharedJob(t)) })
}

func compareOrders(t *rapid.T, build func() *Job) {
	seed := rapid.Uint64().Draw(t, "seed")
	plain, shuffled := build(), build()
	plain.Fold = rapid.Bool().Draw(t, "fold")
	shuffled.Fold = plain.Fold
	shuffled.Degrade = rapid.Permutation(shuffled.Degrade).Draw(t, "order of degrades")
	postponed := 0
	shuffled.postpone = func() bool {
		seed = seed*6364136223846793005 + 1442695040888963407 // Knuth, MMIX
		if seed>>62 != 0 {
			return false
		}
		postponed++
		return true
	}
	a, b := mustRun(t, plain), mustRun(t, shuffled)
	if postponed == 0 && b.Events > 100 {
		t.Fatalf("none of %d events was postponed", b.Events)
	}
	compareRuns(t, plain, shuffled, a, b)
}

// TestDegradesCommute: a product that is rounded down from factor to factor depends on
// their order: of these it is 298 parts per million where the first two are multiplied
// first, and else 297. In whatever order they are listed, a step takes
// the same.
func TestDegradesCommute(t *testing.T) {
	speeds := []cluster.Speed{76_288, 52_067, 75_027}
	orders := [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}
	for _, target := range []Target{TargetGPU, TargetHost, TargetLink} {
		var first *Result
		for _, order := range orders {
			j := newJob(t, small(), smallLayout(2, 1, 1, 1), realFabric())
			for _, i := range order {
				j.Degrade = append(j.Degrade, Degrade{Target: target, Speed: speeds[i]})
			}
			switch r := mustRun(t, j); {
			case first == nil:
				first = r
			case r.Digest != first.Digest || r.End != first.End:
				t.Errorf("target %d: degrades in order %v end a step at %d, in order %v at %d", target, order, r.End, orders[0], first.End)
			}
		}
	}
}

// TestOrderOfRanks: the GPUs of one host are alike, so dealing the ranks out to
// them in another order, which is also the order they start in, changes nothing.
func TestOrderOfRanks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		l.Tensor, l.Data = min(l.Tensor, 2), 1
		if l.Pipeline <= 2 {
			l.Data = 2
		}
		l.GlobalBatch = l.Data * l.Pipeline * 2
		m := drawModel(t, l)
		plain := newJob(t, m, l, realFabric())
		dealt := newJob(t, m, l, realFabric())
		slow := Degrade{Target: TargetGPU, Speed: 700_000, At: 100_000}
		slow.ID = int32(rapid.IntRange(0, len(plain.Role)-1).Draw(t, "slow"))
		gpus := make([]int32, len(plain.Role))
		for i := range gpus {
			gpus[i] = int32(i)
		}
		to := rapid.Permutation(gpus).Draw(t, "deal")
		deal(dealt, to)
		plain.Degrade = []Degrade{slow}
		slow.ID = to[slow.ID]
		dealt.Degrade = []Degrade{slow}
		for _, j := range []*Job{plain, dealt} {
			j.GPU = poweredGPU()
			j.record()
		}
		a, b := mustRun(t, plain), mustRun(t, dealt)
		compareRuns(t, plain, dealt, a, b)
	})
}

// deal makes what was rank r rank to[r].
func deal(j *Job, to []int32) {
	role := make([]int32, len(j.Role))
	for r, p := range j.Role {
		role[to[r]] = p
	}
	j.Role = role
	groups := make([]workload.Group, len(j.Groups))
	for i, g := range j.Groups {
		groups[len(groups)-1-i] = g // and list the communicators backwards
		ranks := make([]int32, len(g.Ranks))
		for k, r := range g.Ranks {
			ranks[k] = to[r]
		}
		groups[len(groups)-1-i].Ranks = ranks
	}
	j.Groups = groups
}
