package training

import (
	"slices"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// pipelineJob sends microbatches forward through stages that compute for so many
// ms each.
func pipelineJob(microbatches int, ms ...int64) *Job {
	j := handJob(1, nil)
	j.Programs, j.Role = nil, nil
	for stage, t := range ms {
		send := workload.Op{Name: "send", Kind: workload.Send, Comm: workload.CommSendForward}
		recv := workload.Op{Name: "recv", Kind: workload.Recv, Comm: workload.CommRecvForward}
		p := workload.Program{Stage: stage, Ops: []workload.Op{recv, work(t), send}}
		var code []workload.Instr
		if stage > 0 {
			code = append(code, workload.Instr{Code: workload.Sync, Stream: workload.StreamRecvForward, First: 0})
		}
		code = append(code, run(1, 2))
		if stage < len(ms)-1 {
			code = append(code, workload.Instr{Code: workload.Start, Stream: workload.StreamSendForward, First: 2})
			j.Groups = append(j.Groups, workload.Group{Comm: workload.CommSendForward, Ranks: []int32{int32(stage), int32(stage + 1)}})
		}
		p.Blocks = []workload.Block{{Name: "forward", Code: code}}
		for m := range microbatches {
			p.Tasks = append(p.Tasks, workload.Task{Microbatch: int32(m)})
		}
		j.Programs, j.Role = append(j.Programs, p), append(j.Role, int32(stage))
	}
	return j
}

// TestEvenStages: 8 microbatches through stages of 4, 4, 4 and 8 ms take 20 + 7·8 ms,
// and through four of the mean, 5 ms, 20 + 7·5. A GPU at 80 % of its speed in the
// last makes that 8 ms 10, and its 5 ms 6.25.
func TestEvenStages(t *testing.T) {
	p := mustPrepare(t, pipelineJob(8, 4, 4, 4, 8))
	slow := []Degrade{{Target: TargetGPU, ID: 3, Speed: 800_000}}
	for _, c := range []struct {
		even bool
		slow []Degrade
		want engine.Duration // us
	}{{false, nil, 76_000}, {true, nil, 55_000}, {false, slow, 92_000}, {true, slow, 65_000}, {false, nil, 76_000}} {
		r := p.Runner()
		r.Even = c.even
		got, err := r.Run(c.slow, nil)
		if err != nil {
			t.Fatal(err)
		}
		if late := got.End.Sub(0) - c.want*engine.Microsecond; late < 0 || late > 100 { // ns: messages take one each
			t.Errorf("even %v, slow %v: ends at %d ns, want %d us", c.even, c.slow != nil, got.End, c.want)
		}
		if got.Spent != nil {
			t.Error("nobody asked what ranks did")
		}
	}
}

// TestEvenUnderCap: at 250 W products draw half of what they do above idle. Below 0.8 of
// the clock their energy stays at 0.8² of what it was, so the clock is 0.5/0.64 and they
// take 1.28 times as long, whether or not passes are made equally long.
func TestEvenUnderCap(t *testing.T) {
	j := pipelineJob(8, 4, 4, 4, 8)
	j.GPU = cubicGPU()
	for i := range j.Programs {
		op := &j.Programs[i].Ops[1]
		*op = product(int64(op.Bytes / 1e9))
	}
	j.Caps = []Cap{{Target: TargetAll, Hold: Hold{Power: 250_000}}}
	p := mustPrepare(t, j)
	for even, want := range map[bool]float64{false: 76, true: 55} {
		r := p.Runner()
		r.Even = even
		got, err := r.Run(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		free := want * 1e6
		if slower := float64(got.End) / free; slower < 1.2799 || slower > 1.2801 {
			t.Errorf("even %v: %g times as long as without a cap", even, slower)
		}
		if lost := got.Steady.LostToCaps.Float() / 1e6; lost <= 0 || got.Steady.Capped.Float() != 4*float64(got.End) {
			t.Errorf("even %v: %g ns lost, %v under a cap", even, lost, got.Steady.Capped)
		}
	}
}

// TestEvenPasses: in a real layout every pass takes as long as those of its kind,
// so that all stages compute equally long, but for updates.
func TestEvenPasses(t *testing.T) {
	l := smallLayout(2, 4, 2, 8)
	l.VirtualPipeline, l.Schedule = 2, workload.Interleaved
	j := newJob(t, small(), l, realFabric())
	code := mustPrepare(t, j).code
	var want [numPasses]float64
	even := code.even()
	for i, task := range even.tasks {
		p, ns := even.passOf(task.code)
		if ns == 0 {
			if _, was := code.passOf(code.tasks[i].code); was != 0 {
				t.Errorf("task %d has lost its compute", i)
			}
			continue
		}
		if want[p] == 0 {
			want[p] = ns
		}
		if ns < want[p]-50 || ns > want[p]+50 { // rounded to the ns, segment by segment
			t.Errorf("task %d takes %v ns, others %v", i, ns, want[p])
		}
	}
	if want[backwardPass] < 1.9*want[forwardPass] {
		t.Errorf("passes take %v ns", want)
	}
	if total(code) < 0.9999*total(even) || total(code) > 1.0001*total(even) {
		t.Errorf("the passes of all stages take %v ns together, %v before", total(even), total(code))
	}
}

// total returns the time of all passes.
func total(c *compiled) (ns float64) {
	for _, t := range c.tasks {
		_, pass := c.passOf(t.code)
		ns += pass
	}
	return ns
}

// TestSpent: what ranks compute and wait adds up to the buckets, folded or not, in
// the steady step.
func TestSpent(t *testing.T) {
	var before []Spent
	for _, fold := range []bool{true, false} {
		j := newJob(t, small(), smallLayout(2, 2, 4, 4), realFabric())
		j.Fold, j.Steps = fold, 3
		r := mustPrepare(t, j).Runner()
		r.PerRank = true
		got, err := r.Run([]Degrade{{Target: TargetGPU, ID: 5, Speed: 700_000}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var compute, wait engine.Duration
		for _, s := range got.Spent {
			compute += s.Compute
			wait += s.Wait
		}
		time, _ := got.Steady.Buckets.Sum()
		sum := func(buckets ...trace.Bucket) (ns float64) {
			for _, b := range buckets {
				ns += time[b].Float()
			}
			return ns
		}
		if float64(compute) != sum(trace.Compute, trace.Recompute, trace.Optimizer) || float64(wait) != sum(trace.Bubble, trace.Straggler) || len(got.Spent) != 16 {
			t.Errorf("folded %v: %d ranks compute for %d ns and wait for %d", fold, len(got.Spent), compute, wait)
		}
		if got.Spent[5].Compute < got.Spent[7].Compute*10/8 || got.Spent[4].Wait <= got.Spent[5].Wait {
			t.Errorf("folded %v: rank 5 is slow: %+v", fold, got.Spent)
		}
		if before != nil && !slices.Equal(before, got.Spent) {
			t.Errorf("unfolded %+v, folded %+v", got.Spent, before)
		}
		before = got.Spent
	}
}

// TestPartOfTheNoise: a runner may leave out some of the noise of its job, and what
// is left is drawn as before.
func TestPartOfTheNoise(t *testing.T) {
	j := barrierJob(8, 6, 4)
	j.Noise = &Noise{Seed: 3, Jitter: 0.05, Pause: 3 * engine.Millisecond, PauseEvery: 1, Planned: true}
	r := mustPrepare(t, j).Runner()
	times := func(z *Noise) []float64 {
		r.Noise = z
		got, err := r.Run(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return stepTimes(got)
	}
	all, jitter, pause, none := times(r.Noise), times(&Noise{Seed: 3, Jitter: 0.05}), times(&Noise{Seed: 3, Pause: 3 * engine.Millisecond, PauseEvery: 1, Planned: true}), times(nil)
	for i := range all {
		want := 0.0
		if i > 0 {
			want = 3e6
		}
		if all[i]-jitter[i] != want || pause[i]-none[i] != want || jitter[i] <= none[i] {
			t.Errorf("step %d takes %v ns, without pauses %v; with pauses alone %v, with nothing %v", i, all[i], jitter[i], pause[i], none[i])
		}
	}
}
