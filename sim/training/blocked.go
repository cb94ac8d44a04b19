package training

import (
	"fmt"
	"strings"
)

// maxBlocked is how many blocked ranks an error lists.
const maxBlocked = 8

// blockedError says who waits for what, and who is missing, when the events run
// out before every rank has finished.
func (s *simulation) blockedError() error {
	var lines []string
	blocked := 0
	for i := range s.nodes {
		n := &s.nodes[i]
		if n.finished {
			continue
		}
		blocked++
		if len(lines) < maxBlocked {
			lines = append(lines, s.blockedLine(int32(i)))
		}
	}
	if blocked > len(lines) {
		lines = append(lines, fmt.Sprintf("and %d more", blocked-len(lines)))
	}
	return fmt.Errorf("the step cannot finish: %d of %d ranks or classes are blocked\n  %s",
		blocked, len(s.nodes), strings.Join(lines, "\n  "))
}

func (s *simulation) blockedLine(i int32) string {
	n := &s.nodes[i]
	who := fmt.Sprintf("rank %d (stage %d, step %d)", s.plan.rankOf(i), n.stage, n.step)
	if !n.blocked {
		return who + " computes, but its event is lost"
	}
	st := s.streamOf(i, n.waitOn)
	if st.active < 0 {
		return fmt.Sprintf("%s waits for the %v stream, where %d of %d operations are done and none is in progress",
			who, n.waitOn, st.done, n.waitFor)
	}
	m := &s.code.messages[st.active]
	g := s.plan.group[m.comm][i]
	op := &s.code.ops[m.op]
	if s.joins[g].running {
		return fmt.Sprintf("%s waits for %q, whose transfer makes no progress%s", who, op.Name, s.deadLink(g))
	}
	return fmt.Sprintf("%s waits for %q of the %v communicator; missing: %s", who, op.Name, m.comm, s.missing(g))
}

// deadLink names a dead link that the transfer of communicator g is to cross.
func (s *simulation) deadLink(g int32) string {
	l, ok := s.net.DeadLink(g)
	if !ok {
		return ""
	}
	if s.plan.linkFirst != nil {
		l = s.plan.linkFirst[l]
	}
	return fmt.Sprintf(": %s is dead, and no other path leads around it", s.job.Topology.LinkName(l))
}

// missing lists the members of a communicator that have not arrived.
func (s *simulation) missing(g int32) string {
	var out []string
	for _, m := range s.plan.membersOf(g) {
		st := s.streamOf(m.node, s.code.stream[m.comm])
		if st.active >= 0 && s.code.messages[st.active].comm == m.comm {
			continue
		}
		out = append(out, fmt.Sprintf("rank %d", s.plan.rankOf(m.node)))
		if len(out) == maxBlocked {
			out = append(out, "…")
			break
		}
	}
	return strings.Join(out, ", ")
}
