package network

import (
	"math"
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// shared is a flow over links 0 and 1 and one over link 1 with half its weight.
func shared() *Plan {
	return &Plan{Capacity: []int64{1e9, 1e9}, Tier: []uint8{0, 0}, Tiers: []string{"nic"}, First: []int32{0, 2, 3},
		Hops: []Hop{{0, WeightOne, 1}, {1, WeightOne, 1}, {1, WeightOne / 2, 1}}}
}

// drain runs the events of a network to their end and returns when the last was.
func drain(n *Network, q *engine.Queue) engine.Time {
	var now engine.Time
	for n.Settle(now); ; n.Settle(now) {
		e, ok := q.Pop()
		if !ok {
			return now
		}
		now = e.At
		n.Fired(e)
	}
}

// A flow alone at 1 GB/s, then nothing, then one of weight a half at 2 GB/s: the
// bins of 16,384 ns hold the shares of their time to rounding.
func TestLinkRatesByHand(t *testing.T) {
	var q engine.Queue
	n := New(shared(), &q, 1, &trace.Recorder{})
	n.Start(0, 0, 24_576, 0) // 1.5 bins
	if at := drain(n, &q); at != 24_576 {
		t.Fatalf("ended at %d", at)
	}
	n.Start(49_152, 1, 65_536, 0) // bins 3 and 4, at 2 GB/s
	if at := drain(n, &q); at != 81_920 {
		t.Fatalf("ended at %d", at)
	}
	width, rates := n.LinkRates([]int32{1, 0}, 90_112) // half a bin more
	if width != 16_384 || len(rates) != 2 {
		t.Fatalf("%d links in bins of %d ns", len(rates), width)
	}
	for i, want := range [][]float64{{1e9, 0.5e9, 0, 1e9, 1e9, 0}, {1e9, 0.5e9, 0, 0, 0, 0}} {
		if len(rates[i]) != len(want) {
			t.Fatalf("%d bins, want %d", len(rates[i]), len(want))
		}
		for b := range want {
			if math.Abs(rates[i][b]-want[b]) > 1 {
				t.Errorf("link %d, bin %d: %g, want %g", i, b, rates[i][b], want[b])
			}
		}
	}
}

// However far time goes, bins hold all that was moved; what still moves counts up
// to the end.
func TestLinkRatesHoldEveryByte(t *testing.T) {
	var q engine.Queue
	n := New(shared(), &q, 1, &trace.Recorder{})
	n.Start(0, 0, 7e9, 0) // 7 s: many times the bins there are at first
	drain(n, &q)
	end := engine.Time(7 * engine.Second)
	n.Start(end, 0, 4e9, 0)
	n.Settle(end)
	end += engine.Time(engine.Second)
	width, rates := n.LinkRates([]int32{0}, end)
	if len(rates[0]) > rateBins || len(rates[0]) < rateBins/2 {
		t.Errorf("%d bins of %d ns", len(rates[0]), width)
	}
	sum := 0.0
	for b, r := range rates[0] {
		start := engine.Time(b) * engine.Time(width)
		sum += r * min(width, end.Sub(start)).Seconds()
	}
	if math.Abs(sum-8e9) > 10 {
		t.Errorf("%g bytes, want 8e9", sum)
	}
}

// Rates are kept for a recorder and few flows only.
func TestLinkRatesAreNotAlwaysKept(t *testing.T) {
	var q engine.Queue
	if _, rates := New(shared(), &q, 1, nil).LinkRates([]int32{0}, 5); rates != nil {
		t.Error("rates without a recorder")
	}
	p := shared()
	for len(p.First) <= ratedRoutes+1 {
		p.Hops = append(p.Hops, Hop{0, WeightOne, 1})
		p.First = append(p.First, int32(len(p.Hops)))
	}
	if _, rates := New(p, &q, 1, &trace.Recorder{}).LinkRates([]int32{0}, 5); rates != nil {
		t.Errorf("rates of %d flows", p.Flows())
	}
}

// Keeping rates allocates nothing, merging included.
func TestRatesDoNotAllocate(t *testing.T) {
	r := newRates(8)
	var now engine.Time
	if n := testing.AllocsPerRun(5000, func() {
		r.add(int32(now%8), 1e9, now, now+50_000)
		now += 50_001
	}); n > 0 {
		t.Errorf("%g allocations a change", n)
	}
}
