package training

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// allNarrow returns a prepared job for which every link may bound rates.
func allNarrow(t failer, j *Job) *Prepared {
	p := mustPrepare(t, j)
	p.plan.net.Wide = nil
	p.fold()
	return p
}

// TestWideLinksChangeNothing: a step takes as long with wide links left out of the
// sharing as with them, but for the remainders of divisions, and what links carry
// is the same.
func TestWideLinksChangeNothing(t *testing.T) {
	met := 0
	rapid.Check(t, func(t *rapid.T) {
		build := drawJob(t)
		left, all := build(), build()
		without := mustPrepare(t, left)
		a, err := without.Runner().Run(left.Degrade, left.Trace)
		if err != nil {
			t.Fatal(err)
		}
		b, err := allNarrow(t, all).Runner().Run(all.Degrade, all.Trace)
		if err != nil {
			t.Fatal(err)
		}
		if without.plan.net.Wide != nil {
			met++
		}
		if off := math.Abs(float64(a.End-b.End)) / float64(b.End); off > 1e-7 {
			t.Errorf("%d ns without wide links, %d with all: off by %g", a.End, b.End, off)
		}
		for i, s := range left.Trace.Series {
			x, y := s.Total().Float(), all.Trace.Series[i].Total().Float()
			if math.Abs(x-y) > 1e-6*math.Abs(y) {
				t.Errorf("series %s %s is %g without wide links, %g with all", s.Name, s.Part, x, y)
			}
		}
		sameLinkUse(t, a, b)
	})
	if met == 0 {
		t.Error("no job had wide links")
	}
}

// TestSlowSwitchStaysWide: uplinks that lose as much as all NICs below them, at the
// same times, still cannot fill; by themselves they can.
func TestSlowSwitchStaysWide(t *testing.T) {
	f := realFabric()
	f.HostsPerPod = 4
	j := newJob(t, small(), smallLayout(8, 4, 8, 8), f)
	p := mustPrepare(t, j)
	links, err := j.Topology.SwitchLinks("leaf[3]")
	if err != nil {
		t.Fatal(err)
	}
	whole := linksAlike(links, Degrade{Part: "leaf[3]", Speed: 500_000, At: 1000, For: 500})
	twice := append(slices.Clone(whole), linksAlike(links, Degrade{Speed: 700_000})...)
	up, _ := j.Topology.LinkByName("leaf_up[3]")
	down, _ := j.Topology.LinkByName("leaf_down[3]")
	at := slices.IndexFunc(whole, func(d Degrade) bool { return d.ID == up })
	later := slices.Clone(whole)
	later[at].At++
	for _, c := range []struct {
		name    string
		degrade []Degrade
		want    []int32
	}{
		{"the whole switch", whole, nil},
		{"the whole switch, twice", twice, nil},
		{"one link once more", append(twice, whole[at]), []int32{up}},
		{"one link later", later, []int32{up}},
		{"uplinks only", []Degrade{{Target: TargetLink, ID: down}, {Target: TargetLink, ID: up}, {Target: TargetLink, ID: down, At: 1}}, []int32{up, down}},
		{"a NIC less", whole[1:], []int32{up}},
		{"a NIC only", whole[:1], nil},
		{"a GPU of that number", []Degrade{{Target: TargetGPU, ID: up}}, nil},
	} {
		if got := p.narrowedBy(c.degrade); !slices.Equal(got, c.want) {
			t.Errorf("%s: links %v may fill, want %v", c.name, got, c.want)
		}
	}
}

// sameLinkUse compares what the links of each tier carried, each rounded down flow
// by flow or class by class.
func sameLinkUse(t failer, a, b *Result) {
	t.Helper()
	if len(a.LinkUse) != len(b.LinkUse) {
		t.Fatalf("links of %d tiers are used, and of %d", len(a.LinkUse), len(b.LinkUse))
	}
	for i, u := range a.LinkUse {
		v := b.LinkUse[i]
		if u.Tier != v.Tier || u.Links != v.Links {
			t.Errorf("%d links of tier %s are used, and %d of %s", u.Links, u.Tier, v.Links, v.Tier)
		}
		for q := range u.Quantiles {
			if math.Abs(u.Quantiles[q]-v.Quantiles[q]) > 1e-5 {
				t.Errorf("tier %s: quantile %d is %g, and %g", u.Tier, q, u.Quantiles[q], v.Quantiles[q])
			}
		}
	}
}

// TestOddPodsFoldAlike: pods of 3 hosts, which do not divide a stage, fold as pods
// of 4, which do: leaves whose uplinks cannot fill tell no ranks apart. With a
// taper they do.
func TestOddPodsFoldAlike(t *testing.T) {
	classes := func(pod int, taper float64, degrade ...Degrade) int64 {
		f := realFabric()
		f.HostsPerPod, f.Oversubscription = pod, taper
		j := newJob(t, small(), smallLayout(8, 4, 8, 8), f)
		j.Fold, j.Degrade = true, degrade
		return mustRun(t, j).Classes
	}
	slow := Degrade{Target: TargetGPU, ID: 3, Speed: 500_000}
	if a, b := classes(3, 1), classes(4, 1); a != 4 || b != 4 {
		t.Errorf("%d and %d classes, want those of 4 stages", a, b)
	}
	// In each stage: the slow GPU or those of its pipeline, their hosts, their data
	// group, the others.
	if a, b := classes(3, 1, slow), classes(4, 1, slow); a != 16 || b != 16 {
		t.Errorf("with a slow GPU %d and %d classes, want 16", a, b)
	}
	if a, b := classes(3, 2), classes(4, 2); a <= 4 || b != 4 {
		t.Errorf("tapered, %d and %d classes, want more than 4 where pods do not divide a stage", a, b)
	}
}
