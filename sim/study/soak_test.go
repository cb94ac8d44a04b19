package study

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"trainsim/sim/scenario"
)

// soakScenario draws a long run of 8 to 64 GPUs in a random layout, with noise, flaps,
// failures, stragglers and checkpoints of random rates, dealt with in a random way.
// all tells whether tensor, pipeline and data are all above 1.
func soakScenario(r *rand.Rand) (text string, all bool) {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	hours := func(low, high float64) string { return fmt.Sprintf("%.4g h", low+(high-low)*r.Float64()) }
	tensor, pipeline := 1<<r.IntN(3), 1<<r.IntN(3)
	if r.IntN(4) > 0 {
		tensor, pipeline = 2<<r.IntN(2), 2<<r.IntN(2)
	}
	most := 64 / (tensor * pipeline)
	data := 1 + r.IntN(most)
	for tensor*pipeline*data < 8 {
		data++
	}
	var b strings.Builder
	fmt.Fprintf(&b, "[model]\nname = \"tiny\"\nlayers = 4\nhidden = 512\nheads = 8\nvocab = 8192\nseq_len = 256\n")
	fmt.Fprintf(&b, "[layout]\norder = \"tensor-pipeline-data\"\ntensor = %d\npipeline = %d\ndata = %d\nglobal_batch = %d\n", tensor, pipeline, data, data*(1+r.IntN(4)))
	fmt.Fprintf(&b, "[host]\npreset = %q\n[machine]\nspares = %d\nhosts_per_rack = %d\n", pick("dgx-a100", "dgx-h100"), r.IntN(4), 1+r.IntN(4))
	fmt.Fprintf(&b, "[run]\nseed = %d\n%s\n", r.IntN(1000), pick(`duration = "6 h"`, `steps = 50000`, `tokens = 1e8`))
	fmt.Fprintf(&b, "[noise]\njitter = \"%d %%\"\njitter_distribution = %q\nsequence_imbalance = \"%d %%\"\ngc_pause = \"%d us\"\nsamples = 1\n",
		1+r.IntN(20), pick("normal", "exponential"), r.IntN(30), r.IntN(2000))
	for i, per := range []string{"gpu", "host", "nic", "rack", "job"} {
		law := pick("exponential %s", "weibull %s shape 0.7", "lognormal %s sigma 1", "uniform %s")
		fmt.Fprintf(&b, "[[failures.component]]\nname = \"part %d\"\nper = %q\nmtbf = %q\nage = %q\n", i, per, fmt.Sprintf(law, hours(1, 300)), pick("new", "stationary"))
		if per == "nic" {
			fmt.Fprintf(&b, "effect = \"flap\"\noutage = \"exponential %d s\"\ntakes = \"nothing\"\n", 1+r.IntN(1200))
		} else {
			fmt.Fprintf(&b, "effect = %q\ntakes = %q\n", pick("stop", "stop", "planned", "corrupt"), pick("nothing", "host", "rack", "pod"))
		}
	}
	fmt.Fprintf(&b, "[checkpoint]\ninterval = %q\nmode = %q\nkeep = %d\n", pick("auto", "young", "none", "5 min", "1 h", "20 s"), pick("blocking", "async"), r.IntN(3))
	noSpare := "wait"
	if tensor*pipeline%8 == 0 { // a replica fills whole hosts
		noSpare = pick("wait", "shrink")
	}
	fmt.Fprintf(&b, "[recovery]\nstrategy = %q\nno_spare = %q\n", pick("restart", "hot-spare", "elastic", "per-replica", "memory", "just-in-time"), noSpare)
	fmt.Fprintf(&b, "[repair]\nautomatic = %q\nmanual = %q\nescalates = %.2f\ncrews = %d\n", hours(0.1, 5), hours(1, 50), r.Float64(), r.IntN(3))
	fmt.Fprintf(&b, "[lemons]\nshare = 0.2\nfactor = 5\nretire_after = %d\n", r.IntN(4))
	fmt.Fprintf(&b, "[[straggler]]\ncomponent = %q\nmtbf = %q\nseverity = [\"5 %%\", \"50 %%\"]\ngrain = \"15 %%\"\n", pick("gpu", "host", "nic"), hours(200, 2000))
	fmt.Fprintf(&b, "[eviction]\nenabled = %s\n[replicas]\nsweeps = false\n", pick("true", "false"))
	return b.String(), tensor > 1 && pipeline > 1 && data > 1
}

// TestSoak: whatever is drawn, the run ends, with a result or with an error that
// says why there is none. It never hangs. make soak draws 10,000.
func TestSoak(t *testing.T) {
	n := 500
	if os.Getenv("SOAK") != "" {
		n = 10_000
	}
	if testing.Short() {
		n = 20
	}
	results, all, errs := 0, 0, map[string]int{}
	for i := range n {
		text, every := soakScenario(rand.New(rand.NewPCG(uint64(i), 1)))
		c, err := scenario.Parse("soak", []byte(text), nil)
		if err != nil {
			errs["refused"]++
			if !strings.Contains(err.Error(), "soak:") {
				t.Errorf("run %d is refused without a place: %v", i, err)
			}
			continue
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("a minute has passed"))
		out, err := Run(c)
		if err == nil {
			_, err = Train(ctx, c, out, Replication{Workers: 1, Done: func(int, int) {}})
		}
		cancel()
		switch {
		case err == nil:
			results++
			if every {
				all++
			}
		case strings.HasPrefix(err.Error(), "soak: replica 0: the run "):
			errs[strings.Join(strings.Fields(err.Error())[3:8], " ")]++
		default:
			t.Errorf("run %d: %v\n%s", i, err, text)
		}
	}
	if 2*all < results || results < n/2 {
		t.Errorf("%d of %d runs have a result, %d of these all kinds of parallelism", results, n, all)
	}
	t.Logf("%d results, %d with all kinds of parallelism; others: %v", results, all, errs)
}
