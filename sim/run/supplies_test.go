package run

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
)

// supplyKind is supplies, each of which fails by itself and is replaced.
func supplyKind(hosts, each int64, mtbf, replaced engine.Duration) Kind {
	return Kind{Name: "supply", Parts: hosts * each, Life: Distribution{Law: Exponential, Mean: mtbf.Seconds()}, Effect: Weaken, Scope: TakesHost,
		OwnRepair: true, Repair: Distribution{Law: Exponential, Mean: replaced.Seconds()}, Supplies: 1}
}

// binomial returns the chance of k of n where each has chance p.
func binomial(n, k int, p float64) float64 {
	c := 1.0
	for i := range k {
		c *= float64(n-i) / float64(i+1)
	}
	return c * math.Pow(p, float64(k)) * math.Pow(1-p, float64(n-k))
}

// A supply that lives 1/λ and is replaced after 1/μ is a birth-death process of two
// states, and lacks for λ/(λ+μ) of the time; those of a host are so on their own. So
// hosts with k of their six lost are binomial: with 500 and 50 h one of eleven is away,
// and 33.9 % of the hosts lack one, 8.5 % two (too many for N+1) and 1.1 % three.
func TestLostSuppliesAreBinomial(t *testing.T) {
	const hosts, each = 10, 6
	s := base()
	s.Ranks, s.Machine = hosts*8, Machine{Slots: hosts, GPUs: 8, Supplies: each, Replicas: 1}
	s.Kinds = []Kind{supplyKind(hosts, each, 500*hour, 50*hour)}
	s.Step = constant(hour, 1)
	s.Until = 10_000 * hour
	for at := 500 * hour; at < s.Until; at += 200 * hour {
		s.Watch = append(s.Watch, engine.Time(at))
	}
	var lost [each]sample
	for seed := range uint64(20) {
		o := simulate(t, s, seed)
		var count [each]float64
		for _, w := range o.Watched {
			for _, h := range w.Short {
				count[h.Supplies]++
			}
		}
		for k := range lost {
			lost[k].add(count[k] / float64(len(s.Watch)*hosts))
		}
	}
	p := 50.0 / 550
	for k := 1; k <= 3; k++ {
		lost[k].near(t, "hosts with lost supplies", binomial(each, k, p))
	}
}

// Sixty supplies that fail once in 5,000 h, and one crew that takes 50 h for each, are
// a birth-death process: k are away with a chance in proportion to 60!/(60−k)!·(50/5000)^k,
// 1.349 in the mean, where 0.59 would be with a crew for each.
func TestOneCrewForSupplies(t *testing.T) {
	const hosts, each = 10, 6
	s := base()
	s.Ranks, s.Machine = hosts*8, Machine{Slots: hosts, GPUs: 8, Supplies: each, Replicas: 1}
	s.Kinds = []Kind{supplyKind(hosts, each, 5000*hour, 50*hour)}
	s.Kinds[0].Crews = 1
	s.Step = constant(hour, 1)
	s.Until = 20_000 * hour
	for at := 1000 * hour; at < s.Until; at += 500 * hour {
		s.Watch = append(s.Watch, engine.Time(at))
	}
	var away sample
	for seed := range uint64(200) {
		sum := 0.0
		for _, w := range simulate(t, s, seed).Watched {
			for _, h := range w.Short {
				sum += float64(h.Supplies)
			}
		}
		away.add(sum / float64(len(s.Watch)))
	}
	weight, all, mean := 1.0, 1.0, 0.0
	for k := 1; k <= hosts*each; k++ {
		weight *= float64(hosts*each-k+1) * 50 / 5000
		all += weight
		mean += float64(k) * weight
	}
	away.near(t, "supplies away", mean/all)
}

// A supply that a host has lost does not fail again: of two that live 100 h and are
// away for 300 h in the mean, both are away for 9/16 of the time, and the host fails
// with the second. A host that was away has all of them.
func TestLastSupplyStops(t *testing.T) {
	s := base()
	s.Machine.Supplies = 2
	s.Kinds = []Kind{supplyKind(1, 2, 100*hour, 300*hour)}
	s.Kinds[0].Repair = Always(300 * hour)
	s.Step, s.Until, s.Limit = constant(hour, 1), 800_000*hour, 900_000*hour
	s.Checkpoint = Checkpoint{Every: 1}
	o := simulate(t, s, 3)
	// The first after 50 h, the second after 100 more unless the first is replaced before:
	// in a cycle of 50 + 100·(1 − e⁻³) h the host fails with chance 1 − e⁻³, and then is
	// away for 300 h.
	first := 1 - math.Exp(-3)
	cycle := 50 + 100*first + 300*first
	want := 800_000 / cycle * first
	if got := float64(o.Interruptions); math.Abs(got-want) > 3*math.Sqrt(want) {
		t.Errorf("%v stops, want %v", got, want)
	}
	if away, want := o.Time[WaitingForHosts].Seconds()/3600, 300*float64(o.Interruptions); math.Abs(away-want) > 300 {
		t.Errorf("away for %v h, want %v", away, want)
	}
}

// shortTrips is the steps of a job that takes twice as long where a host is short of
// supplies, and trips 25 s after such steps began.
func shortTrips(h *Health) (*Step, error) {
	s, err := constant(10*second, 1)(&Health{Lost: h.Lost})
	if len(h.Short) > 0 {
		s.Time *= 2
		s.Held = true
		s.Trip = &Trip{After: 25 * second, Cause: "supplies_trip", What: "the supplies of a host", Why: "too much", Slots: []int32{h.Short[0].Slot}}
	}
	return s, err
}

// tripping is a job on two hosts with a spare that keeps every step; the first host
// loses supplies at a time.
func tripping(at, back engine.Duration) *Spec {
	s := base()
	s.Steps, s.Machine = 20, Machine{Slots: 2, Spares: 1, GPUs: 8, Supplies: 3, Replicas: 1}
	s.Kinds = []Kind{{Name: "supply_failure", Effect: Weaken, Scope: TakesHost, Supplies: 2, OwnRepair: back > 0, Repair: Always(back)},
		{Name: "supplies_trip", Scope: TakesHost, OwnRepair: true, Repair: Always(minute), Reset: true}}
	s.Replay = []Incident{{At: engine.Time(at)}}
	s.Checkpoint = Checkpoint{Every: 1}
	s.Step = shortTrips
	return s
}

// Supplies are lost within the tenth step. From 100 s on steps take 20 s, and the breaker
// opens at 125 s: 5 s of a step are lost, a spare takes over at once, and nine steps
// are left.
func TestTripByHand(t *testing.T) {
	o := simulate(t, tripping(95*second, 0), 1)
	want := Books{Productive: 200 * second, Degraded: 10 * second, WastedProgress: 5 * second}
	if o.Time != want || o.End != engine.Time(215*second) || !slices.Equal(o.Failures, []int64{1, 1}) || o.Interruptions != 1 || o.Replacements != 1 {
		t.Errorf("books %v, end %v, failures %v, %d stops, %d replacements", o.Time, o.End, o.Failures, o.Interruptions, o.Replacements)
	}
	if o.ShortOfSupplies != 30*second || o.HeldBack != 20*second || o.Lost[1] != 5*second {
		t.Errorf("short for %v ns, held back for %v, lost %v", o.ShortOfSupplies, o.HeldBack, o.Lost)
	}
}

// Without a spare the job waits until the breaker is reset after a minute, and where
// supplies are back only 100 s after they were lost, until then.
func TestTripWaitsForSupplies(t *testing.T) {
	for back, waits := range map[engine.Duration]engine.Duration{50 * second: 60 * second, 100 * second: 70 * second} {
		s := tripping(95*second, back)
		s.Machine.Spares = 0
		o := simulate(t, s, 1)
		want := Books{Productive: 200 * second, Degraded: 10 * second, WastedProgress: 5 * second, WaitingForHosts: waits}
		if o.Time != want {
			t.Errorf("supplies back after %v ns: books %v, want %v", back, o.Time, want)
		}
	}
}

// Supplies that are back within the last step that ends before the breaker opens call
// it off. The step that is in flight at 122 s is one of those that warm it until 125 s.
func TestTripIsCalledOff(t *testing.T) {
	o := simulate(t, tripping(95*second, 27*second), 1)
	if o.Interruptions != 1 {
		t.Errorf("%d stops", o.Interruptions)
	}
	o = simulate(t, tripping(95*second, 24*second), 1)
	want := Books{Productive: 200 * second, Degraded: 10 * second}
	if o.Interruptions != 0 || o.Time != want || o.ShortOfSupplies != 24*second {
		t.Errorf("%d stops, books %v, short for %v ns", o.Interruptions, o.Time, o.ShortOfSupplies)
	}
}

// A trip that comes again and again in one state ends the run, and so does one of a
// job that nothing is wrong with.
func TestTripsAgain(t *testing.T) {
	s := tripping(0, 0)
	s.Replay = nil
	s.Stragglers = []Straggler{{Name: "slow", Target: TargetHost, Parts: 3, Share: 1, Severity: Severity{Low: 0.1, High: 0.1}}}
	s.Step = func(h *Health) (*Step, error) {
		step, err := constant(10*second, 1)(h)
		if len(h.Slow) > 0 {
			step.Trip = &Trip{After: second, Cause: "supplies_trip", Why: "rack 3 is overloaded", Slots: []int32{0}}
		}
		return step, err
	}
	s.Machine.Slots, s.Machine.Spares = 1, 5
	s.Stragglers[0].Parts = 6
	if _, err := Simulate(s, 1); err == nil || !strings.Contains(err.Error(), "the same trip 3 times in a row") || !strings.Contains(err.Error(), "rack 3 is overloaded") {
		t.Errorf("got %v", err)
	}
	s.Step = func(h *Health) (*Step, error) {
		step, err := constant(10*second, 1)(h)
		step.Trip = &Trip{After: hour, Why: "the site is overloaded"}
		return step, err
	}
	if _, err := Simulate(s, 1); err == nil || err.Error() != "the site is overloaded" {
		t.Errorf("got %v", err)
	}
}

// One of two feeds of a rack of two hosts takes half of their supplies: the job goes
// on, and the other one with it takes both hosts down, with one stop.
func TestFeedsOfARack(t *testing.T) {
	s := base()
	s.Steps, s.Machine = 20, Machine{Slots: 2, Spares: 2, GPUs: 8, Supplies: 6, HostsPerRack: 2, Replicas: 1}
	feed := Kind{Name: "feed", Effect: Weaken, Scope: TakesRack, Supplies: 3, OwnRepair: true, Repair: Always(hour)}
	s.Kinds = []Kind{feed}
	s.Replay = []Incident{{At: engine.Time(30 * second)}, {At: engine.Time(50 * second), Host: 1}}
	s.Checkpoint = Checkpoint{Every: 1}
	var seen []Short
	s.Step = func(h *Health) (*Step, error) {
		seen = append(seen, h.Short...)
		return constant(10*second, 1)(&Health{})
	}
	o := simulate(t, s, 1)
	if want := []Short{{0, 3}, {1, 3}}; !slices.Equal(seen, want) || o.Interruptions != 1 || o.Failures[0] != 2 || o.Replacements != 2 || o.ShortOfSupplies != 20*second {
		t.Errorf("seen %v, %d stops of %d failures, %d replacements, short for %v ns", seen, o.Interruptions, o.Failures[0], o.Replacements, o.ShortOfSupplies)
	}
}
