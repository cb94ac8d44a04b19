package training

import (
	"strings"
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// cubicGPU draws 100 W idle and 300·f³ W more in a product at clock f, 300·0.64·f
// below 0.8.
func cubicGPU() *cluster.GPU {
	g := testGPU()
	g.PowerIdle, g.PowerLimit, g.PowerWait, g.PowerTransfer = 100, 400, 150, 250
	g.PowerMatrix, g.PowerHBM = 1, 1
	g.ClockExponent, g.ClockFloor, g.ClockMin = 3, 0.8, 0.1
	return g
}

// product is a matrix product of some milliseconds on the test GPU.
func product(ms int64) workload.Op {
	return workload.Op{Name: "product", Kind: workload.GEMM, FLOP: 1e9 * float64(ms)}
}

func capJob(ranks int, ops []workload.Op, caps []Cap, code ...workload.Instr) *Job {
	j := handJob(ranks, ops, code...)
	j.GPU, j.Caps = cubicGPU(), caps
	return j
}

// near compares times to the nanosecond: caps are met to a billionth of the clock.
func near(a, b engine.Duration) bool { return max(a-b, b-a) <= 1 }

// TestCapped: at 318.7 W, 100 + 300·0.9³, a product of 9 ms takes 10 ms and 3.187 J;
// under 196 W, 100 + 300·0.64·0.5, it takes 18 ms. One of HBM draws as much
// uncapped, and goes on at its rate.
func TestCapped(t *testing.T) {
	for _, c := range []struct {
		op    workload.Op
		cap   float64
		want  engine.Duration
		power float64
	}{
		{product(9), 0, 9 * engine.Millisecond, 400}, {product(9), 318.7, 10 * engine.Millisecond, 318.7},
		{product(9), 196, 18 * engine.Millisecond, 196}, {work(9), 196, 9 * engine.Millisecond, 400},
	} {
		own, all := capJob(1, []workload.Op{c.op}, nil, run(0, 1)), capJob(1, []workload.Op{c.op}, nil, run(0, 1))
		own.GPU.PowerCap = c.cap
		all.Caps = []Cap{{Target: TargetAll, Hold: Hold{Power: int64(c.cap * 1000)}}}
		for _, j := range []*Job{own, all} {
			r := mustRun(t, j)
			_, energy := r.Buckets.Sum()
			joules := 0.0
			for _, e := range energy {
				joules += e.Float() / 1e12
			}
			if want := c.power * c.want.Seconds(); !near(r.End.Sub(0), c.want) || joules < want*0.999999 || joules > want*1.000001 {
				t.Errorf("%s under %v W: %v and %.6f J, want %v and %.6f", c.op.Name, c.cap, r.End.Sub(0), joules, c.want, want)
			}
		}
	}
}

// TestCapBeginsMidway: 1 ms of work for 0.4 ms leaves 0.6 ms, which at half the clock
// takes 1.2 ms: 1.6 ms. Without the cap after 0.2 ms of that, 0.1 ms is done and 0.5 ms
// left: 1.1 ms. A tighter cap beside it counts alone; a looser one does not count.
func TestCapBeginsMidway(t *testing.T) {
	half := Cap{Hold: Hold{Power: 196_000}, At: engine.Time(400 * engine.Microsecond)}
	short, loose := half, Cap{Target: TargetAll, Hold: Hold{Power: 318_700, Clock: 950_000}, At: half.At, For: 200 * engine.Microsecond}
	short.For = 200 * engine.Microsecond
	clock := Cap{Target: TargetStage, Hold: Hold{Clock: 500_000}, At: half.At}
	for name, c := range map[string]struct {
		caps []Cap
		want engine.Duration
	}{
		"to the end": {[]Cap{half}, 1600 * engine.Microsecond}, "for a while": {[]Cap{short}, 1100 * engine.Microsecond},
		"beside a loose one": {[]Cap{loose, half}, 1600 * engine.Microsecond}, "as a clock": {[]Cap{clock}, 1600 * engine.Microsecond},
		"twice": {[]Cap{half, clock}, 1600 * engine.Microsecond},
	} {
		if r := mustRun(t, capJob(1, []workload.Op{product(1)}, c.caps, run(0, 1))); !near(r.End.Sub(0), c.want) {
			t.Errorf("%s: ends at %d ns, want %d", name, r.End, c.want)
		}
	}
}

// TestCappedStraggler: one rank of eight under a cap that leaves 0.9 of the clock makes
// the step exactly 1/0.9 of compute plus communication; the seven others wait for it.
func TestCappedStraggler(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8_000_000}
	ops := []workload.Op{product(9), reduce}
	free := mustRun(t, capJob(8, ops, nil, run(0, 1), sync(1)))
	held := mustRun(t, capJob(8, ops, []Cap{{Target: TargetGPU, ID: 3, Hold: Hold{Power: 318_700}}}, run(0, 1), sync(1)))
	if got := held.End.Sub(free.End); !near(got, engine.Millisecond) {
		t.Errorf("the step takes %d ns longer, want 1 ms", got)
	}
}

// TestCapOfPhase: a cap of the backward pass holds back only its operations.
func TestCapOfPhase(t *testing.T) {
	back := product(9)
	back.Phase = workload.Backward
	caps := []Cap{{Target: TargetAll, Hold: Hold{Clock: 900_000}, Phases: []workload.Phase{workload.Backward}}}
	if r := mustRun(t, capJob(1, []workload.Op{product(9), back}, caps, run(0, 2))); !near(r.End.Sub(0), 19*engine.Millisecond) {
		t.Errorf("ends at %d ns, want 9 + 10 ms", r.End)
	}
}

// TestWorseParts: a part that takes 1.1 times the power for a clock runs at 1.1^(−1/3) of
// it where the limit binds; a better one is no faster, as it was not measured there,
// and takes less. Where HBM binds, none is slower.
func TestWorseParts(t *testing.T) {
	for draw, want := range map[cluster.Speed]float64{cluster.Nominal: 1, 1_100_000: 1.032280, 900_000: 1} {
		for _, c := range []struct {
			op   workload.Op
			want float64
		}{{product(10), want}, {work(10), 1}} {
			j := capJob(1, []workload.Op{c.op}, nil, run(0, 1))
			j.Draw = []cluster.Speed{draw}
			if got := mustRun(t, j).End.Seconds() / 0.01; got < c.want-1e-6 || got > c.want+1e-6 {
				t.Errorf("%s on a part that takes %d ppm: %.6f times as long, want %.6f", c.op.Name, draw, got, c.want)
			}
		}
	}
}

// TestTooManyLevels: caps with many sums of states are refused with what to do.
func TestTooManyLevels(t *testing.T) {
	var caps []Cap
	for i := range 20 {
		caps = append(caps, Cap{Hold: Hold{Power: int64(200_000 + 1000*i), Clock: cluster.Speed(500_000 + 1000*i)}, Phases: []workload.Phase{workload.Phase(i % 5)}})
	}
	if _, err := Run(capJob(1, []workload.Op{product(1)}, caps, run(0, 1))); err == nil || !strings.Contains(err.Error(), "use fewer different ones") {
		t.Errorf("%v", err)
	}
}

// TestLoadedIdle: a host that stops its GPU for 1 ms leaves it at the power of a loaded
// program; a cap below that holds there too.
func TestLoadedIdle(t *testing.T) {
	for cap, want := range map[float64]float64{0: 180e-3, 150: 150e-3} {
		j := capJob(1, []workload.Op{product(0)}, nil, run(0, 1))
		j.GPU.PowerLoaded, j.GPU.PowerCap = 180, cap
		j.Noise = &Noise{Pause: engine.Millisecond, PauseEvery: 1}
		r := mustRun(t, j)
		_, energy := r.Buckets.Sum()
		if got := energy[trace.Pause].Float() / 1e12; got != want {
			t.Errorf("under %v W: %v J in the pause, want %v", cap, got, want)
		}
	}
}
