package study

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"trainsim/sim/budget"
	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/run"
	"trainsim/sim/training"
	"trainsim/sim/workload"
)

// within is how far a share may be from the truth: two points.
const within = 0.02

// barrier is a job whose ranks, eight to a host, each compute for so many ms and
// then reduce so many ms over the NICs of their hosts. The GPU reads 1 TB/s and a NIC carries
// 1 GB/s, so that 1 ms is 1e9 bytes of the one and 1e6 of the other.
func barrier(hosts int, computeMS, reduceMS float64) *training.Job {
	gpu := &cluster.GPU{Name: "test", Memory: 80 << 30, PeakHalf: 1e12, PeakSingle: 1e12, HBMBandwidth: 1e12, SMs: 1, MatrixEfficiency: 1,
		OperandBandwidth: 1e30, OutputBandwidth: 1e30, SustainedClock: 1, StreamEfficiency: 1, SoftmaxEfficiency: 1}
	host := &cluster.Host{Name: "test", GPUs: 8, PowerBase: 1000, NICs: 8, PowerNIC: 25, Supplies: 6, SupplyRating: 3000, SupplyTier: "titanium"}
	fabric := &network.Fabric{Name: "test", NVLinkBandwidth: 1e14, NVLinkEfficiency: 1, NICBandwidth: 1e9, NICEfficiency: 1, SendEfficiency: 1,
		HostsPerPod: 32, Oversubscription: 1, SwitchPorts: 64}
	ranks := 8 * hosts
	j := &training.Job{GPU: gpu, Host: host, Fabric: fabric, Topology: fabric.Build(hosts, 8), ElementBytes: 2, Steps: 2, Role: make([]int32, ranks)}
	work := workload.Op{Name: "work", Kind: workload.Elementwise, Bytes: 1e9 * computeMS}
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommData, Size: int64(4e6 * reduceMS)}
	j.Programs = []workload.Program{{Ops: []workload.Op{work, reduce}, Tasks: []workload.Task{{Microbatch: 0}}, Blocks: []workload.Block{{Name: "step",
		Code: []workload.Instr{{Code: workload.Run, Last: 1, Layer: -1}, {Code: workload.Sync, Stream: workload.StreamData, First: 1, Layer: -1}}}}}}
	all := workload.Group{Comm: workload.CommData}
	for r := range ranks {
		all.Ranks = append(all.Ranks, int32(r))
	}
	j.Groups = []workload.Group{all}
	return j
}

// stages is a job that sends eight microbatches forward through stages that compute
// for so many ms each.
func stages(ms ...float64) *training.Job {
	j := barrier(1, 1, 0)
	j.Programs, j.Groups, j.Role, j.Steps = nil, nil, nil, 1
	for stage, t := range ms {
		p := workload.Program{Stage: stage, Ops: []workload.Op{{Name: "recv", Kind: workload.Recv, Comm: workload.CommRecvForward},
			{Name: "work", Kind: workload.Elementwise, Bytes: 1e9 * t}, {Name: "send", Kind: workload.Send, Comm: workload.CommSendForward}}}
		var code []workload.Instr
		if stage > 0 {
			code = append(code, workload.Instr{Code: workload.Sync, Stream: workload.StreamRecvForward})
		}
		code = append(code, workload.Instr{Code: workload.Run, First: 1, Last: 2, Layer: -1})
		if stage < len(ms)-1 {
			code = append(code, workload.Instr{Code: workload.Start, Stream: workload.StreamSendForward, First: 2})
			j.Groups = append(j.Groups, workload.Group{Comm: workload.CommSendForward, Ranks: []int32{int32(stage), int32(stage + 1)}})
		}
		p.Blocks = []workload.Block{{Name: "forward", Code: code}}
		for m := range int32(8) {
			p.Tasks = append(p.Tasks, workload.Task{Microbatch: m})
		}
		j.Programs, j.Role = append(j.Programs, p), append(j.Role, int32(stage))
	}
	return j
}

// slowed is a cause that slows parts.
func slowed(name string, d ...training.Degrade) cause {
	return cause{name: name, wrong: func(int32, *network.Topology) ([]training.Degrade, error) { return d, nil }}
}

// slowLink is a cause that slows a link.
func slowLink(t *testing.T, j *training.Job, name string, speed cluster.Speed) cause {
	t.Helper()
	link, ok := j.Topology.LinkByName(name)
	if !ok {
		t.Fatalf("no link %s", name)
	}
	return slowed(name, training.Degrade{Target: training.TargetLink, ID: link, Speed: speed})
}

func slowGPU(gpu int32, speed cluster.Speed) cause {
	return slowed("gpu", training.Degrade{Target: training.TargetGPU, ID: gpu, Speed: speed})
}

// testScene is a step of a job with causes that are known.
func testScene(t *testing.T, samples int, job func(lost int32) *training.Job, causes ...cause) *scene {
	s := &scene{ctx: t.Context(), causes: causes, samples: samples,
		worker: &worker{memo: newMemo(subject{job: func(lost int32) (*training.Job, error) { return job(lost), nil }}, 1)}}
	for _, c := range causes {
		s.lost = max(s.lost, c.lost)
	}
	return s
}

// share is what a cause is known to take.
type share struct{ removed, added float64 }

// recovers fails unless attribution finds the times, to some ns, and the shares.
func recovers(t *testing.T, s *scene, stepMS, idealMS float64, near float64, want ...share) {
	t.Helper()
	a, err := s.attribute()
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(a.StepS*1e3-stepMS) > near || math.Abs(a.IdealS*1e3-idealMS) > near {
		t.Errorf("a step takes %v ms, ideal %v; want %v and %v", 1e3*a.StepS, 1e3*a.IdealS, stepMS, idealMS)
	}
	if math.Abs(a.Slowdown-a.StepS/a.IdealS) > 1e-12 || math.Abs(a.Waste-(1-a.IdealS/a.StepS)) > 1e-12 {
		t.Errorf("slowdown %v, waste %v", a.Slowdown, a.Waste)
	}
	for i, w := range want {
		c := a.causes[i]
		t.Logf("%s: %.4f recovered (truth %.4f), %.4f added (truth %.4f)", c.Name, c.Removed, w.removed, c.Added, w.added)
		if math.Abs(c.Removed-w.removed) > within || math.Abs(c.Added-w.added) > within {
			t.Errorf("%s: %.4f recovered and %.4f added, the truth is %.4f and %.4f", c.Name, c.Removed, c.Added, w.removed, w.added)
		}
	}
}

// TestAttributionAdds: 40 ms of compute, which a GPU at 80 % of its speed makes 50, and
// 10 ms of reduction, which a NIC at half its rate makes 20, and a pause of 5 ms: 25
// ms more than 50, of which the causes take 10, 10 and 5, removed or alone.
func TestAttributionAdds(t *testing.T) {
	job := func(int32) *training.Job {
		j := barrier(2, 40, 5)
		j.Noise = &training.Noise{Pause: 5 * engine.Millisecond, PauseEvery: 1, Planned: true}
		return j
	}
	ideal := reduction(t, 2, 5)
	pause := cause{name: "pause", quiet: func(z *training.Noise) { z.Pause = 0 }}
	s := testScene(t, 1, job, slowGPU(3, 800_000), slowLink(t, job(0), "nic_up[9]", 500_000), pause)
	more := 10 + ideal + 5
	recovers(t, s, 40+ideal+more, 40+ideal, 1e-3, share{10 / more, 10 / more}, share{ideal / more, ideal / more}, share{5 / more, 5 / more})
}

// reduction returns how many ms the reduction of a barrier takes.
func reduction(t *testing.T, hosts int, ms float64) float64 {
	t.Helper()
	r, err := training.Run(barrier(hosts, 0.001, ms))
	if err != nil {
		t.Fatal(err)
	}
	return r.Steady.Seconds()*1e3 - 0.001
}

// TestAttributionHides: two GPUs at one barrier, at 80 and 50 % of their speed, hide each
// other: without the slower one 10 of 40 ms stay, without the other nothing is won.
func TestAttributionHides(t *testing.T) {
	job := func(int32) *training.Job { return barrier(1, 40, 0) }
	recovers(t, testScene(t, 1, job, slowGPU(3, 800_000), slowGPU(5, 500_000)), 80, 40, 1e-3, share{0, 0.25}, share{0.75, 1})
	recovers(t, testScene(t, 1, job, slowGPU(3, 800_000)), 50, 40, 1e-3, share{1, 1})
	recovers(t, testScene(t, 1, job, slowed("nothing"), slowGPU(3, 1_000_000)), 40, 40, 1e-3, share{}, share{})
}

// TestAttributionOfStages: eight microbatches through stages of 4, 4, 4 and 8 ms, the
// last on a GPU at 80 %: 22 + 7·10 ms. Even stages of 5 ms take 55 ms, 65 on
// that GPU; the uneven ones without it 76.
func TestAttributionOfStages(t *testing.T) {
	job := func(int32) *training.Job { return stages(4, 4, 4, 8) }
	s := testScene(t, 1, job, slowGPU(3, 800_000), cause{name: "stage imbalance", uneven: true})
	recovers(t, s, 92, 55, 1e-3, share{(92 - 76.0) / 37, (65 - 55.0) / 37}, share{(92 - 65.0) / 37, (76 - 55.0) / 37})
}

// TestAttributionOfMissingReplicas: without a fifth of the replicas 40 ms become 50, and
// on a GPU at half its speed 100; with them 80.
func TestAttributionOfMissingReplicas(t *testing.T) {
	job := func(lost int32) *training.Job { return barrier(1, 40*5/float64(5-lost), 0) }
	s := testScene(t, 1, job, slowGPU(3, 500_000), cause{name: "missing replicas", lost: 1})
	recovers(t, s, 100, 40, 1e-3, share{50 / 60.0, 40 / 60.0}, share{20 / 60.0, 10 / 60.0})
}

// TestAttributionOfNoise: normal jitter of 5 % of 100 ms on 64 ranks makes the last
// 5 ms·e₆₄ late on average, sequences whose work has σ 10 % as much as the largest of their
// lognormals, a NIC at half its rate the reduction twice as long. Jitter and the lengths of
// sequences meet at one barrier, so that they are told from the link one by one.
func TestAttributionOfNoise(t *testing.T) {
	const samples, ranks = 64, 64
	ideal := reduction(t, 8, 6)
	jitter := cause{name: "jitter", quiet: func(z *training.Noise) { z.Jitter = 0 }}
	lengths := cause{name: "lengths", quiet: func(z *training.Noise) { z.Imbalance = 0 }}
	for _, c := range []struct {
		noise training.Noise
		cause cause
		late  float64
	}{
		{training.Noise{Seed: 1, Jitter: 0.05}, jitter, 5 * budget.NormalMax(ranks)},
		{training.Noise{Seed: 2, Imbalance: 0.1, Replica: counted(ranks)}, lengths, 100 * (largestLognormal(0.1, ranks) - 1)},
	} {
		job := func(int32) *training.Job {
			j := barrier(8, 100, 6)
			j.Noise, j.Steps = &c.noise, 8
			return j
		}
		s := testScene(t, samples, job, c.cause, slowLink(t, job(0), "nic_up[9]", 500_000))
		more := c.late + ideal
		recovers(t, s, 100+ideal+more, 100+ideal, 0.5, share{c.late / more, c.late / more}, share{ideal / more, ideal / more})
	}
}

func counted(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// largestLognormal returns the mean of the largest of n lognormals of mean 1.
func largestLognormal(sigma, n float64) float64 {
	normal := distuv.UnitNormal
	return quad.Fixed(func(x float64) float64 {
		return math.Exp(sigma*x-sigma*sigma/2) * n * normal.Prob(x) * math.Pow(normal.CDF(x), n-1)
	}, -8, 10, 512, quad.Legendre{}, 0)
}

// TestRankCells: the replica on the slow GPU stands out from its stage, the others wait
// for it, and missing replicas leave no cell.
func TestRankCells(t *testing.T) {
	c := parse(t, cluster64+"[gpu]\nissue_time = \"0 s\"\n")
	gpu := int32(4) // of replica 2, first stage: tensor 2, data 16
	s := &scene{ctx: t.Context(), samples: 1, causes: []cause{slowGPU(gpu, 800_000), {lost: 8}}, lost: 8, worker: &worker{memo: newMemo(testSubject(c), 1)}}
	cells, err := s.ranks(c.Layout)
	if err != nil || len(cells) != 16 {
		t.Fatalf("%d cells, error %v", len(cells), err)
	}
	for i, k := range cells {
		if int(k.Pipeline) != i/8 || int(k.Data) != i%8 {
			t.Errorf("cell %d is %+v", i, k)
		}
		want := 1.0
		if k.Pipeline == 0 && k.Data == 2 {
			want = 1.125 // one of two ranks a quarter longer
		}
		if math.Abs(k.Slowdown-want) > 0.01 || k.ComputeS <= 0 {
			t.Errorf("cell %+v: want slowdown %v", k, want)
		}
	}
	if cells[2].WaitS >= cells[3].WaitS {
		t.Errorf("the slow replica waits for %v s, another for %v s", cells[2].WaitS, cells[3].WaitS)
	}
}

// A scene that cannot be simulated, and the end of the context, are errors.
func TestAttributionErrors(t *testing.T) {
	s := testScene(t, 1, func(int32) *training.Job { return barrier(2, 1, 1) }, slowLink(t, barrier(2, 1, 1), "nic_up[9]", 0))
	if _, err := s.attribute(); err == nil || !strings.Contains(err.Error(), "makes no progress") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	s.ctx = ctx
	if _, err := s.ranks(workload.Layout{Data: 16, Pipeline: 1, Tensor: 1}); !errors.Is(err, stopped) {
		t.Errorf("error %v, want the cause of the end", err)
	}
}

// Causes are those that are in force, each once.
func TestCausesOf(t *testing.T) {
	c := parse(t, strings.Replace(week, "[[straggler]]", `[[straggler]]
name = "warm"
component = "host"
share = 0.1
severity = ["5 %"]
[[straggler]]
component = "nic"
share = 0.1
severity = ["5 %"]
[noise]
jitter = "1 %"
sequence_imbalance = "10 %"
gc_pause = "100 ms"
[[degrade]]
gpu = 17
speed = "90 %"
[[degrade]]
link = "nic_up[3]"
speed = "50 %"
[[degrade]]
switch = "leaf[0]"
speed = "50 %"
[[straggler]]`, 1))
	at := &run.Sight{Health: run.Health{Lost: 2, Slow: []run.Slow{{Target: run.TargetGPU, Slot: 1, Part: 2, Speed: 900_000}, {Target: run.TargetHost, Slot: 3, Speed: 950_000},
		{Target: run.TargetGPU, Slot: 5, Part: 2, Speed: 800_000}}}, Kind: []int32{2, 0, 2}}
	var names []string
	for _, k := range causesOf(c, at) {
		names = append(names, k.name)
	}
	if got := strings.Join(names, "; "); got != "GPU 17; nic_up[3]; leaf[0]; warm; slow GPUs; jitter; sequence imbalance; garbage collection; stage imbalance; missing replicas" {
		t.Errorf("causes %s", got)
	}
	if list := causesOf(parse(t, strings.Replace(cluster64, "pipeline = 2", "pipeline = 1", 1)), &run.Sight{}); len(list) != 0 {
		t.Errorf("causes %+v of nothing", list)
	}
}
