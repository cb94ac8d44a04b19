package results

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

func decodeRun(t interface {
	Helper()
	Fatal(...any)
}, r *Run) *decoder {
	t.Helper()
	var b bytes.Buffer
	if err := writePerfettoGzip(&b, r); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	d, err := decodeTrace(data)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestPerfettoTrace(t *testing.T) {
	golden(t, "trace.txt", decodeRun(t, sampleRun()).text())
}

// Whatever the spans, each is one slice, every track nests, and spans that do
// not overlap need one row per stream.
func TestPerfettoKeepsEverySpan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := &Run{Data: sampleData()}
		r.Spans = nil
		for range rapid.IntRange(0, 40).Draw(t, "spans") {
			start := rapid.Int64Range(0, 30).Draw(t, "start")
			r.Spans = append(r.Spans, trace.Span{
				Start: engine.Time(start), End: engine.Time(start + rapid.Int64Range(0, 10).Draw(t, "length")),
				Rank: rapid.Int32Range(0, 2).Draw(t, "rank"), Stream: uint8(rapid.IntRange(0, 2).Draw(t, "stream")),
				Label: rapid.Int32Range(0, 3).Draw(t, "label"), Microbatch: rapid.Int32Range(-1, 300).Draw(t, "microbatch"), Layer: -1,
			})
		}
		var want, got []string
		for _, s := range r.Spans {
			want = append(want, fmt.Sprintf("rank %d %s %s %d-%d", s.Rank, r.Streams[s.Stream], r.Labels[s.Label].Name, s.Start, s.End))
		}
		d := decodeRun(t, r)
		for _, uuid := range d.order {
			track := d.tracks[uuid]
			for _, s := range track.slices {
				got = append(got, fmt.Sprintf("%s %s %s %d-%d", d.tracks[track.parent].process, track.name, s.name, s.start, s.end))
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("got\n%v\nwant\n%v", got, want)
		}
	})
}

// Two transfers that overlap without nesting go to rows of their own; what
// nests or follows stays together.
func TestNest(t *testing.T) {
	spans := []trace.Span{{Start: 0, End: 10}, {Start: 2, End: 5}, {Start: 5, End: 12}, {Start: 10, End: 11}, {Start: 12, End: 12}, {Start: 12, End: 20}}
	rows := groupSpans(spans)
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	lanes := nest(spans, rows[0])
	if got, want := fmt.Sprint(lanes), "[[0 1 3 5 4] [2]]"; got != want {
		t.Errorf("lanes %s, want %s", got, want)
	}
}

// The decoder of these tests refuses what a trace must not hold.
func TestDecoderRefuses(t *testing.T) {
	emit := func(f func(p *perfetto, track uint64)) error {
		var b bytes.Buffer
		p := &perfetto{w: &b}
		p.intern([]string{"a"}, nil, nil)
		f(p, p.track(0, "t", 0, nil))
		_, err := decodeTrace(b.Bytes())
		return err
	}
	begin := func(p *perfetto, track uint64, at int64) {
		p.event = appendNumber(p.event, eventType, typeBegin)
		p.event = appendNumber(p.event, eventTrack, track)
		p.event = appendNumber(p.event, eventNameIID, 1)
		p.sendEvent(at)
	}
	if err := emit(func(p *perfetto, track uint64) { begin(p, track, 1); p.end(track, 2) }); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(p *perfetto, track uint64){
		"ends twice":      func(p *perfetto, track uint64) { begin(p, track, 1); p.end(track, 2); p.end(track, 3) },
		"never ends":      func(p *perfetto, track uint64) { begin(p, track, 1) },
		"goes back":       func(p *perfetto, track uint64) { begin(p, track, 5); p.end(track, 2) },
		"no such track":   func(p *perfetto, track uint64) { begin(p, track+1, 1) },
		"not a counter":   func(p *perfetto, track uint64) { p.count(track, 1, 2) },
		"orphan":          func(p *perfetto, track uint64) { p.track(99, "x", 0, nil) },
		"unknown field":   func(p *perfetto, track uint64) { p.event = appendNumber(p.event, 99, 1); p.sendEvent(1) },
		"interned twice":  func(p *perfetto, track uint64) { p.intern([]string{"b"}, nil, nil) },
		"state is broken": func(p *perfetto, track uint64) { p.begun = false; p.track(0, "x", 0, nil) },
	} {
		if err := emit(f); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// manySpans is a run of n spans on 512 tracks.
func manySpans(n int) *Run {
	r := sampleRun()
	r.Spans = make([]trace.Span, n)
	for i := range r.Spans {
		at := engine.Time(i/512) * 1000
		r.Spans[i] = trace.Span{Start: at, End: at + 900, Rank: int32(i % 128), Stream: 0, Label: int32(i/512) % 4, Microbatch: int32(i / 5120), Layer: int16(i / 512 % 96)}
		r.Spans[i].Stream = uint8(i % 512 / 128 % 3)
		if r.Spans[i].Stream == 0 && i%512 >= 384 {
			r.Spans[i].Rank += 128
		}
	}
	return r
}

func BenchmarkWritePerfetto(b *testing.B) {
	r := manySpans(1_000_000)
	for b.Loop() {
		if err := writePerfettoGzip(io.Discard, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWriteSpans(b *testing.B) {
	r := manySpans(1_000_000)
	for b.Loop() {
		if err := writeSpans(io.Discard, &r.Data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadSpans(b *testing.B) {
	r := manySpans(1_000_000)
	var buf bytes.Buffer
	if err := writeSpans(&buf, &r.Data); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(buf.Len()), "file-bytes")
	for b.Loop() {
		var d Data
		if err := readSpans(buf.Bytes(), &d); err != nil {
			b.Fatal(err)
		}
	}
}
