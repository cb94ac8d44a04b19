package training

import (
	"trainsim/sim/workload"
)

// Share is the nominal time one rank of a program spends per step in operations
// of one kind and phase: computing at nominal speed, or communicating over an
// idle network with every peer already there.
type Share struct {
	Role    int // program
	Kind    workload.Kind
	Phase   workload.Phase
	Comm    workload.Comm // communication only
	Seconds float64
	Launch  float64 // part of Seconds: gaps between kernels, and waiting for the host to issue them
	FLOP    float64
	Kernels int64 // kernels, or messages
}

// profile adds up the operations of each program over one step.
func (s *simulation) profile() []Share {
	var out []Share
	for role := range s.job.Programs {
		out = append(out, s.roleProfile(role)...)
	}
	return out
}

func (s *simulation) roleProfile(role int) []Share {
	c := s.code
	node := s.roleNode[role]
	runs := make([]int64, len(c.code)) // executions of the block that starts here
	for _, t := range c.tasks[c.firstTask[role]:c.firstTask[role+1]] {
		runs[t.code]++
	}
	var out []Share
	var n int64
	for pc, in := range c.code {
		if pc == 0 || c.code[pc-1].code == codeEnd {
			n = runs[pc]
		}
		if n == 0 {
			continue
		}
		switch in.code {
		case workload.Run:
			s.segmentProfile(&out, role, n, &c.segments[in.arg])
		case workload.Start, workload.Sync:
			e := shareOf(&out, role, &c.ops[c.messages[in.arg].op])
			e.Seconds += float64(n) * s.idleSeconds(in.arg, node)
			e.Kernels += n
		}
	}
	return out
}

// segmentProfile adds n executions of a segment. Time in which the device waits
// for the host counts with the first operation.
func (s *simulation) segmentProfile(out *[]Share, role int, n int64, seg *segment) {
	waiting := max(int64(seg.work), int64(seg.issue))
	for o := seg.first; o < seg.last; o++ {
		waiting -= s.code.time[o]
	}
	for o := seg.first; o < seg.last; o++ {
		op := &s.code.ops[o]
		kernels := int64(max(op.Kernels, 1))
		e := shareOf(out, role, op)
		e.Seconds += float64(n*(s.code.time[o]+waiting)) / 1e9
		e.Launch += float64(n*(kernels*int64(s.job.GPU.LaunchGap)+waiting)) / 1e9
		e.FLOP += float64(n) * op.FLOP
		e.Kernels += n * kernels
		waiting = 0
	}
}

// shareOf finds or adds the entry of an operation; there are a few dozen.
func shareOf(list *[]Share, role int, op *workload.Op) *Share {
	for i := range *list {
		e := &(*list)[i]
		if e.Kind == op.Kind && e.Phase == op.Phase && (!op.Kind.IsCommunication() || e.Comm == op.Comm) {
			return e
		}
	}
	*list = append(*list, Share{Role: role, Kind: op.Kind, Phase: op.Phase, Comm: op.Comm})
	return &(*list)[len(*list)-1]
}

// idleSeconds returns how long a message of a node takes alone on its links.
func (s *simulation) idleSeconds(msg, node int32) float64 {
	m := &s.code.messages[msg]
	g := s.plan.group[m.comm][node]
	if g < 0 {
		return 0
	}
	cost := s.costOf(g, msg)
	rate := s.plan.shapes[s.plan.groupShape[g]].Rate
	return cost.Latency.Seconds() + float64(cost.Wire)/float64(rate)
}
