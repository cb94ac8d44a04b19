package report

import (
	"slices"
	"strings"
	"testing"

	"trainsim/sim/results"
)

func twoTiers() *results.Run {
	r := &results.Run{}
	r.Summary = results.Summary{
		StepTimeS: 4, TimeBucketsS: map[string]float64{"compute": 3, "contention": 1},
		HottestLinks: []results.LinkLoad{
			{Name: "background[0]", Tier: "background", Links: 1, BytesPerStep: 5, Utilization: 1},
			{Name: "leaf_up[2]", Tier: "leaf", Links: 1, BytesPerStep: 900, Utilization: 0.9},
			{Name: "nvlink_up[0]", Tier: "nvlink", Links: 1025, BytesPerStep: 100, Utilization: 0.25},
		},
		LinkUse: []results.LinkUse{
			{Tier: "nvlink", Links: 1025, Quantiles: []float64{0.25, 0.25, 0.25}},
			{Tier: "leaf", Links: 8, Quantiles: []float64{0.1, 0.2, 0.9}},
			{Tier: "background", Links: 1, Quantiles: []float64{1, 1, 1}},
		},
	}
	return r
}

// The table has every link and every quantile, and nothing of what only bounds the
// traffic of others.
func TestLinksTable(t *testing.T) {
	want := []string{
		"hottest,leaf_up[2],leaf,1,900,,0.900000",
		"hottest,nvlink_up[0],nvlink,1025,100,,0.250000",
		"tier,,nvlink,1025,,0.00,0.250000", "tier,,nvlink,1025,,0.50,0.250000", "tier,,nvlink,1025,,1.00,0.250000",
		"tier,,leaf,8,,0.00,0.100000", "tier,,leaf,8,,0.50,0.200000", "tier,,leaf,8,,1.00,0.900000",
	}
	var got []string
	for _, row := range links(twoTiers()).table.rows {
		got = append(got, strings.Join(row, ","))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The title names the hottest link that is one; the keys count the links and
// give the medians.
func TestLinksSayWhatIsHot(t *testing.T) {
	f := links(twoTiers())
	if want := ": hottest link leaf_up[2] at 90 %, contention 25 % of the step"; f.title != want {
		t.Errorf("got %q, want %q", f.title, want)
	}
	if got := f.keys[0].text; got != "nvlink: 1,025 links, median 25 %" {
		t.Errorf("got %q", got)
	}
	if got := f.keys[1].text; got != "leaf: 8 links, median 20 %" {
		t.Errorf("got %q", got)
	}
	handler.asText = true
	defer func() { handler.asText = false }()
	doc, err := f.svg()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{">leaf_up[2]<", ">nvlink_up[0] and 1,024 alike<", ">90 %<"} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("%s is not drawn", want)
		}
	}
}

// Both panels have one axis, so that a bar ends below the right end of its tier's
// curve.
func TestLinksShareAnAxis(t *testing.T) {
	f := links(twoTiers())
	a, b := f.panels[0].plot, f.panels[1].plot
	if a.X.Min != 0 || b.X.Min != 0 || a.X.Max != b.X.Max || a.X.Max < 90 || a.X.Max > 110 {
		t.Errorf("%v to %v above, %v to %v below", a.X.Min, a.X.Max, b.X.Min, b.X.Max)
	}
}

// A bar has the colour of its tier's curve, and a tier of any number has a style.
func TestLinksAreColouredByTier(t *testing.T) {
	f := links(twoTiers())
	for i := range 20 {
		k := tierStyle(i)
		if k.color.Color != tierColors[i%len(tierColors)] || (k.cue == cueDash) != (len(k.color.Dashes) > 0) {
			t.Errorf("tier %d: %+v", i, k)
		}
	}
	if f.keys[0].color.Color != blue || f.keys[1].color.Color != orange {
		t.Errorf("got %v and %v", f.keys[0].color.Color, f.keys[1].color.Color)
	}
}

// Without a link that carried anything there is no figure.
func TestNoLinksNoFigure(t *testing.T) {
	for name, cut := range map[string]func(*results.Summary){
		"none at all":     func(s *results.Summary) { s.HottestLinks, s.LinkUse = nil, nil },
		"only background": func(s *results.Summary) { s.HottestLinks, s.LinkUse = s.HottestLinks[:1], s.LinkUse[2:] },
		"no distribution": func(s *results.Summary) { s.LinkUse = nil },
		"no loads":        func(s *results.Summary) { s.HottestLinks = nil },
	} {
		r := twoTiers()
		cut(&r.Summary)
		if links(r) != nil {
			t.Errorf("%s: a figure", name)
		}
	}
	r := twoTiers()
	r.Summary.StepTimeS = 0
	if contention(r) != 0 {
		t.Error("a share of nothing")
	}
}
