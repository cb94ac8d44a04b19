package scenario

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/run"
	"trainsim/sim/training"
)

// midwayText is a long run on hosts 3, 5, 6 and 9 with one thing wrong in every step and
// three from or for a time.
const midwayText = `
[run]
duration = "30 d"
[[degrade]]
host = 5
speed = "90 %"
[[degrade]]
gpu = 74
speed = "80 %"
at = "4 d"
[[degrade]]
host = 3
speed = "70 %"
for = "2 h"
[[supply_failure]]
host = 6
supplies = 2
[[supply_failure]]
host = 5
at = "1 d"
for = "3 h"
`

// What is wrong from or for a time is an event of a long run, in the slot of its host,
// and all else is wrong in every step.
func TestMidwayOfMonths(t *testing.T) {
	c, err := Parse("midway", []byte(strings.Replace(longText(""), "data = 8", "data = 2", 1)+"[machine]\nhosts = 10\nhost_list = [3, 5, 6, 9]\n"+midwayText), nil)
	if err != nil {
		t.Fatal(err)
	}
	spec, err := c.RunSpec(nil, &run.Step{Time: engine.Second})
	if err != nil {
		t.Fatal(err)
	}
	day := 24 * 3600 * engine.Second
	slow := []run.Slowdown{{Lasts: day / 12, Kind: 1, Host: 0, Speed: 700_000}, {At: engine.Time(4 * day), Kind: 0, Host: 3, Part: 2, Speed: 800_000}}
	if !slices.Equal(spec.Slowdowns, slow) || spec.Stragglers[0].Target != run.TargetGPU || spec.Stragglers[1].Target != run.TargetHost {
		t.Errorf("%+v of %+v, want %+v", spec.Slowdowns, spec.Stragglers, slow)
	}
	last := len(spec.Kinds) - 1
	if want := []run.Incident{{At: engine.Time(day), Kind: int32(last), Host: 1}}; !slices.Equal(spec.Replay, want) {
		t.Errorf("%+v, want %+v", spec.Replay, want)
	}
	if k := spec.Kinds[last]; k.Effect != run.Weaken || k.Supplies != 1 || !k.OwnRepair || k.Repair != run.Always(day/8) || k.Name != "supply_failure" {
		t.Errorf("%+v", k)
	}
	j, err := c.Job(nil)
	if err != nil {
		t.Fatal(err)
	}
	always := []training.Degrade{{Target: training.TargetHost, ID: 5, Speed: 900_000}, {Target: training.TargetSupply, ID: 6, Supplies: 2}}
	if !reflect.DeepEqual(j.Degrade, always) || j.Power.MostLost != c.Host.Supplies-1 {
		t.Errorf("%+v with %d supplies lost at most, want %+v", j.Degrade, j.Power.MostLost, always)
	}
	if k := []int32{c.SlowdownKind(0), c.SlowdownKind(1), c.SlowdownKind(2)}; !slices.Equal(k, []int32{-1, 0, 1}) {
		t.Errorf("kinds of stragglers %v", k)
	}
}

// A component takes what hangs on one rack, row, UPS or site, and a supply is one of
// several of a host.
func TestDomains(t *testing.T) {
	text := longText("[run]\nduration = \"30 d\"\n")
	for _, word := range []string{"supply", "rack", "row", "ups", "site"} {
		takes := word
		if word == "supply" {
			takes = "host\"\neffect = \"weaken"
		}
		text += "[[failures.component]]\nname = \"" + word + "\"\nper = \"" + word + "\"\ntakes = \"" + takes + "\"\n"
	}
	c, err := Parse("domains", []byte(text+"[power.row]\nhosts = 8\n[power.ups]\nhosts = 16\n"), nil)
	if err != nil {
		t.Fatal(err)
	}
	hosts := c.runHosts()
	want := []int64{int64(hosts * c.Host.Supplies), int64(ceilDiv(hosts, 4)), int64(ceilDiv(hosts, 8)), int64(ceilDiv(hosts, 16)), 1}
	each := []int32{1, 4, 8, 16, int32(hosts)}
	m := c.machine()
	for i, k := range c.components() {
		if k.Parts != want[i] || m.Domain(k.Scope) != each[i] {
			t.Errorf("%s: %d parts of %d hosts, want %d of %d", k.Name, k.Parts, m.Domain(k.Scope), want[i], each[i])
		}
	}
}
