package run

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// reference plays a job with blocking checkpoints through a list of failures, the
// way one would write it down: no queue, no phases, one failure after another.
type reference struct {
	failures                  []engine.Time
	steps, every              int64
	step, save, down, restart engine.Duration

	now                 engine.Time
	done, kept          int64
	stops               int64
	wasted, saving      engine.Duration
	recovering, startup engine.Duration
}

// strikes returns the next failure within d from now, and whether there is one.
// Those before now were dealt with along the way.
func (r *reference) strikes(d engine.Duration) (engine.Time, bool) {
	for len(r.failures) > 0 && r.failures[0] < r.now {
		r.failures = r.failures[1:]
	}
	if len(r.failures) > 0 && r.failures[0] < r.now.Add(d) {
		at := r.failures[0]
		r.failures = r.failures[1:]
		return at, true
	}
	return 0, false
}

// fail goes back to what is kept and restarts until nothing strikes.
func (r *reference) fail(at engine.Time) {
	for {
		r.stops++
		r.now = at.Add(r.down)
		r.recovering += r.down
		r.done = r.kept
		next, strikes := r.strikes(r.restart)
		if !strikes {
			r.now = r.now.Add(r.restart)
			r.startup += r.restart
			return
		}
		r.startup += next.Sub(r.now)
		at = next
	}
}

func (r *reference) run() {
	for r.kept < r.steps {
		goal := min(r.kept+r.every, r.steps)
		work := r.step * engine.Duration(goal-r.done)
		if at, strikes := r.strikes(work); strikes {
			r.wasted += at.Sub(r.now)
			r.fail(at)
			continue
		}
		r.now, r.done = r.now.Add(work), goal
		if at, strikes := r.strikes(r.save); strikes {
			r.wasted += work
			r.saving += at.Sub(r.now)
			r.fail(at)
			continue
		}
		r.now, r.kept = r.now.Add(r.save), goal
		r.saving += r.save
	}
}

// TestReplay compares with the reference to the tick on random failures. Times lie
// on a coarse grid, so that failures strike at the very instant of a commit, of
// the end of a restart, and of each other.
func TestReplay(t *testing.T) {
	atCommit := 0
	rapid.Check(t, func(t *rapid.T) {
		for range 100 { // 10,000 traces in the default 100 checks
			grid := engine.Duration(rapid.SampledFrom([]int64{1, 7, 1e9, 5e9}).Draw(t, "grid"))
			whole := func(name string, low, high int64) engine.Duration {
				return grid * engine.Duration(rapid.Int64Range(low, high).Draw(t, name))
			}
			ref := reference{steps: rapid.Int64Range(1, 60).Draw(t, "steps"), every: rapid.Int64Range(1, 10).Draw(t, "every"),
				step: whole("step", 1, 10), save: whole("save", 0, 8), down: whole("down", 0, 8), restart: whole("restart", 0, 15)}
			s := base()
			s.Steps, s.Step = ref.steps, constant(ref.step, 1)
			s.Kinds = []Kind{{Name: "job", Parts: 1, OfJob: true}}
			s.Checkpoint = Checkpoint{Every: ref.every, Save: ref.save, Restore: ref.restart}
			s.Recovery.Detection = Always(ref.down / 2)
			s.Recovery.Reschedule = Always(ref.down - ref.down/2)
			at := engine.Time(0)
			for range rapid.IntRange(0, 30).Draw(t, "failures") {
				at = at.Add(whole("gap", 0, 60))
				ref.failures = append(ref.failures, at)
				s.Replay = append(s.Replay, Incident{At: at})
			}
			o, err := Simulate(s, 1)
			if err != nil {
				t.Fatal(err)
			}
			failures := ref.failures
			ref.run()
			if o.End != ref.now || o.Interruptions != ref.stops || o.Steps != ref.steps {
				t.Fatalf("ended at %d with %d stops, want %d with %d", o.End, o.Interruptions, ref.now, ref.stops)
			}
			want := Books{Productive: ref.step * engine.Duration(ref.steps), WastedProgress: ref.wasted, CheckpointSave: ref.saving,
				CheckpointRestore: ref.startup}
			want[Detection] = engine.Duration(ref.stops) * (ref.down / 2)
			want[InfrastructureRecovery] = engine.Duration(ref.stops) * (ref.down - ref.down/2)
			if o.Time != want {
				t.Fatalf("books %v, want %v", o.Time, want)
			}
			first := engine.Time(0).Add(ref.step*engine.Duration(min(ref.every, ref.steps)) + ref.save)
			if len(failures) > 0 && failures[0] == first {
				atCommit++
			}
		}
	})
	if atCommit == 0 {
		t.Error("no failure struck at the instant of a commit")
	}
}
