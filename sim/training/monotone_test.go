package training

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/network"
)

func TestTryFaster(t *testing.T) {
	worse, n := 0, 0
	var most float64
	rapid.Check(t, func(t *rapid.T) {
		build := drawJob(t)
		slow, fast := build(), build()
		f := *fast.Fabric
		g := *fast.GPU
		which := rapid.IntRange(0, 3).Draw(t, "which")
		k := rapid.Float64Range(1, 4).Draw(t, "factor")
		if which == 0 || which == 2 {
			g.PeakHalf *= k
			g.PeakSingle *= k
			g.HBMBandwidth *= k
		}
		if which == 1 || which == 2 {
			f.NVLinkBandwidth *= k
			f.NICBandwidth *= k
		}
		if which == 3 {
			f.NVLinkLatency = engine.Duration(float64(f.NVLinkLatency) / k)
			f.NICLatency = engine.Duration(float64(f.NICLatency) / k)
		}
		fast.Fabric, fast.GPU = &f, &g
		fast.Topology = f.Build(slow.hosts(), 8)
		a, b := mustRun(t, slow), mustRun(t, fast)
		n++
		if b.StepEnd[len(b.StepEnd)-1] > a.StepEnd[len(b.StepEnd)-1] {
			worse++
			most = max(most, float64(b.StepEnd[len(b.StepEnd)-1])/float64(a.StepEnd[len(a.StepEnd)-1])-1)
		}
	})
	t.Logf("%d of %d worse, at most %g", worse, n, most)
	_ = network.AllReduce
}
