package run

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// ticker is a job on hosts with spares, repairs and checkpoints written in the
// background, played by looking at every tick of a clock. Its state is what one
// would draw on paper; it shares nothing with the run but the rules.
type ticker struct {
	steps, every                                              int64
	step, save, write, detect, replace, start, restore, mends int64 // ticks
	failures                                                  []Incident

	now         int64
	phase       phase
	left        int64   // ticks of the phase
	slots       []int32 // host of each, -1: empty
	spares      []int32 // longest first
	broken      []int32 // hosts in repair, the first to be mended first
	mended      []int64 // when
	done, saved int64   // steps; and those of the last checkpoint begun
	kept        int64   // those of the last one that is durable
	writing     bool
	writeEnd    int64

	books                 [ended]int64
	wasted                int64
	stops, hits, replaced int64
}

// tick plays what happens at this instant, then lets a tick pass.
func (r *ticker) tick() {
	r.settle()
	for len(r.failures) > 0 && int64(r.failures[0].At) == r.now && r.phase != ended {
		r.fail(r.failures[0].Host)
		r.failures = r.failures[1:]
		r.settle()
	}
	if r.phase != ended {
		r.books[r.phase]++
		r.now, r.left = r.now+1, r.left-1
	}
}

// settle ends what ends now, what is written first and repairs last.
func (r *ticker) settle() {
	for r.phase != ended {
		switch {
		case r.writing && r.writeEnd == r.now:
			r.writing, r.kept = false, r.saved
		case r.left == 0 && r.phase != waiting:
			r.next()
		case len(r.broken) > 0 && r.mended[0] == r.now:
			r.spares = append(r.spares, r.broken[0])
			r.broken, r.mended = r.broken[1:], r.mended[1:]
			if r.phase == waiting {
				r.fill()
			}
		default:
			return
		}
	}
}

// next begins what follows the present phase.
func (r *ticker) next() {
	switch r.phase {
	case computing:
		r.done++
		r.compute()
	case saving:
		if r.saved = r.done; r.done == r.steps || r.write == 0 {
			r.kept = r.done
		} else {
			r.writing, r.writeEnd = true, r.now+r.write
		}
		r.compute()
	case detecting:
		r.phase, r.left = rescheduling, r.replace
	case rescheduling:
		r.fill()
	case starting:
		r.phase, r.left = restoring, 0
		if r.stops > 0 {
			r.left = r.restore
		}
	case restoring:
		r.compute()
	}
}

// compute begins the next step, or the checkpoint that is due.
func (r *ticker) compute() {
	switch {
	case r.kept == r.steps:
		r.phase = ended
	case r.done == r.steps || r.done == r.saved+r.every:
		r.phase, r.left = saving, r.save
		if r.writing {
			r.left += r.writeEnd - r.now
		}
		if r.done == r.steps {
			r.left += r.write
		}
	default:
		r.phase, r.left = computing, r.step
	}
}

// fill starts the program once every slot has a host.
func (r *ticker) fill() {
	for i, h := range r.slots {
		if h < 0 && len(r.spares) > 0 {
			r.slots[i], r.spares = r.spares[0], r.spares[1:]
			r.replaced++
		}
	}
	if slices.Contains(r.slots, -1) {
		r.phase = waiting
	} else {
		r.phase, r.left = starting, r.start
	}
}

// fail sends a host to repair, if it is not there, and stops the job if it was
// part of it.
func (r *ticker) fail(h int32) {
	i := slices.Index(r.slots, h)
	if slices.Contains(r.broken, h) {
		return
	}
	r.broken, r.mended = append(r.broken, h), append(r.mended, r.now+r.mends)
	if i < 0 {
		r.spares = slices.DeleteFunc(r.spares, func(s int32) bool { return s == h })
		return
	}
	r.slots[i] = -1
	r.hits++
	if r.phase == detecting || r.phase == rescheduling || r.phase == waiting {
		return
	}
	lost := (r.done - r.kept) * r.step
	if r.phase == computing {
		lost += r.step - r.left
	}
	r.books[computing] -= lost
	r.wasted += lost
	r.stops++
	r.done, r.saved, r.writing = r.kept, r.kept, false
	r.phase, r.left = detecting, r.detect
}

// TestTicks compares runs on hosts with the reference, to the tick.
func TestTicks(t *testing.T) {
	waits, laps := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		for range 100 { // 10,000 traces in the default 100 checks
			whole := func(name string, low, high int64) int64 { return rapid.Int64Range(low, high).Draw(t, name) }
			ref := &ticker{phase: starting, steps: whole("steps", 1, 30), every: whole("every", 1, 8), step: whole("step", 1, 6),
				save: whole("save", 0, 4), write: whole("write", 0, 20), detect: whole("detect", 0, 4), replace: whole("replace", 0, 4),
				start: whole("start", 0, 4), restore: whole("restore", 0, 6), mends: whole("repair", 0, 80)}
			slots, spares := int32(whole("slots", 1, 4)), int32(whole("spares", 0, 3))
			for at, n := int64(0), whole("failures", 0, 20); n > 0; n-- {
				at += whole("gap", 0, 30)
				ref.failures = append(ref.failures, Incident{At: engine.Time(at), Host: int32(whole("host", 0, int64(slots+spares)-1))})
			}
			for h := range slots + spares {
				if h < slots {
					ref.slots = append(ref.slots, h)
				} else {
					ref.spares = append(ref.spares, h)
				}
			}
			ref.left = ref.start
			s := ref.spec(slots, spares)
			o, err := Simulate(s, 1)
			if err != nil {
				t.Fatal(err)
			}
			for ref.phase != ended {
				ref.tick()
			}
			b := &ref.books
			got := [...]int64{int64(o.End), int64(o.Time[Productive]), int64(o.Time[WastedProgress]), int64(o.Time[CheckpointSave]), int64(o.Time[Detection]),
				int64(o.Time[InfrastructureRecovery]), int64(o.Time[WaitingForHosts]), int64(o.Time[ProgramStartup]), int64(o.Time[CheckpointRestore]),
				o.Interruptions, o.Failures[0], o.Replacements}
			want := [...]int64{ref.now, b[computing], ref.wasted, b[saving], b[detecting], b[rescheduling], b[waiting], b[starting], b[restoring],
				ref.stops, ref.hits, ref.replaced}
			if got != want {
				t.Fatalf("got %v, want %v: end, productive, wasted, save, detection, recovery, waiting, startup, restore, stops, failures, replacements", got, want)
			}
			if b[waiting] > 0 {
				waits++
			}
			if ref.replaced > int64(spares) {
				laps++
			}
		}
	})
	if waits < 100 || laps < 100 {
		t.Errorf("only %d traces wait for hosts, and in only %d a host comes back", waits, laps)
	}
}

// spec returns the run of the reference.
func (r *ticker) spec(slots, spares int32) *Spec {
	s := base()
	s.Machine.Slots, s.Machine.Spares = slots, spares
	s.Steps, s.Step = r.steps, constant(engine.Duration(r.step), 1)
	s.Kinds = []Kind{{Name: "host", Scope: TakesHost}}
	s.Replay = r.failures
	s.Checkpoint = Checkpoint{Every: r.every, Save: engine.Duration(r.save), Write: engine.Duration(r.write), Restore: engine.Duration(r.restore)}
	s.Recovery = Recovery{Detection: Always(engine.Duration(r.detect)), Reschedule: Always(engine.Duration(r.replace)), Startup: Always(engine.Duration(r.start))}
	s.Repair.Automatic = Always(engine.Duration(r.mends))
	return s
}
