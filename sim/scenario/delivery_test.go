package scenario

import (
	"math"
	"testing"

	"trainsim/sim/engine"
)

// Of two hosts and two spares one comes after 10 s and one after 100: within the first
// 50 s one is missing for 10 and one for all 50 of four times 50; within 200, for 110 of 800.
func TestUndelivered(t *testing.T) {
	c := &Config{}
	c.Layout.Tensor, c.Layout.Data, c.Layout.Pipeline, c.Host.GPUs, c.Spares = 8, 2, 1, 8, 2
	c.Layout = c.Layout.Complete()
	c.Delivery = []Delivery{{Hosts: 1, After: engine.Time(10 * engine.Second)}, {Hosts: 1, After: engine.Time(100 * engine.Second)}}
	for seconds, want := range map[float64]float64{50: 60. / 200, 200: 110. / 800} {
		if got := c.Undelivered(seconds); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v of %v s, want %v", got, seconds, want)
		}
	}
}
