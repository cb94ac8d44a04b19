package scenario

import (
	"math"
	"testing"
)

const scaledText = `
[machine]
spares = 4
[run]
duration = "10 d"
record = [0, 3]
[[failures.component]]
name = "gpu"
per = "gpu"
mtbf = "8000 h"
[[failures.component]]
name = "fabric"
per = "job"
mtbf = "1000 h"
takes = "nothing"
[[failures.event]]
at = "1 d"
component = "gpu"
host = 15
[[degrade]]
gpu = 127
speed = "90 %"
[[straggler]]
component = "gpu"
share = 0.1
severity = ["5 %"]
[noise]
jitter = "1 %"
[[record]]
at = "2 d"
`

// TestScaled: half and twice the machine have half and twice of everything but the
// work of a replica, and nothing is wrong with them. What fails follows the parts.
func TestScaled(t *testing.T) {
	c := parseLong(t, scaledText)
	for _, factor := range []float64{0.5, 1, 4} {
		v, err := c.Scaled(int(8 * factor))
		if err != nil {
			t.Fatal(err)
		}
		if float64(v.Layout.Ranks()) != 128*factor || v.Layout.Microbatches() != c.Layout.Microbatches() || float64(v.Spares) != 4*factor || float64(v.Hosts) != 20*factor {
			t.Errorf("times %v: %d ranks, %d microbatches, %d spares of %d hosts", factor, v.Layout.Ranks(), v.Layout.Microbatches(), v.Spares, v.Hosts)
		}
		if len(v.Degrade)+len(v.Straggler)+len(v.Failures.Event)+len(v.Record)+len(v.Run.Record) > 0 || v.noise(v.Layout) != nil || !v.Long() {
			t.Errorf("times %v: something is wrong with it still", factor)
		}
		if got, want := 1/v.mtbf(false), 128*factor/8000/3600+1.0/1000/3600; math.Abs(got/want-1) > 1e-12 {
			t.Errorf("times %v: %v failures/s, want %v", factor, got, want)
		}
	}
	if len(c.Degrade) != 1 || len(c.Straggler) != 1 || c.Layout.Data != 8 {
		t.Error("the scenario itself has changed")
	}
	if _, err := c.Scaled(1 << 20); err == nil {
		t.Error("more ranks than are supported are no error")
	}
}

// TestInRepair: 20 hosts of 8 GPUs that live 8,000 h fail every 1,000 h and are in
// repair for 10 h: 20·10/1010. What takes no host is not repaired.
func TestInRepair(t *testing.T) {
	const more = `
[machine]
spares = 4
[run]
duration = "10 d"
[[failures.component]]
name = "gpu"
per = "gpu"
mtbf = "8000 h"
[[failures.component]]
name = "software"
per = "host"
mtbf = "1 h"
takes = "nothing"
[repair]
automatic = "2 h"
manual = "16 h"
escalates = 0.5
`
	c := parseLong(t, more)
	if mean, poisson := c.InRepair(4); math.Abs(mean-200.0/1010) > 1e-12 || !poisson {
		t.Errorf("%v hosts in repair, Poisson %v", mean, poisson)
	}
	if mean, _ := c.InRepair(0); math.Abs(mean-160.0/1010) > 1e-12 {
		t.Errorf("%v hosts in repair without spares", mean)
	}
	for _, set := range []string{"repair.crews=1", "lemons.retire_after=3", "eviction.enabled=true", `failures.component[0].takes="rack"`} {
		if _, poisson := parseLong(t, more, set).InRepair(4); poisson {
			t.Errorf("with %s the number of hosts in repair is Poisson", set)
		}
	}
}
