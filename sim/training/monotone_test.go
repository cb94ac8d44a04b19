package training

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// crawl slows the network of a job.
func crawl(j *Job, share float64) {
	f := *j.Fabric
	f.NVLinkBandwidth *= share
	f.NICBandwidth *= share
	j.setFabric(&f)
}

func (j *Job) setFabric(f *network.Fabric) {
	j.Fabric, j.Topology = f, f.Build(len(j.hosts()), j.Host.GPUs)
}

// speedUp makes one thing of a job faster.
func speedUp(t *rapid.T, j *Job) {
	factor := rapid.Float64Range(1, 4).Draw(t, "factor")
	f, links, g := *j.Fabric, *j.Fabric, *j.GPU
	j.Degrade = slices.Clone(j.Degrade)
	switch what := rapid.SampledFrom([]string{"matrix", "memory", "nvlink", "nic", "latency", "degrade"}).Draw(t, "faster"); what {
	case "matrix":
		g.PeakHalf *= factor
	case "memory":
		g.HBMBandwidth *= factor
	case "nvlink":
		links.NVLinkBandwidth *= factor
	case "nic":
		links.NICBandwidth *= factor
	case "latency":
		f.SendLatency = engine.Duration(float64(f.SendLatency) / factor)
		if len(j.hosts()) == 1 { // where there is one algorithm only
			f.NVLinkLatency = engine.Duration(float64(f.NVLinkLatency) / factor)
		}
	default:
		for i := range j.Degrade {
			d := &j.Degrade[i]
			d.Speed = min(cluster.Nominal, cluster.Speed(float64(d.Speed)*factor))
		}
	}
	j.GPU, j.Fabric, j.Topology = &g, &f, links.Build(len(j.hosts()), j.Host.GPUs)
}

// TestFasterIsNeverSlower: where no two transfers share a link, a step is a
// fixed graph of operations, each of which ends no later when it starts earlier
// or runs faster; times are rounded by monotone functions. So nothing may end
// later when anything becomes faster, not by a nanosecond.
func TestFasterIsNeverSlower(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		if l.Schedule == workload.Interleaved || l.Schedule.SplitsBackward() { // sends both ways at once
			l.Schedule, l.VirtualPipeline = workload.OneFOneB, 1
			if len(l.StageLayers) > l.Pipeline { // those of chunks
				l.StageLayers = nil
			}
		}
		l.OverlapGrad, l.OverlapParam, l.OverlapPipeline = false, false, false
		m := drawModel(t, l)
		slow := newJob(t, m, l, realFabric())
		fast := newJob(t, m, l, realFabric())
		share := rapid.SampledFrom([]float64{1, 0.1, 0.01}).Draw(t, "network")
		degrades := drawDegrades(t, slow)
		for _, j := range []*Job{slow, fast} {
			j.GPU, j.Degrade = poweredGPU(), degrades
			crawl(j, share)
		}
		speedUp(t, fast)
		a, b := runAlike(t, slow, fast)
		if b.End > a.End {
			t.Fatalf("%d ns, and %d ns when faster", a.End, b.End)
		}
	})
}

// runAlike runs two jobs of the same communicators, with the collectives that the
// first one chooses. A choice, and the bytes on the wire that come with it, is made for
// healthy links, of which the slower tier counts: where it is NICs, half of what a tree
// of two hosts moves over NVLink. Faster NICs make NVLink count, and where that is not
// healthy, the same choice takes longer.
func runAlike(t failer, a, b *Job) (*Result, *Result) {
	t.Helper()
	p, q := mustPrepare(t, a), mustPrepare(t, b)
	q.plan.shapes, q.plan.groupShape = p.plan.shapes, p.plan.groupShape
	run := func(p *Prepared, degrades []Degrade) *Result {
		r, err := p.Runner().Run(degrades, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	return run(p, a.Degrade), run(q, b.Degrade)
}

// TestFasterCanBeSlower: where transfers share a link, a faster GPU may make a
// step slower, as with list scheduling (Graham 1969). Rank 0 sends 5 MB to rank
// 1, which then works for 10 ms, and reduces 5 MB with rank 2, which nobody
// waits for. If rank 2 arrives after 5 ms the send is done: 5 + 10 ms. If it
// arrives after 2 ms, the 3 MB that are left go at half the rate: 2 + 6 + 10 ms.
func TestFasterCanBeSlower(t *testing.T) {
	for _, c := range []struct {
		speed cluster.Speed
		want  engine.Time
	}{{400_000, 15_000_000}, {cluster.Nominal, 18_000_000}} {
		size := int64(5_000_000)
		send := workload.Op{Name: "send", Kind: workload.Send, Comm: workload.CommSendForward, Size: size}
		receive := workload.Op{Name: "receive", Kind: workload.Recv, Comm: workload.CommRecvForward, Size: size}
		reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommData, Size: size}
		instr := func(code workload.Code, stream workload.Stream, op int32) workload.Instr {
			return workload.Instr{Code: code, Stream: stream, First: op, Last: op + 1, Layer: -1}
		}
		program := func(stage int, ops []workload.Op, code ...workload.Instr) workload.Program {
			return workload.Program{Stage: stage, Ops: ops, Blocks: []workload.Block{{Code: code}}, Tasks: []workload.Task{{}}}
		}
		j := handJob(3, nil)
		j.Programs = []workload.Program{
			program(0, []workload.Op{reduce, send}, instr(workload.Start, workload.StreamData, 0), instr(workload.Sync, workload.StreamSendForward, 1)),
			program(1, []workload.Op{receive, work(10)}, instr(workload.Sync, workload.StreamRecvForward, 0), run(1, 2)),
			program(2, []workload.Op{work(2), reduce}, run(0, 1), instr(workload.Sync, workload.StreamData, 1)),
		}
		j.Role = []int32{0, 1, 2}
		j.Groups = []workload.Group{{Comm: workload.CommSendForward, Ranks: []int32{0, 1}}, {Comm: workload.CommData, Ranks: []int32{0, 2}}}
		j.setFabric(slowFabric())
		j.Degrade = []Degrade{{Target: TargetGPU, ID: 2, Speed: c.speed}}
		if r := mustRun(t, j); r.End != c.want {
			t.Errorf("with GPU 2 at %d ppm the step takes %d ns, want %d", c.speed, r.End, c.want)
		}
	}
}

// TestScale: everything at half the rate takes twice as long. Each operation on
// the way, of every stage, is rounded by at most a nanosecond in either run, which
// degrades draw out. Where transfers share links a nanosecond can decide which
// comes first, and so who waits (TestFasterCanBeSlower): there 2 % are allowed.
func TestScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawJob(t)
		share := rapid.SampledFrom([]float64{1, 0.1, 0.01}).Draw(t, "network")
		fast, slow := build(), build()
		fast.Cooling, slow.Cooling = nil, nil // a nanosecond may decide whether a clock is lowered
		crawl(fast, share)
		crawl(slow, share/2)
		f, g := *slow.Fabric, *slow.GPU
		for _, d := range []*engine.Duration{&f.NVLinkLatency, &f.NICLatency, &f.SendLatency, &g.LaunchGap, &g.IssueTime} {
			*d *= 2
		}
		for _, x := range []*float64{&g.PeakHalf, &g.PeakSingle, &g.HBMBandwidth, &g.OperandBandwidth, &g.OutputBandwidth} {
			*x /= 2
		}
		slow.GPU = &g
		slow.setFabric(&f)
		slow.Degrade = slices.Clone(slow.Degrade)
		for i := range slow.Degrade {
			slow.Degrade[i].At *= 2
			slow.Degrade[i].For *= 2
		}
		slow.Caps = slices.Clone(slow.Caps)
		for i := range slow.Caps {
			c := &slow.Caps[i]
			c.At, c.For, c.Every = 2*c.At, 2*c.For, 2*c.Every
		}
		a, b := mustRun(t, fast), mustRun(t, slow)
		path, slowest := int64(0), 1.0
		for _, d := range slow.Degrade {
			slowest *= float64(d.Speed) / float64(cluster.Nominal)
		}
		if len(slow.Caps) > 0 {
			slowest *= slow.GPU.ClockMin // a nanosecond of a segment that is held back as it runs is drawn out as much
		}
		for i := range fast.Programs {
			path += fast.Programs[i].Operations() * int64(fast.Steps)
		}
		allowed := 3 * float64(path) / slowest
		if contended(a) || contended(b) {
			allowed += 0.02 * float64(b.End)
		}
		if diff := int64(b.End - 2*a.End); float64(max(diff, -diff)) > allowed {
			t.Fatalf("%d ns, and %d ns at half the rate: %d ns off twice as long, with %d operations at %g of full speed or more",
				a.End, b.End, diff, path, slowest)
		}
	})
}

// contended tells whether a rank waited for a transfer that shared its links.
func contended(r *Result) bool {
	for stage := range r.StageRanks {
		if !r.Buckets.StageTime(int32(stage), trace.Contention).IsZero() {
			return true
		}
	}
	return false
}
