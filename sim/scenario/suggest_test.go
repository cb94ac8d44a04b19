package scenario

import (
	"reflect"
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
		if got := Nearest(word, keys); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestSuggest(t *testing.T) {
	gpus := []string{"a100-40gb-sxm", "a100-80gb-sxm", "h100-80gb-sxm", "h200-141gb-sxm", "l40"}
	for word, want := range map[string]string{
		"h100": "did you mean h100-80gb-sxm?", "A100": "did you mean a100-40gb-sxm or a100-80gb-sxm?", "h100-80gb-sxn": "did you mean h100-80gb-sxm?",
		"sxm": "", "v100": "", "": "",
	} {
		if got := Suggest(word, gpus); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", word, got, want)
		}
	}
}

// TestSynonyms: each stands for a key there is, and is none itself.
func TestSynonyms(t *testing.T) {
	known := map[string]bool{}
	for _, path := range Keys() {
		_, key := cutLast(path)
		known[key] = true
	}
	for name, key := range synonyms {
		if !known[key] || known[name] {
			t.Errorf("synonym %s of %s", name, key)
		}
	}
	for key, values := range unsupportedValues {
		f := lookup("layout." + key)
		if f == nil {
			t.Fatalf("no key layout.%s", key)
		}
		for value := range values {
			if f.set(reflect.New(f.typ).Elem(), literal(value)) == nil {
				t.Errorf("layout.%s = %s is simulated", key, value)
			}
		}
	}
}
