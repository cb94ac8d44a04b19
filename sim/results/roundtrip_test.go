package results

import (
	"bytes"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// What is read is what was written, manifest included.
func TestReadGivesBackWhatWasWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	want := sampleRun()
	if err := Write(dir, want, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if err := Verify(dir); err != nil {
		t.Error(err)
	}
	m := got.Manifest
	if m.Format != Version || m.Digest != "a1b2c3d4e5f60718" || m.EndNS != 100e6 || m.Spans != 12 || m.SpansDropped != 7 || m.Seed != 42 {
		t.Errorf("manifest %+v", m)
	}
	if len(m.Files) != 10 {
		t.Errorf("the manifest names %d files, want the 10 beside it: %v", len(m.Files), m.Files)
	}
}

// A run without any trace is a result too.
func TestRoundTripOfNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r")
	want := &Run{Scenario: []byte("x")}
	if err := Write(dir, want, WriteOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Summary, want.Summary) || len(got.Spans)+len(got.Series)+len(got.Memory)+len(got.Events) != 0 {
		t.Errorf("got %+v", got)
	}
	if got.Manifest.Host == "" || got.Manifest.Cores < 1 || got.Manifest.Start.IsZero() {
		t.Errorf("a run without a manifest gets one: %+v", got.Manifest)
	}
}

var names = rapid.SampledFrom([]string{"qkv", "mlp fc1", "µ-batch", "a,b", `"q"`, "send", ""})

func drawData(t *rapid.T) Data {
	distinct := func(l []string) []string { slices.Sort(l); return slices.Compact(l) }
	d := Data{
		End:     engine.Time(rapid.Int64Range(0, math.MaxInt64).Draw(t, "end")),
		Streams: distinct(rapid.SliceOfN(names, 1, 7).Draw(t, "streams")),
		Phases:  distinct(rapid.SliceOfN(names, 1, 7).Draw(t, "phases")),
	}
	for _, name := range distinct(rapid.SliceOfN(names, 1, 7).Draw(t, "names")) {
		for _, kind := range distinct(rapid.SliceOfN(names, 1, 3).Draw(t, "kinds")) {
			d.Labels = append(d.Labels, trace.Label{Name: name, Kind: kind})
		}
	}
	for range rapid.SampledFrom([]int{0, 1, 5, 300}).Draw(t, "spans") {
		start := rapid.Int64Range(0, math.MaxInt64/2).Draw(t, "start")
		d.Spans = append(d.Spans, trace.Span{
			Start: engine.Time(start), End: engine.Time(start + rapid.Int64Range(0, 1<<40).Draw(t, "length")),
			Rank: rapid.Int32Range(0, 3).Draw(t, "rank"), Label: rapid.Int32Range(0, int32(len(d.Labels)-1)).Draw(t, "label"),
			Microbatch: rapid.Int32Min(-1).Draw(t, "microbatch"), Layer: rapid.Int16Min(-1).Draw(t, "layer"),
			Chunk: rapid.Int16Min(0).Draw(t, "chunk"), Step: rapid.Int32Min(0).Draw(t, "step"),
			Stream: uint8(rapid.IntRange(0, len(d.Streams)-1).Draw(t, "stream")), Phase: uint8(rapid.IntRange(0, len(d.Phases)-1).Draw(t, "phase")),
		})
	}
	for _, part := range distinct(rapid.SliceOfN(names, 0, 4).Draw(t, "parts")) {
		d.Series = append(d.Series, SeriesData{
			Name: "power", Part: part, Unit: "mW", Width: engine.Duration(rapid.Int64Range(1, 1<<40).Draw(t, "width")),
			Values: rapid.SliceOfN(rapid.Float64(), 1, 20).Draw(t, "values"),
			Peak:   rapid.Int64().Draw(t, "peak"), PeakAt: engine.Time(rapid.Int64Min(0).Draw(t, "peak at")),
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "stages") {
		d.Memory = append(d.Memory, rapid.SliceOfN(rapid.Custom(func(t *rapid.T) trace.Point {
			return trace.Point{At: engine.Time(rapid.Int64Min(0).Draw(t, "at")), Value: rapid.Int64().Draw(t, "bytes")}
		}), 1, 5).Draw(t, "points"))
	}
	for range rapid.IntRange(0, 3).Draw(t, "events") {
		d.Events = append(d.Events, trace.Event{At: engine.Time(rapid.Int64Min(0).Draw(t, "at")), Kind: "k",
			Name: names.Draw(t, "name"), Text: rapid.StringMatching(`[a-z,"\n ]*`).Draw(t, "text")})
	}
	return d
}

// Every table gives back what it was given, to the last bit.
func TestTablesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawData(t)
		got := Data{End: want.End}
		var b bytes.Buffer
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(writeSpans(&b, &want))
		check(readSpans(bytes.Clone(b.Bytes()), &got))
		b.Reset()
		check(writeSeries(&b, &want))
		var err error
		got.Series, err = readSeries(bytes.Clone(b.Bytes()))
		check(err)
		b.Reset()
		check(writeMemory(&b, want.Memory))
		got.Memory, err = readMemory(&b)
		check(err)
		b.Reset()
		check(writeEvents(&b, want.Events))
		got.Events, err = readEvents(&b)
		check(err)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got\n%+v\nwant\n%+v", got, want)
		}
	})
}

// Several row groups and pages come back in order.
func TestManySpansRoundTrip(t *testing.T) {
	want := sampleData()
	one := want.Spans
	want.Spans = nil
	for i := range int32(2*rowsPerGroup + batch/2) {
		s := one[int(i)%len(one)]
		s.Microbatch = i
		want.Spans = append(want.Spans, s)
	}
	var b bytes.Buffer
	if err := writeSpans(&b, &want); err != nil {
		t.Fatal(err)
	}
	var got Data
	if err := readSpans(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Spans, want.Spans) {
		t.Error("spans differ")
	}
}

// The copy of a recorder holds what it recorded: a power of 300 mW, and 500 mW
// from 40 ns to the end at 100 ns, has a mean of (300·40 + 500·60)/100 = 420 mW.
func TestFromTrace(t *testing.T) {
	var rec trace.Recorder
	rec.Streams, rec.Phases = []string{"compute"}, []string{"forward"}
	s := rec.NewSeries("power", "gpu", "mW")
	s.Add(0, 300)
	s.Add(40, 200)
	label := rec.Label("qkv", "gemm")
	rec.Span(trace.Span{Start: 1, End: 9, Label: label})
	rec.Close(100)

	d := FromTrace(&rec)
	if d.End != 100 || len(d.Spans) != 1 || d.Labels[d.Spans[0].Label] != (trace.Label{Name: "qkv", Kind: "gemm"}) {
		t.Errorf("got %+v", d)
	}
	p := d.Find("power", "gpu")
	if p == nil || p.Unit != "mW" || p.Peak != 500 || p.PeakAt != 40 {
		t.Fatalf("power is %+v", p)
	}
	var integral float64
	for i, v := range p.Values {
		start := engine.Time(i) * engine.Time(p.Width)
		integral += v * float64(min(d.End.Sub(start), p.Width))
	}
	if math.Abs(integral-42000) > 1e-6 {
		t.Errorf("the bins hold %v mW·ns, want 42000", integral)
	}
	if d.Find("power", "host") != nil || len(d.Named("power")) != 1 || len(d.Named("busy")) != 0 {
		t.Error("Find and Named give what is not there")
	}
	if !reflect.DeepEqual(FromTrace(nil), Data{}) {
		t.Error("a nil recorder saw something")
	}
}
