package scenario

import (
	"reflect"
	"testing"

	"trainsim/sim/engine"
)

// What begins with the end of the steps is as late as what begins after it; what of
// the scenario begins before it is not told.
func TestBeginsAfter(t *testing.T) {
	text := siteText[:len(siteText)-len("[site]\n")] + `
[[degrade]]
gpu = 0
speed = "90 %"
at = "10 h"
[[power_cap]]
power = "500 W"
[[power_cap]]
power = "400 W"
at = "20 s"
[[cooling_failure]]
inlet = "40 °C"
at = "19 s"
`
	c, err := Parse("s", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	const second = engine.Time(engine.Second)
	want := []Late{{"degrade[0]", 36000 * second}, {"power_cap[1]", 20 * second}}
	if got := c.BeginsAfter(20 * second); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := c.BeginsAfter(36001 * second); got != nil {
		t.Errorf("%v, want none", got)
	}
}
