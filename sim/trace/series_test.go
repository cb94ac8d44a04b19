package trace

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

func toBig(t engine.Total) *big.Int {
	n := new(big.Int).SetUint64(t.Hi)
	return n.Lsh(n, 64).Add(n, new(big.Int).SetUint64(t.Lo))
}

// step is a constant stretch of a quantity.
type step struct {
	from, to engine.Time
	value    int64
}

// integral is the oracle: the integral of all steps over [from, to).
func integral(steps []step, from, to engine.Time) *big.Int {
	sum := new(big.Int)
	for _, s := range steps {
		if a, b := max(s.from, from), min(s.to, to); a < b {
			part := big.NewInt(int64(b - a))
			sum.Add(sum, part.Mul(part, big.NewInt(s.value)))
		}
	}
	return sum
}

// drawSteps builds a series from random changes and returns what it should hold.
func drawSteps(t *rapid.T, s *Series) []step {
	var steps []step
	var now engine.Time
	value := int64(0)
	for range rapid.IntRange(1, 200).Draw(t, "changes") {
		gap := engine.Time(rapid.Int64().Draw(t, "gap")) & (1<<rapid.IntRange(0, 40).Draw(t, "scale") - 1)
		if now+gap > now {
			steps = append(steps, step{now, now + gap, value})
		}
		now += gap
		next := rapid.Int64Range(0, 1e12).Draw(t, "value")
		// In pieces, which may pass below zero within the instant.
		piece := rapid.Int64Range(-1e12, 1e12).Draw(t, "piece")
		s.Add(now, piece)
		s.Add(now, next-value-piece)
		value = next
		if s.Value() != value {
			t.Fatalf("Value %d, want %d", s.Value(), value)
		}
	}
	end := now + 1 + engine.Time(rapid.Int64Range(0, 1e7).Draw(t, "tail"))
	s.Close(end)
	return append(steps, step{now, end, value})
}

func TestSeriesAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Series
		steps := drawSteps(t, &s)
		end := steps[len(steps)-1].to
		width := engine.Time(s.Width())
		if len(s.Bins()) > MaxBins || engine.Time(len(s.Bins()))*width < end || engine.Time(len(s.Bins())-1)*width >= end {
			t.Fatalf("%d bins of %d ns up to %d ns", len(s.Bins()), width, end)
		}
		// Bins are as fine as their number allows.
		if s.Width() > 1024 && end <= MaxBins*width/2 {
			t.Fatalf("width %d ns for %d ns", width, end)
		}
		if got, want := toBig(s.Total()), integral(steps, 0, end); got.Cmp(want) != 0 {
			t.Fatalf("Total %v, want %v", got, want)
		}
		for i, b := range s.Bins() {
			from := engine.Time(i) * width
			if want := integral(steps, from, from+width); toBig(b).Cmp(want) != 0 {
				t.Fatalf("bin %d: %v, want %v", i, toBig(b), want)
			}
		}
		var peak int64
		var at engine.Time
		for _, p := range steps {
			if p.value > peak {
				peak, at = p.value, p.from
			}
		}
		if got, gotAt := s.Peak(); got != peak || gotAt != at {
			t.Fatalf("Peak %d at %d, want %d at %d", got, gotAt, peak, at)
		}
	})
}

// Reading, or closing early, changes nothing; nor does a change of 0.
func TestSeriesDoesNotDependOnCallPattern(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var plain, busy Series
		var now engine.Time
		for range rapid.IntRange(1, 50).Draw(t, "changes") {
			next := now + engine.Time(rapid.Int64Range(1, 1<<24).Draw(t, "gap"))
			delta := rapid.Int64Range(0, 1e9).Draw(t, "delta")
			middle := now + engine.Time(rapid.Int64Range(0, int64(next-now)).Draw(t, "middle"))
			busy.Add(middle, 0)
			busy.Means()
			busy.Close(next)
			busy.Add(next, delta)
			plain.Add(next, delta)
			now = next
		}
		plain.Close(now)
		if plain.Total() != busy.Total() || plain.Width() != busy.Width() || len(plain.Bins()) != len(busy.Bins()) {
			t.Fatal("totals or bins differ")
		}
		for i := range plain.Bins() {
			if plain.Bins()[i] != busy.Bins()[i] {
				t.Fatalf("bin %d differs", i)
			}
		}
	})
}

func TestSeriesByHand(t *testing.T) {
	s := Series{Name: "power"}
	s.Add(0, 100)   // 100 from 0
	s.Add(512, 200) // 300 from 512
	s.Add(1536, -300)
	s.Add(2048, 40)
	s.Close(2148)
	if want := uint64(512*100 + 1024*300 + 100*40); s.Total() != (engine.Total{Lo: want}) {
		t.Errorf("Total %v, want %d", s.Total(), want)
	}
	means := s.Means()
	want := []float64{200, 150, 40} // the last over 100 ns only
	if len(means) != len(want) {
		t.Fatalf("Means %v, want %v", means, want)
	}
	for i := range want {
		if means[i] != want[i] {
			t.Errorf("mean of bin %d: %g, want %g", i, means[i], want[i])
		}
	}
	if peak, at := s.Peak(); peak != 300 || at != 512 {
		t.Errorf("Peak %d at %d, want 300 at 512", peak, at)
	}
}

func TestSeriesMergesWhenFull(t *testing.T) {
	var s Series
	s.Add(0, 7)
	s.Close(MaxBins * 1024)
	if s.Width() != 1024 || len(s.Bins()) != MaxBins {
		t.Fatalf("full: %d bins of %d ns", len(s.Bins()), s.Width())
	}
	s.Close(MaxBins*1024 + 1)
	if s.Width() != 2048 || len(s.Bins()) != MaxBins/2+1 {
		t.Fatalf("1 ns past full: %d bins of %d ns", len(s.Bins()), s.Width())
	}
	for i, m := range s.Means() {
		if m != 7 {
			t.Fatalf("mean of bin %d: %g", i, m)
		}
	}
}

func TestSeriesReachesTheEndOfTime(t *testing.T) {
	var s Series
	s.Add(10, 1)
	s.Close(engine.Never)
	if got := s.Total(); got != (engine.Total{Lo: math.MaxInt64 - 10}) || len(s.Bins()) > MaxBins {
		t.Errorf("Total %v in %d bins", got, len(s.Bins()))
	}
}

func TestSeriesPeakMustLast(t *testing.T) {
	var s Series
	s.Add(5, 10)
	s.Add(9, 90) // gone in the same instant
	s.Add(9, -90)
	s.Close(20)
	if peak, at := s.Peak(); peak != 10 || at != 5 {
		t.Errorf("Peak %d at %d, want 10 at 5", peak, at)
	}
}

func TestSeriesRefusesDefects(t *testing.T) {
	for name, misuse := range map[string]func(*Series){
		"time goes back":     func(s *Series) { s.Add(99, 1) },
		"negative and lasts": func(s *Series) { s.Add(100, -5); s.Add(101, 5) },
	} {
		func() {
			var s Series
			s.Add(100, 3)
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse(&s)
		}()
	}
}

func TestNilSeries(t *testing.T) {
	var s *Series
	s.Add(3, 4)
	s.Close(9)
	if peak, at := s.Peak(); s.Value() != 0 || peak != 0 || at != 0 || !s.Total().IsZero() || s.Means() != nil || s.Bins() != nil || s.Width() != 1024 {
		t.Error("a nil series is not empty")
	}
}

func TestSeriesDoesNotAllocate(t *testing.T) {
	var s Series
	var now engine.Time
	change := func() {
		now += 700
		s.Add(now, 1)
	}
	for now < 1<<33 {
		change()
	}
	if n := testing.AllocsPerRun(1000, change); n > 0 {
		t.Errorf("%g allocations a change", n)
	}
}

func BenchmarkSeriesAdd(b *testing.B) {
	var s Series
	s.Add(0, 1000)
	var now engine.Time
	sign := int64(1)
	for b.Loop() {
		now += 37
		s.Add(now, sign)
		sign = -sign
	}
}
