package cluster

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// A GPU behind 0.064 K/W in air of 27 °C settles at 71.8 °C with 700 W. With 312.5 J/K
// its time constant is 20 s: from idle, 31.48 °C with 70 W, it has gone 1 − 1/e of the
// way after 20 s, 56.967 °C, and all but e⁻³ of it after 60 s.
func TestResponse(t *testing.T) {
	c := Coolant{Celsius(27), 64_000}
	idle, busy := c.Settles(70_000), c.Settles(700_000)
	if idle != Celsius(31.48) || busy != Celsius(71.8) || c.Carries(Celsius(87)) != 937_500 {
		t.Fatalf("settles at %v and %v, carries %v mW at 87 °C", idle.Celsius(), busy.Celsius(), c.Carries(Celsius(87)))
	}
	for d, want := range map[engine.Duration]float64{0: 31.48, 20 * engine.Second: 56.967101, 60 * engine.Second: 69.792585} {
		if got := idle.Toward(busy, c.Left(312.5, d)).Celsius(); math.Abs(got-want) > 1e-6 {
			t.Errorf("after %v: %.6f °C, want %.6f", d, got, want)
		}
	}
}

// Two looks come to the same as one, and what comes in is what is carried away and what
// stays: P·t = C·(T(t) − T(0)) + ∫(T − inlet)/R, of which the integral is
// (T∞ − inlet)/R·t − C·(T∞ − T(0))·(1 − left).
func TestResponseConserves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Coolant{Celsius(rapid.Float64Range(0, 60).Draw(t, "inlet")), rapid.Int64Range(1_000, 1_000_000).Draw(t, "resistance")}
		capacity := rapid.Float64Range(10, 10_000).Draw(t, "capacity")
		power := rapid.Int64Range(0, 2_000_000).Draw(t, "power")
		begin := Celsius(rapid.Float64Range(0, 100).Draw(t, "begin"))
		d, e := engine.FromSeconds(rapid.Float64Range(0, 100).Draw(t, "d")), engine.FromSeconds(rapid.Float64Range(0, 100).Draw(t, "e"))
		settles := c.Settles(power)
		once := begin.Toward(settles, c.Left(capacity, d+e))
		twice := begin.Toward(settles, c.Left(capacity, d)).Toward(settles, c.Left(capacity, e))
		if diff := once - twice; diff < -2 || diff > 2 {
			t.Fatalf("%d µ°C in one step, %d in two", once, twice)
		}
		seconds, r := (d + e).Seconds(), float64(c.Resistance)/1e6
		away := (settles-c.Inlet).Celsius()/r*seconds - capacity*(settles-begin).Celsius()*(1-c.Left(capacity, d+e))
		in, stays := float64(power)/1000*seconds, capacity*(once-begin).Celsius()
		if math.Abs(in-stays-away) > 1e-6*(math.Abs(in)+math.Abs(away))+capacity*2e-6+seconds/r*2e-6 {
			t.Fatalf("%v J come in, %v stay and %v are carried away", in, stays, away)
		}
	})
}

// A GPU above 87 °C goes a step down unless it is to end below, and one below 85 °C a
// step up unless it is to end above.
func TestThrottleStep(t *testing.T) {
	h := Throttle{Above: Celsius(87), Hysteresis: Celsius(2)}
	for _, c := range []struct {
		now, want  int
		at, settle float64
	}{
		{0, 1, 87.1, 95}, {3, 4, 87.1, 87.1}, {4, 4, 90, 88}, // no lower than the last
		{3, 3, 90, 86}, {3, 3, 87, 95}, {3, 3, 86, 70}, {3, 3, 84, 86},
		{3, 2, 84.9, 84.9}, {0, 0, 40, 50},
	} {
		if got := h.Step(c.now, Celsius(c.at), Celsius(c.settle), 4); got != c.want {
			t.Errorf("from step %d at %v °C, to settle at %v: step %d, want %d", c.now, c.at, c.settle, got, c.want)
		}
	}
}

// Clocks go by 2.5 % down to half, then by 10 % to the lowest of the part.
func TestThrottledClocks(t *testing.T) {
	high := GPU{ClockMin: 0.93}
	if got := high.ThrottledClocks(); !slices.Equal(got, []Speed{975_000, 950_000, 930_000}) {
		t.Errorf("%v", got)
	}
	low := GPU{ClockMin: 0.15}
	got := low.ThrottledClocks()
	if n := len(got); n != 24 || !slices.Equal(got[n-6:], []Speed{525_000, 500_000, 400_000, 300_000, 200_000, 150_000}) {
		t.Errorf("%d: %v", n, got)
	}
}
