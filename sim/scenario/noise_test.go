package scenario

import (
	"slices"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/training"
)

const noiseText = shrinkText + `
[noise]
jitter = "1 %"
jitter_distribution = "exponential"
sequence_imbalance = "20 %"
gc_pause = "300 ms"
gc_every = 100
gc_planned = true
`

// TestNoise: the section reaches the job, reads back, and without it or with
// nothing in it there is no noise.
func TestNoise(t *testing.T) {
	c, err := parse(t, noiseText, "run.seed=7")
	if err != nil {
		t.Fatal(err)
	}
	if back, err := parse(t, string(c.TOML())); err != nil || !equal(c, back) {
		t.Errorf("%v in\n%s", err, c.TOML())
	}
	j, err := c.Shrunk(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := training.Noise{Seed: 7, Jitter: 0.01, Exponential: true, Imbalance: 0.2, Pause: 300 * engine.Millisecond, PauseEvery: 100, Planned: true}
	got := *j.Noise
	if replica := everyEighth(got.Replica); !slices.Equal(replica, []int32{0, 1, 2, 0, 1, 2}) {
		t.Errorf("replicas %v", replica)
	}
	if got.Replica = nil; got.Seed != want.Seed || got.Jitter != want.Jitter || got.Exponential != want.Exponential || got.Imbalance != want.Imbalance ||
		got.Pause != want.Pause || got.PauseEvery != want.PauseEvery || got.Planned != want.Planned {
		t.Errorf("noise %+v, want %+v", got, want)
	}
	for _, text := range []string{shrinkText, shrinkText + "[noise]\ngc_every = 7\n"} {
		c, err := parse(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if j, err := c.Job(nil); err != nil || j.Noise != nil {
			t.Errorf("%v, noise %+v", err, j.Noise)
		}
	}
}
