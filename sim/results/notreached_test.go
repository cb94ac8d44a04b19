package results

import (
	"strings"
	"testing"
)

// What begins after the steps is told with its time, and how long they take.
func TestTextNotReached(t *testing.T) {
	s := Summary{SimulatedTimeS: 17.2, NotReached: []NotReached{{"cooling_failure[0]", 36000}, {"degrade[2]", 20}}}
	const want = "\n  not reached  cooling_failure[0] at 10.0 h, degrade[2] at 20.0 s: steps end after 17.2 s; raise run.steps\n"
	if text := s.Text(); !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant%s", text, want)
	}
	s.NotReached = append(s.NotReached, s.NotReached...)
	s.NotReached = append(s.NotReached, s.NotReached...)
	if text := s.Text(); !strings.Contains(text, ", 5 more: steps end") {
		t.Errorf("got\n%s", text)
	}
}
