package training

import (
	"fmt"
	"strings"
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// testGPU computes at exactly 1 TFLOP/s and streams at 1 TB/s, launches for free.
func testGPU() *cluster.GPU {
	return &cluster.GPU{Name: "test", Memory: 80 << 30, PeakHalf: 1e12, PeakSingle: 1e12, HBMBandwidth: 1e12, SMs: 1,
		MatrixEfficiency: 1, OperandBandwidth: 1e30, OutputBandwidth: 1e30, SustainedClock: 1,
		AttentionForward: 1, AttentionBackward: 1, AttentionHead64: 1, StreamEfficiency: 1, SoftmaxEfficiency: 1}
}

// small is a model whose parts all divide by 8.
func small() workload.Model {
	return workload.Model{Name: "small", Layers: 8, Hidden: 256, Heads: 8, KVHeads: 8, FFN: 1024, Vocab: 1024, SeqLen: 128, Bias: true, Tied: true}
}

func smallLayout(t, p, d, m int) workload.Layout {
	return workload.Layout{Tensor: t, Pipeline: p, VirtualPipeline: 1, Data: d, MicroBatch: 1, GlobalBatch: d * m,
		Schedule: workload.OneFOneB, Precision: workload.BF16, GradBytes: 4, Recompute: workload.RecomputeNone, FusedKernels: true}
}

// mixed makes a model one of experts, two on each rank of a group, after one layer without.
func mixed(m workload.Model, l workload.Layout) workload.Model {
	m.Bias, m.DenseLayers, m.SharedFFN, m.MoEFFN = false, 1, m.FFN/2, m.FFN/4
	m.Experts, m.TopK = 2*l.Expert, 2
	return m
}

// failer is what tests, benchmarks and random checks have in common.
type failer interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// newJob builds a job of a layout on hosts of 8 test GPUs.
func newJob(t failer, m workload.Model, l workload.Layout, f *network.Fabric) *Job {
	t.Helper()
	return newShrunkJob(t, m, l, 0, f)
}

// newShrunkJob builds a job of a layout without the last replicas.
func newShrunkJob(t failer, m workload.Model, l workload.Layout, lost int, f *network.Fabric) *Job {
	t.Helper()
	left := l
	left.Data -= lost
	programs, role, err := workload.UnevenPrograms(m, left, l.Spread(left.Data))
	if err != nil {
		t.Fatal(err)
	}
	return &Job{Programs: programs, Groups: workload.Groups(m, left), Role: role, GPU: testGPU(), Host: testHost(), Fabric: f,
		Topology: f.Build((left.Ranks()+7)/8, 8), ElementBytes: 2, Steps: 1}
}

// record attaches a recorder.
func (j *Job) record() *trace.Recorder {
	j.Trace = &trace.Recorder{}
	return j.Trace
}

func mustRun(t failer, j *Job) *Result {
	t.Helper()
	r, err := Run(j)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustPrepare(t failer, j *Job) *Prepared {
	t.Helper()
	p, err := Prepare(j)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// onlyMatrices makes every operation but the layers' matrix products take no
// time: stages are equal then, and communication is free.
func onlyMatrices(j *Job) {
	for s := range j.Programs {
		for i := range j.Programs[s].Ops {
			op := &j.Programs[s].Ops[i]
			op.Size = 0
			inLayer := op.Kind == workload.GEMM && !strings.HasPrefix(op.Name, "head")
			if !inLayer && !op.Kind.IsCommunication() {
				op.FLOP, op.Bytes, op.M, op.N, op.K = 0, 0, 0, 0, 0
			}
		}
	}
}

// TestBubble states the bubble of GPipe and 1F1B, (p−1)/(m+p−1) of the step,
// and of the interleaved schedule, (p−1)/(v·m+p−1): arXiv 2104.04473 §2.2, for
// equal stages and free communication.
func TestBubble(t *testing.T) {
	for _, c := range []struct {
		schedule workload.Schedule
		p, m, v  int
	}{
		{workload.GPipe, 4, 8, 1}, {workload.OneFOneB, 4, 8, 1}, {workload.OneFOneB, 8, 8, 1}, {workload.OneFOneB, 2, 16, 1},
		{workload.Interleaved, 4, 8, 2}, {workload.Interleaved, 2, 8, 4}, {workload.Interleaved, 4, 16, 2},
	} {
		t.Run(fmt.Sprintf("%s p=%d m=%d v=%d", c.schedule, c.p, c.m, c.v), func(t *testing.T) {
			l := smallLayout(1, c.p, 1, c.m)
			l.Schedule, l.VirtualPipeline = c.schedule, c.v
			j := newJob(t, small(), l, idealFabric())
			onlyMatrices(j)
			r := mustRun(t, j)
			var work engine.Total
			for stage := range c.p {
				for _, b := range []trace.Bucket{trace.Compute, trace.Recompute, trace.Optimizer} {
					work.AddTotal(r.Buckets.StageTime(int32(stage), b))
				}
			}
			got := 1 - work.Float()/float64(r.End)/float64(c.p)
			want := float64(c.p-1) / float64(c.v*c.m+c.p-1)
			if diff := got - want; diff > 1e-12 || diff < -1e-12 {
				t.Errorf("bubble is %.9f of the step, the closed form says %.9f", got, want)
			}
		})
	}
}
