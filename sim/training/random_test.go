package training

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// sizes are those of a layout and of a machine that together say which ring
// crosses which leaf.
type sizes struct{ tensor, data, hostGPUs, hostsPerPod int }

// drawSizes draws them apart from each other or, as chance would hardly have it,
// so that data-parallel rings cross leaves of one class with two weights: tensor
// groups of 4 on hosts of 3.
func drawSizes(t *rapid.T) sizes {
	if rapid.SampledFrom([]bool{false, false, false, false, true}).Draw(t, "two weights") {
		return sizes{tensor: 4, data: rapid.SampledFrom([]int{3, 6}).Draw(t, "data"), hostGPUs: 3, hostsPerPod: 4}
	}
	return sizes{
		tensor:      rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "tensor"),
		data:        rapid.SampledFrom([]int{1, 2, 3, 4, 6}).Draw(t, "data"),
		hostGPUs:    rapid.SampledFrom([]int{4, 6, 8}).Draw(t, "GPUs per host"),
		hostsPerPod: rapid.IntRange(1, 4).Draw(t, "hosts per pod"),
	}
}

// drawLayout draws a layout of at most 96 ranks.
func drawLayout(t *rapid.T) workload.Layout { return drawLayoutOf(t, drawSizes(t)) }

func drawLayoutOf(t *rapid.T, s sizes) workload.Layout {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	l := smallLayout(s.tensor, rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "pipeline"), s.data, 1)
	l.Schedule = rapid.SampledFrom([]workload.Schedule{workload.OneFOneB, workload.GPipe, workload.Interleaved, workload.ZBH1, workload.ZBH2}).Draw(t, "schedule")
	m := rapid.IntRange(1, 6).Draw(t, "microbatches")
	if l.Schedule == workload.Interleaved {
		l.Pipeline, l.VirtualPipeline = max(2, l.Pipeline), 2
		m = l.Pipeline * rapid.IntRange(1, 2).Draw(t, "rounds")
	}
	l.GlobalBatch = m * l.Data
	l.ZeRO = rapid.IntRange(0, 3).Draw(t, "zero")
	if l.Schedule.SplitsBackward() {
		l.ZeRO %= 2
	}
	l.BucketBytes = rapid.SampledFrom([]int64{0, 1 << 18, 1 << 20}).Draw(t, "bucket bytes")
	l.OverlapGrad, l.OverlapParam = flag("overlap grad"), l.ZeRO > 0 && flag("overlap param")
	l.OverlapTensor, l.OverlapPipeline = flag("overlap tensor"), l.Schedule.SplitsBackward() || flag("overlap pipeline")
	l.SequenceParallel, l.ScatterGather = flag("sequence parallel"), flag("scatter gather")
	l.LossScale, l.GradClip = flag("loss scale"), flag("grad clip")
	l.FlashAttention, l.GradFusion, l.RecomputeActivation = flag("flash"), flag("grad fusion"), flag("recompute activation")
	l.Recompute = rapid.SampledFrom([]workload.RecomputeMode{workload.RecomputeNone, workload.RecomputeSelective, workload.RecomputeFull}).Draw(t, "recompute")
	switch chunks := l.Pipeline * l.VirtualPipeline; {
	case flag("uneven stages"):
		for range l.Pipeline {
			l.StageLayers = append(l.StageLayers, l.VirtualPipeline*rapid.IntRange(1, 2).Draw(t, "chunk layers"))
		}
	case l.VirtualPipeline > 1 && flag("uneven chunks"):
		for i := range chunks {
			least := 1
			if i == 0 || i == chunks-1 {
				least = 0
			}
			l.StageLayers = append(l.StageLayers, rapid.IntRange(least, 2).Draw(t, "chunk layers"))
		}
	}
	return l
}

// drawContext makes some layouts share sequences.
func drawContext(t *rapid.T, l *workload.Layout) {
	l.Context = rapid.SampledFrom([]int{1, 1, 1, 2, 4}).Draw(t, "context")
	l.ContextComm = rapid.SampledFrom([]workload.ContextComm{workload.ContextP2P, workload.ContextAllGather}).Draw(t, "context comm")
	l.FlashAttention = l.FlashAttention || l.Context > 1
}

// drawModel draws a model that the layout divides.
func drawModel(t *rapid.T, l workload.Layout) workload.Model {
	m := small()
	m.Hidden, m.FFN = 64, 256
	m.Tied, m.Dropout = rapid.Bool().Draw(t, "tied"), rapid.Bool().Draw(t, "dropout")
	m.Layers = l.Pipeline * l.VirtualPipeline
	if l.StageLayers != nil {
		m.Layers = 0
		for _, n := range l.StageLayers {
			m.Layers += n
		}
	}
	return m
}

// drawExperts makes some models mixtures of experts, on ranks of a stage that so many lost
// replicas leave whole groups of.
func drawExperts(t *rapid.T, m *workload.Model, l *workload.Layout, lost int) {
	if rapid.IntRange(0, 2).Draw(t, "experts") > 0 {
		return
	}
	var sizes []int
	group := l.Tensor * l.Context
	for n := 1; n <= group*l.Data; n++ {
		if group*l.Data%n == 0 && group*(l.Data-lost)%n == 0 {
			sizes = append(sizes, n)
		}
	}
	l.SequenceParallel, l.ZeRO = true, min(l.ZeRO, 2)
	l.Expert = rapid.SampledFrom(sizes).Draw(t, "expert")
	l.ExpertImbalance = rapid.SampledFrom([]float64{1, 1, (1 + float64(l.Expert)) / 2}).Draw(t, "imbalance")
	*m = mixed(*m, *l)
	m.DenseLayers = rapid.IntRange(0, m.Layers).Draw(t, "dense layers")
}

// poweredGPU draws power that differs by what it does.
func poweredGPU() *cluster.GPU {
	g := testGPU()
	g.LaunchGap, g.IssueTime, g.AttentionBlock = 300, 200, 128
	g.PowerIdle, g.PowerLimit, g.PowerWait, g.PowerTransfer = 60, 400, 130, 170
	g.PowerStatic, g.PowerMatrix, g.PowerHBM = 0.2, 0.6, 0.4
	g.ClockExponent, g.ClockFloor, g.ClockMin = 3, 0.8, 0.1
	return g
}

// drawOverlap draws what communication and kernels take from each other: nothing,
// one of the three, or all.
func drawOverlap(t *rapid.T) func(*cluster.GPU) {
	sms := rapid.SampledFrom([]int{0, 0, 3}).Draw(t, "SMs of communication")
	hbm := rapid.SampledFrom([]float64{0, 0, 0.7, 3}).Draw(t, "HBM of communication")
	share := rapid.SampledFrom([]float64{1, 1, 0.77, 0.3}).Draw(t, "share beside kernels")
	return func(g *cluster.GPU) { g.SMs, g.CommSMs, g.CommHBM, g.CommOverlapShare = 10, sms, hbm, share }
}

// onHosts puts the job on hosts of that many GPUs, the last of which may be
// partly spare.
func (j *Job) onHosts(gpus int) *Job { return j.onMachine((len(j.Role)+gpus-1)/gpus, gpus) }

// onMachine puts the job on the first of that many hosts.
func (j *Job) onMachine(hosts, gpus int) *Job {
	h := *j.Host
	h.GPUs = gpus
	j.Host = &h
	j.Topology = j.Fabric.Build(hosts, gpus)
	return j
}

// drawDegrades draws what is wrong: from the start or later, for good or a while. All
// together leave a part a hundredth of its speed: at a thousandth, what comes again and
// again, caps and looks at temperatures, would come millions of times in a step.
func drawDegrades(t *rapid.T, j *Job) []Degrade {
	var out []Degrade
	targets := []Target{TargetGPU, TargetHost, TargetLink}
	if j.Power != nil {
		targets = append(targets, TargetSupply, TargetSupply)
	}
	n := rapid.IntRange(0, 3).Draw(t, "degrades")
	least := []int{0, 50_000, 100_000, 215_000}[n]
	for range n {
		d := Degrade{Target: rapid.SampledFrom(targets).Draw(t, "target"),
			Speed: cluster.Speed(rapid.IntRange(least, 1_000_000).Draw(t, "speed")),
			At:    engine.Time(rapid.SampledFrom([]int{0, 1, 40_000, 700_000}).Draw(t, "at")),
			For:   engine.Duration(rapid.SampledFrom([]int{0, 1, 30_000, 900_000}).Draw(t, "for"))}
		most := map[Target]int{TargetGPU: len(j.Role), TargetHost: len(j.hosts()), TargetLink: len(j.Topology.Capacity), TargetSupply: len(j.hosts())}
		if leaves := j.Topology.Leaves(); leaves > 0 && rapid.IntRange(0, 7).Draw(t, "a switch") == 0 {
			d.Part = fmt.Sprintf("leaf[%d]", rapid.IntRange(0, leaves-1).Draw(t, "leaf"))
			links, err := j.Topology.SwitchLinks(d.Part)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, linksAlike(links, d)...)
			continue
		}
		d.ID = int32(rapid.IntRange(0, most[d.Target]-1).Draw(t, "id"))
		if d.Target == TargetSupply {
			d.Speed, d.Supplies = 0, int32(rapid.IntRange(1, j.Host.Supplies-1).Draw(t, "supplies"))
		}
		out = append(out, d)
	}
	return out
}

// drawCaps draws what GPUs are held to: from the start or later, for good, a while
// or again and again.
func drawCaps(t *rapid.T, j *Job) []Cap {
	var out []Cap
	for range rapid.SampledFrom([]int{0, 0, 1, 2, 4}).Draw(t, "caps") {
		c := Cap{Target: rapid.SampledFrom([]Target{TargetGPU, TargetHost, TargetStage, TargetAll}).Draw(t, "held"),
			Hold: Hold{Power: rapid.SampledFrom([]int64{0, 100_000, 180_000, 300_000}).Draw(t, "power"),
				Clock: rapid.SampledFrom([]cluster.Speed{0, 500_000, 900_000}).Draw(t, "clock")},
			Phases: rapid.SampledFrom([][]workload.Phase{nil, nil, {workload.Forward}, {workload.Backward, workload.WeightGrad}}).Draw(t, "phases"),
			At:     engine.Time(rapid.SampledFrom([]int{0, 0, 1, 40_000, 700_000}).Draw(t, "from")),
			For:    engine.Duration(rapid.SampledFrom([]int{0, 1, 30_000, 900_000}).Draw(t, "lasts"))}
		if c.For > 0 && rapid.Bool().Draw(t, "again") {
			c.Every = c.For + 200_000
		}
		most := map[Target]int{TargetGPU: len(j.Role), TargetHost: len(j.hosts()), TargetStage: j.stages(), TargetAll: 1}
		c.ID = int32(rapid.IntRange(0, most[c.Target]-1).Draw(t, "held id"))
		out = append(out, c)
	}
	return out
}

// drawGrades draws how much dynamic power the part of each GPU takes: all alike, or
// one of three grades.
func drawGrades(t *rapid.T, j *Job) []cluster.Speed {
	if rapid.IntRange(0, 3).Draw(t, "grades") > 0 {
		return nil
	}
	grades := make([]cluster.Speed, len(j.hosts())*j.Host.GPUs)
	for i := range grades {
		grades[i] = rapid.SampledFrom([]cluster.Speed{cluster.Nominal, 950_000, 1_100_000}).Draw(t, "grade")
	}
	return grades
}

// drawCooling draws what cools GPUs and what is wrong with it: nothing, or with a time
// constant of the length of a step.
func drawCooling(t *rapid.T, j *Job) *Cooling {
	if rapid.IntRange(0, 2).Draw(t, "cooling") > 0 {
		return nil
	}
	draw := func(name string, least, most int) int64 { return int64(rapid.IntRange(least, most).Draw(t, name)) }
	k := &Cooling{Coolant: cluster.Coolant{Inlet: cluster.Celsius(20), Resistance: draw("resistance", 50_000, 300_000)}, Capacity: 1e-3,
		Throttle: cluster.Throttle{Above: cluster.Celsius(50), Hysteresis: cluster.Degree}, Shutdown: cluster.Celsius(1000),
		Interval: engine.Duration(draw("interval", 20_000, 200_000)), Warm: rapid.Bool().Draw(t, "warm")}
	for range draw("failures", 0, 2) {
		f := CoolingFailure{Target: rapid.SampledFrom([]Target{TargetGPU, TargetHost, TargetAll}).Draw(t, "failing"),
			Coolant: cluster.Coolant{Inlet: cluster.Celsius(float64(draw("inlet", 0, 40))), Resistance: draw("worse", 0, 400_000)},
			At:      engine.Time(draw("fails", 0, 10) * 100_000), For: engine.Duration(draw("fails for", 0, 10) * 100_000)}
		most := map[Target]int{TargetGPU: len(j.Role), TargetHost: len(j.hosts()), TargetAll: 1}
		f.ID = int32(draw("failing id", 0, most[f.Target]-1))
		k.Failures = append(k.Failures, f)
	}
	return k
}

// drawJob returns a builder of equal jobs, each with a recorder.
func drawJob(t *rapid.T) func() *Job { return drawFedJob(t, false) }

// drawFedJob is drawJob with hosts that hang on feeds, or on none.
func drawFedJob(t *rapid.T, feeds bool) func() *Job {
	s := drawSizes(t)
	l := drawLayoutOf(t, s)
	drawContext(t, &l)
	m := drawModel(t, l)
	lost := rapid.IntRange(0, l.Data-1).Draw(t, "lost replicas")
	drawExperts(t, &m, &l, lost)
	f := realFabric()
	f.HostsPerPod = s.hostsPerPod
	f.Oversubscription = float64(rapid.SampledFrom([]int{1, 2, 4}).Draw(t, "oversubscription"))
	steps := rapid.IntRange(1, 2).Draw(t, "steps")
	overlap := drawOverlap(t)
	build := func() *Job {
		j := newShrunkJob(t, m, l, lost, f).onHosts(s.hostGPUs)
		j.GPU, j.Steps = poweredGPU(), steps
		overlap(j.GPU)
		if feeds {
			hang(j, 0.9, 2)
			j.Power.MostLost = j.Host.Supplies - 1
			j.Power.Supplies.Breaker = 0 // two degrades may take all supplies
		}
		j.record()
		return j
	}
	first := build()
	degrades, caps, grades, cooling := drawDegrades(t, first), drawCaps(t, first), drawGrades(t, first), drawCooling(t, first)
	if cooling != nil {
		caps = caps[:min(len(caps), 2)] // with heat, more are too many levels
	}
	return func() *Job {
		j := build()
		j.Degrade, j.Caps, j.Draw, j.Cooling = degrades, caps, grades, cooling
		return j
	}
}

// everyRank records the operations of all ranks.
func everyRank(j *Job) *Job {
	for r := range j.Role {
		j.Spans = append(j.Spans, int32(r))
	}
	return j
}

// TestRandomFeeds is the same of jobs whose hosts lose supplies, on racks that hold
// their GPUs back.
func TestRandomFeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { compareFolds(t, drawFedJob(t, true)) })
}

// TestRandomJobs runs random layouts with random disturbances. That the books
// balance is checked by every run; here come repetition, folding and spans.
func TestRandomJobs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawSharedJob(t)
		compareFolds(t, build)
		first, second := everyRank(build()), build()
		a, b := mustRun(t, first), mustRun(t, second)
		if a.Digest != b.Digest || a.End != b.End || a.Events != b.Events {
			t.Fatalf("one job ends at %v with digest %v and %d events, then at %v with %v and %d", a.End, a.Digest, a.Events, b.End, b.Digest, b.Events)
		}
		checkSpans(t, first, a)
		checkEnergy(t, first, a)
	})
}

// checkSpans: the spans of a stream follow each other and lie within the run,
// and with one step, all of which is kept, kernels fill the compute buckets.
func checkSpans(t *rapid.T, j *Job, r *Result) {
	spans := slices.Clone(j.Trace.Spans)
	slices.SortFunc(spans, func(a, b trace.Span) int {
		return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.Stream, b.Stream), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	busy := make([]engine.Duration, j.stages())
	for i, s := range spans {
		if s.Start < 0 || s.End < s.Start || s.End > r.End {
			t.Fatalf("span %+v of a run that ends at %d", s, r.End)
		}
		if i > 0 && spans[i-1].Rank == s.Rank && spans[i-1].Stream == s.Stream && spans[i-1].End > s.Start {
			t.Fatalf("two spans of one stream overlap: %+v and %+v", spans[i-1], s)
		}
		if s.Stream == uint8(workload.StreamCompute) {
			busy[j.Programs[j.Role[s.Rank]].Stage] += s.End.Sub(s.Start)
		}
	}
	if j.Steps > 1 {
		return
	}
	for stage, got := range busy {
		var want engine.Total
		for _, b := range []trace.Bucket{trace.Compute, trace.Recompute, trace.Optimizer, trace.Pause} {
			want.AddTotal(r.Buckets.StageTime(int32(stage), b))
		}
		if float64(got) != want.Float() {
			t.Fatalf("kernels of stage %d take %d ns, the buckets say %g", stage, got, want.Float())
		}
	}
}

// checkEnergy: power components add up to the mains, GPU power to the buckets,
// and no GPU ever draws less than idle or more than its limit.
func checkEnergy(t *rapid.T, j *Job, r *Result) {
	var parts, mains, gpus engine.Total
	for _, s := range j.Trace.Series {
		switch {
		case s.Name == "power_total":
			mains = s.Total()
		case s.Name == "power":
			parts.AddTotal(s.Total())
			if s.Part == "gpu" {
				gpus = s.Total()
			}
		}
	}
	if parts != mains {
		t.Fatalf("components hold %v mW·ns, the mains %v", parts, mains)
	}
	var buckets engine.Total
	time, energy := r.Buckets.Sum()
	for b := range energy {
		buckets.AddTotal(energy[b])
		idle, limit := time[b].Times(uint64(j.GPU.IdlePower())), time[b].Times(uint64(j.GPU.LimitPower()))
		if energy[b].Less(idle) || limit.Less(energy[b]) {
			t.Fatalf("bucket %v: %v mW·ns is not between idle %v and limit %v", trace.Bucket(b), energy[b], idle, limit)
		}
	}
	if buckets != gpus {
		t.Fatalf("buckets hold %v mW·ns, GPUs %v", buckets, gpus)
	}
}
