package results

import "strings"

// NotReached is a section of the scenario that begins after the last step simulated,
// and so changed nothing.
type NotReached struct {
	Section string  `json:"section"` // such as cooling_failure[0]
	AtS     float64 `json:"at_s"`
}

// maxNotReached is how many of them the text names.
const maxNotReached = 3

// textNotReached tells what begins too late to change anything.
func (s *Summary) textNotReached(t *textTable) {
	if len(s.NotReached) == 0 {
		return
	}
	var names []string
	for i := range s.NotReached[:min(len(s.NotReached), maxNotReached)] {
		n := &s.NotReached[i]
		names = append(names, n.Section+" at "+HumanTime(n.AtS))
	}
	if more := len(s.NotReached) - len(names); more > 0 {
		names = append(names, commas(int64(more))+" more")
	}
	t.line("not reached", "%s: steps end after %s; raise run.steps", strings.Join(names, ", "), HumanTime(s.SimulatedTimeS))
}
