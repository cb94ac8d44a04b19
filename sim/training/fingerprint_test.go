package training

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/fold"
)

// moved returns what is wrong with the same kinds of parts, others of them.
func moved(t *rapid.T, j *Job, degrades []Degrade) []Degrade {
	most := map[Target]int{TargetGPU: len(j.Role), TargetHost: len(j.hosts()), TargetLink: len(j.Topology.Capacity), TargetSupply: len(j.hosts())}
	out := make([]Degrade, len(degrades))
	for i, d := range degrades {
		d.ID = int32(rapid.IntRange(0, most[d.Target]-1).Draw(t, "moved to"))
		out[i] = d
	}
	return out
}

// TestFingerprint: two states of health with one fingerprint take the same time
// and energy, by the simulation of every rank.
func TestFingerprint(t *testing.T) {
	met := 0
	rapid.Check(t, func(t *rapid.T) { met += compareFingerprints(t, drawFedJob(t, rapid.Bool().Draw(t, "feeds"))) })
	if met < 10 {
		t.Errorf("only %d states had the fingerprint of another", met)
	}
	t.Logf("%d states had the fingerprint of another", met)
}

// compareFingerprints compares states that are that of a job with its parts
// exchanged, and returns how many had the fingerprint of another.
func compareFingerprints(t *rapid.T, build func() *Job) (met int) {
	type found struct {
		step   engine.Duration
		energy engine.Total
	}
	folded, whole := build(), build()
	folded.Fold, whole.Fold = true, false
	runner, oracle := mustPrepare(t, folded).Runner(), mustPrepare(t, whole).Runner()
	known := map[fold.Fingerprint]found{}
	first := folded.Degrade
	for i := range 5 {
		state := first
		if i > 0 {
			state = moved(t, folded, first)
		}
		print := runner.Fingerprint(state)
		r, err := oracle.Run(state, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := found{r.Steady.To.Sub(r.Steady.From), r.Steady.Energy()}
		want, ok := known[print]
		if ok && got != want {
			t.Fatalf("%+v takes %+v, another state with its fingerprint %+v", state, got, want)
		}
		if ok {
			met++
		}
		known[print] = got
	}
	return met
}
