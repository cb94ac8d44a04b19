package run

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// A draw exceeds the quantile of u with probability 1 − u.
func TestExceedsInvertsQuantile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Distribution{Law: Law(rapid.IntRange(int(Exponential), int(Lognormal)).Draw(t, "law")),
			Mean: rapid.Float64Range(1e-2, 1e6).Draw(t, "mean"), Shape: rapid.Float64Range(0.3, 3).Draw(t, "shape")}
		u := rapid.Float64Range(1e-3, 1-1e-3).Draw(t, "u")
		if got := d.exceeds(d.Mean * d.unit(u)); math.Abs(got-(1-u)) > 1e-9 {
			t.Fatalf("%+v exceeds its quantile of %v with probability %v", d, u, got)
		}
	})
	always := Always(10 * second)
	if always.exceeds(9.99) != 1 || always.exceeds(10) != 0 {
		t.Error("a fixed 10 s exceed 10 s, or not 9.99 s")
	}
}

// Of 10 hosts 8 are of the job. GPUs: 80 of them, 64 in the job, each once in
// 64 × 1,000 s: one stop in 1,000 s. Flaps of the job once in 500 s, exponential with a
// mean of 30 s against a timeout of 60 s: e^-2 of them stop it. Maintenance and
// what never fails do not. A tenth of the hosts fail 11 times as often: × 2.
func TestStopRate(t *testing.T) {
	s := base()
	s.Machine.Slots, s.Machine.Spares = 8, 2
	s.Lemons = Lemons{Share: 0.1, Factor: 11}
	s.Recovery.Timeout = 60 * second
	exponential := func(mean float64) Distribution { return Distribution{Law: Exponential, Mean: mean} }
	s.Kinds = []Kind{
		{Name: "gpu", Parts: 80, Life: exponential(64_000)},
		{Name: "link", Parts: 1, OfJob: true, Life: exponential(500), Effect: Flap, Outage: exponential(30)},
		{Name: "maintenance", Parts: 10, Life: exponential(100), Effect: Planned},
		{Name: "never", Parts: 10},
	}
	want := 2*1e-3 + math.Exp(-2)/500
	if got := s.StopRate(); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v stops a second, want %v", got, want)
	}
	s.Recovery.Timeout = 0 // collectives wait for ever
	if got := s.StopRate(); math.Abs(got-2e-3) > 1e-12 {
		t.Errorf("%v stops a second without a timeout, want 0.002", got)
	}
}

// Two kinds with equal rates, found after 10 s and 50 s: 30 s. Then 60 + 20 + 5 s,
// 8 ranks at 0.5 s each, 40 s of reading and 3 s of data: 162 s.
func TestMeanRestart(t *testing.T) {
	s := base()
	s.Kinds = []Kind{jobKind(1000 * second), jobKind(1000 * second)}
	s.Kinds[1].OwnDetection, s.Kinds[1].Detection = true, Always(50*second)
	s.Recovery = Recovery{Detection: Always(10 * second), Reschedule: Always(60 * second), Startup: Always(20 * second),
		Init: Always(5 * second), InitPerRank: second / 2, Data: Always(3 * second)}
	s.Checkpoint.Restore = 40 * second
	if got := s.MeanRestart(); math.Abs(got-162) > 1e-9 {
		t.Errorf("%v s, want 162 s", got)
	}
}

// The job stops as often as its rates say, and what stops cost, in time and energy,
// is all that is not in steps, checkpoints and the first start.
func TestStopsCost(t *testing.T) {
	s := base()
	s.Steps = 20_000
	s.Kinds = []Kind{jobKind(2000 * second), jobKind(6000 * second)}
	s.Checkpoint = Checkpoint{Every: 30, Save: 5 * second, Restore: 20 * second}
	s.Recovery = Recovery{Detection: Always(10 * second), Startup: Always(30 * second)}
	s.Power = Power{Saving: 700_000, Waiting: 300_000}
	o := simulate(t, s, 3)
	if want := o.End.Seconds() * s.StopRate(); math.Abs(float64(o.Interruptions)-want) > 3*math.Sqrt(want) {
		t.Errorf("%d stops in %v s, want %v", o.Interruptions, o.End.Seconds(), want)
	}
	var time engine.Duration
	var energy engine.Total
	for k := range s.Kinds {
		time += o.Lost[k]
		energy.AddTotal(o.LostEnergy[k])
	}
	if want := o.Time.Wall() - o.Time[Productive] - o.Time[CheckpointSave] - 30*second; time != want {
		t.Errorf("stops cost %v s, want %v", time.Seconds(), want.Seconds())
	}
	for b := WastedProgress; b < NumBuckets; b++ {
		if b != CheckpointSave {
			energy.SubTotal(o.Energy[b])
		}
	}
	var start engine.Total
	start.AddProduct(300_000, uint64(30*second))
	energy.AddTotal(start)
	if !energy.IsZero() {
		t.Errorf("the energy of stops is off by %v J", energy.Float()/1e12)
	}
}
