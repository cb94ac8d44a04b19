package cluster

import (
	"testing"

	"pgregory.net/rapid"
)

// tree is four hosts on two racks, at 98 % and 100 W, below a site with a PUE of 1.25.
func tree() *Tree {
	return &Tree{
		Levels: []Level{{Name: "rack", Hosts: 2, Efficiency: 0.98, Fixed: 100_000}, {Name: "site", Overhead: 1.25, Efficiency: 1}},
		First:  []int32{0, 2, 3}, Parent: []int32{2, 2, -1}, Count: []int64{1, 1, 1}, Share: []int64{1, 1, 1},
		Host: []int32{0, 0, 1, 1}, Hosts: []int64{1, 1, 1, 1}, Beside: 500_000,
	}
}

// Hosts at 9.8 and 4.9 kW make racks draw 10 + 5 + 0.1 and 0.1 kW; 500 W of switches
// more make 15.7 kW, of which 1.25 times are 19.625 kW.
func TestFeeds(t *testing.T) {
	f := NewFeeds(tree())
	f.Change(0, 9_800_000)
	f.Change(1, 4_900_000)
	f.Settle()
	if f.Load(0) != 14_700_000 || f.Drawn(0) != 15_200_000 || f.Delivered(0) != 14_700_000 || f.Drawn(1) != 19_625_000 {
		t.Errorf("a rack delivers %d mW, racks draw %d, the site %d", f.Load(0), f.Drawn(0), f.Drawn(1))
	}
	f.Settle()
	if len(f.Changed()) != 0 {
		t.Errorf("%d feeds changed where nothing did", len(f.Changed()))
	}
}

// Two racks that are alike are one class of two, and the order of changes does not
// matter. No feed draws less than it delivers.
func TestFeedsFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole, folded := NewFeeds(tree()), tree()
		folded.First, folded.Parent, folded.Count, folded.Share = []int32{0, 1, 2}, []int32{1, -1}, []int64{2, 1}, []int64{2, 1}
		folded.Host, folded.Hosts = []int32{0}, []int64{2}
		classes := NewFeeds(folded)
		for range 5 {
			delta := rapid.Int64Range(0, 1e7).Draw(t, "mW")
			for _, h := range rapid.Permutation([]int32{0, 1, 2, 3}).Draw(t, "order") {
				whole.Change(h, delta)
			}
			classes.Change(0, delta)
			whole.Settle()
			classes.Settle()
			for l := range whole.Levels {
				if whole.Drawn(l) != classes.Drawn(l) || whole.Delivered(l) != classes.Delivered(l) {
					t.Fatalf("level %d draws %d mW, folded %d", l, whole.Drawn(l), classes.Drawn(l))
				}
				if whole.Drawn(l) < whole.Delivered(l) {
					t.Fatalf("level %d draws %d mW and delivers %d", l, whole.Drawn(l), whole.Delivered(l))
				}
			}
		}
	})
}

// 80 % of a breaker of 34.5 kW (415 V, 60 A, three phases) may last: 27.6 kW.
func TestGuard(t *testing.T) {
	g := Guard{Limit: 34_500_000, Continuous: 800_000, Below: 900_000}
	if g.Lasting() != 27_600_000 || g.Ends() != 24_840_000 {
		t.Errorf("%d mW may last, and %d ends it", g.Lasting(), g.Ends())
	}
	for p := Trip; p <= Shed; p++ {
		if PolicyOf(p.String()) != p {
			t.Errorf("policy %v", p)
		}
	}
}
