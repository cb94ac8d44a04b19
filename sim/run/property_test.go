package run

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// draws is a source of random specs.
type draws struct{ *rapid.T }

func (t draws) int(name string, low, high int) int { return rapid.IntRange(low, high).Draw(t.T, name) }

func (t draws) flag(name string) bool { return rapid.Bool().Draw(t.T, name) }

func (t draws) seconds(name string, high int) engine.Duration {
	return second / 2 * engine.Duration(t.int(name, 0, 2*high))
}

// law draws a distribution of a mean of at most so many seconds.
func (t draws) law(name string, high int) Distribution {
	return Distribution{Law: Law(t.int(name+" law", 0, int(Lognormal))), Mean: t.seconds(name, high).Seconds(), Shape: []float64{0.5, 0.7, 1.5}[t.int(name+" shape", 0, 2)]}
}

// spec draws a small run with everything on.
func (t draws) spec() *Spec {
	s := &Spec{Steps: int64(t.int("steps", 1, 200)), Until: t.seconds("until", 5000), Limit: 20_000 * second, Ranks: 32, Record: true}
	if t.flag("no horizon") {
		s.Until = 0
	}
	m := &s.Machine
	*m = Machine{Slots: int32(t.int("slots", 1, 8)), Spares: int32(t.int("spares", 0, 4)), GPUs: 2, NICs: 2,
		HostsPerRack: int32(t.int("rack", 0, 3)), HostsPerPod: int32(t.int("pod", 0, 5)),
		Supplies: int32(t.int("supplies", 1, 4)), HostsPerRow: int32(t.int("row", 0, 5)), HostsPerUPS: int32(t.int("ups", 0, 5)), Replicas: int32(t.int("replicas", 1, 4))}
	if t.flag("order") {
		m.Order = make([]int32, m.Slots)
		for i := range m.Order {
			m.Order[i] = m.Slots - 1 - int32(i)
		}
	}
	hosts := int64(m.Slots + m.Spares)
	for left := m.hosts(); left > 0 && t.flag("delivery"); {
		n := int32(t.int("hosts delivered", 1, int(left)))
		s.Deliveries, left = append(s.Deliveries, Delivery{At: engine.Time(t.seconds("delivered", 1000)), Hosts: n}), left-n
	}
	slices.SortFunc(s.Deliveries, func(a, b Delivery) int { return int(a.At - b.At) })
	for range t.int("kinds", 0, 4) {
		s.Kinds = append(s.Kinds, t.kind(hosts))
	}
	for range t.int("incidents", 0, 5) * len(s.Kinds) {
		s.Replay = append(s.Replay, Incident{At: engine.Time(t.seconds("at", 1000)), Kind: int32(t.int("kind", 0, len(s.Kinds)-1)), Host: int32(t.int("host", 0, int(hosts)-1))})
	}
	slices.SortFunc(s.Replay, func(a, b Incident) int { return int(a.At - b.At) })
	for range t.int("stragglers", 0, 2) {
		g := Straggler{Target: Target(t.int("target", 0, 2)), Parts: hosts * int64(t.int("parts", 1, 2)), Lasts: t.law("lasts", 200),
			Share: []float64{0, 0.2}[t.int("share", 0, 1)], Severity: Severity{Low: 0.05, High: 0.6}}
		if b := t.int("between", 0, 10000); b > 1000 {
			g.Between.Mean = float64(b)
		}
		s.Stragglers = append(s.Stragglers, g)
	}
	s.Checkpoint = Checkpoint{Every: int64(t.int("every", 0, 12)), Save: t.seconds("save", 10), Write: t.seconds("write", 60), Keep: t.int("keep", 0, 2),
		Restore: t.seconds("restore", 20), Memory: int64(t.int("memory", 0, 3)), MemorySave: t.seconds("memory save", 2), MemoryRestore: t.seconds("memory restore", 5)}
	s.Recovery = Recovery{Detection: t.law("detection", 20), Reschedule: t.law("reschedule", 20), Startup: t.law("startup", 20), Init: t.law("init", 20),
		InitPerRank: t.seconds("per rank", 1), Data: t.law("data", 5), Source: Source(t.int("source", 0, 3)), PeerRestore: t.seconds("peer restore", 5),
		Shrink: t.flag("shrink"), Least: int32(t.int("least", 0, int(m.Replicas))), Rejoin: t.law("rejoin", 10), Timeout: t.seconds("timeout", 30)}
	s.Repair = Repair{Automatic: t.law("automatic", 500), Manual: t.law("manual", 2000), Escalates: []float64{0, 0.5}[t.int("escalates", 0, 1)], Crews: int32(t.int("crews", 0, 2))}
	s.Lemons = Lemons{Share: []float64{0, 0.3}[t.int("lemons", 0, 1)], Factor: 3, Retire: int32(t.int("retire", 0, 6)), Window: t.seconds("window", 2000)}
	s.Eviction = Eviction{Enabled: t.flag("evict"), Detect: t.law("detect", 50), Above: 0.1}
	s.Power = Power{Polling: 800_011, Loaded: 700_001, Idle: 300_007, Spare: 99}
	if t.flag("site") {
		s.Site = &Site{Start: t.seconds("start", 5000), Hour: changing}
	}
	s.Step = t.steps(m.Replicas)
	if t.flag("trips") {
		s.Kinds = append(s.Kinds, Kind{Name: "trip", Scope: TakesHost, OwnRepair: t.flag("resets"), Repair: t.law("reset", 500), Reset: t.flag("reset")})
		s.Step = t.trips(s.Step)
	}
	return s
}

// kind draws a kind of failure that strikes every few hundred seconds.
func (t draws) kind(hosts int64) Kind {
	k := Kind{Life: t.law("life", 500), Effect: Effect(t.int("effect", 0, int(Weaken))), Scope: Scope(t.int("scope", 0, int(TakesSite))), Supplies: int32(t.int("supplies", 1, 3)), Crews: int32(t.int("swap crews", 0, 2)), Stationary: t.flag("stationary"),
		Detection: t.law("own detection", 100), OwnDetection: t.flag("detects"), Outage: t.law("outage", 30), OwnRepair: t.flag("repairs"), Repair: t.law("own repair", 500)}
	if k.Parts = hosts * int64(t.int("parts", 1, 2)); t.flag("of the job") {
		k.OfJob, k.Parts, k.Scope = true, 1, TakesNothing
	}
	if k.Life.Mean *= float64(k.Parts); k.Life.Mean < 20 {
		k.Life.Mean = 0
	}
	return k
}

// steps draws how long steps take, in any state of health, with noise or without.
func (t draws) steps(replicas int32) Steps {
	steps, noise := constant(t.seconds("step", 10)+second, replicas), t.flag("noise")
	return func(h *Health) (*Step, error) {
		for i := range h.Slow {
			if i > 0 && compareSlow(h.Slow[i-1], h.Slow[i]) >= 0 || h.Slow[i].Slot < 0 {
				t.Fatalf("parts are out of order, twice there or nowhere: %v", h.Slow)
			}
		}
		s, err := steps(h)
		if noise {
			s.Samples = []engine.Duration{s.Time - second/3, s.Time, s.Time + second/7, s.Time + second}
		}
		return s, err
	}
}

// trips returns steps some of which end in a trip of the hosts that are short of
// supplies, if they go on.
func (t draws) trips(steps Steps) Steps {
	after := t.seconds("trips after", 200)
	return func(h *Health) (*Step, error) {
		s, err := steps(h)
		for i, short := range h.Short {
			if i > 0 && h.Short[i-1].Slot >= short.Slot || short.Slot < 0 || short.Supplies < 1 {
				t.Fatalf("hosts are out of order, twice there or lack nothing: %v", h.Short)
			}
			if short.Slot%2 == 0 {
				s.Trip = &Trip{After: after, Cause: "trip", Slots: []int32{short.Slot}}
			}
		}
		return s, err
	}
}

// A run ends with a result or one of three errors. At every instant every host is
// in one place and no slot of a running job is empty; the energy is the sum of power
// times time; and counts agree.
func TestRunsBalance(t *testing.T) {
	ends := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		for range 20 { // 2,000 runs in the default 100 checks
			ends[balance(t, draws{t}.spec(), rapid.Uint64().Draw(t, "seed"))]++
		}
	})
	t.Logf("runs end: %v", ends)
	if ends["result"] == 0 || ends["does not"] == 0 || ends["cannot go"] == 0 {
		t.Error("want results, runs that do not end and such that cannot go on")
	}
}

// balance checks one run and returns how it ends.
func balance(t rapid.TB, s *Spec, seed uint64) string {
	r, err := newReplica(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	w := witness{TB: t, replica: r, pressed: engine.Never}
	for r.goesOn() {
		w.account()
		r.instant()
		w.look()
	}
	if r.err != nil {
		return strings.Join(strings.Fields(r.err.Error())[2:4], " ")
	}
	if err := r.close(); err != nil {
		t.Fatal(err)
	}
	w.compare(r.out)
	again, err := Simulate(s, seed)
	if err != nil || !reflect.DeepEqual(again, r.out) {
		t.Fatalf("the same seed gave another outcome: %v", err)
	}
	s.Record = false
	silent, err := Simulate(s, seed)
	if again.forgetRecord(); err != nil || !reflect.DeepEqual(again, silent) {
		t.Fatalf("recording changed the outcome: %v", err)
	}
	return "result"
}

// witness watches a run from the outside.
type witness struct {
	rapid.TB
	*replica
	at            engine.Time
	energy, spare engine.Total
	states        [NumPowerStates]engine.Total
	bill, spares  Tally
	pressed       engine.Time // since when something waits for the end of a step; Never: nothing does
}

// account adds the energy from the last instant to the next.
func (w *witness) account() {
	next, _ := w.queue.Peek()
	if w.spec.Until > 0 {
		next = min(next, engine.Time(w.spec.Until))
	}
	power, state := w.spec.Power.Idle, Down
	switch w.phase {
	case stalled, detecting:
		power, state = w.spec.Power.Polling, Polling
	case saving, copying, rescuing, restoring:
		power, state = w.spec.Power.Loaded, Checkpointing
	}
	power = power * int64(w.fleet.powered()) / int64(w.spec.Machine.Slots)
	if w.phase == computing {
		step, err := w.spec.Step(&w.health)
		if err != nil {
			w.Fatal(err)
		}
		power, state = int64(math.Round(step.Energy.Float()/float64(step.Time))), Stepping
	}
	w.states[state].AddProduct(uint64(power), uint64(next.Sub(w.at)))
	if w.spec.Site != nil {
		w.charge(&w.bill, next, power, true)
		w.charge(&w.spares, next, w.spec.Power.Spare*int64(len(w.fleet.ready)), false)
	}
	w.energy.AddProduct(uint64(power), uint64(next.Sub(w.at)))
	w.spare.AddProduct(uint64(w.spec.Power.Spare)*uint64(len(w.fleet.ready)), uint64(next.Sub(w.at)))
	w.at = next
}

// look checks that hosts, slots and lists agree.
func (w *witness) look() {
	f := &w.fleet
	var count [retired + 1]int
	for h, p := range f.place {
		count[p]++
		if (p == inSlot) != (f.slot[h] >= 0) || p == inSlot && f.host[f.slot[h]] != int32(h) || (p == spare) != slices.Contains(f.ready, int32(h)) {
			w.Fatalf("at %v host %d is in place %d, slot %d; spares %v", w.now, h, p, f.slot[h], f.ready)
		}
	}
	if count[ordered] != int(f.ordered) || int32(len(w.late)) != f.ordered || count[spare] != len(f.ready) || count[inRepair] != int(f.repair) || count[retired] != int(f.gone) || f.working() != int32(count[inSlot]+count[spare]) {
		w.Fatalf("at %v hosts are %v, of which %d ready, %d in repair, %d gone", w.now, count, len(f.ready), f.repair, f.gone)
	}
	if crews := w.spec.Repair.Crews; crews > 0 && (f.busy > crews || len(f.queue) > 0 && f.busy < crews) {
		w.Fatalf("at %v %d of %d crews are busy while %d hosts wait", w.now, f.busy, crews, len(f.queue))
	}
	if down := w.isDown() || w.phase == rescuing || !w.goesOn(); !down && slices.ContainsFunc(f.order[:f.active], func(s int32) bool { return f.host[s] < 0 }) {
		w.Fatalf("at %v slots are empty in phase %s: %v", w.now, phaseNames[w.phase], f.host)
	}
	whole := f.inUse()
	for _, b := range f.broken[:f.inUse()] {
		if b {
			whole--
		}
	}
	if whole != f.whole || w.phase <= stalled && whole < f.inUse() || f.active != w.slotsFor(w.lost) {
		w.Fatalf("at %v %d replicas are whole, not %d; %d slots in use with %d replicas lost", w.now, whole, f.whole, f.active, w.lost)
	}
	if w.progress.carried > 0 && w.phase != stalled && w.goesOn() {
		w.Fatalf("at %v a step is in flight in phase %s", w.now, phaseNames[w.phase])
	}
	switch {
	case w.phase != computing || !w.stale && !w.pressing():
		w.pressed = engine.Never
	case w.now-engine.Time(w.step.Time+second) > w.pressed: // the longest step with noise
		w.Fatalf("at %v nothing has been done since %v about what is to change after a step", w.now, w.pressed)
	default:
		w.pressed = min(w.pressed, w.now)
	}
}

// compare checks an outcome against what was seen.
func (w *witness) compare(o *Outcome) {
	var energy, lostEnergy engine.Total
	for b := range NumBuckets {
		energy.AddTotal(o.Energy[b])
	}
	if energy != w.energy || o.Spare != w.spare {
		w.Fatalf("buckets hold %v mW·ns, power times time is %v; spares %v, %v", energy, w.energy, o.Spare, w.spare)
	}
	if states := o.EnergyByState(); states != w.states {
		w.Fatalf("power states hold %v mW·ns, power times time is %v", states, w.states)
	}
	w.compareBills(o)
	var planned, unplanned, counted int64
	for k, n := range o.Failures {
		if w.spec.Kinds[k].Effect == Planned {
			planned += n
		} else {
			unplanned += n
		}
	}
	if o.Interruptions > unplanned || o.Planned > planned+o.Evictions || o.Restores > o.Interruptions+o.Planned {
		w.Fatalf("%d stops of %d failures, %d planned of %d and %d evictions, %d restores", o.Interruptions, unplanned, o.Planned, planned, o.Evictions, o.Restores)
	}
	var whole, lost engine.Duration
	for _, c := range o.StepTimes {
		whole += c.Time * engine.Duration(c.Count)
		counted += c.Count
	}
	if steps := o.Time[Productive] + o.Time[Degraded] + o.Time[WastedProgress]; whole > steps || counted < o.Steps {
		w.Fatalf("%d whole steps took %d ns, buckets of steps hold %d; %d steps count", counted, whole, steps, o.Steps)
	}
	if w.spec.Until == 0 && o.Steps != w.spec.Steps || o.Steps > w.spec.Steps || w.spec.Until > 0 && o.End.Sub(0) > w.spec.Until {
		w.Fatalf("%d of %d steps in %d of %d ns", o.Steps, w.spec.Steps, o.End, w.spec.Until)
	}
	for k := range o.Lost {
		lost += o.Lost[k]
		lostEnergy.AddTotal(o.LostEnergy[k])
	}
	if lost > o.Time.Wall()-o.Time[Productive]-o.Time[Degraded] || energy.Less(lostEnergy) {
		w.Fatalf("failures cost %d ns of %v", lost, o.Time)
	}
}
