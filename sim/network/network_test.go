package network

import (
	"testing"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

const second = engine.Time(engine.Second)

// One flow of 1 GB over 1 GB/s takes a second after its latency.
func TestOneFlow(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}))
	b.n.Start(0, 0, gb, 5)
	b.drain(second + 5)
}

// Completion is the first whole nanosecond with no work left: 10 bytes at 3 B/s.
func TestCompletionIsRoundedUp(t *testing.T) {
	b := newBench(t, wholly([]int64{3}, []int32{0}))
	b.n.Start(0, 0, 10, 0)
	b.drain(3_333_333_334)
}

// Two flows on one link get half each.
func TestTwoFlowsShareALink(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}, []int32{0}))
	b.n.Start(0, 0, gb, 0)
	b.n.Start(0, 1, gb, 0)
	b.settle()
	for f := range int32(2) {
		if r := b.n.Rate(f); r != gbps/2 {
			t.Errorf("flow %d at %d B/s, want half", f, r)
		}
	}
	b.drain(2*second, 2*second)
}

// Two flows of 6 GB share 3 GB/s; at 1 s, when each has moved 1.5 GB, a third
// of 3 GB joins and all go at 1 GB/s. The third is done 3 s later, when the
// others have 1.5 GB left each: at 1.5 GB/s that is one more second.
func TestThirdFlowStartsMidway(t *testing.T) {
	b := newBench(t, wholly([]int64{3 * gbps}, []int32{0}, []int32{0}, []int32{0}))
	b.n.Start(0, 0, 6*gb, 0)
	b.n.Start(0, 1, 6*gb, 0)
	b.until(second)
	b.n.Start(second, 2, 3*gb, 0)
	b.drain(5*second, 5*second, 4*second)
}

// 4 GB at 2 GB/s; after 1 s the link halves: 2 GB more at 1 GB/s. The event
// armed for 2 s fires early and re-arms.
func TestCapacityFallsMidway(t *testing.T) {
	b := newBench(t, wholly([]int64{2 * gbps}, []int32{0}))
	b.n.Start(0, 0, 4*gb, 0)
	b.until(second)
	b.n.SetCapacity(second, 0, gbps)
	b.settle()
	if b.q.Len() != 1 {
		t.Errorf("%d events pending: a postponed completion keeps its event", b.q.Len())
	}
	b.until(2 * second)
	if b.done[0] != -1 {
		t.Fatal("done at its first date")
	}
	if left := b.n.Left(b.now, 0); left != gb {
		t.Errorf("%d bytes left at 2 s, want 1 GB", left)
	}
	b.drain(3 * second)
}

// 4 GB at 1 GB/s; after 1 s the link doubles: 3 GB more at 2 GB/s. The event
// for 4 s is stale.
func TestCapacityRisesMidway(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}))
	b.n.Start(0, 0, 4*gb, 0)
	b.until(second)
	b.n.SetCapacity(second, 0, 2*gbps)
	b.drain(second*5/2 + 0)
	b.n.Start(b.now, 0, 0, 0)
	b.done[0] = -1
	b.drain(b.now)
}

// A dead link stalls its flow without an event until capacity returns.
func TestDeadLink(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}))
	b.n.Start(0, 0, 2*gb, 0)
	b.until(second)
	b.n.SetCapacity(second, 0, 0)
	b.until(10 * second)
	if b.q.Len() != 0 || !b.n.Active(0) || b.n.Rate(0) != 0 {
		t.Fatalf("%d events, active %v, rate %d", b.q.Len(), b.n.Active(0), b.n.Rate(0))
	}
	b.n.SetCapacity(10*second, 0, gbps)
	b.drain(11 * second)
}

// A flow that starts on a dead link waits for it too.
func TestStartOnDeadLink(t *testing.T) {
	b := newBench(t, wholly([]int64{0}, []int32{0}))
	b.n.Start(0, 0, gb, 3)
	b.until(5 * second)
	b.n.SetCapacity(b.now, 0, gbps)
	b.drain(6 * second)
}

// Nothing to move, or no link to cross, is done after the latency, with an event.
func TestNothingToMove(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}, []int32{}, []int32{0}))
	b.n.Start(0, 0, 0, 0)
	b.n.Start(0, 1, gb, 7)
	b.n.Start(0, 2, 0, 9)
	if b.q.Len() != 3 {
		t.Errorf("%d events, want one each", b.q.Len())
	}
	b.drain(0, 7, 9)
}

// A cancelled flow never completes and frees its links; it can start again.
func TestCancel(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}, []int32{0}))
	b.n.Start(0, 0, 2*gb, 0)
	b.n.Start(0, 1, 2*gb, 0)
	b.until(second)
	b.n.Cancel(second, 0)
	b.n.Cancel(second, 0)
	b.n.Start(second, 0, gb, 4*engine.Second)
	b.until(2 * second)
	b.n.Cancel(2*second, 0) // while in latency
	b.drain(-1, second*5/2)
}

// Weights: a flow that puts a quarter of its bytes on a link goes four times as
// fast there; beside a whole one each gets r with r + r/4 = 1 GB/s.
func TestWeights(t *testing.T) {
	p := wholly([]int64{gbps}, []int32{0}, []int32{0})
	p.Hops[1].Weight = WeightOne / 4
	b := newBench(t, p)
	b.n.Start(0, 1, 4*gb, 0)
	b.settle()
	if r := b.n.Rate(1); r != 4*gbps {
		t.Errorf("alone: %d", r)
	}
	b.n.Start(0, 0, gb, 0)
	b.settle()
	if r := b.n.Rate(0); r != 800_000_000 || b.n.Rate(1) != r {
		t.Errorf("together: %d and %d, want 0.8 GB/s each", r, b.n.Rate(1))
	}
	b.n.Cancel(0, 1)
	b.drain(second)
}

// The classic: one long flow over two links, one short on each; the second
// link is three times as fast. Long and first get 0.5, the second the rest.
func TestMaxMinBeyondTheBottleneck(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps, 3 * gbps}, []int32{0, 1}, []int32{0}, []int32{1}))
	for f := range int32(3) {
		b.n.Start(0, f, 100*gb, 0)
	}
	b.settle()
	for f, want := range []int64{gbps / 2, gbps / 2, gbps * 5 / 2} {
		if r := b.n.Rate(int32(f)); r != want {
			t.Errorf("flow %d: %d, want %d", f, r, want)
		}
	}
}

// Starts, ends and capacity changes of one instant may come in any order.
func TestOrderWithinAnInstant(t *testing.T) {
	run := func(order []int32) []engine.Time {
		b := newBench(t, wholly([]int64{7, 5, 3}, []int32{0, 1}, []int32{1, 2}, []int32{0, 2}, []int32{2}))
		for _, f := range order {
			b.n.Start(0, f, 1000+int64(f), 0)
			if f == 1 {
				b.n.SetCapacity(0, 2, 4)
			}
		}
		b.until(engine.Never)
		return b.done
	}
	want := run([]int32{0, 1, 2, 3})
	for _, order := range [][]int32{{3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}} {
		for f, at := range run(order) {
			if at != want[f] {
				t.Errorf("order %v: flow %d at %d, want %d", order, f, at, want[f])
			}
		}
	}
}

// The integral of the traffic on a tier is the bytes moved times the weights:
// 1 GB over two whole links and one with a quarter.
func TestTraffic(t *testing.T) {
	p := wholly([]int64{gbps, gbps, gbps}, []int32{0, 1, 2})
	p.Tiers, p.Tier = []string{"a", "b"}, []uint8{0, 0, 1}
	p.Hops[2].Weight = WeightOne / 4
	rec := new(trace.Recorder)
	q := new(engine.Queue)
	n := New(p, q, testKind, rec)
	n.Start(0, 0, gb, 0)
	n.Settle(0)
	e, _ := q.Pop()
	if !n.Fired(e) {
		t.Fatal("not done")
	}
	rec.Close(e.At)
	for i, want := range []float64{2e9 * 1e9, 0.25e9 * 1e9} {
		if s := rec.Series[i]; s.Total().Float() != want || s.Unit != "B/s" || s.Value() != 0 {
			t.Errorf("tier %s: %v %s·ns, want %v; value %d", s.Part, s.Total().Float(), s.Unit, want, s.Value())
		}
	}
}

// Marks survive the wrap of the epoch.
func TestEpochWraps(t *testing.T) {
	b := newBench(t, wholly([]int64{gbps}, []int32{0}, []int32{0}))
	b.n.Start(0, 0, gb, 0)
	b.n.Start(0, 1, gb, 0)
	b.settle()
	b.n.epoch = ^uint32(0)
	b.until(second)
	b.n.SetCapacity(second, 0, 2*gbps)
	b.drain(second*3/2, second*3/2)
	if b.n.epoch == 0 || b.n.epoch > 10 {
		t.Errorf("epoch %d did not wrap", b.n.epoch)
	}
}

func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(n *Network){
		"busy":     func(n *Network) { n.Start(0, 0, 1, 0); n.Start(0, 0, 1, 0) },
		"negative": func(n *Network) { n.Start(0, 0, -1, 0) },
		"latency":  func(n *Network) { n.Start(0, 0, 1, -1) },
		"capacity": func(n *Network) { n.SetCapacity(0, 0, MaxCapacity+1) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f(New(wholly([]int64{1}, []int32{0}), new(engine.Queue), testKind, nil))
		})
	}
}

func TestPlanCheck(t *testing.T) {
	for name, spoil := range map[string]func(p *Plan){
		"tiers":    func(p *Plan) { p.Tier = nil },
		"tier":     func(p *Plan) { p.Tier[0] = 1 },
		"counts":   func(p *Plan) { p.LinkCount = []int64{1} },
		"first":    func(p *Plan) { p.First = []int32{0, 1} },
		"order":    func(p *Plan) { p.First = []int32{0, 3, 2} },
		"flows":    func(p *Plan) { p.FlowCount = []int64{1} },
		"capacity": func(p *Plan) { p.Capacity[1] = -1 },
		"link":     func(p *Plan) { p.Hops[0].Link = 2 },
		"twice":    func(p *Plan) { p.Hops[1].Link = 0 },
		"falling":  func(p *Plan) { p.Hops[1] = Hop{0, WeightOne / 2, 1} },
		"apart":    func(p *Plan) { p.Hops, p.First = append(p.Hops, Hop{0, 2 * WeightOne, 1}), []int32{0, 3, 3} },
		"weight":   func(p *Plan) { p.Hops[0].Weight = 0 },
		"none":     func(p *Plan) { p.Hops[0].Flows = 0 },
		"share":    func(p *Plan) { p.FlowCount = []int64{2, 1} },
	} {
		p := wholly([]int64{1, 2}, []int32{0, 1}, []int32{})
		if err := p.Check(); err != nil {
			t.Fatal(err)
		}
		spoil(p)
		if p.Check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Of two flows on a link of 3 GB/s one can move no more than 1 GB/s: the other
// gets 2 GB/s. Bound to 0.5 GB/s after a second, it leaves 2.5 GB/s; unbound
// again, both get 1.5 GB/s. Only changes of rate are told of.
func TestLimit(t *testing.T) {
	b := newBench(t, wholly([]int64{3 * gbps}, []int32{0}, []int32{0}))
	b.n.Watch()
	b.n.SetLimit(0, gbps)
	b.n.Start(0, 0, 3*gb, 0)
	b.n.Start(0, 1, 6*gb, 0)
	b.until(second) // 2 and 4 GB left
	if c := b.n.Changed(); b.n.Rate(0) != gbps || b.n.Rate(1) != 2*gbps || len(c) != 2 {
		t.Errorf("rates %d and %d, flows %v changed", b.n.Rate(0), b.n.Rate(1), c)
	}
	b.n.SetLimit(0, gbps/2)
	b.until(2 * second) // 1.5 and 1.5 GB left
	if c := b.n.Changed(); b.n.Rate(0) != gbps/2 || b.n.Rate(1) != 5*gbps/2 || len(c) != 2 {
		t.Errorf("rates %d and %d, flows %v changed", b.n.Rate(0), b.n.Rate(1), c)
	}
	b.n.SetLimit(0, Unlimited)
	b.drain(3*second, 3*second)
}
