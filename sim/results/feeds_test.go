package results

import (
	"strings"
	"testing"
)

// Every level with a limit is told, also one that is kept: 64 racks below 40 kW each.
func TestTextOfLimits(t *testing.T) {
	s := Summary{Feeds: &Feeds{Levels: []FeedLevel{
		{Name: "rack", Feeds: 64, LimitW: 2.56e6, PeakW: 2.5e6}, {Name: "row", Feeds: 4, PeakW: 2.5e6}, {Name: "site", Feeds: 1, LimitW: 20e6, PeakW: 2.83e6},
	}}, HostsUnderLimit: &Room{Peak: 1809, P999: 1934}}
	const want = "\n               64 × rack up to 2.50 MW of 2.56 MW, site up to 2.83 MW of 20.0 MW: 1,934 hosts fit (1,809 at their peak)\n"
	if text := s.Text(); !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant%s", text, want)
	}
	s.Feeds.Overload, s.Feeds.OverloadS = "rack 48", 2.76*86400
	if text := s.Text(); !strings.Contains(text, "overloaded: the first to trip is rack 48, after 2.76 days\n") {
		t.Errorf("got\n%s", text)
	}
}
