package training

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

func stageName(i int) string { return fmt.Sprintf("stage %d", i) }

// recordSegment keeps the operations of the segment that ends now as spans; at
// reduced or changing speed they share its length by their nominal times.
func (s *simulation) recordSegment(i int32, now engine.Time) {
	n := &s.nodes[i]
	if int(n.step) < s.job.Steps-1 {
		return
	}
	if n.seg == s.code.pause {
		s.keep(i, trace.Span{Start: n.begun, End: now, Label: s.job.Trace.Label("garbage collection", "wait"),
			Microbatch: -1, Layer: -1, Stream: uint8(workload.StreamCompute)})
		return
	}
	seg := &s.code.segments[n.seg]
	t := &s.code.tasks[n.task]
	length := float64(now.Sub(n.begun))
	layer := s.code.code[n.pc-1].layer
	var done, total int64
	for o := seg.first; o < seg.last; o++ {
		total += s.code.time[o]
	}
	at := n.begun
	for o := seg.first; o < seg.last; o++ {
		done += s.code.time[o]
		end := now
		if o < seg.last-1 && total > 0 {
			end = n.begun + engine.Time(length*float64(done)/float64(total))
		}
		op := &s.code.ops[o]
		s.keep(i, trace.Span{Start: at, End: end, Label: s.job.Trace.Label(op.Name, op.Kind.String()),
			Microbatch: t.microbatch, Layer: layer, Chunk: t.chunk, Stream: uint8(workload.StreamCompute), Phase: uint8(op.Phase)})
		at = end
	}
}

// recordMessage keeps the wait and the transfer of the message that ends now.
func (s *simulation) recordMessage(i int32, k workload.Stream, started, now engine.Time) {
	if int(s.nodes[i].step) < s.job.Steps-1 {
		return
	}
	st := s.streamOf(i, k)
	t := &s.code.tasks[st.task]
	op := &s.code.ops[s.code.messages[st.active].op]
	span := trace.Span{Microbatch: t.microbatch, Layer: -1, Chunk: t.chunk, Stream: uint8(k), Phase: uint8(op.Phase)}
	if started > st.posted {
		wait := span
		wait.Start, wait.End, wait.Label = st.posted, started, s.job.Trace.Label("wait: "+op.Name, "wait")
		s.keep(i, wait)
	}
	span.Start, span.End, span.Label = started, now, s.job.Trace.Label(op.Name, op.Kind.String())
	s.keep(i, span)
}

// keep adds a span for every recorded rank the node stands for. Only the last
// step is kept: the steady one.
func (s *simulation) keep(i int32, span trace.Span) {
	span.Step = int32(s.job.Steps - 1)
	for _, r := range s.job.Spans {
		if s.plan.rankNode[r] == i {
			span.Rank = r
			s.job.Trace.Span(span)
		}
	}
}
