package results

import (
	"strings"
	"testing"
)

// The text says what others got beside what they cost, for the first few.
func TestTextOfOthers(t *testing.T) {
	s := sampleSummary()
	s.TimeBucketsS["contention"] = 0.0123
	s.Background = []Background{
		{Way: "leaf_up[0]", AskedGBPS: 25, GotGBPS: 12.1, Share: 0.484, Bytes: 12_100_000_000, Seconds: 1},
		{Way: "gpu[3] to gpu[40]", AskedGBPS: 1},
	}
	s.Neighbours = []Neighbour{
		{Hosts: "2-3,6-7", Periods: 7, PeriodS: 1.42, AlonePeriodS: 1.02, Slowdown: 1.42 / 1.02},
		{Hosts: "8-9", AlonePeriodS: 5}, {Hosts: "10-11", AlonePeriodS: 5}, {Hosts: "12-13", AlonePeriodS: 5}, {Hosts: "14-15", AlonePeriodS: 5},
	}
	text := s.Text()
	for _, want := range []string{
		"background   leaf_up[0] got 12.1 of 25.0 GB/s\n", "background   gpu[3] to gpu[40] has not begun\n",
		"neighbour    hosts 2-3,6-7: a period takes 1.42 s, alone 1.02 s\n", "neighbour    hosts 8-9: no period of 5.00 s has ended\n",
		"and 2 more\n", "this job loses 12.3 ms of a step to sharing links, with its own traffic and theirs\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "12-13") {
		t.Errorf("more than three neighbours in\n%s", text)
	}
}
