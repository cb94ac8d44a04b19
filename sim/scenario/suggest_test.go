package scenario

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"tensor", "tenser", 1}, {"ab", "ba", 2}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

// TestDistanceIsMetric: symmetric, zero only for equal words, and no detour is
// shorter.
func TestDistanceIsMetric(t *testing.T) {
	word := rapid.StringMatching(`[abc]{0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if distance(a, b) != distance(b, a) {
			t.Fatal("not symmetric")
		}
		if (distance(a, b) == 0) != (a == b) {
			t.Fatal("zero for different words")
		}
		if distance(a, c) > distance(a, b)+distance(b, c) {
			t.Fatal("a detour is shorter")
		}
	})
}

func TestNearest(t *testing.T) {
	keys := []string{"memory", "hbm_bandwidth", "sms", "micro_batch", "global_batch"}
	for word, want := range map[string]string{
		"MEMORY": "memory", "memroy": "memory", "microbatch": "micro_batch", "hbm_bandwith": "hbm_bandwidth",
		"mem": "", "zzz": "", "globalbatch": "global_batch", "x": "",
	} {
		if got := nearest(word, keys); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
