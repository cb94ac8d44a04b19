package training

import (
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// multiply is a matrix product of some milliseconds on the test GPU.
func multiply(ms int64) workload.Op {
	return workload.Op{Name: "multiply", Kind: workload.GEMM, FLOP: 1e9 * float64(ms)}
}

// besideReduce is a job of two ranks that reduce 600 MB, 2.5 ms at 240 GB/s, and
// compute beside it, on GPUs of 10 SMs.
func besideReduce(kernels ...workload.Op) *Job {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	last := int32(len(kernels))
	j := handJob(2, append(kernels, reduce), workload.Instr{Code: workload.Start, Stream: workload.StreamTensor, First: last},
		run(0, last), workload.Instr{Code: workload.Wait, Stream: workload.StreamTensor})
	f := realFabric()
	f.NVLinkLatency = 0
	j.setFabric(f)
	j.GPU.SMs = 10
	return j
}

// TestCommunicationSlowsCompute: a transfer lasts 2.5 ms, beside 4 ms of kernels.
// With 2 of 10 SMs it takes a fifth of what a product does in that time, 0.5 ms,
// and nothing of what HBM binds. With 2 bytes through HBM for each of its 240 GB/s
// it takes 48 % of 1 TB/s, 1.2 ms; with 3, no more than half, 1.25 ms. Where both
// take, 2 ms of products are 2.5 and 2 ms of copies 2/0.52, together 6.346 ms: of
// their 4 ms, 1.576 are done after 2.5 and 2.424 are left.
func TestCommunicationSlowsCompute(t *testing.T) {
	for _, c := range []struct {
		name    string
		kernels []workload.Op
		sms     int
		hbm     float64
		want    engine.Time
	}{
		{"SMs and a product", []workload.Op{multiply(4)}, 2, 0, 4_500_000},
		{"SMs and a copy", []workload.Op{work(4)}, 2, 0, 4_000_000},
		{"HBM and a product", []workload.Op{multiply(4)}, 0, 2, 4_000_000},
		{"HBM and a copy", []workload.Op{work(4)}, 0, 2, 5_200_000},
		{"half of HBM and a copy", []workload.Op{work(4)}, 0, 3, 5_250_000},
		{"both and both", []workload.Op{multiply(2), work(2)}, 2, 2, 4_924_243},
	} {
		j := besideReduce(c.kernels...)
		j.GPU.CommSMs, j.GPU.CommHBM = c.sms, c.hbm
		if r := mustRun(t, j); r.End != c.want {
			t.Errorf("%s: ends at %d ns, want %d", c.name, r.End, c.want)
		}
	}
}

// TestSlowTransferTakesLess: traffic of others leaves a transfer half of its link.
// At 120 GB/s it lasts 5 ms and takes 24 % of HBM: 4 ms of copies take 4/0.76.
func TestSlowTransferTakesLess(t *testing.T) {
	j := besideReduce(work(4))
	j.GPU.CommHBM = 2
	j.Background = []Background{{From: 0, To: 1, Link: -1, Rate: 240e9}}
	r := mustRun(t, j)
	if want := engine.Time(5_200_000); r.End != want { // 3.8 ms are done after 5
		t.Errorf("ends at %d ns, want %d", r.End, want)
	}
	if got, want := r.Steady.Overlapped.Float(), 2*1_200_000*1e6; got != want {
		t.Errorf("communication took %g ns·ppm, want %g", got, want)
	}
}

// TestComputeSlowsCommunication: beside kernels a transfer has 80 % of its rate.
// 1 ms of them lets it move 192 of 600 MB; the other 408 take 1.7 ms, all of which
// is exposed and nothing contention. One member that computes for 2 ms is enough:
// 384 MB, and 0.9 ms for 216. Kernels that outlast it have it move for 3.125 ms.
func TestComputeSlowsCommunication(t *testing.T) {
	slow := []Degrade{{Target: TargetGPU, ID: 1, Speed: 500_000}}
	for _, c := range []struct {
		name    string
		kernel  workload.Op
		degrade []Degrade
		want    engine.Time
		exposed float64
	}{
		{"1 ms beside it", multiply(1), nil, 2_700_000, 2 * 1_700_000},
		{"2 ms beside it on one GPU", multiply(1), slow, 2_900_000, 1_900_000 + 900_000},
		{"longer than it", multiply(4), nil, 4_000_000, 0},
	} {
		for _, fold := range []bool{false, true} {
			j := besideReduce(c.kernel)
			j.GPU.CommOverlapShare, j.Degrade, j.Fold = 0.8, c.degrade, fold
			r := mustRun(t, j)
			exposed, lost := r.Buckets.StageTime(0, trace.ExposedTensor).Float(), r.Buckets.StageTime(0, trace.Contention).Float()
			if r.End != c.want || exposed != c.exposed || lost != 0 {
				t.Errorf("%s, folded %v: ends at %d ns with %g ns exposed and %g of contention, want %d, %g and 0",
					c.name, fold, r.End, exposed, lost, c.want, c.exposed)
			}
			if took := r.Collectives[0].MaxSeconds; c.want == 4_000_000 && took != 0.003125 {
				t.Errorf("%s: the transfer took %g s, want 3.125 ms", c.name, took)
			}
		}
	}
}

// TestBothWays: at 80 % of its rate beside copies a transfer takes 38.4 % of HBM,
// so that 1 ms of them takes 1/0.616 ms. It moves 192 GB/s for so long, and what is
// left of 600 MB at 240 GB/s.
func TestBothWays(t *testing.T) {
	j := besideReduce(work(1))
	j.GPU.CommHBM, j.GPU.CommOverlapShare = 2, 0.8
	beside := 1_623_377 // ⌈1e6/0.616⌉
	rest := (600_000_000 - 192*beside + 239) / 240
	if r := mustRun(t, j); r.End != engine.Time(beside+rest) {
		t.Errorf("ends at %d ns, want %d", r.End, beside+rest)
	}
}

// TestBoundAndShared: others want all of a link of which a transfer beside
// kernels can use 30 %: it is bound by that, and afterwards has half. 72 MB in
// the first ms, 120 GB/s for the other 528 MB: 4.4 ms, of which half are lost to
// sharing.
func TestBoundAndShared(t *testing.T) {
	j := besideReduce(multiply(1))
	j.GPU.CommOverlapShare = 0.3
	j.Background = []Background{{From: 0, To: 1, Link: -1, Rate: 240e9}}
	r := mustRun(t, j)
	exposed, lost := r.Buckets.StageTime(0, trace.ExposedTensor).Float(), r.Buckets.StageTime(0, trace.Contention).Float()
	if r.End != 5_400_000 || exposed != 2*2_200_000 || lost != 2*2_200_000 {
		t.Errorf("ends at %d ns with %g ns exposed and %g of contention, want 5.4 ms, 4.4e6 and 4.4e6", r.End, exposed, lost)
	}
}

// TestSpeedBeside: a segment of 3 ns of which HBM binds 2, or 4 ns with fewer SMs.
func TestSpeedBeside(t *testing.T) {
	seg := &segment{work: 3, beside: [crowds]beside{crowdOfAny: {4, 2}}}
	for left, want := range map[cluster.Speed]cluster.Speed{cluster.Nominal: 750_000, cluster.Nominal / 2: 500_000} {
		if got := seg.speedBeside(crowdOfAny, left); got != want {
			t.Errorf("beside communication that leaves %d of HBM: %d, want %d", left, got, want)
		}
	}
	if got := (&segment{}).speedBeside(crowdOfSends, cluster.Nominal); got != cluster.Nominal {
		t.Errorf("an empty segment runs at %d", got)
	}
}

// TestSendsTakeFewSMs: 4 ms of a product beside a message, whose peer comes after 3
// ms. To another host it holds 1 of 10 SMs until then, so 2.7 ms are done and 1.3 left:
// 4.3 ms. Within a host it holds as many as a collective, 2 of 10: 2.4 ms are done, 4.6
// ms in all. It never holds more than a collective.
func TestSendsTakeFewSMs(t *testing.T) {
	for _, c := range []struct {
		name  string
		hosts int
		sends int
		want  engine.Time
	}{
		{"between hosts", 2, 1, 4_300_000},
		{"within a host", 1, 1, 4_600_000},
		{"between hosts, as many as collectives", 2, 9, 4_600_000},
	} {
		for _, fold := range []bool{false, true} {
			j := besideSend(c.hosts)
			j.GPU.SMs, j.GPU.CommSMs, j.GPU.SendSMs, j.Fold = 10, 2, c.sends, fold
			if r := mustRun(t, j); r.End != c.want {
				t.Errorf("%s, folded %v: ends at %d ns, want %d", c.name, fold, r.End, c.want)
			}
		}
	}
}

// besideSend is a job of two ranks on so many hosts: the first posts an empty message
// and computes for 4 ms beside it, the second receives it after 3 ms.
func besideSend(hosts int) *Job {
	message := func(k workload.Kind, c workload.Comm) workload.Op {
		return workload.Op{Name: "message", Kind: k, Comm: c}
	}
	program := func(stage int, ops []workload.Op, code ...workload.Instr) workload.Program {
		return workload.Program{Stage: stage, Ops: ops, Blocks: []workload.Block{{Name: "all", Code: code}}, Tasks: []workload.Task{{Microbatch: -1}}}
	}
	j := handJob(2, nil)
	j.Programs = []workload.Program{
		program(0, []workload.Op{message(workload.Send, workload.CommSendForward), multiply(4)},
			workload.Instr{Code: workload.Start, Stream: workload.StreamSendForward, First: 0}, run(1, 2)),
		program(1, []workload.Op{message(workload.Recv, workload.CommRecvForward), work(3)}, run(1, 2),
			workload.Instr{Code: workload.Start, Stream: workload.StreamRecvForward, First: 0}),
	}
	j.Role = []int32{0, 1}
	j.Groups = []workload.Group{{Comm: workload.CommSendForward, Ranks: []int32{0, 1}}}
	if hosts == 2 {
		j.onHosts(1)
	}
	return j
}
