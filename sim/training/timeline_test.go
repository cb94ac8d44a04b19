package training

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

var update = flag.Bool("update", false, "write golden files")

// timelines are scenarios in which every product of a layer takes 10 µs, so that
// a layer's forward pass takes 40 µs and its backward pass 80 µs; Adam takes
// 30 µs, a message between stages 5, a tensor collective 20, a gradient or
// parameter bucket 40. Everything else takes no time.
var timelines = []struct {
	name    string
	about   string
	layers  int
	kernels bool // one by one
	layout  func(*workload.Layout)
	job     func(*Job)
}{
	{"1f1b", "1F1B, 2 stages, 4 microbatches", 2, false, func(l *workload.Layout) { l.Pipeline, l.GlobalBatch = 2, 4 }, nil},
	{"gpipe", "GPipe, 2 stages, 4 microbatches", 2, false, func(l *workload.Layout) {
		l.Pipeline, l.GlobalBatch, l.Schedule = 2, 4, workload.GPipe
	}, nil},
	{"interleaved", "interleaved, 2 stages of 2 chunks, 4 microbatches", 4, false, func(l *workload.Layout) {
		l.Pipeline, l.VirtualPipeline, l.GlobalBatch, l.Schedule = 2, 2, 4, workload.Interleaved
	}, nil},
	{"overlap_pipeline", "1F1B, 2 stages, 4 microbatches, messages beside compute", 2, false, func(l *workload.Layout) {
		l.Pipeline, l.GlobalBatch, l.OverlapPipeline = 2, 4, true
	}, nil},
	{"tensor_overlap", "tensor 2, gradients of inputs reduced beside weight gradients", 1, true, func(l *workload.Layout) {
		l.Tensor, l.OverlapTensor = 2, true
	}, func(j *Job) { j.Spans = j.Spans[:1] }},
	{"zero1_overlap", "ZeRO 1 over 2 replicas, 2 microbatches, buckets of 2 MiB beside compute; the second step", 2, false, func(l *workload.Layout) {
		l.Data, l.GlobalBatch, l.ZeRO, l.OverlapGrad, l.OverlapParam = 2, 4, 1, true, true
		l.BucketBytes = 2 << 20
	}, func(j *Job) { j.Spans, j.Steps = j.Spans[:1], 2 }},
	{"straggler", "1F1B, 2 stages, 2 replicas; GPU 3 at half speed from 100 µs to 300 µs", 2, false, func(l *workload.Layout) {
		l.Pipeline, l.Data, l.GlobalBatch = 2, 2, 4
	}, func(j *Job) {
		j.Degrade = []Degrade{{Target: TargetGPU, ID: 3, Speed: 500_000, At: 100_000, For: 200_000}}
	}},
}

// slowFabric moves a byte in a nanosecond, and starts at once.
func slowFabric() *network.Fabric {
	f := idealFabric()
	f.NVLinkBandwidth, f.NICBandwidth = 1e9, 1e9
	return f
}

// inRoundNumbers gives every operation a time that can be added in the head.
func inRoundNumbers(j *Job) {
	for s := range j.Programs {
		for i := range j.Programs[s].Ops {
			op := &j.Programs[s].Ops[i]
			inLayer := op.Kind == workload.GEMM && !strings.HasPrefix(op.Name, "head")
			op.FLOP, op.Bytes, op.M, op.N, op.K = 0, 0, 0, 0, 0
			switch {
			case op.Comm.IsPipeline() && op.Size > 0:
				op.Size = 5_000
			case op.Kind.IsCommunication():
				op.Size = roundSize(op)
			case inLayer:
				op.Kind, op.Bytes = workload.Elementwise, 10e6
			case op.Name == "adam":
				op.Bytes = 30e6
			}
		}
	}
}

// roundSize is the size of a collective over two ranks: an all-reduce carries
// 2·½ of it on each link, a gather or scatter ½.
func roundSize(op *workload.Op) int64 {
	switch {
	case op.Kind == workload.AllReduce && op.Comm == workload.CommTensor:
		return 20_000
	case op.Kind == workload.AllReduce && op.Comm == workload.CommData && op.Size > 4:
		return 40_000
	case op.Comm == workload.CommData && op.Size > 4:
		return 80_000
	}
	return 0
}

func timelineJob(t *testing.T, i int) *Job {
	c := &timelines[i]
	l := smallLayout(1, 1, 1, 1)
	c.layout(&l)
	m := small()
	m.Layers, m.Tied = c.layers, false
	j := newJob(t, m, l, slowFabric())
	inRoundNumbers(j)
	for r := range j.Role {
		j.Spans = append(j.Spans, int32(r))
	}
	if c.job != nil {
		c.job(j)
	}
	return j
}

// TestTimelines compares what every rank does with what was read and found right.
func TestTimelines(t *testing.T) {
	for i, c := range timelines {
		t.Run(c.name, func(t *testing.T) {
			j := timelineJob(t, i)
			j.record()
			r := mustRun(t, j)
			got := fmt.Sprintf("%s\nlast step ends at %s µs, all transfers at %s µs\n\n%s", c.about,
				micros(r.StepEnd[j.Steps-1]), micros(r.End), timeline(j.Trace, c.kernels))
			path := filepath.Join("testdata", c.name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s differs; run with -update and read the difference\n%s", path, got)
			}
		})
	}
}

// line is a span to print.
type line struct {
	trace.Span
	what string
}

// timeline lists the spans that take time by rank, start and stream. Kernels of
// one pass that follow each other are one line, unless all kernels are asked for.
func timeline(rec *trace.Recorder, kernels bool) string {
	var lines []line
	last := map[int32]int{} // line of the latest kernel of each rank
	for _, s := range rec.Spans {
		if s.End == s.Start {
			continue
		}
		l := line{s, rec.Labels[s.Label].Name}
		if s.Stream == uint8(workload.StreamCompute) && !kernels {
			l.what = passOf(s)
			if i, ok := last[s.Rank]; ok && continues(lines[i], l) {
				lines[i].End = s.End
				continue
			}
			last[s.Rank] = len(lines)
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Start, b.Start), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.End, b.End))
	})
	var out strings.Builder
	out.WriteString("rank  start µs    end µs  stream         what                    chunk  microbatch\n")
	for _, l := range lines {
		fmt.Fprintf(&out, "%4d %9s %9s  %-13s  %-22s  %5d  %s\n", l.Rank, micros(l.Start), micros(l.End),
			workload.Stream(l.Stream), l.what, l.Chunk, microbatchOf(l.Span))
	}
	return out.String()
}

// continues tells whether b is more of the pass of a, without a gap.
func continues(a, b line) bool {
	return b.Start == a.End && b.what == a.what && b.Microbatch == a.Microbatch && b.Chunk == a.Chunk
}

// passOf names the pass a kernel belongs to.
func passOf(s trace.Span) string {
	if p := workload.Phase(s.Phase); p != workload.WeightGrad {
		return p.String()
	}
	return workload.Backward.String()
}

func microbatchOf(s trace.Span) string {
	if s.Microbatch < 0 {
		return "-"
	}
	return fmt.Sprint(s.Microbatch)
}

func micros(t engine.Time) string { return fmt.Sprintf("%d.%03d", t/1000, t%1000) }
