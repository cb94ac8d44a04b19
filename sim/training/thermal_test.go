package training

import (
	"errors"
	"math"
	"slices"
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// coolJob runs so many products of 10 ms, one after another, on each of some GPUs in
// air of 20 °C: 400 W, and 100 W idle. The time constant is 10 s.
func coolJob(ranks, products int, resistance float64) *Job {
	var ops []workload.Op
	var code []workload.Instr
	for i := range products {
		ops = append(ops, product(10))
		code = append(code, run(int32(i), int32(i+1)))
	}
	j := capJob(ranks, ops, nil, code...)
	j.Cooling = &Cooling{Coolant: cluster.Coolant{Inlet: cluster.Celsius(20), Resistance: int64(resistance * 1e6)}, Capacity: 10 / resistance,
		Throttle: cluster.Throttle{Above: cluster.Celsius(80), Hysteresis: cluster.Celsius(2)}, Shutdown: cluster.Celsius(95), Interval: engine.Second}
	return j
}

// closeTo compares temperatures to a thousandth of a degree.
func closeTo(got cluster.Temperature, want float64) bool {
	return math.Abs(got.Celsius()-want) < 1e-3
}

// From idle, 30 °C behind 0.1 K/W, 400 W lead to 60 °C: 60 − 30/e after one time
// constant, and 60 − 30/e⁶ after six. Nothing is throttled.
func TestWarmsUp(t *testing.T) {
	for seconds, want := range map[int]float64{10: 48.963617, 60: 59.925637} {
		j := coolJob(1, seconds*100, 0.1)
		j.record()
		r := mustRun(t, j)
		if k := r.Temperatures; !closeTo(k.Mean, want) || k.Max != k.Mean || k.Lowest != cluster.Nominal || len(j.Trace.Events) != 0 {
			t.Errorf("after %d s: %+v, want %v °C", seconds, *k, want)
		}
		if r.End.Sub(0) != engine.Duration(seconds)*engine.Second {
			t.Errorf("ends at %d", r.End)
		}
	}
}

// What GPUs draw is what they keep and what is carried away, (T − inlet)/R, but for what
// the temperature changes between two looks.
func TestHeatIsConserved(t *testing.T) {
	j := coolJob(2, 3000, 0.2)
	j.Cooling.Interval = 10 * engine.Millisecond
	rec := j.record()
	r := mustRun(t, j)
	drawn := r.Buckets.Energy
	joules := 0.0
	for _, e := range drawn {
		joules += e.Float() / 1e12
	}
	mean := seriesOf(rec, "temperature", "gpu mean").Total().Float() / 1e12 // °C·s
	away := 2 * (mean - 20*r.End.Seconds()) / 0.2
	stays := 2 * 50 * (r.Temperatures.Mean.Celsius() - 40)
	if math.Abs(joules-stays-away) > 1e-3*joules {
		t.Errorf("%.1f J drawn, %.1f stay and %.1f are carried away", joules, stays, away)
	}
}

func seriesOf(rec *trace.Recorder, name, part string) *trace.Series {
	i := slices.IndexFunc(rec.Series, func(s *trace.Series) bool { return s.Name == name && s.Part == part })
	return rec.Series[i]
}

// Behind 0.2 K/W 400 W would lead to 100 °C. From 40 °C, 80 °C are reached after 10·ln 3
// = 10.99 s, and the clock goes down look by look: at 90 % 318.7 W are still too much, at
// 87.5 % 301.0 W, and at 85 % 284.2 W, which lead to 76.8 °C, it cools down. From then on
// it goes between 85 and 87.5 %, at 78 to 80 °C, and draws what the air carries away from
// 78 or 80 °C: 290 to 300 W.
func TestThrottles(t *testing.T) {
	j := coolJob(1, 20_000, 0.2)
	j.Steps = 2
	rec := j.record()
	r := mustRun(t, j)
	k := r.Temperatures
	if k.Lowest != 850_000 || k.Max < cluster.Celsius(80) || k.Max > cluster.Celsius(83.5) || k.Throttled.Float() != float64(r.Steady.To-r.Steady.From) {
		t.Errorf("%+v", *k)
	}
	steady := 0.0
	for _, e := range r.Steady.Buckets.Energy {
		steady += e.Float() / 1e9
	}
	if mean := steady / 1e3 / r.Steady.Seconds(); mean < 290 || mean > 300 {
		t.Errorf("%.1f W in the mean of the steady step, want 290 to 300", mean)
	}
	e := rec.Events
	if len(e) != 1 || e[0].Kind != "throttle" || e[0].Name != "gpu 0" || e[0].At != engine.Time(11*engine.Second) {
		t.Errorf("events %+v", e)
	}
}

// A warm start knows after the first step where hours of such steps lead: the middle of
// 78 and 80 °C, from which 295 W are carried away, and the clock that draws nearest to
// that, 87.5 %, from the second step on. A step of 10 s takes 10/0.875 s then.
func TestWarmStart(t *testing.T) {
	j := coolJob(1, 1000, 0.2)
	j.Steps, j.Cooling.Warm = 3, true
	rec := j.record()
	r := mustRun(t, j)
	if r.StepEnd[0] != engine.Time(10*engine.Second) || rec.Events[0].Kind != "throttle" || rec.Events[0].At != r.StepEnd[0]+1 {
		t.Errorf("the first step ends at %d, events %+v", r.StepEnd[0], rec.Events)
	}
	if second := r.StepEnd[1].Sub(r.StepEnd[0]).Seconds(); second < 10/0.876 || second > 10/0.874 {
		t.Errorf("the second step takes %v s", second)
	}
	if k := r.Temperatures; k.Max < cluster.Celsius(79) || k.Max > cluster.Celsius(80.5) || k.Mean < cluster.Celsius(78) || k.Lowest < 850_000 {
		t.Errorf("%+v", *k)
	}
	cool := coolJob(1, 100, 0.1)
	cool.Cooling.Warm = true
	if k := mustRun(t, cool).Temperatures; k.Mean != cluster.Celsius(60) || k.Max != k.Mean || k.Rise != 0 {
		t.Errorf("%+v, want 60 °C all the time", *k)
	}
}

// One GPU of eight behind twice the resistance is throttled, and the seven others wait
// for it.
func TestHotStraggler(t *testing.T) {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 8_000_000}
	build := func() *Job {
		j := coolJob(8, 0, 0.1)
		var ops []workload.Op
		var code []workload.Instr
		for i := range int32(500) {
			ops = append(ops, product(10), reduce)
			code = append(code, run(2*i, 2*i+1), sync(2*i+1))
		}
		c := j.Cooling
		j = capJob(8, ops, nil, code...)
		j.Steps, j.Cooling = 3, c
		j.Cooling.Warm = true
		return j
	}
	free := mustRun(t, build())
	j := build()
	j.Cooling.Failures = []CoolingFailure{{Target: TargetGPU, ID: 5, Coolant: cluster.Coolant{Resistance: 200_000}}}
	rec := j.record()
	r := mustRun(t, j)
	if slow := r.Steady.Seconds() / free.Steady.Seconds(); slow < 1.1 || slow > 1.18 {
		t.Errorf("steps take %v times as long, want 1/0.9 to 1/0.85", slow)
	}
	if k := r.Temperatures; k.GPU != 5 || k.Slowed != 1 || k.Max > cluster.Celsius(80.5) {
		t.Errorf("%+v", *k)
	}
	if e := rec.Events; e[0].Kind != "cooling_failure" || e[0].Name != "gpu 5" || e[1].Kind != "throttle" || e[1].Name != "gpu 5" {
		t.Errorf("events %+v", e)
	}
}

// What cannot be cooled even at the lowest clock, as behind 0.9 K/W, switches itself off:
// 107 W at a clock of 0.1 lead to 117 °C.
func TestTooHot(t *testing.T) {
	j := coolJob(1, 50_000, 0.1)
	j.Cooling.Failures = []CoolingFailure{{Target: TargetAll, Coolant: cluster.Coolant{Resistance: 900_000}, At: engine.Time(engine.Second)}}
	_, err := Run(j)
	var hot *TooHot
	if !errors.As(err, &hot) || hot.GPU != 0 || hot.Temperature < cluster.Celsius(95) {
		t.Errorf("%v", err)
	}
}

// A failure for 20 s warms a GPU by as much as its resistance and time constant say:
// 90 s of idling and working to settle at 60 °C, then behind 0.15 K/W, 15 s, toward 80 °C:
// 80 − 20·e^(−20/15), and back.
func TestCoolingFailureEnds(t *testing.T) {
	j := coolJob(1, 12_000, 0.1)
	at := engine.Time(90 * engine.Second)
	j.Cooling.Failures = []CoolingFailure{{Target: TargetHost, Coolant: cluster.Coolant{Resistance: 150_000}, At: at, For: 20 * engine.Second}}
	rec := j.record()
	k := mustRun(t, j).Temperatures
	if !closeTo(k.Max, 80-(20+30*math.Exp(-9))*math.Exp(-20.0/15)) || !closeTo(k.Mean, 60+(k.Max.Celsius()-60)*math.Exp(-1)) {
		t.Errorf("%+v", *k)
	}
	if e := rec.Events; len(e) != 2 || e[0].Kind != "cooling_failure" || e[0].Text != "0.15 K/W" || e[1].Kind != "cooling_back" || e[1].At != at.Add(20*engine.Second) {
		t.Errorf("events %+v", e)
	}
}
