package report

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/results"
	"trainsim/sim/trace"
)

func named(t *testing.T, r *results.Run, name string) *figure {
	t.Helper()
	for _, f := range figures(r) {
		if f.name == name {
			return f
		}
	}
	t.Fatalf("no figure %s", name)
	return nil
}

// A result without anything seen is no error: it has no figures.
func TestEmptyResult(t *testing.T) {
	paths, err := Plots(&results.Run{}, t.TempDir())
	if err != nil || len(paths) != 0 {
		t.Errorf("%v, %v", paths, err)
	}
}

// Every piece may be missing on its own.
func TestResultsWithGaps(t *testing.T) {
	skipRace(t)
	for name, cut := range map[string]func(*results.Run){
		"no spans":         func(r *results.Run) { r.Spans = nil },
		"no series":        func(r *results.Run) { r.Series = nil },
		"no memory":        func(r *results.Run) { r.Memory, r.Summary.Memory = nil, nil },
		"no points":        func(r *results.Run) { r.Memory = make([][]trace.Point, 4) },
		"no capacity":      func(r *results.Run) { r.Summary.MemoryCapacityGiB = 0 },
		"no limit":         func(r *results.Run) { r.Summary.SupplyLimitW = 0 },
		"no buckets":       func(r *results.Run) { r.Summary.StageBucketsS = nil },
		"no energy":        func(r *results.Run) { r.Summary.EnergyComponentsJ, r.Summary.EnergyBucketsJ = nil, nil },
		"no contention":    func(r *results.Run) { r.Summary.TimeBucketsS = nil },
		"no phases":        func(r *results.Run) { r.Phases = nil },
		"no title":         func(r *results.Run) { r.Summary.Title = "" },
		"zero everything":  func(r *results.Run) { r.Summary = results.Summary{Scenario: "x", Ranks: 1} },
		"only an instant":  func(r *results.Run) { r.Spans = r.Spans[:1] },
		"empty series":     func(r *results.Run) { r.Series[0].Values = nil },
		"no end":           func(r *results.Run) { r.End = 0 },
		"a limit far away": func(r *results.Run) { r.Summary.SupplyLimitW *= 10 },
	} {
		r := tiny.make()
		cut(r)
		for _, f := range figures(r) {
			if _, err := f.svg(); err != nil {
				t.Errorf("%s: %s: %v", name, f.name, err)
			}
		}
	}
}

// Other shapes of runs draw too: one GPU, two stages, more stages than rows, two
// steps.
func TestShapes(t *testing.T) {
	skipRace(t)
	for _, s := range []synthetic{
		{stages: 1, microbatches: 1, layers: 1, steps: 1, bins: 10, kernels: 1},
		{stages: 2, microbatches: 2, layers: 3, steps: 2, bins: 64, kernels: 1},
		{stages: 24, microbatches: 4, layers: 1, steps: 1, bins: 100, kernels: 1},
	} {
		r := s.make()
		var list []string
		for _, f := range figures(r) {
			list = append(list, f.name)
			if _, err := f.png(); err != nil {
				t.Errorf("%+v: %s: %v", s, f.name, err)
			}
		}
		if !slices.Contains(list, "timeline-warmup") || !slices.Contains(list, "timeline-tail") {
			t.Errorf("%+v: figures %v", s, list)
		}
	}
}

func TestStampTellsWhereAFigureIsFrom(t *testing.T) {
	skipRace(t)
	r := tiny.make()
	r.Manifest.Program.Modified = true
	const want = "simulate v0.1.0 f0c01d6aa0b1+dirty · scenario gpt3-175b-1024xa100 4be1d09c51aa · seed 1 · digest 9f3c51aa02be"
	if got := stamp(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	dir := t.TempDir()
	if _, err := Draw(r, dir, Options{NoStamp: true}); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(dir, "plots", "mfu.svg"))
	if err != nil || strings.Contains(string(doc), "digest") {
		t.Errorf("a stamp that was not wanted, or %v", err)
	}
}

func TestTitlesSayTheHeadline(t *testing.T) {
	r := tiny.make()
	r.Summary.StepTimeS, r.Summary.TimeBucketsS = 32.12, map[string]float64{"contention": 0.6424}
	for name, want := range map[string]string{
		"timeline":    "GPT-3 175B on 1,024 A100: step 32.1 s, bubble 7.2 %, MFU 44 %",
		"power":       "GPT-3 175B on 1,024 A100: 590 kW mean, 630 kW peak",
		"mfu":         "GPT-3 175B on 1,024 A100: MFU 44 %, 138 model TFLOP/s per GPU",
		"utilization": "GPT-3 175B on 1,024 A100: GPUs compute 83 % of the time, at 52 % of peak FLOP/s",
		"links":       "GPT-3 175B on 1,024 A100: hottest link nic_up[17] at 61 %, contention 2.0 % of the step",
		"operations":  "GPT-3 175B on 1,024 A100: one layer takes 8.50 ms forward, 25.5 ms backward",
	} {
		if got := named(t, r, name).title; got != want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want)
		}
	}
}

// The bars of the waterfall meet, and the last one ends at MFU whatever the
// summary leaves out.
func TestWaterfallIsClosed(t *testing.T) {
	r := tiny.make()
	r.Summary.Waterfall = []results.Share{{Name: "peak", Share: 1}, {Name: "a", Share: 0.3}, {Name: "none", Share: 0}, {Name: "b", Share: -0.1}, {Name: "MFU", Share: 0.5}}
	list := falls(r)
	want := []fall{
		{"peak FLOP/s", 0, 1, slate, "100 %"},
		{"a", 1, 0.7, orange, "−30.0 %"},
		{"b", 0.7, 0.8, green, "10.0 %"},
		{"other", 0.8, 0.5, orange, "−30.0 %"}, // 1 − 0.3 + 0.1 − 0.5
		{"MFU", 0, 0.5, blue, "50 %"},
	}
	if len(list) != len(want) {
		t.Fatalf("got %+v", list)
	}
	for i, w := range want {
		g := list[i]
		if g.name != w.name || math.Abs(g.from-w.from) > 1e-12 || math.Abs(g.to-w.to) > 1e-12 || g.color != w.color || g.text != w.text {
			t.Errorf("bar %d: %+v, want %+v", i, g, w)
		}
	}
}

func TestFullestKeepsPeaks(t *testing.T) {
	points := []trace.Point{{At: 0, Value: 1 * gib}, {At: 12, Value: 9 * gib}, {At: 13, Value: 2 * gib}, {At: 35, Value: 4 * gib}}
	got := fullest(points, extents{0, 40}, 4)
	for i, want := range []float64{1, 9, 2, 4} {
		if got[i] != want {
			t.Errorf("column %d: %v, want %v", i, got[i], want)
		}
	}
}

// A quarter of the way is where that share of the time has passed, however many
// stairs there are before it.
func TestQuarterOfStairs(t *testing.T) {
	if got := quarter([]xy{{0, 1}, {1, 1}, {1, 2}, {2, 2}, {2, 3}, {12, 3}}); got != (xy{3, 3}) {
		t.Errorf("got %v", got)
	}
	if got := quarter([]xy{{0, 4}, {8, 4}}); got != (xy{2, 4}) {
		t.Errorf("got %v", got)
	}
}

// Lines of stages may have different numbers of stairs.
func TestStagesOfUnequalMemory(t *testing.T) {
	r := tiny.make()
	r.Memory[3] = []trace.Point{{Value: 60 * gib}}
	if _, err := named(t, r, "memory").svg(); err != nil {
		t.Error(err)
	}
}

// What the points leave out is what is missing to the total at the fullest.
func TestMemoryHasItsBase(t *testing.T) {
	r := &results.Run{}
	r.Memory = [][]trace.Point{{{Value: 2 * gib}, {At: 5, Value: 5 * gib}, {At: 9, Value: 0}}, {{Value: 40 * gib}}, nil}
	r.Summary.Memory = []results.StageMemory{{Stage: 0, TotalGiB: 31}, {Stage: 1, TotalGiB: 40}}
	for stage, want := range []float64{26, 0, 0} {
		if got := base(r, stage); got != want {
			t.Errorf("stage %d: %v GiB, want %v", stage, got, want)
		}
	}
}

func TestAchievedShareOfPeak(t *testing.T) {
	r := &results.Run{}
	r.Summary = results.Summary{Ranks: 4, HFU: 0.5, HardwareTFLOPSPerGPU: 100} // a peak of 4 × 200 TFLOP/s
	r.Series = []results.SeriesData{{Name: "flop", Part: "achieved", Unit: "GFLOP/s", Width: 10, Values: []float64{400e3, 100e3}}}
	got := achievedShare(r, extents{0, 20}, 2)
	if math.Abs(got[0]-0.5) > 1e-12 || math.Abs(got[1]-0.125) > 1e-12 {
		t.Errorf("got %v", got)
	}
}

func TestKindsOfOperations(t *testing.T) {
	for kind, want := range map[string]string{"gemm": "matrix products", "softmax": "attention", "reduce_scatter": "collectives",
		"wait": "wait", "send": "sends", "something new": "other"} {
		if got := kinds[kindOf(kind)].name; got != want {
			t.Errorf("%s is %s, want %s", kind, got, want)
		}
	}
}

// Every bucket of the trace has a colour and a place, and no two the same.
func TestEveryBucketHasAStyle(t *testing.T) {
	seen := map[int]bool{}
	for b := range trace.Bucket(trace.NumBuckets) {
		place, _, _ := bucket(b.String())
		if place >= len(bucketStyles) || seen[place] {
			t.Errorf("bucket %s has place %d", b, place)
		}
		seen[place] = true
	}
	if place, title, _ := bucket("lost_work"); place != len(bucketStyles) || title != "lost work" {
		t.Errorf("an unknown bucket: %d, %s", place, title)
	}
}

func TestMapsAreSorted(t *testing.T) {
	got := sorted(map[string]float64{"b": 1, "a": 1, "c": 2, "none": 0})
	if len(got) != 3 || got[0].name != "c" || got[1].name != "a" || got[2].name != "b" {
		t.Errorf("got %v", got)
	}
}

// The power table holds the energy: its means times their lengths sum to the
// integral of the series.
func TestPowerTableHoldsTheEnergy(t *testing.T) {
	r := tiny.make()
	s := r.Find("power", "gpu")
	c := reduce(s, whole(r), columnsFor(whole(r), r.Named("power")))
	var got, want float64
	for i, v := range c.mean {
		got += v * (c.edges[i+1] - c.edges[i])
	}
	for i, v := range s.Values {
		start := engine.Time(int64(s.Width) * int64(i))
		want += v * min(start.Add(s.Width), r.End).Sub(start).Seconds()
	}
	if math.Abs(got-want) > 1e-9*want {
		t.Errorf("%v mJ, want %v", got, want)
	}
}

// A limit up to 1.6 times the peak is a line; one above is words.
func TestSupplyLimitDoesNotSqueeze(t *testing.T) {
	r := tiny.make() // 630 kW peak
	for _, c := range []struct {
		kilowatts float64
		line      bool
	}{{500, true}, {1000, true}, {1010, false}, {2300, false}, {0, false}} {
		r.Summary.SupplyLimitW = c.kilowatts * 1e3
		f := power(r)
		line := slices.ContainsFunc(f.keys, func(k key) bool { return strings.HasPrefix(k.text, "supply limit") })
		words := strings.Contains(f.lead, "off the scale")
		if line != c.line || words != (c.kilowatts > 0 && !c.line) {
			t.Errorf("%v kW: line %v, %q", c.kilowatts, line, f.lead)
		}
		if top := f.panels[0].plot.Y.Max; top > 1.1*1008 {
			t.Errorf("%v kW: the axis ends at %v", c.kilowatts, top)
		}
	}
}

// A spike of one bin stays in the picture at its height, however many bins a part
// of the picture averages.
func TestPowerKeepsSpikes(t *testing.T) {
	r := &results.Run{}
	r.End = 40_000
	flat, spike := make([]float64, 4000), make([]float64, 4000)
	for i := range flat {
		flat[i], spike[i] = 1000, 2000
	}
	spike[1234] = 9000
	r.Series = []results.SeriesData{{Name: "power", Part: "gpu", Unit: "mW", Width: 10, Values: spike},
		{Name: "power", Part: "host", Unit: "mW", Width: 10, Values: flat}}
	highest := ""
	for _, row := range power(r).table.rows {
		if row[0] == "all, largest" && row[3] != "3.0" {
			highest += row[3]
		}
	}
	if highest != "10.0" { // 9 W + 1 W, in one part only; the mean there is 4.75 W
		t.Errorf("got %q", highest)
	}
	r.Series[1].Width = 20
	if mains(r, r.Named("power")) != nil {
		t.Error("bins of different widths were added")
	}
	r.Series = append(r.Series, results.SeriesData{Name: "power_total", Part: "mains", Unit: "mW", Width: 10, Values: flat})
	if s := mains(r, r.Named("power")); s == nil || s.Name != "power_total" {
		t.Error("the series of the mains was not used")
	}
}

// Where nothing moves the axis has no numbers but 0, and the title says so.
func TestNoTraffic(t *testing.T) {
	r := tiny.make()
	for i := range r.Series {
		if r.Series[i].Name == "traffic" {
			clear(r.Series[i].Values)
		}
	}
	f := named(t, r, "traffic")
	if !strings.HasSuffix(f.title, ": no traffic on any link") {
		t.Errorf("title %q", f.title)
	}
	for _, p := range f.panels {
		if list := p.plot.Y.Tick.Marker.Ticks(p.plot.Y.Min, p.plot.Y.Max); len(list) != 1 || list[0].Label != "0" || list[0].Value != 0 {
			t.Errorf("%s: ticks %+v", p.title, list)
		}
	}
}

// Names of up to eight rows do not run into each other: a row of the overview is higher
// than they are.
func TestOverviewHasRoomForNames(t *testing.T) {
	const name = 8 // points, with a little room
	for _, stages := range []int{2, 4, 8} {
		shape := tiny
		shape.stages = stages
		for _, p := range named(t, shape.make(), "timeline").panels {
			if rows := len(p.plot.Y.Tick.Marker.Ticks(p.plot.Y.Min, p.plot.Y.Max)); float64(p.height) < float64(rows*name) {
				t.Errorf("%d stages, %s: %d names on %v points", stages, p.title, rows, p.height)
			}
		}
	}
}
