package training

import (
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// kernel for some milliseconds on the test GPU: 1e9 bytes at 1 TB/s each.
func work(ms int64) workload.Op {
	return workload.Op{Name: "work", Kind: workload.Elementwise, Bytes: 1e9 * float64(ms)}
}

func run(first, last int32) workload.Instr {
	return workload.Instr{Code: workload.Run, First: first, Last: last, Layer: -1}
}

func sync(op int32) workload.Instr {
	return workload.Instr{Code: workload.Sync, Stream: workload.StreamTensor, First: op, Layer: -1}
}

// handJob is one program of one block for a number of ranks in one group.
func handJob(ranks int, ops []workload.Op, code ...workload.Instr) *Job {
	f := idealFabric()
	j := &Job{GPU: testGPU(), Host: testHost(), Fabric: f, Topology: f.Build(1, 8), ElementBytes: 2, Steps: 1, Role: make([]int32, ranks),
		Programs: []workload.Program{{Ops: ops, Blocks: []workload.Block{{Name: "all", Code: code}}, Tasks: []workload.Task{{Microbatch: -1}}}}}
	if ranks > 1 {
		g := workload.Group{Comm: workload.CommTensor}
		for r := range ranks {
			g.Ranks = append(g.Ranks, int32(r))
		}
		j.Groups = append(j.Groups, g)
	}
	return j
}

// TestSlowsMidway: 1 ms of work at full speed for 0.4 ms leaves 0.6 ms, which at
// half speed takes 1.2 ms: 1.6 ms. Back at full speed after 0.2 ms of that, 0.1 ms is done
// and 0.5 ms left: 1.1 ms.
func TestSlowsMidway(t *testing.T) {
	at := engine.Time(400 * engine.Microsecond)
	for _, c := range []struct {
		last engine.Duration
		want engine.Duration
	}{{0, 1600 * engine.Microsecond}, {200 * engine.Microsecond, 1100 * engine.Microsecond}} {
		j := handJob(1, []workload.Op{work(1)}, run(0, 1))
		j.Degrade = []Degrade{{Target: TargetGPU, Speed: 500_000, At: at, For: c.last}}
		if r := mustRun(t, j); r.End.Sub(0) != c.want {
			t.Errorf("slow for %d ns: ends at %d ns, want %d", c.last, r.End, c.want)
		}
	}
}

// TestStraggler: one rank of eight 10 % slow at a barrier makes the step exactly 1/0.9 of
// compute plus communication; the seven others wait for it.
func TestStraggler(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8_000_000}
	j := handJob(8, []workload.Op{work(9), reduce}, run(0, 1), sync(1))
	j.Fabric = realFabric()
	j.Topology = j.Fabric.Build(1, 8)
	j.Degrade = []Degrade{{Target: TargetGPU, ID: 3, Speed: 900_000}}
	j.record()
	r := mustRun(t, j)
	// 2·7/8·8 MB at 240 GB/s is 58,333.3 ns, and 14 steps of 6 µs.
	if want := engine.Time(10_000_000 + 58_334 + 84_000); r.End != want {
		t.Errorf("ends at %d ns, want %d", r.End, want)
	}
	if got, want := r.Buckets.StageTime(0, trace.Straggler).Float(), 7e6; got != want {
		t.Errorf("%g ns of waiting for the straggler, want %g", got, want)
	}
	if got, want := r.Buckets.StageTime(0, trace.ExposedTensor).Float(), 8*142_334.0; got != want {
		t.Errorf("%g ns of exposed communication, want %g", got, want)
	}
}

// TestBlocked: a rank that waits for a peer which never posts is an error that
// says who waits for what, and who is missing.
func TestBlocked(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8}
	j := handJob(2, []workload.Op{work(1), reduce}, run(0, 1), sync(1))
	j.Programs = append(j.Programs, workload.Program{Stage: 1, Ops: []workload.Op{work(1)},
		Blocks: []workload.Block{{Name: "all", Code: []workload.Instr{run(0, 1)}}}, Tasks: []workload.Task{{}}})
	j.Role[1] = 1
	_, err := Run(j)
	if err == nil {
		t.Fatal("a step that cannot finish ended without an error")
	}
	for _, want := range []string{"rank 0 (stage 0, step 0)", `"reduce"`, "tensor communicator", "missing: rank 1"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not say %q", err, want)
		}
	}
}

// TestMismatch: members that disagree on a collective or its size are an error.
func TestMismatch(t *testing.T) {
	for _, c := range []struct {
		kind workload.Kind
		size int64
		want string
	}{
		{workload.AllReduce, 16, "all_reduce of 16 bytes meets all_reduce of 8 bytes"},
		{workload.AllGather, 8, "all_gather of 8 bytes meets all_reduce of 8 bytes"},
	} {
		ops := func(k workload.Kind, size int64) []workload.Op {
			return []workload.Op{{Name: "reduce", Kind: k, Comm: workload.CommTensor, Size: size}}
		}
		j := handJob(2, ops(workload.AllReduce, 8), sync(0))
		j.Programs = append(j.Programs, workload.Program{Stage: 1, Ops: ops(c.kind, c.size),
			Blocks: []workload.Block{{Code: []workload.Instr{sync(0)}}}, Tasks: []workload.Task{{}}})
		j.Role[1] = 1
		if _, err := Run(j); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v does not say %q", err, c.want)
		}
	}
}

// TestTwoStreams: a communicator is used from one stream only, as order within it
// is all that matches its members.
func TestTwoStreams(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8}
	other := workload.Instr{Code: workload.Sync, Stream: workload.StreamData}
	_, err := Run(handJob(2, []workload.Op{reduce}, sync(0), other))
	if err == nil || !strings.Contains(err.Error(), "communicator tensor is used from streams tensor and data") {
		t.Errorf("error %v does not name communicator and streams", err)
	}
}

// TestLinkDegradedTwice: 10 MB over a link of 1 GB/s. It is at half from 2 ms to 6 ms
// and at half again, a quarter, from 4 ms on: 2 MB in the first 2 ms, 1 MB in the
// next 2, 0.5 MB in the next 2, and at half again the 6.5 MB left take 13 ms.
func TestLinkDegradedTwice(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 10_000_000}
	j := handJob(2, []workload.Op{reduce}, sync(0))
	j.setFabric(slowFabric())
	ms := engine.Time(engine.Millisecond)
	j.Degrade = []Degrade{
		{Target: TargetLink, Speed: 500_000, At: 2 * ms, For: 4 * engine.Millisecond},
		{Target: TargetLink, Speed: 500_000, At: 4 * ms},
	}
	if r := mustRun(t, j); r.End != 19*ms {
		t.Errorf("ends at %d ns, want 19 ms", r.End)
	}
}

// TestBucketsOfCommunication: who waits for another stage is in the bubble, who
// waits for a peer doing the same has a straggler.
func TestBucketsOfCommunication(t *testing.T) {
	want := map[workload.Comm][2]trace.Bucket{
		workload.CommTensor:       {trace.Straggler, trace.ExposedTensor},
		workload.CommData:         {trace.Straggler, trace.ExposedData},
		workload.CommEmbedding:    {trace.Bubble, trace.ExposedOther},
		workload.CommModel:        {trace.Bubble, trace.ExposedOther},
		workload.CommContext:      {trace.Straggler, trace.ExposedTensor},
		workload.CommExpert:       {trace.Straggler, trace.ExposedTensor},
		workload.CommExpertData:   {trace.Straggler, trace.ExposedData},
		workload.CommSendForward:  {trace.Bubble, trace.ExposedPipeline},
		workload.CommRecvForward:  {trace.Bubble, trace.ExposedPipeline},
		workload.CommSendBackward: {trace.Bubble, trace.ExposedPipeline},
		workload.CommRecvBackward: {trace.Bubble, trace.ExposedPipeline},
	}
	for c := range workload.NumComms {
		if got := [2]trace.Bucket{waitBucket(c, 2), exposedBucket(c)}; got != want[c] {
			t.Errorf("%v: wait and transfer are in %v, want %v", c, got, want[c])
		}
	}
}

// TestDeadLink: a dead link stalls its flow for ever; the step is an error that says so.
func TestDeadLink(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8_000}
	j := handJob(2, []workload.Op{reduce}, sync(0))
	j.Degrade = []Degrade{{Target: TargetLink, ID: 0, Speed: 0}}
	if _, err := Run(j); err == nil || !strings.Contains(err.Error(), "makes no progress") {
		t.Errorf("error %v does not say that the transfer makes no progress", err)
	}
}

// TestOverlap: a collective started before 3 ms of work and waited for after it is hidden
// but for what exceeds 3 ms.
func TestOverlap(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	start := workload.Instr{Code: workload.Start, Stream: workload.StreamTensor, First: 1}
	wait := workload.Instr{Code: workload.Wait, Stream: workload.StreamTensor}
	j := handJob(2, []workload.Op{work(2), reduce}, start, run(0, 1), wait)
	j.Fabric = realFabric()
	j.Fabric.NVLinkLatency = 0
	j.Topology = j.Fabric.Build(1, 8)
	r := mustRun(t, j)
	if want := engine.Time(2_500_000); r.End != want { // 2·1/2·600 MB at 240 GB/s
		t.Errorf("ends at %d ns, want %d", r.End, want)
	}
	if got := r.Buckets.StageTime(0, trace.ExposedTensor).Float(); got != 2*500_000 {
		t.Errorf("%g ns exposed, want 1e6", got)
	}
}

// TestContention: two transfers of 2.5 ms each over the same links take 5 ms
// together; half of the wait is the transfer, half is contention.
func TestContention(t *testing.T) {
	ops := []workload.Op{
		{Name: "tensor", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000},
		{Name: "data", Kind: workload.AllReduce, Comm: workload.CommData, Size: 600_000_000},
	}
	j := handJob(2, ops,
		workload.Instr{Code: workload.Start, Stream: workload.StreamData, First: 1},
		workload.Instr{Code: workload.Sync, Stream: workload.StreamTensor, First: 0},
		workload.Instr{Code: workload.Wait, Stream: workload.StreamData})
	j.Groups = append(j.Groups, workload.Group{Comm: workload.CommData, Ranks: []int32{0, 1}})
	j.Fabric = realFabric()
	j.Fabric.NVLinkLatency = 0
	j.Topology = j.Fabric.Build(1, 8)
	r := mustRun(t, j)
	tensor, lost := r.Buckets.StageTime(0, trace.ExposedTensor).Float(), r.Buckets.StageTime(0, trace.Contention).Float()
	if r.End != 5_000_000 || tensor != 2*2.5e6 || lost != 2*2.5e6 {
		t.Errorf("ends at %d ns with %g ns of transfer and %g of contention, want 5 ms, 5e6 and 5e6", r.End, tensor, lost)
	}
}

// TestFlappingLink: a link that is dead for 1 ms every 2 ms from 1 ms on carries 2.5 ms of
// bytes in 1 + (1) + 1 + (1) + 0.5 ms.
func TestFlappingLink(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	j := handJob(2, []workload.Op{reduce}, sync(0))
	j.Fabric = realFabric()
	j.Fabric.NVLinkLatency = 0
	j.Topology = j.Fabric.Build(1, 8)
	j.Degrade = []Degrade{{Target: TargetLink, ID: 0, At: engine.Time(engine.Millisecond), For: engine.Millisecond, Every: 2 * engine.Millisecond}}
	if r := mustRun(t, j); r.End != 4_500_000 {
		t.Errorf("ends at %d ns, want 4.5 ms", r.End)
	}
}

// TestPlacement: two ranks on GPUs 0 and 8 are on hosts 0 and 1 and meet over
// their NICs, 600 MB at 22.5 GB/s in 2 steps of 15 µs; a degrade names the host.
func TestPlacement(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	j := handJob(2, []workload.Op{work(1), reduce}, run(0, 1), sync(1))
	j.Fabric = realFabric()
	j.Topology = j.Fabric.Build(2, 8)
	j.GPUs = []int32{0, 8}
	j.Degrade = []Degrade{{Target: TargetHost, ID: 1, Speed: 500_000}}
	j.record()
	r := mustRun(t, j)
	if want := engine.Time(2_000_000 + 30_000 + 26_666_667); r.End != want {
		t.Errorf("ends at %d ns, want %d", r.End, want)
	}
	if len(r.HottestLinks) != 4 || r.HottestLinks[0].Tier != "nic" || r.HottestLinks[0].Bytes != 600_000_000 {
		t.Errorf("hottest links %+v, want four NIC links of 600 MB", r.HottestLinks)
	}
}

// TestFailedLeaf: 600 MB at 22.5 GB/s in 2 steps of 15 µs between the hosts of
// two ranks. Their leaf is gone for 7 ms from 5 ms on, and there is no other path; that
// of another rail is not missed.
func TestFailedLeaf(t *testing.T) {
	for leaf, late := range map[string]engine.Time{"leaf[0]": 7_000_000, "leaf[1]": 0} {
		reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
		j := handJob(2, []workload.Op{reduce}, sync(0))
		j.Fabric = realFabric()
		j.Topology = j.Fabric.Build(2, 8)
		j.GPUs = []int32{0, 8}
		links, err := j.Topology.SwitchLinks(leaf)
		if err != nil {
			t.Fatal(err)
		}
		j.Degrade = linksAlike(links, Degrade{Part: leaf, At: engine.Time(5 * engine.Millisecond), For: 7 * engine.Millisecond})
		rec := j.record()
		r := mustRun(t, j)
		if want := 30_000 + 26_666_667 + late; r.End != want {
			t.Errorf("%s: ends at %d ns, want %d", leaf, r.End, want)
		}
		kinds := ""
		for _, e := range rec.Events {
			if kinds += e.Kind + " "; e.Name != leaf || e.Kind == "reroute" && e.Text != "1 flow without another path" {
				t.Errorf("%s: event %+v", leaf, e)
			}
		}
		if want := map[bool]string{true: "degrade reroute restore ", false: "degrade restore "}[late > 0]; kinds != want {
			t.Errorf("%s: events %s, want %s", leaf, kinds, want)
		}
	}
}
