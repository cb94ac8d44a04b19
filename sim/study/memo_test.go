package study

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/cluster"
	"trainsim/sim/network"
	"trainsim/sim/run"
	"trainsim/sim/scenario"
	"trainsim/sim/training"
)

// cluster64 is a small model on 8 hosts of 8 GPUs: two replicas to a host.
const cluster64 = `title = "64 GPUs"
[model]
name = "tiny"
layers = 4
hidden = 512
heads = 8
vocab = 8192
seq_len = 256
[layout]
tensor = 2
pipeline = 2
data = 16
global_batch = 64
[host]
preset = "dgx-a100"
`

func parse(t testing.TB, text string) *scenario.Config {
	t.Helper()
	c, err := scenario.Parse("test", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// testSubject simulates a scenario whose slots are its hosts, in order.
func testSubject(c *scenario.Config) subject {
	return subject{
		samples: c.Noise.Samples,
		job:     func(lost int32) (*training.Job, error) { return c.Shrunk(int(lost), nil) },
		wrong: func(h *run.Health, _ *network.Topology) ([]training.Degrade, error) {
			var list []training.Degrade
			for _, s := range h.Slow {
				d := training.Degrade{Target: training.TargetGPU, ID: s.Slot*int32(c.Host.GPUs) + s.Part, Speed: cluster.Speed(s.Speed)}
				if s.Target == run.TargetHost {
					d.Target, d.ID = training.TargetHost, s.Slot
				}
				list = append(list, d)
			}
			return list, nil
		},
	}
}

func drawHealth(t *rapid.T) *run.Health {
	h := &run.Health{Lost: rapid.Int32Range(0, 2).Draw(t, "lost")}
	seen := map[int32]bool{}
	for range rapid.IntRange(0, 2).Draw(t, "slow") {
		s := run.Slow{Slot: rapid.Int32Range(0, 6).Draw(t, "slot"), Speed: rapid.SampledFrom([]int32{800_000, 900_000}).Draw(t, "speed")}
		if rapid.Bool().Draw(t, "host") {
			s.Target = run.TargetHost
		} else {
			s.Part = rapid.Int32Range(0, 7).Draw(t, "part")
		}
		if !seen[s.Slot] {
			seen[s.Slot] = true
			h.Slow = append(h.Slow, s)
		}
	}
	slices.SortFunc(h.Slow, func(a, b run.Slow) int { return int(a.Target)*100 + int(a.Slot) - int(b.Target)*100 - int(b.Slot) })
	return h
}

// A step that the memo remembers is the one that a simulation of every rank in
// that very state finds.
func TestMemoAgainstUnfolded(t *testing.T) {
	c := parse(t, cluster64)
	shared := newMemo(testSubject(c), 1)
	w := &worker{memo: shared}
	whole := *c
	whole.Run.Fold = false
	asked := map[string]bool{}
	rapid.Check(t, func(t *rapid.T) {
		h := drawHealth(t)
		asked[string(appendHealth(nil, h))] = true
		got, err := w.asker(context.Background()).step(h)
		if err != nil {
			t.Fatal(err)
		}
		want, err := (&worker{memo: newMemo(testSubject(&whole), 1)}).asker(context.Background()).step(h)
		if err != nil {
			t.Fatal(err)
		}
		if got.Time != want.Time || got.Energy != want.Energy {
			t.Fatalf("with %+v the memo has %+v, the simulation finds %+v", h, got, want)
		}
	})
	t.Logf("%d states were simulated for %d different ones", len(shared.steps), len(asked))
}

// Any one GPU of a stage is the same state; another stage, another speed and a
// whole host are others.
func TestMemoKnowsSymmetry(t *testing.T) {
	w := &worker{memo: newMemo(testSubject(parse(t, cluster64)), 1)}
	a := w.asker(t.Context())
	ask := func(target run.Target, slot, part, speed int32) {
		t.Helper()
		if _, err := a.step(&run.Health{Slow: []run.Slow{{Target: target, Slot: slot, Part: part, Speed: speed}}}); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(states int, what string) {
		t.Helper()
		if len(w.memo.steps) != states || len(a.states()) != states {
			t.Errorf("%d states are known and %d seen after %s, want %d", len(w.memo.steps), len(a.states()), what, states)
		}
	}
	ask(run.TargetGPU, 0, 0, 900_000)
	for slot := range int32(4) {
		ask(run.TargetGPU, slot, 0, 900_000)
		ask(run.TargetGPU, slot, 5, 900_000)
	}
	expect(1, "one slow GPU of the first stage")
	ask(run.TargetGPU, 7, 7, 900_000)
	expect(2, "one of the last")
	ask(run.TargetGPU, 7, 7, 890_000)
	expect(3, "another speed")
	ask(run.TargetHost, 7, 0, 900_000)
	expect(4, "a host")
}

// Workers that ask for the same states at the same time get the same steps, and
// each state is simulated once.
func TestMemoIsShared(t *testing.T) {
	c := parse(t, cluster64)
	m := newMemo(testSubject(c), 4)
	var states []*run.Health
	for slot := range int32(6) {
		states = append(states, &run.Health{Lost: slot % 3, Slow: []run.Slow{{Slot: slot, Part: slot, Speed: 900_000}}})
	}
	var steps [4][]*run.Step
	var wait sync.WaitGroup
	for i := range steps {
		wait.Go(func() {
			a := (&worker{memo: m}).asker(t.Context())
			for j := range states {
				s, err := a.step(states[(i+j)%len(states)])
				if err != nil {
					t.Error(err)
					return
				}
				steps[i] = append(steps[i], s)
			}
		})
	}
	wait.Wait()
	for i := range steps {
		for j := range steps[i] {
			if steps[i][j] != steps[0][(i+j)%len(states)] {
				t.Errorf("worker %d has a step of its own", i)
			}
		}
	}
	if m.jobs.Len() != 3 {
		t.Errorf("%d jobs are kept, want those of 3 numbers of replicas", m.jobs.Len())
	}
}

// No more jobs are kept than there is room for, and the one used last stays.
func TestMemoForgetsJobs(t *testing.T) {
	m := newMemo(testSubject(parse(t, cluster64)), 1)
	first, err := m.layout(0)
	if err != nil {
		t.Fatal(err)
	}
	for lost := range int32(4) {
		if _, err := m.layout(lost); err != nil {
			t.Fatal(err)
		}
		if again, _ := m.layout(0); again != first {
			t.Fatalf("the job in use was dropped for one without %d replicas", lost)
		}
	}
	if m.jobs.Len() != 2 {
		t.Errorf("%d jobs are kept, want 2", m.jobs.Len())
	}
}

// What cannot be simulated is an error that says in which state, and a context
// that has ended stops whoever asks.
func TestMemoErrors(t *testing.T) {
	s := testSubject(parse(t, cluster64))
	a := (&worker{memo: newMemo(s, 1)}).asker(t.Context())
	_, err := a.step(&run.Health{Lost: 16})
	if want := "a step with 16 replicas lost and 0 parts slow: layout.data: 16 of 16 replicas lost: at least one must be left"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if _, err := (&worker{memo: newMemo(s, 1)}).asker(ctx).step(&run.Health{}); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the end", err)
	}
}
