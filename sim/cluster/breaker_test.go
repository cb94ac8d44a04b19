package cluster

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

const second = engine.Second

// A breaker with k = 1,000 s opens after k/(n² − 1): at twice its rating after
// 333.3 s, at 1.35 times after 1,215.8 s, at its rating never.
func TestBreakerOpens(t *testing.T) {
	k := 1000 * second
	for _, c := range []struct {
		load int64
		want engine.Time
	}{{2000, 333_333_333_334}, {1350, 1_215_805_471_125}, {1000, engine.Never}, {999, engine.Never}} {
		var b Breaker
		b.Set(0, c.load, 1000)
		if got := b.Opens(k); got != c.want {
			t.Errorf("at %d of 1000 mW it opens at %d ns, want %d", c.load, got, c.want)
		}
	}
	// Without a rating it counts as a hundred times that: 1,000/10,000 s.
	var b Breaker
	b.Set(0, 1, 0)
	if got := b.Opens(k); got != 100_000_000 {
		t.Errorf("without a rating it opens at %d ns", got)
	}
}

// At twice the rating for 100 s a breaker with k = 1,000 s has 300 of 1,000 s. Without a
// load it cools by 1 s each second: 200 s are left after 100 s, and it opens
// 800/3 s after the load is back.
func TestBreakerCools(t *testing.T) {
	var b Breaker
	at := func(s int64) engine.Time { return engine.Time(s * int64(second)) }
	b.Set(at(0), 2, 1)
	b.Set(at(100), 0, 1)
	b.Set(at(200), 2, 1)
	if got, want := b.Opens(1000*second), at(200)+266_666_666_667; got != want {
		t.Errorf("opens at %d ns, want %d", got, want)
	}
	b.Set(at(300), 0, 1)
	if b.Heat(at(1000)) != 0 {
		t.Error("it is not cold after its time")
	}
}

// Looking at a breaker changes nothing: however often its load is set to what it
// is, it opens at the same time but for the ns that a heat is rounded to.
func TestBreakerLooked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		load := rapid.Int64Range(1001, 200_000).Draw(t, "mW")
		var once, often Breaker
		once.Set(0, load, 1000)
		at := engine.Time(0)
		for range 10 {
			often.Set(at, load, 1000)
			at += engine.Time(rapid.Int64Range(0, 1000).Draw(t, "ns"))
		}
		often.Set(at, load, 1000)
		if a, b := once.Opens(second), often.Opens(second); a != b {
			t.Fatalf("opens at %d ns, looked at %d", a, b)
		}
	})
}
