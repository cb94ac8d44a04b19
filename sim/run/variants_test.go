package run

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// arrival is a failure or an episode that a process had.
type arrival struct {
	at      engine.Time
	process int
}

// arrivalsOf plays a run and returns what happened to the hosts that begin in slots,
// in service or not, and when.
func arrivalsOf(t testing.TB, s *Spec, seed uint64) (list []arrival, end engine.Time) {
	t.Helper()
	r, err := newReplica(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Concat(r.arrivals.count, r.slow.count)
	for r.goesOn() {
		r.instant()
		for p, n := range slices.Concat(r.arrivals.count, r.slow.count) {
			for ; p%2 == 0 && before[p] < n; before[p]++ {
				list = append(list, arrival{r.now, p})
			}
		}
		copy(before, slices.Concat(r.arrivals.count, r.slow.count))
	}
	if r.err != nil {
		t.Fatal(r.err)
	}
	return list, r.now
}

// Whatever is done about failures, and however many spares there are, the same
// parts fail at the same times and become slow at the same times.
func TestSameFailures(t *testing.T) {
	spec := func(spares int32) *Spec {
		s := story()
		s.Machine.Slots, s.Machine.Spares, s.Machine.Replicas = 16, spares, 4
		hosts := int64(s.Machine.hosts())
		s.Steps, s.Until, s.Limit = 0, 20*hour, 0
		day := Distribution{Law: Exponential, Mean: 86400}
		s.Kinds = []Kind{{Name: "host", Parts: hosts, Scope: TakesHost, Life: day}, {Name: "gpu", Parts: 8 * hosts, Life: Distribution{Law: Weibull, Mean: 864000, Shape: 0.7}},
			{Name: "program", Parts: 1, OfJob: true, Life: day}, {Name: "rack", Parts: ceilDiv(hosts, 2), Scope: TakesRack, Life: day}}
		s.Stragglers = []Straggler{{Parts: hosts, Between: day, Lasts: Always(hour), Severity: Severity{Low: 0.1, High: 0.1}}}
		s.Lemons = Lemons{Share: 0.2, Factor: 4}
		return s
	}
	changes := map[string]func(*Spec){
		"other checkpoints": func(s *Spec) { s.Checkpoint = Checkpoint{Every: 50, Save: second, Write: minute} },
		"no spares":         func(s *Spec) { *s = *spec(0) },
		"more spares":       func(s *Spec) { *s = *spec(9) },
		"shrinking":         func(s *Spec) { s.Recovery.Shrink = true },
		"peers":             peers,
		"copies in memory":  memory,
		"eviction":          func(s *Spec) { s.Eviction.Enabled = true },
		"long repairs":      func(s *Spec) { s.Repair.Automatic = Always(100 * hour) },
		"slow restarts":     func(s *Spec) { s.Recovery.Startup = Always(hour) },
	}
	for seed := range uint64(5) {
		want, _ := arrivalsOf(t, spec(2), seed)
		if len(want) < 20 {
			t.Fatalf("only %d arrivals", len(want))
		}
		for name, change := range changes {
			s := spec(2)
			change(s)
			if got, _ := arrivalsOf(t, s, seed); !slices.Equal(got, want) {
				t.Errorf("%s: other failures:\n%v, want\n%v", name, got, want)
			}
		}
	}
}

// twins are changes of a spec that change nothing of when it ends.
var twins = []struct {
	name   string
	only   func(*Spec) // what both have
	change func(*Spec) // what one has
}{
	{"noise of none", nil, func(s *Spec) {
		steps := s.Step
		s.Step = func(h *Health) (*Step, error) {
			step, err := steps(h)
			step.Samples = []engine.Duration{step.Time, step.Time, step.Time}
			return step, err
		}
	}},
	{"a restart in one piece", nil, func(s *Spec) {
		s.Recovery.Startup, s.Recovery.Init, s.Recovery.Data = Always(13*second), Distribution{}, Distribution{}
	}},
	{"only one checkpoint kept", nil, func(s *Spec) { s.Checkpoint.Keep = 1 }},
	{"as many crews as hosts", nil, func(s *Spec) { s.Repair.Crews = s.Machine.hosts() }},
	{"racks of one host", func(s *Spec) { s.Machine.HostsPerRack = 1 }, func(s *Spec) { s.Kinds[crash].Scope = TakesRack }},
	{"lemons like the others", nil, func(s *Spec) { s.Lemons = Lemons{Share: 0.5, Factor: 1} }},
	{"another order of slots", nil, func(s *Spec) { s.Machine.Order = []int32{3, 1, 0, 2} }},
	{"parts that are hardly slow", nil, func(s *Spec) {
		s.Stragglers = []Straggler{{Parts: 6, Between: Distribution{Mean: 300}, Lasts: Always(minute), Severity: Severity{High: 0.004}}}
	}},
	{"hardly anything is evicted", func(s *Spec) {
		s.Stragglers = []Straggler{{Parts: 6, Between: Distribution{Mean: 300}, Lasts: Always(minute), Severity: Severity{Low: 0.1, High: 0.3}}}
	}, func(s *Spec) { s.Eviction = Eviction{Enabled: true, Above: 0.4} }},
	{"state from peers is a copy of every step", func(s *Spec) {
		s.Machine.Replicas, s.Checkpoint.Memory, s.Checkpoint.MemorySave, s.Recovery.PeerRestore = 8, 1, 0, s.Checkpoint.MemoryRestore
		s.Kinds[crash].Scope = TakesNothing // such that one of the replicas of a host is always left
		s.Recovery.Source, s.Checkpoint.Every, s.Checkpoint.Restore = FromMemory, 0, s.Checkpoint.MemoryRestore
	}, func(s *Spec) { s.Recovery.Source, s.Checkpoint.Memory = FromPeers, 0 }},
	{"nothing to be seen", nil, func(s *Spec) { s.Watch = []engine.Time{1, engine.Time(minute), engine.Time(hour)} }},
}

func TestTwins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(twins).Draw(t, "twins")
		seed, life := rapid.Uint64().Draw(t, "seed"), rapid.Float64Range(100, 3000).Draw(t, "life")
		one := func() *Spec {
			s := story()
			s.Steps, s.Limit = 100, hour*1000
			s.Kinds[crash].Parts, s.Kinds[crash].Life = 6, Distribution{Law: Exponential, Mean: 6 * life}
			s.Kinds[program].Parts, s.Kinds[program].Life = 1, Distribution{Law: Weibull, Shape: 0.7, Mean: 3000}
			if c.only != nil {
				c.only(s)
			}
			if c.name == "state from peers is a copy of every step" {
				s.Kinds[program].Parts = 0 // takes the state of all peers along
			}
			return s
		}
		a, b := one(), one()
		c.change(b)
		want, got := simulate(t, a, seed), simulate(t, b, seed)
		restart := func(o *Outcome) engine.Duration {
			return o.Time[ProgramStartup] + o.Time[AcceleratorInit] + o.Time[CheckpointRestore] + o.Time[DataLoading]
		}
		if got.End != want.End || got.Steps != want.Steps || got.Time[WastedProgress] != want.Time[WastedProgress] || restart(got) != restart(want) {
			t.Fatalf("%s: ends at %v with %v, want %v with %v", c.name, got.End, got.Time, want.End, want.Time)
		}
	})
}

// A run cut short at any time is in balance, and what it has spent so far outside of
// steps only grows.
func TestHorizons(t *testing.T) {
	spec := func(until engine.Duration) *Spec {
		s := story()
		s.Steps, s.Until, s.Recovery.Shrink, s.Recovery.Source, s.Power = 30, until, true, FromSurvivors, Power{Polling: 800, Loaded: 700, Idle: 300, Spare: 9}
		s.Checkpoint.Write, s.Checkpoint.Memory = 12*second, 2
		for _, f := range []Incident{{20, crash, 5}, {37, flap, 1}, {64, crash, 1}, {150, rack, 2}, {155, sdc, 0}, {171, maintenance, 0}, {300, outage15, 1}, {310, crash, 4},
			{420, crash, 0}, {421, rack, 2}, {422, rack, 4}, {423, crash, 1}} {
			f.At *= engine.Time(second)
			s.Replay = append(s.Replay, f)
		}
		return s
	}
	last, seen := &Outcome{}, map[Bucket]bool{}
	for until := second / 2; ; until += second / 2 {
		s := spec(until)
		if how := balance(t, s, 1); how != "result" {
			t.Fatalf("at %v s: %s", until.Seconds(), how)
		}
		o := simulate(t, s, 1)
		for b := CheckpointSave; b < NumBuckets; b++ {
			if o.Time[b] < last.Time[b] {
				t.Fatalf("at %v s %v has shrunk from %v to %v", until.Seconds(), b, last.Time[b], o.Time[b])
			}
			if o.Time[b] > last.Time[b] {
				seen[b] = true
			}
		}
		if last = o; o.End < engine.Time(until) {
			break
		}
	}
	if last.Steps != 30 || len(seen) != int(NumBuckets-CheckpointSave) {
		t.Errorf("%d steps of 30, and only %d buckets were filled: %v", last.Steps, len(seen), last.Time)
	}
}
