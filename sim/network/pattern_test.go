package network

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestLinksByName on 24 NICs and six leaves.
func TestLinksByName(t *testing.T) {
	p := pods()
	for _, c := range []struct {
		name string
		want []string
	}{
		{"nic_up[3]", []string{"nic_up[3]"}},
		{"leaf_*[3]", []string{"leaf_up[3]", "leaf_down[3]"}},
		{"*_up[5]", []string{"nvlink_up[5]", "nic_up[5]", "leaf_up[5]"}},
		{"nic_up[0:3]", []string{"nic_up[0]", "nic_up[1]", "nic_up[2]"}},
		{"nic_*[22:24]", []string{"nic_up[22]", "nic_down[22]", "nic_up[23]", "nic_down[23]"}},
		{"leaf_down[*]", []string{"leaf_down[0]", "leaf_down[1]", "leaf_down[2]", "leaf_down[3]", "leaf_down[4]", "leaf_down[5]"}},
	} {
		got, err := p.LinksByName(c.name)
		if err != nil || !slices.Equal(namesOf(p, got), c.want) {
			t.Errorf("%s is %v, %v; want %v", c.name, namesOf(p, got), err, c.want)
		}
	}
	if got, err := p.LinksByName("*"); err != nil || len(got) != p.Links() {
		t.Errorf("a star is %d of %d links, %v", len(got), p.Links(), err)
	}
	for name, want := range map[string]string{
		"nic[3]":       `there is no link "nic[3]"; links are nvlink_up, nvlink_down, nic_up and nic_down [0] to [23], leaf_up and leaf_down [0] to [5]`,
		"root_*[3]":    `there is no link "root_*[3]"; links are nvlink_up`,
		"":             `there is no link ""`,
		"nic_up":       `there is no link "nic_up"`,
		"leaf_up[5:7]": `"leaf_up[5:7]" reaches beyond the last link, leaf_up[5]; links are`,
		"nic_up[4:4]":  "[4:4] is no range of links; [0:8] is 0 to 7",
		"nic_up[4:]":   "[4:] is no range",
		"nic_up[-1:4]": "[-1:4] is no range",
	} {
		if _, err := p.LinksByName(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", name, err, want)
		}
	}
}

// TestRangesAddUp: a range is the links of its two parts.
func TestRangesAddUp(t *testing.T) {
	p := pods()
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.IntRange(0, 22).Draw(t, "a")
		c := rapid.IntRange(a+2, 24).Draw(t, "c")
		b := rapid.IntRange(a+1, c-1).Draw(t, "b")
		links := func(from, to int) []int32 {
			got, err := p.LinksByName("nic_*[" + strconv.Itoa(from) + ":" + strconv.Itoa(to) + "]")
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		whole, parts := links(a, c), append(links(a, b), links(b, c)...)
		if len(whole) != 2*(c-a) || !slices.Equal(whole, parts) {
			t.Errorf("[%d:%d] is %v, its parts %v", a, c, whole, parts)
		}
	})
}
