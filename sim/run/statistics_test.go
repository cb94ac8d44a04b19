package run

import (
	"math"
	"testing"

	"trainsim/sim/engine"
)

// TestAsynchronousRollback: work is lost since the last checkpoint that is durable,
// τ/2 + C_d in the mean where failures are rare. Exactly, after a restart the age of
// the state that is kept grows with time x and falls by τ whenever a checkpoint
// becomes durable, at kτ + C_d: its mean at an exponential failure is
// M − τ e^(−C_d/M) q/(1 − q) with q = e^(−τ/M).
func TestAsynchronousRollback(t *testing.T) {
	const tau, durable, mtbf = 600.0, 240.0, 24000.0
	s := base()
	s.Until, s.Step = 20000*hour, constant(second, 1)
	s.Kinds = []Kind{jobKind(engine.FromSeconds(mtbf))}
	s.Checkpoint = Checkpoint{Every: tau, Write: engine.FromSeconds(durable)}
	q := math.Exp(-tau / mtbf)
	exact := mtbf - tau*math.Exp(-durable/mtbf)*q/(1-q)
	var lost sample
	for seed := range uint64(20) {
		o := simulate(t, s, seed)
		lost.add(o.Time[WastedProgress].Seconds() / float64(o.Interruptions))
	}
	lost.near(t, "lost work of a failure", exact)
	if about := tau/2 + durable; math.Abs(exact-about) > 0.02*about {
		t.Errorf("lost work %.1f s, about τ/2 + C_d = %.1f s", exact, about)
	}
}

// TestLemonRate: where a fifth of the hosts fail four times as often, there are 1.6
// times the failures, whatever the law of lives; racks fail as they do anyway.
func TestLemonRate(t *testing.T) {
	for _, law := range []Distribution{{Law: Exponential}, {Law: Weibull, Shape: 0.7}, {Law: Uniform}} {
		s := base()
		s.Machine.Slots, s.Until, s.Step = 200, 100*hour, constant(minute, 1)
		law.Mean = 1000 * 3600
		s.Kinds = []Kind{{Parts: 200, Life: law, Stationary: true}, {Parts: 200, Life: law, Stationary: true, Scope: TakesRack}}
		s.Lemons = Lemons{Share: 0.2, Factor: 4}
		s.Recovery.Source = FromPeers
		var hosts, racks sample
		for seed := range uint64(400) {
			o := simulate(t, s, seed)
			hosts.add(float64(o.Failures[0]))
			racks.add(float64(o.Failures[1]))
		}
		hosts.near(t, "failures of hosts", 20*1.6)
		racks.near(t, "failures of racks", 20)
	}
}

// TestFirstFailure: of 2,048 new parts with Weibull lives of k = 0.7 the first fails
// after n^(−1/k) mean lives, n^(1/k−1) = 26 times sooner than one of exponential or
// of parts of any age.
func TestFirstFailure(t *testing.T) {
	const parts, mean = 2048, 2048 * 3600.0
	first := func(life Distribution, stationary bool, replicas uint64) (at sample) {
		s := base()
		life.Mean = mean
		s.Kinds = []Kind{{Parts: parts, Life: life, Stationary: stationary}}
		s.Machine.Slots, s.Steps = 16, 1<<30
		for seed := range replicas {
			r, err := newReplica(s, seed)
			if err != nil {
				t.Fatal(err)
			}
			for r.out.Failures[0] == 0 {
				r.instant()
			}
			at.add(r.now.Seconds())
		}
		return at
	}
	fresh := first(Distribution{Law: Weibull, Shape: 0.7}, false, 2000)
	fresh.near(t, "first failure of new parts", mean*math.Pow(parts, -1/0.7))
	random := first(Distribution{Law: Exponential}, false, 1000)
	random.near(t, "first failure of exponential parts", mean/parts)
	settled := first(Distribution{Law: Weibull, Shape: 0.7}, true, 150)
	settled.near(t, "first failure of parts of any age", mean/parts*1.005) // n∫(1−F_e)ⁿ dt, F_e = t/mean·(1 − (t/λ)^k/(k+1))
	if ratio := math.Pow(parts, 1/0.7-1); math.Abs(ratio-26.25) > 0.05 {
		t.Errorf("new parts fail %.2f times sooner, want 26.25", ratio)
	}
}

// TestSlowShare: 0.5 % of 128 hosts always 10 % slow make 47.36 % of the jobs slow.
func TestSlowShare(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Steps = 128, 1
	s.Stragglers = []Straggler{{Target: TargetHost, Parts: 128, Share: 0.005, Severity: Severity{Low: 0.1, High: 0.1}}}
	var slow, count sample
	for seed := range uint64(4000) {
		o := simulate(t, s, seed)
		count.add(float64(o.Episodes))
		slow.add(float64(o.End-engine.Time(10*second)) / float64(10*second))
	}
	count.near(t, "slow hosts", 128*0.005)
	slow.near(t, "slowdown", (1-math.Pow(0.995, 128))*(1/0.9-1))
}

// TestEpisodes: 128 hosts that are slow for an hour every 1,000 hours are so 128/1,000
// of an hour in every hour: episodes that overlap count each for itself.
func TestEpisodes(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Until, s.Step = 128, 2000*hour, constant(minute, 1)
	s.Stragglers = []Straggler{{Target: TargetHost, Parts: 128, Between: Distribution{Mean: 1000 * 3600}, Lasts: Distribution{Law: Lognormal, Shape: 1, Mean: 3600},
		Severity: Severity{Low: 0.2, High: 0.2}}}
	var count, slow sample
	for seed := range uint64(100) {
		o := simulate(t, s, seed)
		count.add(float64(o.Episodes))
		slow.add(float64(o.Time[Degraded]) / float64(o.End) * 5) // a slow step is a quarter longer
	}
	count.near(t, "episodes", 256)
	slow.near(t, "share of slow time", 1-math.Exp(-0.128)) // of M/G/∞ that is busy
}

// TestMoreIsWorse: with the same failures, the mean run is longer the more often
// they come, the longer restarts take, the fewer spares there are.
func TestMoreIsWorse(t *testing.T) {
	usual := func() *Spec {
		s := story()
		s.Machine.Slots, s.Machine.Spares, s.Steps, s.Limit = 16, 3, 500, 0
		s.Kinds = []Kind{{Parts: 19, Scope: TakesHost, Life: Distribution{Law: Exponential, Mean: 10000}}}
		s.Repair.Automatic = Distribution{Law: Lognormal, Shape: 1.5, Mean: 1000}
		return s
	}
	for name, change := range map[string]func(*Spec){
		"failures": func(s *Spec) { s.Kinds[0].Life.Mean /= 2 },
		"restarts": func(s *Spec) { s.Recovery.Startup = Always(minute) },
		"spares":   func(s *Spec) { s.Machine.Spares, s.Kinds[0].Parts = 1, 17 },
		"repairs":  func(s *Spec) { s.Repair.Automatic.Mean *= 4 },
		"saving":   func(s *Spec) { s.Checkpoint.Save *= 2 },
		"writing":  func(s *Spec) { s.Checkpoint.Write = 25 * second },
		"keeping":  func(s *Spec) { s.Checkpoint.Every = 60 },
	} {
		worse := usual()
		change(worse)
		var d sample
		for seed := range uint64(100) {
			d.add((simulate(t, worse, seed).End - simulate(t, usual(), seed).End).Sub(0).Seconds())
		}
		if e := math.Sqrt(d.variance() / d.n); d.mean() < 3*e {
			t.Errorf("%s: %.1f s longer ± %.1f", name, d.mean(), e)
		}
	}
}
