package training

import (
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// Of four ranks the first has twice the mean of rows. Between two all-to-alls it computes
// no less than any other, so that the others wait at each for what they compute less, and
// nobody waits for anything else; tensor communication is the same for all. Without the
// imbalance nobody waits at all.
func TestTheOthersWaitForTheFullest(t *testing.T) {
	spent := func(imbalance float64) ([]Spent, *Result) {
		l := smallLayout(1, 1, 4, 2)
		l.Expert, l.ExpertImbalance, l.ZeRO = 4, imbalance, 1
		m := mixed(small(), l)
		m.SeqLen, m.SharedFFN = 4096, 0
		r := mustPrepare(t, newJob(t, m, l, realFabric())).Runner()
		r.PerRank = true
		result, err := r.Run(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return result.Spent, result
	}
	even, balanced := spent(1)
	for rank, s := range even {
		if s.Wait != 0 || s != even[0] {
			t.Errorf("rank %d of equal ones %+v", rank, s)
		}
	}
	ranks, result := spent(2)
	for rank, s := range ranks {
		if s.Wait != ranks[0].Compute-s.Compute || s.Wait == 0 != (rank == 0) {
			t.Errorf("rank %d %+v, the fullest %+v", rank, s, ranks[0])
		}
	}
	if result.End <= balanced.End {
		t.Errorf("a step of %v, balanced %v", result.End, balanced.End)
	}
}

// All-to-alls of experts by hand: a microbatch of 128 tokens of width 256 sends 2 rows of
// 512 bytes a token, 128 KiB, of which 3 of 4 parts cross NVLink at 240 GB/s: 410 ns after
// 3 steps of 6 us, 18.410 us. Two layers but one without experts, two microbatches.
func TestTrafficOfExperts(t *testing.T) {
	l := smallLayout(1, 1, 4, 2)
	l.Expert = 4
	m := mixed(small(), l)
	m.Layers = 2
	j := newJob(t, m, l, realFabric())
	j.record()
	r := mustRun(t, j)
	seen := 0
	for _, c := range r.Collectives {
		if c.Comm != workload.CommExpert || c.Bytes != 131072 {
			continue
		}
		seen++
		if c.Kind != network.AllToAll || c.Count != 2 || c.Ranks != 4 || c.MaxSeconds != engine.Duration(18_410).Seconds() {
			t.Errorf("%+v", c)
		}
	}
	if seen != 4 {
		t.Errorf("%d all-to-alls of rows, want dispatch, combine and their gradients", seen)
	}
	if exposed := r.Buckets.StageTime(0, trace.ExposedTensor).Float(); exposed < 4*8*18_410 {
		t.Errorf("%g ns exposed, less than 4 ranks wait in 8 of them", exposed)
	}
}
