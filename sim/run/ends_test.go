package run

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"trainsim/sim/engine"
)

// TestErrors: what is said of runs that cannot end.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Spec)
		want   string
	}{
		{"failures that are faster than restarts", func(s *Spec) {
			s.Kinds[program].Parts, s.Kinds[program].Life, s.Limit = 1, Always(15*second), 0
		}, "the run makes no progress: 100001 stops in a row without getting past step 0 of 9 (after 17.36 days); " +
			"failures come faster than a restart and the steps between two checkpoints take"},
		{"a limit", func(s *Spec) { s.Limit = 87 * second },
			"the run does not end: 6 of 9 steps after 0.001007 days and 0 interruptions, goodput 0.736; the last of it was productive"},
		{"no host left", func(s *Spec) {
			s.Lemons.Retire = 1
			s.Replay = []Incident{{At: engine.Time(50 * second), Host: 1}, {At: engine.Time(50 * second), Host: 2}, {At: engine.Time(50 * second), Host: 4}}
		}, "the run cannot go on after 0.0006944 days: of 6 hosts 3 have left for good, too many for the job; 3 of 9 steps are done"},
		{"no host left that may shrink", func(s *Spec) {
			shrink(s)
			alone(s)
			s.Lemons.Retire = 1
			s.Replay = []Incident{{At: engine.Time(50 * second), Host: 1}, {At: engine.Time(150 * second), Host: 0}, {At: engine.Time(150 * second), Host: 2}}
		}, "the run cannot go on after 0.001852 days: of 4 hosts 3 have left for good, too many for the job; 6 of 12 steps are done"},
		{"steps that take no time", func(s *Spec) { s.Step = constant(0, 2) }, "a step takes 0 ns; it must take time"},
	} {
		s := story()
		c.change(s)
		if o, err := Simulate(s, 1); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, %v; want\n%s", c.name, o, err, c.want)
		}
	}
}

// A run without hosts goes on to its horizon, if it has one.
func TestHorizonWithoutHosts(t *testing.T) {
	s := story()
	alone(s)
	s.Until, s.Lemons.Retire = 500*second, 1
	s.Replay = []Incident{{At: engine.Time(60 * second), Host: 1}}
	o := simulate(t, s, 1)
	if o.End != engine.Time(500*second) || o.Time[WaitingForHosts] != 430*second || o.Steps != 3 || o.Retired != 1 {
		t.Errorf("ends at %v after %v of waiting, %d steps done, %d hosts retired", o.End.Seconds(), o.Time[WaitingForHosts].Seconds(), o.Steps, o.Retired)
	}
}

// A repair that takes longer than there is time never ends, and a step that cannot
// be told ends the run, whenever it is.
func TestBeyond(t *testing.T) {
	s := story()
	s.Repair.Automatic = Always(1 << 62)
	s.Replay = []Incident{{At: engine.Time(400 * second), Host: 1}}
	s.Steps = 60
	if o := simulate(t, s, 1); o.Replacements != 1 || o.LeastSpares != 1 {
		t.Errorf("%d hosts replaced, at least %d spares", o.Replacements, o.LeastSpares)
	}
	s.Repair.Automatic.Mean = math.Inf(1)
	simulate(t, s, 1)
	healthy, unknown := s.Step, errors.New("no such step")
	s.Slowdowns = []Slowdown{{At: engine.Time(50 * second), Speed: 500_000}}
	s.Step = func(h *Health) (*Step, error) {
		if !h.Healthy() {
			return nil, unknown
		}
		return healthy(h)
	}
	if o, err := Simulate(s, 1); err != unknown {
		t.Errorf("ends with %v, %v", o, err)
	}
}

// A host retires after two failures of its own within the window: those of its rack,
// those planned, and those long ago do not count.
func TestRetirement(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures []Incident // At in seconds
		want     int64
	}{
		{"twice", []Incident{{60, crash, 1}, {200, crash, 1}}, 1},
		{"long between", []Incident{{60, crash, 1}, {600, crash, 1}}, 0},
		{"with its rack", []Incident{{60, crash, 1}, {200, rack, 0}}, 0},
		{"planned", []Incident{{60, crash, 1}, {200, maintenance, 1}}, 0},
		{"while in repair", []Incident{{60, crash, 1}, {100, crash, 1}}, 0},
		{"two hosts", []Incident{{60, crash, 1}, {100, crash, 2}}, 0},
	} {
		s := story()
		s.Steps, s.Lemons.Retire, s.Lemons.Window = 60, 2, 300*second
		for _, f := range c.failures {
			f.At *= engine.Time(second)
			s.Replay = append(s.Replay, f)
		}
		if got := simulate(t, s, 1).Retired; got != c.want {
			t.Errorf("%s: %d hosts retired, want %d", c.name, got, c.want)
		}
	}
}

// TestWatch: a GPU of host 1 is slow from 60 s on, for two reasons from 62 s on;
// at 64 s the host crashes and loses its slot. Two spares failed before, so that the
// job goes on without a replica.
func TestWatch(t *testing.T) {
	s := story()
	s.Recovery.Shrink = true
	at := func(seconds int) engine.Time { return engine.Time(seconds) * engine.Time(second) }
	s.Slowdowns = []Slowdown{{At: at(60), Host: 1, Part: 3, Speed: 900_000}, {At: at(62), Host: 1, Part: 3, Speed: 800_000, Lasts: 10 * second}}
	s.Replay = []Incident{{At: at(50), Kind: rack, Host: 4}, {At: at(64), Kind: crash, Host: 1}}
	s.Watch = []engine.Time{at(59), at(61), at(63), at(65), at(100)}
	want := []Health{{}, {Slow: []Slow{{Slot: 1, Part: 3, Speed: 900_000}}}, {Slow: []Slow{{Slot: 1, Part: 3, Speed: 800_000}}}, {}, {Lost: 1}}
	var got []Health
	for i, w := range simulate(t, s, 1).Watched {
		if w.At != s.Watch[i] || len(w.Kind) != len(w.Slow) {
			t.Errorf("watched %+v", w)
		}
		if len(w.Slow) == 0 {
			w.Slow = nil
		}
		got = append(got, w.Health)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("watched %+v, want %+v", got, want)
	}
}

// TestSpread: ten hosts, eight of them in slots, in racks of four: the racks begin at
// hosts 0, 4 and 8, and two of the three are of the slots. Each GPU is on its host.
func TestSpread(t *testing.T) {
	m := Machine{Slots: 8, Spares: 2, HostsPerRack: 4}
	racks, gpus := m.spread(3, TakesRack), m.spread(20, TakesRack)
	if first, n := racks.of(0); first != 0 || n != 2 || racks.host(1) != 4 || racks.host(2) != 8 {
		t.Errorf("racks of the job are %d from %d on; they begin at hosts 0, %d and %d", n, first, racks.host(1), racks.host(2))
	}
	if first, n := gpus.of(1); first != 16 || n != 4 || gpus.host(15) != 7 || gpus.host(16) != 8 {
		t.Errorf("GPUs of the spares are %d from %d on; 15 and 16 are on hosts %d and %d", n, first, gpus.host(15), gpus.host(16))
	}
}

// Severities come in steps: 1 % where none are given.
func TestSeverities(t *testing.T) {
	s := Severity{Low: 0.05, High: 0.25}
	seen := map[int32]bool{}
	for i := range 1000 {
		speed := s.speed((float64(i) + 0.5) / 1000)
		if seen[speed] = true; speed%10_000 != 0 || speed < 750_000 || speed > 950_000 {
			t.Fatalf("a speed of %d ppm", speed)
		}
	}
	if len(seen) != 21 {
		t.Errorf("%d speeds from 5 %% to 25 %%, want 21", len(seen))
	}
	s.Grain = 0.1
	if got := s.speed(0.9); got != 800_000 {
		t.Errorf("23 %% in steps of 10 %% leave %d ppm, want 800,000", got)
	}
}
