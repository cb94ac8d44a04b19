package budget

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Slowdowns of ByteDance's public traces, and waste.
func TestSlowdown(t *testing.T) {
	digits(t, "AR", Slowdown(46.336, 23.485), "1.9730")
	digits(t, "SE", Slowdown(9.0666, 5.8975), "1.5374")
	digits(t, "ST", Slowdown(2.1727, 1.8433), "1.1787")
	digits(t, "waste at 1.27", Waste(1.27), "0.213")
	near(t, "waste at 2", Waste(2), 0.5)
	near(t, "none", Waste(1), 0)
}

func TestAnySlow(t *testing.T) {
	digits(t, "1 % of 100", AnySlow(0.01, 100), "0.6340")
	digits(t, "0.5 % of 128", AnySlow(0.005, 128), "0.4736")
	digits(t, "0.5 % of 1,536", AnySlow(0.005, 1536), "0.99955")
	digits(t, "10 % slower", MeanComputeRatio(0.005, 1536, 0.1), "1.09995")
	near(t, "one of two", AnySlow(0.5, 2), 0.75)
}

// Means of the largest of n, tabulated to four decimals; of two it is 1/√π.
func TestMax(t *testing.T) {
	for _, tt := range []struct {
		n    float64
		want string
	}{
		{8, "1.423600306045"}, {64, "2.343733465079"}, {512, "3.043903161204"},
		{1024, "3.248239601375"}, {4096, "3.626082177769"}, {16384, "3.971350570281"}, {1e6, "4.862897486196"},
	} {
		digits(t, "normal", NormalMax(tt.n), tt.want)
	}
	near(t, "of two", NormalMax(2), 1/math.Sqrt(math.Pi))
	if got := NormalMax(1); math.Abs(got) > 1e-14 {
		t.Errorf("the largest of one is %g", got)
	}
	digits(t, "1 % jitter on 64 ranks, %", NormalMax(64), "2.344")
	near(t, "exponential, of 4", ExponentialMax(12, 4), 25) // 12 + 6 + 4 + 3
	digits(t, "of 64", ExponentialMax(1, 64), "4.7439")
	digits(t, "of 1,024", ExponentialMax(1, 1024), "7.5092")
}

func TestShares(t *testing.T) {
	// A step of 15 s that would take 10; 12 without the cause, 14 with it alone.
	near(t, "removed", RemovedShare(15, 12, 10), 0.6)
	near(t, "added", AddedShare(15, 14, 10), 0.8)
	rapid.Check(t, func(t *rapid.T) {
		// Where times add up, a cause removed and alone has one share.
		draw := func(name string) float64 { return rapid.Float64Range(0.1, 10).Draw(t, name) }
		ideal, one, rest := draw("ideal"), draw("one"), draw("rest")
		all := ideal + one + rest
		removed, added := RemovedShare(all, all-one, ideal), AddedShare(all, ideal+one, ideal)
		if math.Abs(removed-added) > 1e-12 || math.Abs(removed-one/(one+rest)) > 1e-12 {
			t.Fatalf("removed %g, added %g", removed, added)
		}
	})
}

// 64 ranks, one of them 10 % slower: 63 wait for 0.1 s at 200 W, it computes at
// 650 W meanwhile. 63·20 + 65 = 1,325 J more.
func TestBarrierStep(t *testing.T) {
	b := BarrierStep{Ranks: 64, Compute: 1, Comm: 0.2, ComputePower: 650, WaitPower: 200, CommPower: 350}
	near(t, "healthy", b.Energy(0, 0), 46_080)
	near(t, "one slow", b.Energy(1, 0.1), 47_405)
	near(t, "time", b.Time(0.1), 1.3)
	digits(t, "energy, %", 100*(b.Energy(1, 0.1)/b.Energy(0, 0)-1), "2.875")
	digits(t, "time, %", 100*(b.Time(0.1)/b.Time(0)-1), "8.333")
	near(t, "healthy, mean W", b.Energy(0, 0)/b.Time(0), 38_400)
	digits(t, "one slow, mean W", b.Energy(1, 0.1)/b.Time(0.1), "36465")
	near(t, "all slow", b.Energy(64, 0.1), 46_080+64*65)
}
