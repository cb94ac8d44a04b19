package scenario

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// shrinkText is a scenario of 4 replicas of 2 stages on 8 hosts, which the ranks
// fill in an order of their own.
const shrinkText = `title = "a test"
[model]
preset = "gpt-3.6b"
[layout]
tensor = 8
pipeline = 2
data = 4
global_batch = 16
order = "tensor-pipeline-data"
recompute = "full"
[host]
preset = "dgx-a100"
[machine]
hosts = 9
host_list = [8, 7, 6, 5, 4, 3, 2, 1]
[run]
record = [0, 24, 32, 56]
`

// TestShrunkPlaces: those that are left stay on their GPUs, in a machine of the
// same links; the hosts of those that are gone are free.
func TestShrunkPlaces(t *testing.T) {
	c, err := parse(t, shrinkText)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := c.Job(nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := c.Shrunk(1, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.GPUs) != 64 || len(j.GPUs) != 48 || len(j.Role) != 48 {
		t.Fatalf("%d ranks, %d without one of four replicas", len(whole.GPUs), len(j.GPUs))
	}
	var hosts []int32
	for r, gpu := range j.GPUs {
		stage, replica, tensor := r/24, r/8%3, r%8
		if was := whole.GPUs[32*stage+8*replica+tensor]; gpu != was {
			t.Errorf("rank %d is on GPU %d, was on %d", r, gpu, was)
		}
		if host := gpu / 8; !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	if slices.Sort(hosts); !slices.Equal(hosts, []int32{3, 4, 5, 6, 7, 8}) {
		t.Errorf("hosts %v are at work, want 3 to 8", hosts)
	}
	if !reflect.DeepEqual(j.Topology, whole.Topology) {
		t.Error("the network is another")
	}
	// Of the ranks recorded, 24 and 56 were of the last replica; 32 begins stage 1.
	if !slices.Equal(j.Spans, []int32{0, 24}) {
		t.Errorf("ranks %v are recorded, want 0 and 24", j.Spans)
	}
	// 16 microbatches over 3 are 6, 5 and 5: two programs a stage.
	if want := []int32{0, 2, 2, 1, 3, 3}; len(j.Programs) != 4 || !slices.Equal(everyEighth(j.Role), want) {
		t.Errorf("%d programs, of the replicas of each stage %v, want %v", len(j.Programs), everyEighth(j.Role), want)
	}
	if _, err := training.Run(j); err != nil {
		t.Error(err)
	}
}

func everyEighth(list []int32) (out []int32) {
	for i := 0; i < len(list); i += 8 {
		out = append(out, list[i])
	}
	return out
}

// TestShrunkByNone is the job itself, to the digest.
func TestShrunkByNone(t *testing.T) {
	c, err := parse(t, shrinkText)
	if err != nil {
		t.Fatal(err)
	}
	var results [2]*training.Result
	for i, build := range []func(*trace.Recorder) (*training.Job, error){c.Job, func(rec *trace.Recorder) (*training.Job, error) { return c.Shrunk(0, rec) }} {
		j, err := build(&trace.Recorder{})
		if err != nil {
			t.Fatal(err)
		}
		if results[i], err = training.Run(j); err != nil {
			t.Fatal(err)
		}
	}
	if results[0].Digest != results[1].Digest || results[0].End != results[1].End {
		t.Error("the two differ")
	}
}

// TestCannotShrink: what cannot be is told, with why.
func TestCannotShrink(t *testing.T) {
	for _, c := range []struct {
		set  string
		lost int
		want string
	}{
		{"run.steps=1", 4, "layout.data: 4 of 4 replicas lost: at least one must be left"},
		{"run.steps=1", -1, "layout.data: -1 of 4 replicas lost"},
		// GPipe keeps the activations of 8 microbatches, of 2 in the whole job.
		{"layout.schedule=gpipe layout.recompute=none layout.global_batch=8 gpu.memory=10GiB", 3, "with 1 of 4 replicas: layout: stage 1 needs"},
	} {
		cfg, err := parse(t, shrinkText, strings.Fields(c.set)...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cfg.Shrunk(c.lost, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("without %d replicas: error %v does not say %q", c.lost, err, c.want)
		}
	}
}
