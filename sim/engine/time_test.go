package engine

import (
	"math"
	"testing"
)

func TestFromSeconds(t *testing.T) {
	tests := []struct {
		seconds float64
		want    Duration
	}{
		{0, 0},
		{-1, 0},
		{1e-12, 1}, // work takes at least 1 ns
		{0.4e-9, 1},
		{1.49e-9, 1},
		{1.51e-9, 2},
		{1, Second},
		{2.5e-3, 2500 * Microsecond},
		{86_400, 86_400 * Second},
		{1e12, math.MaxInt64},
		{math.Inf(1), math.MaxInt64},
	}
	for _, tt := range tests {
		if got := FromSeconds(tt.seconds); got != tt.want {
			t.Errorf("FromSeconds(%g) = %d, want %d", tt.seconds, got, tt.want)
		}
	}
}

func TestTimeArithmetic(t *testing.T) {
	at := Time(5).Add(3 * Millisecond)
	if at != 3_000_005 || at.Sub(5) != 3*Millisecond {
		t.Errorf("5 ns + 3 ms = %d, back %d", at, at.Sub(5))
	}
	if s := Time(1_500_000_000).Seconds(); s != 1.5 {
		t.Errorf("1.5e9 ns = %g s", s)
	}
	if s := (250 * Microsecond).Seconds(); s != 250e-6 {
		t.Errorf("250 µs = %g s", s)
	}
}
