package cluster

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

func TestSpeedByHand(t *testing.T) {
	slow := SpeedOf(0.9)
	if slow != 900_000 || SpeedOf(1) != Nominal || SpeedOf(1e-9) != 1 {
		t.Errorf("speeds %d, %d, %d", slow, SpeedOf(1), SpeedOf(1e-9))
	}
	if got := slow.Stretch(900); got != 1000 {
		t.Errorf("900 ns of work take %d ns at 90 %%, want 1000", got)
	}
	if got := slow.Stretch(901); got != 1002 { // 1001.1 rounded up
		t.Errorf("901 ns of work take %d ns at 90 %%, want 1002", got)
	}
	if got := slow.Done(1000); got != 900 {
		t.Errorf("1000 ns at 90 %% finish %d ns of work, want 900", got)
	}
	if got := slow.Times(800_000); got != 720_000 {
		t.Errorf("90 %% of 80 %% is %d", got)
	}
	if Nominal.Stretch(math.MaxInt64) != math.MaxInt64 || Speed(1).Stretch(math.MaxInt64) != math.MaxInt64 {
		t.Error("the longest duration does not saturate")
	}
	if Speed(2_000_000).Done(math.MaxInt64) != math.MaxInt64 {
		t.Error("work does not saturate")
	}
}

// Against big integers; and what a stretched duration finishes is all the work.
func TestSpeedOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Speed(rapid.Int64Range(1, 2_000_000).Draw(t, "speed"))
		d := engine.Duration(rapid.Int64Range(0, math.MaxInt64).Draw(t, "work"))
		want := new(big.Int).Mul(big.NewInt(int64(d)), big.NewInt(int64(Nominal)))
		want.Add(want, big.NewInt(int64(s)-1)).Quo(want, big.NewInt(int64(s)))
		got := s.Stretch(d)
		if !want.IsInt64() {
			if got != math.MaxInt64 {
				t.Fatalf("%d at %d: %d does not saturate", d, s, got)
			}
			return
		}
		if int64(got) != want.Int64() {
			t.Fatalf("%d at %d: %d, want %s", d, s, got, want)
		}
		if done := s.Done(got); done < d || s.Done(got-1) >= d && d > 0 {
			t.Fatalf("%d ns at %d finish %d of %d", got, s, done, d)
		}
		if s > 1 && (s-1).Stretch(d) < got {
			t.Fatalf("slower than %d is faster", s)
		}
	})
}
