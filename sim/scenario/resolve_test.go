package scenario

import "testing"

func TestGrouped(t *testing.T) {
	for x, want := range map[float64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 12_800_000: "12,800,000", 128_000: "128,000", -1000: "-1,000", -100: "-100", 10.5: "10.5", 1e18: "1e+18",
	} {
		if got := Grouped(x); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	}
}
