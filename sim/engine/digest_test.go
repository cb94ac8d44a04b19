package engine

import (
	"math/bits"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type entry struct {
	at    Time
	a, b  uint32
	count uint64
}

func digestOf(entries []entry) Digest {
	var d Digest
	for _, e := range entries {
		d.Add(e.at, e.a, e.b, e.count)
	}
	return d
}

// The digest does not depend on order, on whether equal entries come one by one
// or counted, or on how entries are spread over digests that are merged.
func TestDigestIsCommutativeAndCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) entry {
			return entry{
				at: Time(rapid.Int64Range(0, int64(Never)).Draw(t, "at")),
				a:  rapid.Uint32().Draw(t, "a"), b: rapid.Uint32().Draw(t, "b"),
				count: rapid.Uint64Range(1, 5).Draw(t, "count"),
			}
		}), 1, 20).Draw(t, "entries")
		want := digestOf(entries)

		var single []entry
		for _, e := range entries {
			for range e.count {
				single = append(single, entry{e.at, e.a, e.b, 1})
			}
		}
		slices.Reverse(single)
		cut := rapid.IntRange(0, len(single)).Draw(t, "cut")
		got := digestOf(single[:cut])
		got.Merge(digestOf(single[cut:]))
		if got != want {
			t.Fatalf("%s one by one, %s counted", got, want)
		}
		changed := slices.Clone(entries)
		changed[0].at ^= 1
		if digestOf(changed) == want {
			t.Fatal("a change of 1 ns kept the digest")
		}
	})
}

// Small structured differences must show in each lane: two entities that swap
// times, moved work, moved counts.
func TestDigestLanesHaveNoSmallCollisions(t *testing.T) {
	seen := [2]map[uint64]entry{{}, {}}
	for at := range Time(40) {
		for a := range uint32(40) {
			for b := range uint32(40) {
				e := entry{at * 1000, a, b, 1}
				d := digestOf([]entry{e})
				for lane, v := range d.lane {
					if other, clash := seen[lane][v]; clash {
						t.Fatalf("lane %d: %v and %v", lane, e, other)
					}
					seen[lane][v] = e
				}
			}
		}
	}
	for t1 := range Time(30) {
		for t2 := range t1 {
			for b := uint32(1); b < 30; b++ {
				one := digestOf([]entry{{t1, 1, 0, 1}, {t2, 1, b, 1}})
				two := digestOf([]entry{{t1, 1, b, 1}, {t2, 1, 0, 1}})
				if one.lane[0] == two.lane[0] || one.lane[1] == two.lane[1] {
					t.Fatalf("entities 0 and %d may swap %d and %d ns unseen", b, t1, t2)
				}
			}
		}
	}
}

// One flipped input bit changes about half of the 128 bits on average.
func TestDigestAvalanche(t *testing.T) {
	flipped, n := 0, 0
	for i := range Time(500) {
		for bit := range 63 {
			x := digestOf([]entry{{i * 977, 1, 2, 1}})
			y := digestOf([]entry{{i*977 ^ 1<<bit, 1, 2, 1}})
			flipped += bits.OnesCount64(x.lane[0]^y.lane[0]) + bits.OnesCount64(x.lane[1]^y.lane[1])
			n++
		}
	}
	if mean := float64(flipped) / float64(n); mean < 56 || mean > 72 {
		t.Errorf("%.1f of 128 bits flip on average", mean)
	}
}

func TestDigestString(t *testing.T) {
	if s := (Digest{[2]uint64{1, 0xab}}).String(); s != "000000000000000100000000000000ab" {
		t.Error(s)
	}
}

func BenchmarkDigest(b *testing.B) {
	var d Digest
	var at Time
	for b.Loop() {
		at += 1009
		d.Add(at, 3, uint32(at), 8)
	}
}
