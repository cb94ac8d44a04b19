package scenario

import (
	"slices"
	"strings"
	"testing"
)

func TestHostList(t *testing.T) {
	for _, c := range []struct {
		value, written string // as in the scenario, and as written back
		want           HostList
	}{
		{`[3, 4, 5, 9]`, "3-5,9", HostList{3, 4, 5, 9}},
		{`"3-5,9"`, "3-5,9", HostList{3, 4, 5, 9}},
		{`" 3 - 5 , 9 "`, "3-5,9", HostList{3, 4, 5, 9}},
		{`"9,3-5"`, "9,3-5", HostList{9, 3, 4, 5}},
		{`[5, 4, 3, 9]`, "5,4,3,9", HostList{5, 4, 3, 9}},
		{`"2-2,4"`, "2,4", HostList{2, 4}},
	} {
		s, err := parse(t, shrinkText+"[[neighbour]]\nsize = \"1 GB\"\nhosts = "+c.value, "machine.hosts=20", `machine.host_list="10-17"`)
		if err != nil {
			t.Errorf("%s: %v", c.value, err)
		} else if got := s.Neighbour[0].Hosts; !slices.Equal(got, c.want) {
			t.Errorf("%s lists %v, want %v", c.value, got, c.want)
		}
		if got := c.want.String(); got != c.written {
			t.Errorf("%v is written %s, want %s", c.want, got, c.written)
		}
	}
	for value, want := range map[string]string{
		`"3-"`: `"3-" is no range of hosts`, `""`: `"" is no range`, `"5-3"`: `"5-3" is no range`, `"1,,2"`: `"" is no range`,
		`"-1"`: `"-1" is no range`, `"0-99999999"`: `lists more than 1000000 hosts`, `[1.5]`: "not a whole number", `[-1]`: "is negative", `3`: "expected a list of hosts",
	} {
		_, err := parse(t, shrinkText+"[[neighbour]]\nsize = \"1 GB\"\nhosts = "+value)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", value, err, want)
		}
	}
}

// TestNeighbourGroups: a neighbour on two hosts of 8 GPUs has 8 communicators of
// two, or one of 16, and the links reach its hosts.
func TestNeighbourGroups(t *testing.T) {
	const text = "[[neighbour]]\nhosts = \"18-19\"\nsize = \"1 GB\"\n"
	for _, c := range []struct {
		set    string
		groups int
		first  []int32
	}{{"rail", 8, []int32{144, 152}}, {"one", 1, []int32{144, 145, 146, 147, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159}}} {
		s, err := parse(t, shrinkText+text, "machine.hosts=20", "neighbour[0].groups="+c.set)
		if err != nil {
			t.Fatal(err)
		}
		j, err := s.Job(nil)
		if err != nil {
			t.Fatal(err)
		}
		if n := &j.Neighbours[0]; len(n.Groups) != c.groups || !slices.Equal(n.Groups[0], c.first) || j.Topology.GPUs != 160 {
			t.Errorf("%s: groups %v on a machine of %d GPUs", c.set, n.Groups, j.Topology.GPUs)
		}
	}
}
