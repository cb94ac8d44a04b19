package results

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"trainsim/sim/trace"
)

// arguments of a slice, shown when it is selected.
var arguments = []string{"microbatch", "layer", "chunk", "step"}

// writePerfettoGzip writes the trace compressed at the fastest level: a
// quarter of the size for twice the time, where the best level takes five
// times as long for a tenth less.
func writePerfettoGzip(w io.Writer, r *Run) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(z, 1<<16)
	return errors.Join(writePerfetto(b, r), b.Flush(), z.Close())
}

// writePerfetto writes r, whose spans writeSpans has found sound: one process
// per recorded rank with one row per stream, and a group of counters (power,
// utilisation, traffic, memory). What happened to the machine is a row of
// instants.
func writePerfetto(out io.Writer, r *Run) error {
	p := &perfetto{w: out}
	names, categories, kindOf := labelNames(r.Labels)
	p.intern(names, append(categories, r.Phases...), arguments)

	machine := p.track(0, "machine", 0, nil)
	p.instants(machine, r.Events)
	rank := 1
	for i := range r.Series {
		p.series(machine, &r.Series[i], &r.Summary, rank)
		rank++
	}
	for stage, points := range r.Memory {
		if len(points) == 0 {
			continue
		}
		track := p.counter(machine, fmt.Sprintf("memory stage %d [GiB]", stage), rank)
		for _, point := range points {
			p.count(track, int64(point.At), float64(point.Value)/(1<<30))
		}
		rank++
	}

	w := spanWriter{p: p, d: &r.Data, kinds: len(categories), kindOf: kindOf}
	w.write()
	return p.err
}

// labelNames returns the names of labels as slices show them, the kinds in the
// order of their first use, and the kind of each label.
func labelNames(labels []trace.Label) (names, kinds []string, kindOf []int) {
	for _, l := range labels {
		at := slices.Index(kinds, l.Kind)
		if at < 0 {
			at = len(kinds)
			kinds = append(kinds, l.Kind)
		}
		names = append(names, l.Name)
		kindOf = append(kindOf, at)
	}
	return names, kinds, kindOf
}

// instants writes the events of the machine on a row of their own.
func (p *perfetto) instants(parent uint64, events []trace.Event) {
	if len(events) == 0 {
		return
	}
	track := p.track(parent, "events", 0, nil)
	for _, e := range events {
		argument := appendText(appendText(nil, argumentName, "text"), argumentText, e.Text)
		p.event = appendNumber(p.event, eventType, typeInstant)
		p.event = appendNumber(p.event, eventTrack, track)
		p.event = appendText(p.event, eventName, e.Kind+" "+e.Name)
		p.event = appendMessage(p.event, eventArgument, argument)
		p.sendEvent(int64(e.At))
	}
}

// series writes a series as a counter, a value where it changes. Power is shown
// in watts and busy GPUs as a share of their stage.
func (p *perfetto) series(parent uint64, s *SeriesData, sum *Summary, rank int) {
	unit, scale := s.Unit, 1.0
	stages := int64(len(sum.StageBucketsS))
	switch {
	case s.Unit == "mW":
		unit, scale = "W", 1e-3
	case s.Unit == "m°C":
		unit, scale = "°C", 1e-3
	case s.Name == "busy" && stages > 0 && sum.Ranks > 0:
		unit, scale = "% of its GPUs", 100*float64(stages)/float64(sum.Ranks)
	}
	shown := SeriesData{Name: s.Name, Part: s.Part, Unit: unit}
	track := p.counter(parent, seriesColumn(&shown), rank)
	for i, v := range s.Values {
		if i == 0 || v != s.Values[i-1] {
			p.count(track, int64(i)*int64(s.Width), v*scale)
		}
	}
}

// spanWriter writes spans as slices.
type spanWriter struct {
	p      *perfetto
	d      *Data
	kinds  int   // categories before the phases
	kindOf []int // of each label
	ends   []int64
}

// write puts every rank in order, and in it every stream.
func (w *spanWriter) write() {
	rows := groupSpans(w.d.Spans)
	var process uint64
	last := int32(-1)
	order := 0
	for _, row := range rows {
		first := &w.d.Spans[row[0]]
		if first.Rank != last {
			last = first.Rank
			// Perfetto keeps process 0 for the idle process.
			process = w.p.process(int(last)+1, fmt.Sprintf("rank %d", last), order)
			order++
		}
		name := fmt.Sprintf("stream %d", first.Stream)
		if int(first.Stream) < len(w.d.Streams) {
			name = w.d.Streams[first.Stream]
		}
		for _, list := range nest(w.d.Spans, row) {
			w.row(w.p.track(process, name, order, nil), list)
			order++
		}
	}
}

// row writes spans that nest, in order of their start, on one track.
func (w *spanWriter) row(track uint64, list []int32) {
	w.ends = w.ends[:0]
	for _, i := range list {
		span := &w.d.Spans[i]
		w.close(track, int64(span.Start))
		w.begin(track, span)
		w.ends = append(w.ends, int64(span.End))
	}
	w.close(track, math.MaxInt64)
}

// close ends the open slices that end by a time, the innermost first.
func (w *spanWriter) close(track uint64, by int64) {
	for n := len(w.ends); n > 0 && w.ends[n-1] <= by; n-- {
		w.p.end(track, w.ends[n-1])
		w.ends = w.ends[:n-1]
	}
}

func (w *spanWriter) begin(track uint64, span *trace.Span) {
	p := w.p
	p.event = appendNumber(p.event, eventType, typeBegin)
	p.event = appendNumber(p.event, eventTrack, track)
	p.event = appendNumber(p.event, eventNameIID, uint64(span.Label)+1)
	p.event = appendNumber(p.event, eventCategory, uint64(w.kindOf[span.Label])+1)
	p.event = appendNumber(p.event, eventCategory, uint64(w.kinds)+uint64(span.Phase)+1)
	for i, v := range [...]int64{int64(span.Microbatch), int64(span.Layer), int64(span.Chunk), int64(span.Step)} {
		if v < 0 {
			continue
		}
		size := protowire.SizeTag(argumentIID) + 1 + protowire.SizeTag(argumentInt) + protowire.SizeVarint(uint64(v))
		p.event = protowire.AppendTag(p.event, eventArgument, protowire.BytesType)
		p.event = protowire.AppendVarint(p.event, uint64(size))
		p.event = appendNumber(p.event, argumentIID, uint64(i)+1)
		p.event = appendNumber(p.event, argumentInt, uint64(v))
	}
	p.sendEvent(int64(span.Start))
}

// groupSpans returns the indices of spans by rank and stream, both in order;
// within, by start, and of those that start together the longest first.
func groupSpans(spans []trace.Span) [][]int32 {
	of := map[[2]int32]int{}
	var rows [][]int32
	for i := range spans {
		key := [2]int32{spans[i].Rank, int32(spans[i].Stream)}
		at, ok := of[key]
		if !ok {
			at = len(rows)
			of[key] = at
			rows = append(rows, nil)
		}
		rows[at] = append(rows[at], int32(i))
	}
	order := func(a, b int32) int {
		return cmp.Or(cmp.Compare(spans[a].Start, spans[b].Start), cmp.Compare(spans[b].End, spans[a].End))
	}
	for _, row := range rows {
		if !slices.IsSortedFunc(row, order) {
			slices.SortStableFunc(row, order)
		}
	}
	slices.SortFunc(rows, func(a, b []int32) int {
		x, y := &spans[a[0]], &spans[b[0]]
		return cmp.Or(cmp.Compare(x.Rank, y.Rank), cmp.Compare(x.Stream, y.Stream))
	})
	return rows
}

// nest deals ordered spans to lanes so that those of a lane nest, as Perfetto
// demands of a track: a span goes to the first lane where it lies within or
// after what is there. A stream that runs first in, first out needs one lane.
func nest(spans []trace.Span, row []int32) [][]int32 {
	var lanes [][]int32
	var open [][]int64
	for _, i := range row {
		s := &spans[i]
		lane := 0
		for ; lane < len(lanes); lane++ {
			stack := open[lane]
			for len(stack) > 0 && stack[len(stack)-1] <= int64(s.Start) {
				stack = stack[:len(stack)-1]
			}
			open[lane] = stack
			if len(stack) == 0 || int64(s.End) <= stack[len(stack)-1] {
				break
			}
		}
		if lane == len(lanes) {
			lanes, open = append(lanes, nil), append(open, nil)
		}
		lanes[lane] = append(lanes[lane], i)
		open[lane] = append(open[lane], int64(s.End))
	}
	return lanes
}
