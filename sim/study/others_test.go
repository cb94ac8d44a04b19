package study

import (
	"math"
	"testing"

	"trainsim/sim/scenario"
)

// TestOthers: of two jobs over the same uplinks each gets half. With no pause of the
// other, the 2·15/16·200 MB of its rings take 15.48 ms of its 15.92 ms alone, and
// twice that while this job communicates: for 2·140 ms of its step of 250 − 140 + 280.
func TestOthers(t *testing.T) {
	c, err := scenario.Load("../../scenarios/neighbour-job.toml", []string{`neighbour[0].compute="0 s"`, "run.steps=4",
		`background=[{from=0, to=32, bandwidth="1 GB/s", for="100 ms"}]`})
	if err != nil {
		t.Fatal(err)
	}
	run, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	n := run.Summary.Neighbours[0]
	alone, shared := 375e6/24.225e9+0.44e-3, 375e6/24.225e9*2+0.44e-3
	if math.Abs(n.AlonePeriodS-alone) > 1e-5 {
		t.Errorf("%g s alone, want %g", n.AlonePeriodS, alone)
	}
	step, busy := run.Summary.StepTimeS, 0.278
	if want := step / ((step-busy)/alone + busy/shared); math.Abs(n.PeriodS/want-1) > 0.02 || n.Slowdown != n.PeriodS/n.AlonePeriodS {
		t.Errorf("a period of %g s, %g times that alone, want %g", n.PeriodS, n.Slowdown, want)
	}
	if n.Hosts != "4-7,12-15,20-23,28-31" || math.Abs(float64(n.Periods)*n.PeriodS-4*step) > 2*n.PeriodS {
		t.Errorf("%d periods of %g s on hosts %s in 4 steps of %g s", n.Periods, n.PeriodS, n.Hosts, step)
	}
	b := run.Summary.Background[0]
	if b.Way != "gpu[0] to gpu[32]" || b.Seconds != 0.1 || b.AskedGBPS != 1 || b.Share != 1 || b.Bytes != 100e6 || b.GotGBPS != 1 {
		t.Errorf("the background got %+v, want all of 1 GB/s for 0.1 s", b)
	}
}
