package study

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// pretendPool simulates replicas that take as long as they say and never end in
// order: a later one is quicker.
func pretendPool(most, workers int, simulate func(number int) error) *pool {
	return &pool{
		Replication: Replication{Workers: workers, Done: func(int, int) {}},
		most:        most,
		enough:      func([]*replica) bool { return false },
		simulate: func(number int, _ run.Steps) (*run.Outcome, error) {
			time.Sleep(time.Duration(most-number) * 100 * time.Microsecond)
			return &run.Outcome{Seed: replicaSeed(1, number), Steps: int64(number)}, simulate(number)
		},
	}
}

func fine(int) error { return nil }

// Replicas come in their order, all of them, whatever the number of workers.
func TestPoolOrder(t *testing.T) {
	for _, workers := range []int{0, 1, 2, 7} {
		p := pretendPool(20, workers, fine)
		var told []int
		p.Done = func(done, most int) { told = append(told, done) }
		replicas, err := p.run(t.Context())
		if err != nil || len(replicas) != 20 || len(told) != 20 || told[19] != 20 {
			t.Fatalf("%d replicas with error %v, told %v", len(replicas), err, told)
		}
		for i, r := range replicas {
			if r.Outcome.Steps != int64(i) || r.Outcome.Seed != replicaSeed(1, i) {
				t.Errorf("%d workers: replica %d is %+v", workers, i, r.Outcome)
			}
		}
	}
}

// Whether there are enough is asked of the first replicas in their order: the
// number does not hang on who is done first.
func TestPoolStopsWhenThereAreEnough(t *testing.T) {
	for _, workers := range []int{1, 3, 8} {
		p := pretendPool(50, workers, func(number int) error {
			if number > 12 {
				return errors.New("nobody needs it")
			}
			return nil
		})
		p.enough = func(first []*replica) bool {
			for i, r := range first {
				if r.Outcome.Steps != int64(i) {
					t.Errorf("asked of replica %d in place %d", r.Outcome.Steps, i)
				}
			}
			return len(first) == 11
		}
		if replicas, err := p.run(t.Context()); err != nil || len(replicas) != 11 {
			t.Errorf("%d workers: %d replicas, error %v; want 11", workers, len(replicas), err)
		}
	}
}

// The first replica that fails is told, whichever fails first, and a panic is an
// error too.
func TestPoolFails(t *testing.T) {
	for _, workers := range []int{1, 3, 8} {
		var begun atomic.Int32
		p := pretendPool(50, workers, func(number int) error {
			begun.Add(1)
			switch {
			case number == 9:
				panic("index out of range")
			case number >= 6:
				return errors.New("no host is left")
			}
			return nil
		})
		if _, err := p.run(t.Context()); err == nil || err.Error() != "replica 6: no host is left" {
			t.Errorf("%d workers: error %v", workers, err)
		}
		if n := begun.Load(); n > 20 {
			t.Errorf("%d replicas were begun", n)
		}
	}
	p := pretendPool(1, 1, func(int) error { panic("index out of range") })
	if _, err := p.run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "replica 0: a mistake in simulate itself, please report it with your scenario: index out of range\n") {
		t.Errorf("error %v", err)
	}
}

// A context that ends stops replicas in flight at the next step that they ask for.
func TestPoolStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	p := pretendPool(50, 2, fine)
	p.memo = newMemo(testSubject(parse(t, cluster64)), 2)
	p.simulate = func(number int, steps run.Steps) (*run.Outcome, error) {
		for {
			if _, err := steps(&run.Health{}); err != nil {
				return nil, err
			}
			if number == 3 {
				cancel(stopped)
			}
			if number < 3 {
				return &run.Outcome{}, nil
			}
		}
	}
	if _, err := p.run(ctx); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the end", err)
	}
}

// Finished replicas are kept: a second run simulates only what is missing, and
// nothing that was cut short, changed, or made from another scenario.
func TestPoolResumes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	simulated := map[int]bool{}
	again := func(scenario string) []*replica {
		t.Helper()
		var err error
		p := pretendPool(6, 1, func(number int) error { simulated[number] = true; return nil })
		if p.store, err = newStore(dir, []byte(scenario)); err != nil {
			t.Fatal(err)
		}
		clear(simulated)
		replicas, err := p.run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return replicas
	}
	first := again("a")
	if len(simulated) != 6 {
		t.Fatalf("%d replicas were simulated, want 6", len(simulated))
	}
	change := func(name string, f func([]byte) []byte) {
		t.Helper()
		path := filepath.Join(dir, name)
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, f(data), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	change("000001.json", func(b []byte) []byte { return b[:len(b)/2] })
	change("000002.json", func(b []byte) []byte { b[len(b)-3] ^= 1; return b })
	if err := os.Remove(filepath.Join(dir, "000003.json")); err != nil {
		t.Fatal(err)
	}
	change("000004.json", func([]byte) []byte { return nil })
	data, err := os.ReadFile(filepath.Join(dir, "000000.json"))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "000005.json"), data, 0o644) // sound, but of another number
	}
	if err != nil {
		t.Fatal(err)
	}
	if second := again("a"); !reflect.DeepEqual(first, second) {
		t.Errorf("the second run gives %+v, the first %+v", second, first)
	}
	if want := map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}; !reflect.DeepEqual(simulated, want) {
		t.Errorf("simulated again: %v, want %v", simulated, want)
	}
	if again("a"); len(simulated) != 0 {
		t.Errorf("simulated a third time: %v", simulated)
	}
	if again("b"); len(simulated) != 6 {
		t.Errorf("of another scenario %v were simulated", simulated)
	}
}

// What a store gives back is what it was given, to the last bit.
func TestStoreRoundTrip(t *testing.T) {
	s, err := newStore(t.TempDir(), []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	want := &replica{
		Outcome: &run.Outcome{Seed: 1<<64 - 1, End: 1<<62 + 1, Failures: []int64{3, 0}, Lost: []engine.Duration{5, 6}, LostEnergy: []engine.Total{{Hi: 1<<64 - 1, Lo: 7}, {}},
			StepTimes: []run.StepCount{{Time: 7, Count: 9}}, Marks: []run.Mark{{At: 3, Kind: run.MarkEnd, Index: -1, Host: -1, Steps: 8}},
			Pool:    []run.Pool{{At: 1, Spares: 2}},
			Watched: []run.Sight{{Health: run.Health{Lost: 1, Slow: []run.Slow{{Target: run.TargetNIC, Slot: 3, Part: 1, Speed: 900_000}}}, Kind: []int32{2}}}},
		States: []state{{Lost: 1}, {Lost: 1, Look: spelled([]byte("x"))}},
	}
	want.Outcome.Time[run.Productive] = 1<<62 + 1
	want.Outcome.Energy[run.Degraded] = engine.Total{Hi: 3, Lo: 1<<64 - 1}
	if err := s.save(7, want); err != nil {
		t.Fatal(err)
	}
	if got := s.load(7); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if s.load(8) != nil {
		t.Error("a replica that was not kept is there")
	}
	if err := s.remove(); err != nil {
		t.Error(err)
	}
	if s.load(7) != nil {
		t.Error("a removed replica is there")
	}
}
