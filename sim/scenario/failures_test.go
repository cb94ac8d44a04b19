package scenario

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/run"
)

// TestTPUPreset: per day 0.08 % of the machines, 0.005 % of the cables and 0.04 %
// of the optical switches of a pod of 4,096 chips: 0.8192, 0.6144 and 0.0192.
func TestTPUPreset(t *testing.T) {
	c := parseLong(t, "[run]\nduration = \"54 d\"\n[failures]\npreset = \"tpu-v4\"\n")
	c.Host.GPUs, c.Fabric.Topology, c.Fabric.Dims = 1, "torus", []int{16, 16, 16}
	want := map[string]float64{"machine": 0.8192, "cable": 0.6144, "optical_switch": 0.0192}
	for i := range c.Failures.Component {
		f := &c.Failures.Component[i]
		near(t, f.Name+" a day", float64(c.parts(f.Per, 4096))*86400/f.MTBF.Mean, want[f.Name], 2e-6)
	}
}

// TestRSCPresets: 6.5 and 2.34 failures in 1,000 host-days; at 2,048 hosts the first
// is an MTBF of 1.803 h (arXiv 2410.21680: 6.5 in 1,000 node-days, 2,048 nodes).
func TestRSCPresets(t *testing.T) {
	for preset, want := range map[string]float64{"meta-rsc1": 1.803, "meta-rsc2": 24 / (2048 * 0.00234)} {
		c := parseLong(t, "[run]\nduration = \"54 d\"\n[failures]\npreset = \""+preset+"\"\n")
		near(t, preset, c.mtbf(false)*16/2048/3600, want, 3e-4)
	}
}

// TestParts: how many parts of each kind 20 hosts have, four of them spares.
func TestParts(t *testing.T) {
	c := parseLong(t, "[run]\nduration = \"54 d\"\n[machine]\nspares = 4\nhosts_per_rack = 8\n[network]\nhosts_per_pod = 16\nnics_per_host = 4\n")
	for per, want := range map[string]int{"gpu": 160, "host": 20, "nic": 80, "link": 80, "rack": 3, "pod": 2, "job": 1} {
		if got := c.parts(per, c.runHosts()); got != want {
			t.Errorf("%d parts per %s, want %d", got, per, want)
		}
	}
}

// traced reads a scenario with a trace of failures.
func traced(t *testing.T, csv string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	text := longText("[run]\nduration = \"54 d\"\n[failures]\ntrace = \"log.csv\"\npreset = \"meta-rsc1\"\n[[failures.component]]\nname = \"pdu\"\nper = \"rack\"\ntakes = \"rack\"\n")
	for name, content := range map[string]string{"x.toml": text, "log.csv": csv} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Load(filepath.Join(dir, "x.toml"), nil)
}

// TestTrace: failures of a file are replayed in the order of time, whatever the
// order of rows and columns; the scenario holds them when it is written.
func TestTrace(t *testing.T) {
	for _, csv := range []string{
		"at_s,component,host\n7200,pdu,3\n3600.5,host,15\n",
		"\ufeffnote,host,component,at\r\n, 3, pdu, 2 h\r\n\"a, b\",15,host,3600500 ms\r\n",
	} {
		c, err := traced(t, csv)
		if err != nil {
			t.Fatal(err)
		}
		want := []run.Incident{{At: engine.Time(3600.5e9), Kind: 0, Host: 15}, {At: engine.Time(7200e9), Kind: 1, Host: 3}}
		if s := specOf(t, c, 1); !slices.Equal(s.Replay, want) || s.Kinds[1].Life.Mean != 0 {
			t.Errorf("%+v", s.Replay)
		}
		back, err := Parse("x.toml", c.TOML(), nil)
		if err != nil || !equal(c, back) {
			t.Errorf("%v reading back\n%s", err, c.TOML())
		}
	}
}

func TestTraceMistakes(t *testing.T) {
	for csv, want := range map[string]string{
		"":                                  "log.csv:1:1: a trace begins with the names of its columns; at_s (or at, with a unit), component and host",
		"at_s,component\n1,host\n":          "log.csv:1:1: a trace begins with",
		"at_s,component,host\n1,host,0,9\n": "log.csv:2:1: wrong number of fields",
		"at_s,component,host\n1,\"host,0\n": "log.csv:2:11: extraneous or missing \" in quoted-field",
		"at_s,component,host\n1,host,0\n1,hst,0\n":                          "log.csv:3:3: there is no component \"hst\"; did you mean host?",
		"at_s,component,host\n1,host,16\n":                                  "log.csv:2:8: there is no host 16; hosts of the job and spares are 0 to 15",
		"at_s,component,host\n1,host,a\n":                                   "log.csv:2:8: \"a\" is not the number of a host",
		"at_s,component,host\n1 h,host,1\n":                                 "log.csv:2:1: unexpected \"h\" after the number",
		"at,component,host\n1 m,host,1\n":                                   "log.csv:2:1: unknown unit \"m\"",
		"at,component,host\n-1 s,host,1\n":                                  "log.csv:2:1: -1 s is out of range",
		"at_s,component,host\n1e39,host,1\n":                                "log.csv:2:1: 1e39 is out of range",
		"at_s,component,host\n" + strings.Repeat("1,host,1\n", maxEvents+1): fmt.Sprintf("log.csv:%d:1: more than %d failures", maxEvents+2, maxEvents),
	} {
		if _, err := traced(t, csv); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: got  %v\nwant %s", csv, err, want)
		}
	}
	if _, err := parse(t, longText("[run]\nduration = \"1 d\"\n[failures]\ntrace = \"/dev/zero\"\n")); err == nil || !strings.Contains(err.Error(), "not a plain file") {
		t.Errorf("a device: %v", err)
	}
}

// TestStragglers: parts, episodes and severities as they are asked for.
func TestStragglers(t *testing.T) {
	c := parseLong(t, `[run]
duration = "54 d"
[machine]
spares = 4
[[straggler]]
name = "thermal"
component = "gpu"
mtbf = "90 d"
lasts = "lognormal 2 h sigma 1"
severity = ["1 %", "20 %"]
[[straggler]]
component = "nic"
share = "0.5 %"
severity = ["50 %"]
grain = "5 %"
[[straggler]]
component = "host"
mtbf = "1 h"
severity = "10 %" # one value, not in a list
[eviction]
above = "15 %"
[[record]]
at = "12 d"
[[record]]
at = "2 h"
`)
	s := specOf(t, c, 1)
	hour := run.Distribution{Law: run.Exponential, Mean: 3600}
	want := []run.Straggler{
		{Name: "thermal", Target: run.TargetGPU, Parts: 160, Between: run.Distribution{Law: run.Exponential, Mean: 90 * 86400},
			Lasts: run.Distribution{Law: run.Lognormal, Mean: 7200, Shape: 1}, Severity: run.Severity{Low: 0.01, High: 0.2, Grain: 0.01}},
		{Name: "nic", Target: run.TargetNIC, Parts: 160, Between: run.Distribution{Law: run.Exponential}, Lasts: hour, Share: 0.005,
			Severity: run.Severity{Low: 0.5, High: 0.5, Grain: 0.05}},
		{Name: "host", Target: run.TargetHost, Parts: 20, Between: hour, Lasts: hour, Severity: run.Severity{Low: 0.1, High: 0.1, Grain: 0.01}},
	}
	if !slices.Equal(s.Stragglers, want) {
		t.Errorf("got  %+v\nwant %+v", s.Stragglers, want)
	}
	if e := (run.Eviction{Enabled: true, Detect: run.Distribution{Mean: 600}, Above: 0.15}); s.Eviction != e {
		t.Errorf("eviction %+v", s.Eviction)
	}
	if !slices.Equal(s.Watch, []engine.Time{engine.Time(7200e9), engine.Time(12 * 86400e9)}) {
		t.Errorf("watch %v", s.Watch)
	}
	if c := parseLong(t, "[run]\nduration = \"54 d\"\n"); c.Eviction.Enabled {
		t.Error("slow parts are evicted unasked")
	}
}
