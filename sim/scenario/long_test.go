package scenario

import (
	"math"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/run"
	"trainsim/sim/training"
)

// longText is a scenario of 8 replicas of 2 stages on 16 hosts of 8 GPUs; more
// says how the run goes.
func longText(more string) string {
	return `title = "a test"
[model]
preset = "gpt-3.6b"
[layout]
tensor = 8
pipeline = 2
data = 8
global_batch = 16
order = "tensor-pipeline-data"
recompute = "full"
[host]
preset = "dgx-a100"
` + more
}

// parseLong reads a long run that must be right, and reads it back.
func parseLong(t *testing.T, more string, set ...string) *Config {
	t.Helper()
	c, err := parse(t, longText(more), set...)
	if err != nil {
		t.Fatal(err)
	}
	back, err := parse(t, string(c.TOML()))
	if err != nil || !equal(c, back) {
		t.Fatalf("%v reading back\n%s", err, c.TOML())
	}
	return c
}

// steady is a step of a given length.
func steady(seconds float64) (run.Steps, *run.Step) {
	s := &run.Step{Time: engine.FromSeconds(seconds)}
	return func(*run.Health) (*run.Step, error) { return s, nil }, s
}

// specOf wires a run with steps of a given length.
func specOf(t *testing.T, c *Config, seconds float64) *run.Spec {
	t.Helper()
	steps, healthy := steady(seconds)
	s, err := c.RunSpec(steps, healthy)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLong: a run is long by its length in time or by any of the sections of a
// long run, and is as before without.
func TestLong(t *testing.T) {
	for text, long := range map[string]bool{
		"": false, "[run]\nsteps = 3\n": false, "[run]\ntokens = \"300B\"\n": false, "[machine]\nspares = 1\n": false,
		"[run]\nduration = \"3 d\"\n":                                                       true,
		"[run]\nsteps = 30_000_000\n[failures]\npreset = \"none\"\n":                        true,
		"[run]\ntokens = \"300B\"\n[checkpoint]\n":                                          true,
		"[run]\nsteps = 5\n[recovery]\n":                                                    true,
		"[run]\nsteps = 5\n[repair]\n":                                                      true,
		"[run]\nsteps = 5\n[lemons]\n":                                                      true,
		"[run]\nsteps = 5\n[eviction]\n":                                                    true,
		"[run]\nsteps = 5\n[replicas]\n":                                                    true,
		"[run]\nsteps = 5\n[[straggler]]\ncomponent=\"gpu\"\nshare=0.1\nseverity=[\"1 %\"]": true,
	} {
		if c := parseLong(t, text); c.Long() != long {
			t.Errorf("%q: long %v", text, c.Long())
		}
	}
	c := parseLong(t, "[run]\nsteps = 3\n")
	if c.StepsInDetail() != 3 || strings.Contains(string(c.TOML()), "checkpoint") {
		t.Errorf("%d steps in detail\n%s", c.StepsInDetail(), c.TOML())
	}
}

// TestLength: the steps of a run, the tokens of as many whole steps, or a time.
func TestLength(t *testing.T) {
	perStep := int64(16 * 2048)
	for text, want := range map[string]run.Spec{
		"steps = 1000":        {Steps: 1000},
		"tokens = 3276800":    {Steps: 3276800 / perStep},
		"tokens = 3276801":    {Steps: 3276800/perStep + 1},
		"duration = \"54 d\"": {Until: 54 * 86400 * engine.Second},
		"duration = \"1 h\"":  {Until: 3600 * engine.Second},
	} {
		c := parseLong(t, "[run]\n"+text+"\n[failures]\n")
		if s := specOf(t, c, 10); s.Steps != want.Steps || s.Until != want.Until || c.StepsInDetail() != 2 {
			t.Errorf("%s: %d steps until %d, want %d and %d", text, s.Steps, s.Until, want.Steps, want.Until)
		}
	}
	for _, text := range []string{"[failures]\n", "[run]\nsteps = 3\nduration = \"1 d\"\n", "[run]\ntokens = 1\nduration = \"1 d\"\n",
		"[run]\nsteps = 3\ntokens = 1\n[failures]\n"} {
		if _, err := parse(t, longText(text)); err == nil || !strings.Contains(err.Error(), "give exactly one of duration, steps and tokens") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestLlama3Preset: the rates give back the counts of the table on its machine,
// and the MTBF of the job that follows from them (arXiv 2407.21783).
func TestLlama3Preset(t *testing.T) {
	c := parseLong(t, "[run]\nduration = \"54 d\"\n[failures]\npreset = \"llama3-405b\"\n")
	counts := map[string]float64{"faulty_gpu": 148, "hbm": 72, "software": 54, "network": 35, "host_maintenance": 32, "gpu_sram": 19,
		"gpu_processor": 17, "nic": 7, "watchdog": 7, "silent_corruption": 6, "gpu_thermal": 6, "ssd": 3, "power_supply": 3, "chassis": 2,
		"io_board": 2, "dependency": 2, "cpu": 2, "memory": 2, "planned_maintenance": 47}
	if len(c.Failures.Component) != len(counts) {
		t.Errorf("%d components", len(c.Failures.Component))
	}
	for i := range c.Failures.Component {
		f := &c.Failures.Component[i]
		if f.MTBF.Law != run.Exponential {
			t.Errorf("%s has law %v", f.Name, f.MTBF.Law)
		}
		if got := 54 * 86400 * float64(c.parts(f.Per, 2048)) / f.MTBF.Mean; math.Abs(got-counts[f.Name]) > 1e-4*counts[f.Name] {
			t.Errorf("%s: %.4f in 54 d, want %v", f.Name, got, counts[f.Name])
		}
	}
	if got := c.mtbf(false) * 16 / 2048 / 3600; math.Abs(got-3.093) > 5e-4 {
		t.Errorf("MTBF of the job %.4f h, want 3.093 h", got)
	}
}

// TestPresetComponent: a component with the name of one of the preset replaces
// single keys of it; others come beside.
func TestPresetComponent(t *testing.T) {
	c := parseLong(t, `[run]
duration = "54 d"
[failures]
preset = "meta-rsc1"
scale = 0.5
[[failures.component]]
name = "rack"
per = "rack"
mtbf = "weibull 9000 h shape 0.7"
age = "new"
takes = "rack"
repair = "8 h"
[[failures.component]]
name = "host"
takes = "nothing"
[machine]
spares = 4
`)
	s := specOf(t, c, 10)
	want := []run.Kind{
		{Name: "host", Parts: 20, Life: run.Distribution{Law: run.Exponential, Mean: 2 * 3692.31 * 3600}, Stationary: true},
		{Name: "rack", Parts: 5, Life: run.Distribution{Law: run.Weibull, Mean: 2 * 9000 * 3600, Shape: 0.7}, Scope: run.TakesRack,
			OwnRepair: true, Repair: run.Distribution{Mean: 8 * 3600}},
	}
	if !slices.Equal(s.Kinds, want) {
		t.Errorf("got  %+v\nwant %+v", s.Kinds, want)
	}
	if m := s.Machine; m.Slots != 16 || m.Spares != 4 || m.HostsPerRack != 4 || m.Replicas != 8 || m.GPUs != 8 || s.Ranks != 128 {
		t.Errorf("machine %+v, %d ranks", m, s.Ranks)
	}
}

// TestSlots: the slots of the first replicas come first, and what is slow in a slot
// is where its ranks are.
func TestSlots(t *testing.T) {
	c := parseLong(t, "[run]\nduration = \"54 d\"\n[machine]\nhosts = 17\nhost_list = [16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1]\n", "layout.order=tensor-data-pipeline")
	s := specOf(t, c, 10)
	want := []int32{0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15}
	if !slices.Equal(s.Machine.Order, want) || s.Machine.Spares != 1 {
		t.Errorf("order %v, %d spares", s.Machine.Order, s.Machine.Spares)
	}
	j, err := c.Job(nil)
	if err != nil {
		t.Fatal(err)
	}
	h := &run.Health{Slow: []run.Slow{
		{Target: run.TargetGPU, Slot: 3, Part: 5, Speed: 900_000},
		{Target: run.TargetHost, Slot: 7, Speed: 800_000},
		{Target: run.TargetNIC, Slot: 8, Part: 2, Speed: 700_000},
	}}
	got, err := c.Degrades(h, j.Topology)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 || got[0].Target != training.TargetGPU || got[0].ID != 13*8+5 || got[0].Speed != 900_000 ||
		got[1].Target != training.TargetHost || got[1].ID != 9 || got[2].Target != training.TargetLink ||
		j.Topology.LinkName(got[2].ID) != "nic_up[66]" || j.Topology.LinkName(got[3].ID) != "nic_down[66]" || got[3].Speed != 700_000 {
		t.Errorf("%+v", got)
	}
	h.Lost = 1 // the last replica is on slots 7 and 15
	if got, err = c.Degrades(h, j.Topology); err != nil || len(got) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestRunOfMonths: what is wired runs.
func TestRunOfMonths(t *testing.T) {
	c := parseLong(t, `[run]
duration = "54 d"
[failures]
preset = "llama3-405b"
scale = 128
[checkpoint]
mode = "async"
[recovery]
strategy = "elastic"
[machine]
spares = 2
[lemons]
share = "10 %"
retire_after = 5
[[straggler]]
component = "gpu"
mtbf = "500 h"
severity = ["1 %", "20 %"]
[eviction]
`)
	s := specOf(t, c, 10)
	out, err := run.Simulate(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	if out.End != engine.Time(54*86400*engine.Second) || out.Interruptions < 50 || out.Episodes == 0 {
		t.Errorf("%d interruptions, %d episodes until %d", out.Interruptions, out.Episodes, out.End)
	}
}
