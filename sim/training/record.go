package training

import (
	"fmt"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

func stageName(i int) string { return fmt.Sprintf("stage %d", i) }

// recording is whose operations are kept, and what they are called.
type recording struct {
	ranks [][]int32 // of each node, those that it stands for; nil: nobody is recorded
	label []int32   // of each operation, -1: not told yet
	wait  []int32   // of waits for its peers, the same
}

// newRecording returns what is to be kept of a job, and makes room for it.
func (s *simulation) newRecording() (k recording) {
	j := s.job
	if j.Trace == nil || len(j.Spans) == 0 {
		return k
	}
	k.ranks = make([][]int32, len(s.nodes))
	spans := 0
	for _, r := range j.Spans {
		i := s.plan.rankNode[r]
		k.ranks[i] = append(k.ranks[i], r)
		s.nodes[i].recorded = true
		spans += s.code.spans(s.nodes[i].role)
	}
	j.Trace.Reserve(spans)
	k.label, k.wait = make([]int32, len(s.code.ops)), make([]int32, len(s.code.ops))
	for o := range k.label {
		k.label[o], k.wait[o] = -1, -1
	}
	return k
}

// spans returns how many spans a rank of a program makes in a step at most: one for
// each operation, and one more for what a message waits.
func (c *compiled) spans(role int32) int {
	n := int(c.perStep[role])
	for in := range c.executed(role) {
		if in.code == workload.Start || in.code == workload.Sync {
			n++
		}
	}
	return n
}

// labelOf returns the label of an operation.
func (s *simulation) labelOf(o int32) int32 {
	if s.recording.label[o] < 0 {
		op := &s.code.ops[o]
		s.recording.label[o] = s.job.Trace.Label(op.Name, op.Kind.String())
	}
	return s.recording.label[o]
}

// waitLabelOf returns the label of a wait for the peers of a message.
func (s *simulation) waitLabelOf(o int32) int32 {
	if s.recording.wait[o] < 0 {
		s.recording.wait[o] = s.job.Trace.Label("wait: "+s.code.ops[o].Name, "wait")
	}
	return s.recording.wait[o]
}

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
		s.keep(i, trace.Span{Start: at, End: end, Label: s.labelOf(o),
			Microbatch: t.microbatch, Layer: layer, Chunk: t.chunk, Stream: uint8(workload.StreamCompute), Phase: uint8(s.code.ops[o].Phase)})
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
	op := s.code.messages[st.active].op
	span := trace.Span{Microbatch: t.microbatch, Layer: -1, Chunk: t.chunk, Stream: uint8(k), Phase: uint8(s.code.ops[op].Phase)}
	if started > st.posted {
		wait := span
		wait.Start, wait.End, wait.Label = st.posted, started, s.waitLabelOf(op)
		s.keep(i, wait)
	}
	span.Start, span.End, span.Label = started, now, s.labelOf(op)
	s.keep(i, span)
}

// keep adds a span for every recorded rank the node stands for. Only the last
// step is kept: the steady one.
func (s *simulation) keep(i int32, span trace.Span) {
	span.Step = int32(s.job.Steps - 1)
	for _, r := range s.recording.ranks[i] {
		span.Rank = r
		s.job.Trace.Span(span)
	}
}
