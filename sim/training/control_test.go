package training

import (
	"errors"
	"slices"
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/workload"
)

// site is the last level: without a limit or loss.
func site() cluster.Level { return cluster.Level{Name: "site"} }

// guarded returns a guard with a delay of 1 ms that a policy answers with.
func guarded(p cluster.Policy, limit int64, breaker engine.Duration) cluster.Guard {
	return cluster.Guard{Limit: limit, Continuous: cluster.Nominal, Policy: p, Delay: engine.Millisecond, Below: 900_000, After: 10 * engine.Millisecond, Breaker: breaker}
}

// t7Job is a product on a host of test T7: 7 kW beside eight GPUs of 400 W are
// 10.2 kW on six supplies of 3.3 kW, of which three are lost after 1 ms.
func t7Job(ms int64, p cluster.Policy, breaker engine.Duration) *Job {
	j := capJob(8, []workload.Op{product(ms)}, nil, run(0, 1))
	j.Host.PowerBase, j.Host.NICs, j.Host.SupplyRating = 7000, 0, 3300
	j.Power = &Power{Levels: []cluster.Level{site()}, Supplies: guarded(p, 0, breaker)}
	j.Degrade = []Degrade{{Target: TargetSupply, ID: 0, Supplies: 3, At: engine.Time(engine.Millisecond)}}
	return j
}

// Test T7: 10.2 kW on three supplies are 103 %. After the delay of 1 ms GPUs are held
// to (9.9 − 7)/8 kW, 362.5 W, at a clock of 0.875^(1/3): 2 ms of 10 are done, and 8 take
// 8.364 ms. Halved clocks, at 196 W, take 16 ms.
func TestLostSuppliesCap(t *testing.T) {
	for p, want := range map[cluster.Policy]engine.Duration{cluster.Cap: 10_364_128, cluster.Brake: 18_000_000} {
		j := t7Job(10, p, engine.Second)
		j.Power.Supplies.After = engine.Second
		rec := j.record()
		r := mustRun(t, j)
		if !near(r.End.Sub(0), want) {
			t.Errorf("%v: ends after %d ns, want %d", p, r.End, want)
		}
		if k := rec.Events; len(k) != 3 || k[0].Kind != "supply_failure" || k[1].Kind != "supply_overload" || k[2].Kind != "power_cap" || k[2].At != 2_000_000 {
			t.Errorf("%v: events %+v", p, k)
		}
		if p == cluster.Cap && r.Overload != nil {
			t.Errorf("at its rating %+v", r.Overload)
		}
	}
}

// The same without a policy trips: 1.0303² − 1 is 6.1524 %, and a breaker of 1 ms opens
// 16.254 ms after the supplies are lost. A GPU whose clock does not go low enough, to
// 391.09 W and the host to 10.12872 kW, 4.6739 % more than 1 when squared, trips all the
// same: the first millisecond warms by 6.1524 %, and the rest takes 20.079 ms.
func TestLostSuppliesTrip(t *testing.T) {
	low := t7Job(100, cluster.Cap, engine.Millisecond)
	low.GPU.ClockMin = 0.99
	for _, c := range []struct {
		job  *Job
		at   engine.Time
		load int64
	}{
		{t7Job(100, cluster.Trip, engine.Millisecond), 1_000_000 + 16_253_820, 10_200_000},
		{low, 2_000_000 + 20_079_078, 10_128_720},
	} {
		_, err := Run(c.job)
		var e *OutOfPower
		if !errors.As(err, &e) {
			t.Fatalf("no trip but %v", err)
		}
		if e.At != c.at || e.Limit != 9_900_000 || e.Load != c.load || e.What != "the supplies of host 0" || !slices.Equal(e.Hosts, []int32{0}) {
			t.Errorf("%+v", e)
		}
	}
}

// A policy that was called acts though the load has gone meanwhile, and if it acts only
// after what is simulated, that is told.
func TestPolicyIsCalled(t *testing.T) {
	short := t7Job(10, cluster.Cap, 0)
	short.Degrade[0].For = 100 * engine.Microsecond
	rec := short.record()
	mustRun(t, short)
	if k := rec.Events; len(k) != 4 || k[3].Kind != "power_cap" || k[3].At != 2_000_000 {
		t.Errorf("events %+v", k)
	}
	late := t7Job(10, cluster.Cap, 0)
	late.Power.Supplies.Delay = engine.Second
	if o := mustRun(t, late).Overload; o == nil || !o.Waits || o.What != "the supplies of host 0" {
		t.Errorf("%+v", o)
	}
}

// What would trip within a minute if a step of 10 ms went on and on is told.
func TestOverloadIsTold(t *testing.T) {
	j := t7Job(10, cluster.Trip, engine.Second)
	j.Degrade[0].At = 0
	r := mustRun(t, j)
	if o := r.Overload; o == nil || o.What != "the supplies of host 0" || o.At < 16_253_000_000 || o.At > 16_254_000_000 {
		t.Errorf("%+v, want the supplies of host 0 after 16.254 s", r.Overload)
	}
}

// Caps end where the load has been low for long enough: the supplies are back after
// 3 ms, 9.9 of 19.8 kW are below 90 %, and 10 ms later GPUs run free again.
func TestCapEnds(t *testing.T) {
	j := t7Job(20, cluster.Cap, engine.Second)
	j.Degrade[0].For = 2 * engine.Millisecond
	rec := j.record()
	r := mustRun(t, j)
	// 2 ms free, 11 ms at 0.95647, 20 − 12.521 ms free again.
	if want := engine.Duration(20_478_879); !near(r.End.Sub(0), want) {
		t.Errorf("ends after %d ns, want %d", r.End, want)
	}
	last := rec.Events[len(rec.Events)-1]
	if last.Kind != "power_uncap" || last.At != 13_000_000 {
		t.Errorf("events %+v", rec.Events)
	}
}

// A site limit leaves the same to every GPU: 16 of them on two hosts beside 1.2 kW
// each. Shedding takes the last host down.
func TestSiteLimit(t *testing.T) {
	build := func(p cluster.Policy) *Job {
		j := capJob(16, []workload.Op{product(10)}, nil, run(0, 1))
		j.Topology = j.Fabric.Build(2, 8)
		level := cluster.Level{Name: "site", Overhead: 250_000_000, Guard: guarded(p, 10_000_000, engine.Second)}
		j.Power = &Power{Levels: []cluster.Level{level}, Supplies: guarded(cluster.Trip, 0, 0)}
		return j
	}
	r := mustRun(t, build(cluster.Cap))
	if r.End <= 10_000_000 || r.Levels[0].Acted != 1 || r.Levels[0].Peak <= 10_000_000 {
		t.Errorf("ends after %d ns, levels %+v", r.End, r.Levels)
	}
	_, err := Run(build(cluster.Shed))
	var e *OutOfPower
	if !errors.As(err, &e) || e.How != shed || e.At != 1_000_000 || !slices.Equal(e.Hosts, []int32{1}) {
		t.Errorf("%v", err)
	}
}
