package run

import (
	"testing"

	"trainsim/sim/engine"
)

const day = 24 * hour

// llamaCauses are the unexpected stops of 54 days on 16,384 GPUs, by cause, and
// whether the host is replaced (Llama 3, arXiv 2407.21783, table 5).
var llamaCauses = []struct {
	name  string
	stops int64
	scope Scope
}{
	{"gpu", 148, TakesHost}, {"hbm", 72, TakesHost}, {"software", 54, TakesNothing}, {"switch or cable", 35, TakesHost}, {"host maintenance", 32, TakesHost},
	{"gpu sram", 19, TakesHost}, {"gpu system processor", 17, TakesHost}, {"nic", 7, TakesHost}, {"nccl watchdog", 7, TakesNothing},
	{"silent corruption", 6, TakesHost}, {"thermal", 6, TakesHost}, {"ssd", 3, TakesHost}, {"power supply", 3, TakesHost}, {"chassis", 2, TakesHost},
	{"io board", 2, TakesHost}, {"dependency", 2, TakesNothing}, {"cpu", 2, TakesHost}, {"dram", 2, TakesHost},
}

// fleetSpec is a job on hosts with spares that fails at the rates of Llama 3, times a
// factor, with checkpoints every 13 minutes.
func fleetSpec(slots, spares, replicas int32, until engine.Duration, factor float64) *Spec {
	s := &Spec{Until: until, Ranks: int64(slots) * 8, Machine: Machine{Slots: slots, Spares: spares, GPUs: 8, NICs: 8, Replicas: replicas}}
	for _, c := range llamaCauses {
		s.Kinds = append(s.Kinds, Kind{Name: c.name, Parts: int64(slots+spares) * 8, Scope: c.scope,
			Life: Distribution{Law: Exponential, Mean: (54 * day).Seconds() * 16384 / float64(c.stops) / factor}})
	}
	s.Step = constant(6*second, replicas)
	s.Checkpoint = Checkpoint{Every: 130, Save: 10 * second, Restore: minute}
	s.Recovery = Recovery{Detection: Always(30 * second), Reschedule: Distribution{Law: Lognormal, Shape: 0.5, Mean: 60}, Startup: Always(minute), Init: Always(minute)}
	s.Repair = Repair{Automatic: Distribution{Law: Exponential, Mean: 7200}, Manual: Distribution{Law: Exponential, Mean: 172800}, Escalates: 0.8}
	s.Power = Power{Polling: 11_000_000_000, Loaded: 9_000_000_000, Idle: 5_000_000_000, Spare: 2_000_000}
	return s
}

// BenchmarkFleet is 54 days of 16,384 GPUs.
func BenchmarkFleet(b *testing.B) { replicas(b, fleetSpec(2048, 40, 128, 54*day, 1)) }

// BenchmarkMonths is 90 days of 100,000 GPUs at 1.1 times those rates, with some
// 1,000 times that a host is slow for hours, by 1 to 20 %, of which most are evicted.
func BenchmarkMonths(b *testing.B) {
	s := fleetSpec(12500, 250, 125, 90*day, 1.1)
	s.Stragglers = []Straggler{{Name: "host", Target: TargetHost, Parts: 12750, Between: Distribution{Mean: (90 * day).Seconds() * 12.5},
		Lasts: Distribution{Law: Lognormal, Shape: 1, Mean: 4 * 3600}, Severity: Severity{Low: 0.01, High: 0.2}}}
	s.Eviction = Eviction{Enabled: true, Detect: Always(10 * minute), Above: 0.05}
	s.Lemons = Lemons{Share: 0.02, Factor: 5, Retire: 5, Window: 30 * day}
	s.Recovery.Shrink = true
	replicas(b, s)
}

// replicas simulates one replica after the other.
func replicas(b *testing.B, s *Spec) {
	b.ReportAllocs()
	var stops, episodes, events int64
	for seed := uint64(0); b.Loop(); seed++ {
		r, err := newReplica(s, seed)
		if err != nil {
			b.Fatal(err)
		}
		for ; r.goesOn(); events += int64(len(r.batch)) {
			r.instant()
		}
		if r.err != nil {
			b.Fatal(r.err)
		}
		stops, episodes = stops+r.out.Interruptions, episodes+r.out.Episodes
	}
	n := float64(b.N)
	b.ReportMetric(float64(stops)/n, "stops")
	b.ReportMetric(float64(episodes)/n, "episodes")
	b.ReportMetric(float64(events)/n, "events")
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
