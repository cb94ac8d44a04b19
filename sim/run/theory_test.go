package run

import (
	"fmt"
	"math"
	"testing"

	"trainsim/sim/engine"
)

// The tests of this file are closed forms of reliability theory: what a
// correct simulator must reproduce, within three standard errors.

// near fails unless the mean is within three standard errors of want.
func (s *sample) near(t *testing.T, what string, want float64) {
	t.Helper()
	e := math.Sqrt(s.variance() / s.n)
	t.Logf("%s: %.6g ± %.2g, want %.6g", what, s.mean(), e, want)
	if math.Abs(s.mean()-want) > 3*e {
		t.Errorf("%s is %.6g, want %.6g: more than three standard errors of %.2g", what, s.mean(), want, e)
	}
}

// segments is a job of n checkpoint intervals of tau, whose failures strike at any
// time but while it is down.
func segments(n int64, tau, save, restart, down, mtbf engine.Duration) *Spec {
	s := base()
	const step = 10 * second
	every := int64(tau / step)
	s.Steps, s.Step = n*every, constant(step, 1)
	s.Kinds = []Kind{jobKind(mtbf)}
	s.Checkpoint = Checkpoint{Every: every, Save: save, Restore: restart}
	s.Recovery.Reschedule = Always(down)
	return s
}

func TestExactCheckpointing(t *testing.T) {
	for _, c := range []struct {
		name               string
		spec               *Spec
		time, stops, ettrs float64
		replicas           uint64
	}{
		{"T1", segments(100, hour, minute, 5*minute, 0, 11135*second), 445153.7, 39.978, 0.80871, 4000},
		{"T1 with D = 600 s", segments(100, hour, minute, 5*minute, 600*second, 11135*second), 469140.4, 39.978, 0.76736, 1000},
		{"harsh", segments(10, hour, 6*minute, 10*minute, 0, hour), 85235, 85235.0 / 3600, 36000.0 / 85235, 4000},
		{"T4, 60 min", segments(1000, hour, 0, 5*minute, 0, engine.FromSeconds(1.803*3600)), 3600000 / 0.7144, 3600000 / 0.7144 / 6490.8, 0.7144, 1000},
		{"T4, 5 min", segments(1000, 5*minute, 0, 5*minute, 0, engine.FromSeconds(1.803*3600)), 300000 / 0.9329, 300000 / 0.9329 / 6490.8, 0.9329, 1000},
	} {
		var time, stops sample
		for seed := range c.replicas {
			o := simulate(t, c.spec, seed)
			time.add(o.End.Seconds())
			stops.add(float64(o.Interruptions))
			if o.Time[Productive] != c.spec.Checkpoint.length()*engine.Duration(c.spec.Steps/c.spec.Checkpoint.Every) {
				t.Fatalf("%s: %v of steps count", c.name, o.Time[Productive])
			}
		}
		time.near(t, c.name+": E[T]", c.time)
		stops.near(t, c.name+": E[F]", c.stops)
		if got := (c.spec.Checkpoint.length() * engine.Duration(c.spec.Steps/c.spec.Checkpoint.Every)).Seconds() / time.mean(); math.Abs(got-c.ettrs) > 0.003 {
			t.Errorf("%s: ETTR %.5f, want %.5f", c.name, got, c.ettrs)
		}
	}
}

// length returns the compute time of an interval of the jobs above.
func (c *Checkpoint) length() engine.Duration { return engine.Duration(c.Every) * 10 * second }

// TestLlamaFailures: 16,384 GPUs at 50,677 h give 419 ± 20.5 failures in 54 days,
// split as the causes are.
func TestLlamaFailures(t *testing.T) {
	causes := []int64{148, 72, 54, 35, 32, 19, 17, 7, 7, 6, 6, 3, 3, 2, 2, 2, 2, 2}
	s := base()
	s.Until = 54 * 24 * hour
	for _, n := range causes {
		k := jobKind(0)
		k.Life.Mean, k.Parts = s.Until.Seconds()/float64(n)*16384, 16384
		s.Kinds = append(s.Kinds, k)
	}
	s.Step = constant(minute, 1)
	s.Recovery.Source, s.Machine.Replicas = FromPeers, 2
	var count sample
	sum := make([]float64, len(causes))
	const replicas = 1000
	for seed := range uint64(replicas) {
		o := simulate(t, s, seed)
		count.add(float64(o.Interruptions))
		for k, n := range o.Failures {
			sum[k] += float64(n)
		}
	}
	count.near(t, "stops in 54 days", 419)
	if sd := math.Sqrt(count.variance()); math.Abs(sd-20.5) > 3*20.5/math.Sqrt(2*replicas) {
		t.Errorf("standard deviation %.2f, want 20.5", sd)
	}
	chi := 0.0
	for k, n := range causes {
		want := float64(n) * replicas
		chi += (sum[k] - want) * (sum[k] - want) / want
	}
	if chi > 42.3 { // 99.9 % of χ² with 18 degrees of freedom
		t.Errorf("causes are off: χ² = %.1f of 18 degrees of freedom", chi)
	}
}

// TestRenewals: a part with Weibull lives of k = 0.7, replaced when it fails, fails
// 1.399 times in its mean life when new at the start, and once when of any age.
func TestRenewals(t *testing.T) {
	for _, c := range []struct {
		name       string
		law        Distribution
		stationary bool
		want       float64
	}{
		{"Weibull, new", Distribution{Law: Weibull, Shape: 0.7}, false, 1.399},
		{"Weibull, stationary", Distribution{Law: Weibull, Shape: 0.7}, true, 1},
		{"lognormal, stationary", Distribution{Law: Lognormal, Shape: 1.2}, true, 1},
		{"uniform, stationary", Distribution{Law: Uniform}, true, 1},
		{"fixed, stationary", Distribution{Law: Fixed}, true, 1},
		{"exponential", Distribution{Law: Exponential}, false, 1},
	} {
		s := base()
		s.Until = 1000 * hour
		k := jobKind(s.Until)
		k.Life.Law, k.Life.Shape, k.Parts, k.Stationary = c.law.Law, c.law.Shape, 100, c.stationary
		s.Kinds = []Kind{k}
		s.Recovery.Source, s.Machine.Replicas = FromPeers, 2
		var count sample
		for seed := range uint64(1000) {
			count.add(float64(simulate(t, s, seed).Failures[0]) / 100)
		}
		count.near(t, c.name, c.want)
	}
}

// TestSparesInRepair: 2,048 hosts that fail 3.79 times in 1,000 host-days and are a
// day in repair have Poisson(7.76) of them there: 15 spares are enough for 99 % of
// the time, 14 are not.
func TestSparesInRepair(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Machine.Spares = 2048, 100
	s.Machine.Replicas, s.Recovery.Source = 2, FromPeers
	mean := 7.759 // in repair, of 2,148 hosts with the spares
	s.Kinds = []Kind{{Name: "host", Parts: 2148, Scope: TakesHost, Life: Distribution{Law: Exponential, Mean: 86400 * (2148 - mean) / mean}}}
	s.Repair.Automatic = Distribution{Law: Lognormal, Shape: 1.9, Mean: 86400}
	s.Until, s.Record = 400*24*hour, true
	var count sample
	var within15, within14, total float64
	for seed := range uint64(200) {
		o := simulate(t, s, seed)
		l, settled := 0.0, engine.Time(100*24*hour)
		for i, p := range o.Pool {
			end := o.End
			if i+1 < len(o.Pool) {
				end = o.Pool[i+1].At
			}
			d := float64(max(0, end.Sub(max(p.At, settled))))
			l += d * float64(p.Repair)
			total += d
			if p.Repair <= 15 {
				within15 += d
			}
			if p.Repair <= 14 {
				within14 += d
			}
		}
		count.add(l / float64(o.End.Sub(settled)))
	}
	count.near(t, "hosts in repair", mean)
	t.Logf("at most 15 in repair %.4f of the time, at most 14 %.4f", within15/total, within14/total)
	if within15/total < 0.99 || within14/total >= 0.99 {
		t.Error("15 spares should be enough for 99 % of the time, and 14 not")
	}
}

// TestCrews: hosts that arrive as a Poisson process and need a crew for an
// exponential time wait as Erlang C says: with two crews half busy, a third of the
// mean repair, so that 4/3 hosts are in repair.
func TestCrews(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Machine.Spares, s.Machine.Replicas = 2000, 8000, 2
	s.Recovery.Source = FromPeers
	s.Kinds = []Kind{{Name: "host", Parts: 10000, Scope: TakesHost, Life: Distribution{Law: Exponential, Mean: 10000 * 3600}}}
	s.Repair = Repair{Escalates: 1, Manual: Distribution{Law: Exponential, Mean: 3600}, Crews: 2}
	s.Until, s.Record = 2000*hour, true
	var count sample
	for seed := range uint64(200) {
		o := simulate(t, s, seed)
		l := 0.0
		for i, p := range o.Pool {
			end := o.End
			if i+1 < len(o.Pool) {
				end = o.Pool[i+1].At
			}
			l += float64(end.Sub(p.At)) * float64(p.Repair)
		}
		count.add(l / float64(o.End))
	}
	count.near(t, "hosts in repair", 4.0/3)
}

// TestFixedStall: a failure every 18 minutes that costs 10 leaves 8 of 18.
func TestFixedStall(t *testing.T) {
	s := base()
	s.Step, s.Until = constant(second, 1), 180*hour
	s.Machine.Replicas, s.Recovery.Source = 2, FromPeers
	s.Kinds = []Kind{{Name: "failure", Parts: 1}}
	s.Recovery.Detection = Always(10 * minute)
	for at := engine.Duration(0); at < s.Until; at += 18 * minute {
		s.Replay = append(s.Replay, Incident{At: engine.Time(at)})
	}
	if got := simulate(t, s, 1).Time.ETTR(); math.Abs(got-8.0/18) > 1e-12 {
		t.Errorf("ETTR %.4f, want 0.4444", got)
	}
}

// TestPlateau: with checkpoints of 5 min and restarts of 10 min the run takes
// (M/tau)·exp(R/M)·(exp((tau + C)/M) − 1) of its work at the exact optimum (1.0958,
// 1.2204 and 5.008 for M of 24 h, 6 h and 15 min), and half or twice the interval
// is no better: the optimum is flat, so the plateau is what can be seen.
func TestPlateau(t *testing.T) {
	for _, c := range []struct {
		mtbf engine.Duration
		tau  engine.Duration // the optimum, to whole steps of 10 s
		want float64
	}{
		{24 * hour, 7000 * second, 1.09576},
		{6 * hour, 3400 * second, 1.22043},
		{15 * minute, 550 * second, 5.00832},
	} {
		mean := map[float64]float64{}
		for _, times := range []float64{0.5, 1, 2} {
			tau := engine.Duration(float64(c.tau)*times) / (10 * second) * (10 * second)
			s := segments(50, tau, 5*minute, 10*minute, 0, c.mtbf)
			var ratio sample
			for seed := range uint64(1000) {
				ratio.add(simulate(t, s, seed).End.Seconds() / (50 * tau.Seconds()))
			}
			mean[times] = ratio.mean()
			if times == 1 {
				ratio.near(t, fmt.Sprintf("E[T]/W at M = %v s", c.mtbf.Seconds()), c.want)
			}
		}
		if mean[0.5] < mean[1]*0.999 || mean[2] < mean[1]*0.999 {
			t.Errorf("M = %v s: %v of the work at half, once and twice the optimum", c.mtbf.Seconds(), mean)
		}
	}
}
