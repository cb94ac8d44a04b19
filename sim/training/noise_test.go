package training

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// barrierJob computes for some milliseconds on each of many ranks, one to a host
// or eight, then all meet: a barrier per step.
func barrierJob(ranks, steps int, ms int64) *Job {
	meet := workload.Op{Name: "meet", Kind: workload.AllReduce, Comm: workload.CommTensor}
	j := handJob(ranks, []workload.Op{work(ms), meet}, run(0, 1), sync(1))
	j.Topology = j.Fabric.Build((ranks+7)/8, 8)
	j.Steps = steps
	return j
}

// stepTimes returns how long each step of a run took, in ns.
func stepTimes(r *Result) []float64 {
	out := make([]float64, len(r.StepEnd))
	var before engine.Time
	for i, end := range r.StepEnd {
		out[i], before = float64(end.Sub(before)), end
	}
	return out
}

// nearMean fails unless the mean of x is within three standard errors of want.
func nearMean(t *testing.T, what string, x []float64, want float64) {
	t.Helper()
	mean, deviation := stat.MeanStdDev(x, nil)
	se := stat.StdErr(deviation, float64(len(x)))
	t.Logf("%s: mean %.6f of %d, standard error %.6f, want %.6f", what, mean, len(x), se, want)
	if math.Abs(mean-want) > 3*se {
		t.Errorf("%s: mean %.6f is %.1f standard errors from %.6f", what, mean, (mean-want)/se, want)
	}
}

// TestSlowRankAtABarrier: of 64 ranks one is slower by s: every step takes
// (1 + s)·compute + communication, exactly.
func TestSlowRankAtABarrier(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8_000_000}
	for _, s := range []struct {
		speed cluster.Speed
		took  engine.Time // of 8 ms
	}{{1_000_000, 8_000_000}, {800_000, 10_000_000}, {640_000, 12_500_000}} {
		j := handJob(8, []workload.Op{work(8), reduce}, run(0, 1), sync(1))
		j.Fabric, j.Steps = realFabric(), 5
		j.Topology = j.Fabric.Build(1, 8)
		j.Degrade = []Degrade{{Target: TargetGPU, ID: 5, Speed: s.speed}}
		// 2·7/8·8 MB at 240 GB/s is 58,333.3 ns, and 14 steps of 6 µs.
		if r, want := mustRun(t, j), 5*(s.took+58_334+84_000); r.End != want {
			t.Errorf("at %d ppm five steps take %d ns, want %d", s.speed, r.End, want)
		}
	}
}

// TestFewSlowHosts: 0.5 % of 1,536 hosts are slow by 10 %. The chance that none
// is, is 0.995^1536 = 0.00045, so that compute takes 1.09995 times as long on
// average.
func TestFewSlowHosts(t *testing.T) {
	const hosts, compute = 1536, 1_000_000
	meet := workload.Op{Name: "meet", Kind: workload.AllReduce, Comm: workload.CommTensor}
	j := handJob(hosts, []workload.Op{work(1), meet}, run(0, 1), sync(1))
	h := *j.Host
	h.GPUs = 1
	j.Host, j.Topology = &h, j.Fabric.Build(hosts, 1)
	runner := mustPrepare(t, j).Runner()
	trials := 300
	if testing.Short() {
		trials = 100
	}
	ratios := make([]float64, trials)
	for trial := range ratios {
		var slow []Degrade
		for host := range int32(hosts) {
			if engine.NewStream(uint64(trial), host, 0).Uniform(0) < 0.005 {
				slow = append(slow, Degrade{Target: TargetHost, ID: host, Speed: cluster.SpeedOf(1 / 1.1)})
			}
		}
		r, err := runner.Run(slow, nil)
		if err != nil {
			t.Fatal(err)
		}
		ratios[trial] = float64(r.End) / compute
	}
	mean := stat.Mean(ratios, nil)
	// The standard error is √(0.00045·0.99955/n)·0.1; most samples are 1.1 alike.
	se := 0.1 * math.Sqrt(0.00045*0.99955/float64(trials))
	t.Logf("mean %.6f, standard error %.6f", mean, se)
	if math.Abs(mean-1.09995) > 3*se+1e-6 {
		t.Errorf("compute takes %.6f times as long, want 1.09995", mean)
	}
}

// TestJitterAtABarrier: the slowest of 64 ranks decides. The mean of the largest of
// 64 standard normal draws is 2.3437, of 64 exponential ones H64 = 4.7439.
func TestJitterAtABarrier(t *testing.T) {
	for _, c := range []struct {
		exponential bool
		want        float64
	}{{false, 1.023437}, {true, 1.047439}} {
		j := barrierJob(64, 5000, 10)
		j.Noise = &Noise{Seed: 1, Jitter: 0.01, Exponential: c.exponential}
		ratios := stepTimes(mustRun(t, j))
		for i := range ratios {
			ratios[i] /= 10e6
		}
		nearMean(t, "steps of jitter", ratios, c.want)
	}
}

// TestJitterByHand: a segment takes the work of its kernels at the speed drawn for
// it, by the number of the segment over all steps of the run.
func TestJitterByHand(t *testing.T) {
	noise := &Noise{Seed: 7, Jitter: 0.1}
	draws := engine.NewStream(7, 0, drawJitter)
	took := func(n uint64) engine.Time {
		speed := uint64(cluster.SpeedOf(1 / (1 + 0.1*draws.Normal(n))))
		return engine.Time((2_000_000*1_000_000 + speed - 1) / speed)
	}
	j := handJob(1, []workload.Op{work(2)}, run(0, 1), run(0, 1))
	j.Steps, j.Noise = 3, noise
	runner := mustPrepare(t, j).Runner()
	for step := range int64(3) {
		runner.Step = step
		r, err := runner.Run(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var want engine.Time
		for n := range uint64(6) {
			want += took(2*uint64(step) + n)
		}
		if r.End != want {
			t.Errorf("three steps from %d on end at %d ns, want %d", step, r.End, want)
		}
	}
	if f := (&Noise{Jitter: 1}).factor(draws, 0); f < leastFactor {
		t.Errorf("a segment takes %g times as long", f)
	}
}

// TestVariantsDrawAlike: a slow link, pauses of the host and ranks that come and
// go elsewhere change nothing about how long the kernels of a rank take.
func TestVariantsDrawAlike(t *testing.T) {
	compute := func(change func(*Job)) (out [2]engine.Total) {
		j := newJob(t, small(), smallLayout(2, 2, 2, 4), realFabric())
		j.Steps, j.Noise = 3, &Noise{Seed: 3, Jitter: 0.05, Imbalance: 0.2, Replica: replicas(j, 2, 2)}
		change(j)
		r := mustRun(t, j)
		for stage := range out {
			out[stage] = r.Buckets.StageTime(int32(stage), trace.Compute)
		}
		return out
	}
	plain := compute(func(*Job) {})
	for name, change := range map[string]func(*Job){
		"slow link": func(j *Job) { j.Degrade = []Degrade{{Target: TargetLink, ID: 3, Speed: 10_000}} },
		"pauses":    func(j *Job) { j.Noise.Pause, j.Noise.PauseEvery = engine.Millisecond, 2 },
		"fold":      func(j *Job) { j.Fold = true },
	} {
		if got := compute(change); got != plain {
			t.Errorf("%s: kernels take %v ns, without %v", name, got, plain)
		}
	}
	if other := compute(func(j *Job) { j.Noise.Seed = 4 }); other == plain {
		t.Error("another seed draws the same")
	}
}

// replicas returns the replica of each rank of a job of t ranks to a tensor group
// and d replicas.
func replicas(j *Job, t, d int) []int32 {
	out := make([]int32, len(j.Role))
	for r := range out {
		out[r] = int32(r / t % d)
	}
	return out
}

// TestImbalance: all ranks of a replica take as many times longer for a
// microbatch, forward and backward, and those of another replica another.
func TestImbalance(t *testing.T) {
	l := smallLayout(2, 2, 2, 3)
	j := newJob(t, small(), l, realFabric())
	j.Noise = &Noise{Seed: 5, Imbalance: 0.3, Replica: replicas(j, 2, 2)}
	rec := everyRank(j).record()
	r := mustRun(t, j)
	plain := newJob(t, small(), l, realFabric())
	nominal := everyRank(plain).record()
	mustRun(t, plain)
	times := func(rec *trace.Recorder) map[[3]int32]float64 {
		sums := map[[3]int32]float64{} // by rank, microbatch and phase
		for _, s := range rec.Spans {
			if s.Stream == uint8(workload.StreamCompute) {
				sums[[3]int32{s.Rank, s.Microbatch, int32(s.Phase)}] += float64(s.End.Sub(s.Start))
			}
		}
		return sums
	}
	was, is := times(nominal), times(rec)
	for at, ns := range is {
		want := 1.0
		if at[1] >= 0 {
			replica := j.Noise.Replica[at[0]]
			want = lognormal(engine.NewStream(5, replica, drawLength), uint64(at[1]), 0.3)
		}
		if got := ns / was[at]; math.Abs(got-want) > 1e-3 { // segments are rounded to ns
			t.Errorf("rank %d, microbatch %d, phase %d: %.6f times as long, want %.6f", at[0], at[1], at[2], got, want)
		}
	}
	if r.Buckets.StageTime(0, trace.Straggler).IsZero() {
		t.Error("nobody waits")
	}
}

// TestLognormalMean: microbatches hold as much work as without imbalance, on average.
func TestLognormalMean(t *testing.T) {
	s := engine.NewStream(1, 2, drawLength)
	x := make([]float64, 100_000)
	for i := range x {
		x[i] = lognormal(s, uint64(i), 0.3)
	}
	nearMean(t, "work", x, 1)
}

// TestPauses: each of 16 ranks pauses for 30 ms in one of 5 steps, two times in
// ten; a step takes longer when anybody does. As planned all pause in the sixth.
func TestPauses(t *testing.T) {
	const ranks, steps, every = 16, 10, 5
	for _, planned := range []bool{false, true} {
		j := barrierJob(ranks, steps, 10)
		j.Noise = &Noise{Seed: 9, Pause: 30 * engine.Millisecond, PauseEvery: every, Planned: planned}
		r := mustRun(t, j)
		var paused [steps]bool
		for rank := range int32(ranks) {
			offset := int(engine.NewStream(9, rank, drawPause).Below(0, every))
			for step := range paused {
				paused[step] = paused[step] || !planned && step%every == offset
			}
		}
		paused[5] = paused[5] || planned
		end, pauses := 10*steps, 2*ranks
		if planned {
			pauses = ranks
		}
		for _, yes := range paused {
			if yes {
				end += 30
			}
		}
		if want := engine.Time(end) * engine.Time(engine.Millisecond); r.End != want {
			t.Errorf("planned %v: the steps end at %d ns, want %d", planned, r.End, want)
		}
		if got, want := r.Buckets.StageTime(0, trace.Pause).Float(), float64(pauses)*30e6; got != want {
			t.Errorf("planned %v: %g ns of pauses, want %g", planned, got, want)
		}
	}
}

// TestPauseTakesIdlePower: two GPUs compute for 1 ms at 264 W; one pauses for 3 ms
// before, at 60 W, and the other polls for it after, at 130 W.
func TestPauseTakesIdlePower(t *testing.T) {
	j := barrierJob(2, 1, 1)
	j.GPU = poweredGPU()
	j.GPU.LaunchGap, j.GPU.IssueTime = 0, 0
	j.Noise = &Noise{Pause: 3 * engine.Millisecond, PauseEvery: 2}
	for engine.NewStream(j.Noise.Seed, 0, drawPause).Below(0, 2) != 0 || engine.NewStream(j.Noise.Seed, 1, drawPause).Below(0, 2) != 1 {
		j.Noise.Seed++
	}
	j.Spans = []int32{0}
	rec := j.record()
	r := mustRun(t, j)
	energy := func(b trace.Bucket) float64 { return r.Buckets.StageEnergy(0, b).Float() }
	if energy(trace.Compute) != 2*264e9 || energy(trace.Pause) != 3*60e9 || energy(trace.Straggler) != 3*130e9 {
		t.Errorf("%g mW·ns of compute, %g of pauses, %g of waiting", energy(trace.Compute), energy(trace.Pause), energy(trace.Straggler))
	}
	if s := rec.Spans[0]; s.Start != 0 || s.End != 3_000_000 || rec.Labels[s.Label].Name != "garbage collection" {
		t.Errorf("the pause is recorded as %+v", s)
	}
}

// TestNoNoise: noise of nothing changes nothing.
func TestNoNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawJob(t)
		plain, quiet := build(), build()
		quiet.Noise = &Noise{Seed: 1}
		compareRuns(t, plain, quiet, mustRun(t, plain), mustRun(t, quiet))
	})
}

// TestRandomNoise: whatever the layout, what is wrong and the noise, books balance
// (every run checks them), and neither repetition nor the order of events within
// an instant changes anything.
func TestRandomNoise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawJob(t)
		replica := make([]int32, len(build().Role))
		for r := range replica {
			replica[r] = int32(r % 3)
		}
		noise := &Noise{
			Seed: rapid.Uint64().Draw(t, "seed"), Jitter: rapid.SampledFrom([]float64{0, 0.01, 0.3}).Draw(t, "jitter"),
			Exponential: rapid.Bool().Draw(t, "exponential"), Imbalance: rapid.SampledFrom([]float64{0, 0.2, 1}).Draw(t, "imbalance"),
			Replica: replica, Pause: engine.Duration(rapid.SampledFrom([]int{0, 1, 100_000}).Draw(t, "pause")),
			PauseEvery: int64(rapid.IntRange(1, 3).Draw(t, "every")), Planned: rapid.Bool().Draw(t, "planned"),
		}
		order := rapid.Uint64().Draw(t, "order")
		plain, shuffled := everyRank(build()), everyRank(build())
		plain.Noise, shuffled.Noise = noise, noise
		shuffled.postpone = func() bool {
			order = order*6364136223846793005 + 1442695040888963407 // Knuth, MMIX
			return order>>62 == 0
		}
		a, b := mustRun(t, plain), mustRun(t, shuffled)
		compareRuns(t, plain, shuffled, a, b)
		checkSpans(t, plain, a)
		checkEnergy(t, plain, a)
	})
}

// TestSteadyWithNoise: with noise the steady step is the mean of all but the
// first. One rank of 2 pauses for 30 ms in every other step, 10 ms of work beside:
// of 4 steps 3 count, and either 1 or 2 of them pause.
func TestSteadyWithNoise(t *testing.T) {
	j := barrierJob(2, 4, 10)
	j.Noise = &Noise{Seed: 2, Pause: 30 * engine.Millisecond, PauseEvery: 2}
	r := mustRun(t, j)
	var paused int
	for rank := range int32(2) {
		paused += []int{1, 2}[engine.NewStream(2, rank, drawPause).Below(0, 2)] // of steps 1, 2 and 3
	}
	s := &r.Steady
	if got, want := s.Buckets.StageTime(0, trace.Pause), uint64(paused)*30_000_000/3; got.Lo != want {
		t.Errorf("%d ns of pauses in a mean step, want %d", got.Lo, want)
	}
	if got, want := s.To.Sub(s.From), r.StepEnd[3].Sub(r.StepEnd[0])/3; got != want {
		t.Errorf("a mean step of %d ns, want %d", got, want)
	}
}
