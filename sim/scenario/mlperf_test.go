package scenario

import (
	"fmt"
	"testing"

	"trainsim/sim/trace"
	"trainsim/sim/training"
)

// TestMLPerfNodes prints what nodes draw beside what was measured in MLPerf Training
// v4.0 (smc.co/mlperfv40: H100, Llama 2 70B with LoRA, at the power shelves of racks
// immersed in oil, mean of the whole run). That is another run: here all weights are
// trained, not adapters; on one node, where they do not fit, a quarter of the layers. So
// nothing is held to the figures, only to what hosts can draw: go test -v shows them.
func TestMLPerfNodes(t *testing.T) {
	for _, c := range []struct {
		nodes, layers  int
		precision      string
		node, switches float64 // W, measured
	}{
		{1, 20, "bf16", 6741, 0}, {8, 80, "bf16", 5847, 2013}, {64, 80, "bf16", 4745, 931},
		{1, 20, "fp8", 6741, 0}, {8, 80, "fp8", 5847, 2013}, {64, 80, "fp8", 4745, 931},
	} {
		text := fmt.Sprintf(`
model = {preset = "llama2-70b", layers = %d, seq_len = 8192}
host = {preset = "hgx-h100"}
[layout]
tensor = 8
data = %d
micro_batch = 1
global_batch = %d
precision = %q
zero = 1
grad_bytes = 2
sequence_parallel = true
overlap_grad = true
overlap_param = true
recompute = "full"
`, c.layers, c.nodes, 8*c.nodes, c.precision)
		s, err := Parse("mlperf", []byte(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		node, gpus, switches := nodePower(t, s)
		t.Logf("%2d nodes, %s: simulated %.0f W behind the supplies of each, %.0f of it GPUs, and %.0f of switches; measured %.0f and %.0f",
			c.nodes, c.precision, node, gpus, switches, c.node, c.switches)
		idle, most := 3772+8*70., 3772+8*700.
		if node < idle || node > most || gpus < 8*70 || (switches > 0) != (c.nodes > 1) {
			t.Errorf("%d nodes draw %.0f W each, %.0f of it GPUs, beside switches of %.0f W", c.nodes, node, gpus, switches)
		}
	}
}

// nodePower returns what a node draws behind its supplies in the mean of a steady step,
// what of it GPUs do, and its share of the switches, in W.
func nodePower(t *testing.T, c *Config) (node, gpus, switches float64) {
	t.Helper()
	j, err := c.Job(&trace.Recorder{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := training.Run(j)
	if err != nil {
		t.Fatal(err)
	}
	watts := 1e12 * r.Steady.Seconds() * float64(r.Ranks) / float64(c.Host.GPUs) // mW·ns of a node for each
	for _, e := range r.Steady.Buckets.Energy {
		gpus += e.Float() / watts
	}
	node = gpus
	for _, p := range r.Steady.Parts {
		switch p.Name {
		case "host", "nic":
			node += p.Energy.Float() / watts
		case "switch":
			switches += p.Energy.Float() / watts
		}
	}
	return node, gpus, switches
}
