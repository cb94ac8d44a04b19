package cluster

import (
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// Hosts that draw 9.8 and 4.9 kW for a second on two racks that lose 100 W and
// 1/49 of what they deliver make these draw 15.2 kJ; with 25 % for cooling, the site 19 kJ.
func TestLevels(t *testing.T) {
	rack, site := Level{Loss: 20_408_163, Fixed: 100_000}, Level{Overhead: 250_000_000}
	hosts := engine.Total{Lo: 14_700_000 * uint64(engine.Second)}
	racks := rack.Drawn(rack.Delivered(hosts, engine.Second), 2, engine.Second)
	if got := racks.Float() / 1e12; got < 15_199.99 || got > 15_200.01 {
		t.Errorf("racks draw %v J", got)
	}
	if got := site.Delivered(racks, engine.Second).Float() / 1e12; got < 18_999.99 || got > 19_000.01 {
		t.Errorf("the site delivers %v J", got)
	}
	site.Beside = 500_000
	if got := site.Delivered(racks, 2*engine.Second).Float() / 1e12; got < 19_999.99 || got > 20_000.01 {
		t.Errorf("with 500 W at any load for 2 s, it delivers %v J", got)
	}
	if d := site.DeliveredBy(Linear{10, 2}); d != (Linear{500_012.5, 2.5}) {
		t.Errorf("%+v", d)
	}
	site.Beside = 0
	f := site.DeliveredBy(rack.DrawnBy(rack.DeliveredBy(Linear{Per: 1})))
	if got := f.Fixed + f.Per*14_700_000; got < 1.25*15_099_999 || got > 1.25*15_100_001 {
		t.Errorf("one rack makes the site deliver %v mW", got)
	}
}

// Whatever is taken, no level draws less than it delivers, nor delivers less than
// is taken.
func TestLevelsLose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Level{Overhead: rapid.Int64Range(0, PerBillion).Draw(t, "overhead"), Loss: rapid.Int64Range(0, PerBillion).Draw(t, "loss"), Fixed: rapid.Int64Range(0, 1e9).Draw(t, "mW"), Beside: rapid.Int64Range(0, 1e9).Draw(t, "mW")}
		var taken engine.Total
		taken.AddProduct(rapid.Uint64Range(0, 1e12).Draw(t, "mW"), rapid.Uint64Range(0, 3e16).Draw(t, "ns"))
		delivered := l.Delivered(taken, engine.Second)
		if drawn := l.Drawn(delivered, 7, engine.Second); delivered.Less(taken) || drawn.Less(delivered) {
			t.Fatalf("%v taken, %v delivered, %v drawn", taken, delivered, drawn)
		}
	})
}

// 80 % of a breaker of 34.5 kW (415 V, 60 A, three phases) may last: 27.6 kW.
func TestGuard(t *testing.T) {
	g := Guard{Limit: 34_500_000, Continuous: 800_000, Below: 900_000}
	if g.Lasting() != 27_600_000 || g.Ends() != 24_840_000 {
		t.Errorf("%d mW may last, and %d ends it", g.Lasting(), g.Ends())
	}
	for p := Trip; p <= Shed; p++ {
		if PolicyOf(p.String()) != p {
			t.Errorf("policy %v", p)
		}
	}
}
