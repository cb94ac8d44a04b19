package cluster

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

func server() *Host {
	return &Host{Name: "server", GPUs: 8, PowerBase: 3000, NICs: 8, PowerNIC: 25, Supplies: 6, SuppliesSpare: 2, SupplyRating: 3300, SupplyTier: "titanium"}
}

// tens numbers the hosts of a class: 0 and 10, 1 and 11.
func tens(class int32) []int32 { return []int32{class, 10 + class} }

func supplies(counts []int64, rec *trace.Recorder) *Supplies {
	idle := make([]int64, len(counts))
	for i := range idle {
		idle[i] = 560_000
	}
	return NewSupplies(server(), counts, idle, tens, rec)
}

// Base 3 kW, NICs 0.2 kW, GPUs idle at 0.56 kW; 4.64 kW more make 8.4 kW, the
// load of test T7: 8400/(0.94 + 0.02·(8.4/19.8 − 0.2)/0.3) = 8796.277 W. Losing
// supplies moves the load along the curve.
func TestSuppliesT7(t *testing.T) {
	s := supplies([]int64{1}, nil)
	if s.Load(0) != 3_760_000 || s.Dirty() {
		t.Fatalf("load %d mW, dirty %v", s.Load(0), s.Dirty())
	}
	s.Change(0, 4_640_000)
	for i, want := range []int64{8_796_277, 8_876_081, 9_079_594} {
		if !s.Dirty() {
			t.Error("not dirty")
		}
		s.Settle(engine.Time(i))
		if got := s.TotalInput(); got != want {
			t.Errorf("input %d mW, want %d", got, want)
		}
		s.Fail(0, 2-i) // to four, then three
	}
	s.Fail(0, -9) // no more come back than were fitted
	s.Settle(9)
	if got := s.Input(0); got != 8_796_277 {
		t.Errorf("repaired: %d mW", got)
	}
}

// 10.2 kW on three supplies of 3.3 kW is an overload of 9.9 kW. It is recorded
// for each host of the class the first time, and counted every time.
func TestOverload(t *testing.T) {
	rec := &trace.Recorder{}
	s := supplies([]int64{1, 2}, rec)
	s.Fail(1, 3)
	s.Change(1, 6_440_000) // to 10.2 kW
	s.Settle(10)
	s.Change(1, 100_000) // still over
	s.Settle(20)
	s.Change(1, -400_000) // 9.9 kW is not over
	s.Settle(30)
	s.Change(1, 1)
	s.Settle(40)
	s.Change(1, 5_000_000) // over and back within an instant
	s.Change(1, -5_000_001)
	s.Settle(50)
	want := []trace.Event{
		{At: 10, Kind: "supply_overload", Name: "host 1", Text: "10200.0 W on 3 supplies rated 9900.0 W together"},
		{At: 10, Kind: "supply_overload", Name: "host 11", Text: "10200.0 W on 3 supplies rated 9900.0 W together"},
	}
	if fmt.Sprint(rec.Events) != fmt.Sprint(want) {
		t.Errorf("got  %v\nwant %v", rec.Events, want)
	}
	if got := s.Overloads(); got != 4 {
		t.Errorf("%d overloads, want twice two hosts", got)
	}
}

// The series of the loss sums over hosts and counts; its integral is the input
// less the load.
func TestSupplySeries(t *testing.T) {
	rec := &trace.Recorder{}
	s := supplies([]int64{2, 3}, rec)
	first := s.TotalInput() - 5*3_760_000
	s.Change(1, 1_000_000)
	s.Settle(1000)
	second := s.TotalInput() - 5*3_760_000 - 3*1_000_000
	rec.Close(3000)
	want := engine.Total{Lo: uint64(first)*1000 + uint64(second)*2000}
	if got := rec.Series; len(got) != 1 || got[0].Name != "power" || got[0].Part != "supply loss" || got[0].Unit != "mW" || got[0].Total() != want {
		t.Errorf("series %+v, want one of the loss, %v mW·ns", got, want)
	}
}

// Whatever the order of changes within an instant, the books are the same; and
// the total is what every host's load alone gives.
func TestSettleOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const hosts = 6
		counts := make([]int64, hosts)
		for i := range counts {
			counts[i] = rapid.Int64Range(1, 1000).Draw(t, "count")
		}
		recs := [2]*trace.Recorder{{}, {}}
		sets := [2]*Supplies{supplies(counts, recs[0]), supplies(counts, recs[1])}
		for instant := range 4 {
			type change struct {
				host  int32
				delta int64
			}
			var changes []change
			for range rapid.IntRange(0, 12).Draw(t, "changes") {
				changes = append(changes, change{int32(rapid.IntRange(0, hosts-1).Draw(t, "host")), rapid.Int64Range(0, 9_000_000).Draw(t, "delta")})
			}
			for i, s := range sets {
				if i == 1 {
					rand.New(rand.NewPCG(1, uint64(instant))).Shuffle(len(changes), func(a, b int) { changes[a], changes[b] = changes[b], changes[a] })
				}
				for _, c := range changes {
					s.Change(c.host, c.delta)
				}
				s.Settle(engine.Time(instant+1) * 100)
			}
		}
		var total int64
		for h := range counts {
			total += counts[h] * titanium.Input(sets[0].Load(int32(h)), 6*3_300_000)
		}
		if sets[0].TotalInput() != total || sets[1].TotalInput() != total {
			t.Fatalf("totals %d and %d, want %d", sets[0].TotalInput(), sets[1].TotalInput(), total)
		}
		if fmt.Sprint(recs[0].Events) != fmt.Sprint(recs[1].Events) {
			t.Fatalf("events %v and %v", recs[0].Events, recs[1].Events)
		}
	})
}

// A class of n identical hosts and n hosts apart draw the same, supplies lost or not.
func TestSuppliesFold(t *testing.T) {
	folded, apart := supplies([]int64{3}, nil), supplies([]int64{1, 1, 1}, nil)
	folded.Change(0, 4_321_987)
	folded.Fail(0, 2)
	folded.Settle(1)
	for h := range int32(3) {
		apart.Change(h, 4_321_987)
		apart.Fail(h, 2)
	}
	apart.Settle(1)
	if folded.TotalInput() != apart.TotalInput() {
		t.Errorf("folded %d, apart %d mW", folded.TotalInput(), apart.TotalInput())
	}
}

func TestSettleDoesNotAllocate(t *testing.T) {
	s := supplies(slices.Repeat([]int64{1}, 100), &trace.Recorder{})
	now := engine.Time(0)
	if n := testing.AllocsPerRun(100, func() {
		for h := range int32(100) {
			s.Change(h, 1000)
		}
		now++
		s.Settle(now)
	}); n != 0 {
		t.Errorf("%v allocations per instant", n)
	}
}

// BenchmarkSettle reports the cost of one changed host; the target is 40 ns.
func BenchmarkSettle(b *testing.B) {
	const hosts = 2048
	s := supplies(slices.Repeat([]int64{1}, hosts), &trace.Recorder{})
	b.ReportAllocs()
	delta := int64(1_000_000)
	now := engine.Time(0)
	for i := 0; i < b.N; i += hosts {
		for h := range int32(hosts) {
			s.Change(h, delta)
		}
		now += 1000
		s.Settle(now)
		delta = -delta
	}
}

func BenchmarkTime(b *testing.B) {
	g := gpu(b, "a100-80gb-sxm")
	k := product(8192, 3072, 6144)
	for b.Loop() {
		g.Time(k)
	}
}
