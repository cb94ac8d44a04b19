package run

import (
	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

const (
	second = engine.Second
	minute = 60 * second
	hour   = 60 * minute
)

// constant is the steps of a job that always takes as long and draws 1 kW, but for
// the replicas it lacks and the slowest of its parts.
func constant(d engine.Duration, replicas int32) Steps {
	return func(h *Health) (*Step, error) {
		t := d * engine.Duration(replicas) / engine.Duration(replicas-h.Lost)
		slowest := int32(1_000_000)
		for _, s := range h.Slow {
			slowest = min(slowest, s.Speed)
		}
		t = t * 1_000_000 / engine.Duration(slowest)
		var e engine.Total
		e.AddProduct(1_000_000, uint64(t))
		return &Step{Time: t, Energy: e}, nil
	}
}

// jobKind is a failure of the job that takes no host along.
func jobKind(mtbf engine.Duration) Kind {
	return Kind{Name: "job", Parts: 1, OfJob: true, Life: Distribution{Law: Exponential, Mean: mtbf.Seconds()}}
}

// base is a job of one host and no failures.
func base() *Spec {
	return &Spec{Ranks: 8, Machine: Machine{Slots: 1, GPUs: 8, NICs: 8, Replicas: 1}, Step: constant(10*second, 1)}
}

func simulate(t rapid.TB, s *Spec, seed uint64) *Outcome {
	t.Helper()
	o, err := Simulate(s, seed)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// sample is the mean and standard error of a figure over replicas.
type sample struct{ n, sum, squares float64 }

func (s *sample) add(x float64) { s.n++; s.sum += x; s.squares += x * x }

func (s *sample) mean() float64 { return s.sum / s.n }

func (s *sample) variance() float64 { return (s.squares - s.sum*s.sum/s.n) / (s.n - 1) }
