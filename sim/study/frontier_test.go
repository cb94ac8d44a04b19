package study

import (
	"testing"

	"pgregory.net/rapid"
)

// A point is on the frontier unless some other is as low in both costs and lower in
// one.
func TestFrontier(t *testing.T) {
	if on := frontier(nil); len(on) != 0 {
		t.Error(on)
	}
	rapid.Check(t, func(t *rapid.T) {
		cost := rapid.Custom(func(t *rapid.T) [2]float64 {
			return [2]float64{float64(rapid.IntRange(0, 6).Draw(t, "x")), float64(rapid.IntRange(0, 6).Draw(t, "y"))}
		})
		costs := rapid.SliceOfN(cost, 1, 20).Draw(t, "costs")
		for i, on := range frontier(costs) {
			want := true
			for _, o := range costs {
				if o[0] <= costs[i][0] && o[1] <= costs[i][1] && o != costs[i] {
					want = false
				}
			}
			if on != want {
				t.Fatalf("point %d of %v is on the frontier: %v", i, costs, on)
			}
		}
	})
}
