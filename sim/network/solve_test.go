package network

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/trace"
)

// naive is progressive filling as in the textbook, over all links and flows at
// every level, with the same floor division; flows are bound by limits too.
func naive(p *Plan, capacity, limits []int64, active []bool) []int64 {
	rates := make([]int64, p.Flows())
	for f := range rates {
		rates[f] = -1
	}
	load := func(l int32, fixed bool) (sum int64) {
		for f := range rates {
			if !active[f] || (rates[f] >= 0) != fixed {
				continue
			}
			for _, h := range p.Hops[p.First[f]:p.First[f+1]] {
				if h.Link == l {
					w := int64(h.Weight) * h.Flows
					if fixed {
						w *= rates[f]
					}
					sum += w
				}
			}
		}
		return sum
	}
	for {
		shares := make([]int64, len(capacity))
		lowest := int64(-1)
		for l := range capacity {
			shares[l] = -1
			if free := load(int32(l), false); free > 0 {
				shares[l] = (capacity[l]*WeightOne - load(int32(l), true)) / free
				if lowest < 0 || shares[l] < lowest {
					lowest = shares[l]
				}
			}
		}
		if lowest < 0 {
			return rates
		}
		bound := -1
		for f := range rates {
			if active[f] && rates[f] < 0 && limits[f] <= lowest && (bound < 0 || limits[f] < limits[bound]) {
				bound = f
			}
		}
		if bound >= 0 {
			rates[bound] = limits[bound]
			continue
		}
		for f := range rates {
			for _, h := range p.Hops[p.First[f]:p.First[f+1]] {
				if active[f] && rates[f] < 0 && shares[h.Link] == lowest {
					rates[f] = lowest
				}
			}
		}
	}
}

func drawPlan(t *rapid.T) *Plan {
	links := rapid.IntRange(1, 12).Draw(t, "links")
	p := &Plan{Tier: make([]uint8, links), Tiers: []string{"link"}, First: []int32{0}}
	for range links {
		// Few distinct values make ties; large ones make remainders.
		c := rapid.SampledFrom([]int64{0, 1, 10, 10, 10, 37, 1e9, 25e9, 1e12 + 7}).Draw(t, "capacity")
		p.Capacity = append(p.Capacity, c)
	}
	weights := rapid.SampledFrom([]uint32{WeightOne, WeightOne, WeightOne / 8, WeightOne * 7 / 8, 21845})
	for range rapid.IntRange(1, 12).Draw(t, "flows") {
		route := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(links-1)), 1, min(links, 5), rapid.ID).Draw(t, "route")
		for _, l := range route {
			w := weights.Draw(t, "weight")
			for range rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "weights") {
				p.Hops = append(p.Hops, Hop{l, w, rapid.Int64Range(1, 3).Draw(t, "crossings")})
				w += WeightOne / 5
			}
		}
		p.First = append(p.First, int32(len(p.Hops)))
	}
	return p
}

// Lazy island solves equal the naive full solve after every change, and the
// rates are feasible and work-conserving (Check).
func TestLazyEqualsNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		q := new(engine.Queue)
		n := New(p, q, testKind, nil)
		capacity := slices.Clone(p.Capacity)
		active := make([]bool, p.Flows())
		limits := make([]int64, p.Flows())
		for f := range limits {
			limits[f] = Unlimited
		}
		now := engine.Time(0)
		for range rapid.IntRange(1, 20).Draw(t, "instants") {
			now++ // too short for a flow of 1e15 bytes to complete
			for range rapid.IntRange(1, 3).Draw(t, "changes") {
				f := rapid.Int32Range(0, int32(p.Flows()-1)).Draw(t, "flow")
				what := rapid.IntRange(0, 6).Draw(t, "what")
				switch {
				case what == 1:
					limits[f] = rapid.SampledFrom([]int64{0, 1, 5, 10, 1e8, 3e9, Unlimited}).Draw(t, "limit")
					n.SetLimit(f, limits[f])
				case what == 0:
					l := rapid.Int32Range(0, int32(len(capacity)-1)).Draw(t, "link")
					capacity[l] = rapid.SampledFrom([]int64{0, 5, 10, 1e9}).Draw(t, "new capacity")
					n.SetCapacity(now, l, capacity[l])
				case active[f]:
					n.Cancel(now, f)
					active[f] = false
				default:
					n.Start(now, f, 1e15, 0)
					active[f] = true
				}
			}
			n.Settle(now)
			if err := n.Check(); err != nil {
				t.Fatal(err)
			}
			for f, want := range naive(p, capacity, limits, active) {
				if got := n.Rate(int32(f)); active[f] && got != want {
					t.Fatalf("flow %d at %d, naive %d", f, got, want)
				}
			}
		}
	})
}

// timeline runs starts and capacity changes to the end and returns completions
// of each flow and the total of the traffic.
func timeline(p *Plan, starts []engine.Time, bytes []int64, slow func(n *Network)) ([]engine.Time, []engine.Total) {
	const starter = engine.Kind(1)
	q, rec := new(engine.Queue), new(trace.Recorder)
	n := New(p, q, testKind, rec)
	for f, at := range starts {
		q.Push(at, starter, int32(f), 0)
	}
	q.Push(500, starter+1, 0, 0)
	done := make([]engine.Time, len(starts))
	now := engine.Time(0)
	for q.Len() > 0 {
		e, _ := q.Pop()
		now = e.At
		switch e.Kind() {
		case starter:
			n.Start(now, e.Entity, bytes[e.Entity], 2)
		case starter + 1:
			slow(n)
		default:
			if n.Fired(e) {
				done[e.Entity] = now
			}
		}
		if next, ok := q.Peek(); !ok || next > now {
			n.Settle(now)
		}
	}
	rec.Close(now)
	var totals []engine.Total
	for _, s := range rec.Series {
		totals = append(totals, s.Total())
	}
	return done, totals
}

// Two flows cross two links, each one with 3/4 of its bytes and the other with
// 1/2: of 7 B/s they get ⌊7/(3/4+1/2)⌋ = 5 each, 10 bytes in 2 s, and a link
// carries ⌊3.75⌋ + ⌊2.5⌋ = 5 B/s. So it is with both of a class.
func TestTwoWeightsOnALink(t *testing.T) {
	const half, most = WeightOne / 2, WeightOne * 3 / 4
	both := &Plan{Capacity: []int64{7, 7}, Tier: []uint8{0, 0}, Tiers: []string{"link"}, First: []int32{0, 2, 4},
		Hops: []Hop{{0, half, 1}, {1, most, 1}, {0, most, 1}, {1, half, 1}}}
	class := &Plan{Capacity: []int64{7}, Tier: []uint8{0}, Tiers: []string{"link"}, First: []int32{0, 2},
		Hops: []Hop{{0, half, 1}, {0, most, 1}}, LinkCount: []int64{2}, FlowCount: []int64{2}}
	for name, p := range map[string]*Plan{"unfolded": both, "folded": class} {
		starts, sizes := make([]engine.Time, p.Flows()), make([]int64, p.Flows())
		for f := range sizes {
			sizes[f] = 10
		}
		done, traffic := timeline(p, starts, sizes, func(n *Network) {
			if got := n.Alone(0); got != 9 { // ⌊7/(3/4)⌋
				t.Errorf("%s: alone at %d B/s", name, got)
			}
		})
		for f, at := range done {
			if at != 2_000_000_002 { // 2 ns of latency
				t.Errorf("%s: flow %d is done at %d", name, f, at)
			}
		}
		if want := (engine.Total{Lo: 2 * 5 * 2_000_000_000}); traffic[0] != want {
			t.Errorf("%s: traffic %v B·ns, want %v", name, traffic[0], want)
		}
	}
}

// A system of k identical copies, whose hub links are shared by all copies,
// gives the same time stamps and traffic when each kind is one class. A flow may
// cross its own link and, with a larger weight, that of the next copy.
func TestFoldedEqualsUnfolded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		copies := int64(rapid.IntRange(1, 5).Draw(t, "copies"))
		own := rapid.IntRange(1, 4).Draw(t, "own links")
		hubs := rapid.IntRange(1, 2).Draw(t, "hubs")
		flows := rapid.IntRange(1, 5).Draw(t, "flows")
		capacities := rapid.SampledFrom([]int64{1000, 1000, 777, 90_001})
		folded, unfolded := &Plan{First: []int32{0}, Tiers: []string{"own", "hub"}}, &Plan{First: []int32{0}, Tiers: []string{"own", "hub"}}
		for l := range own + hubs {
			c, count, tier := capacities.Draw(t, "capacity"), copies, uint8(0)
			if l >= own {
				c, count, tier = c*3, 1, 1
			}
			folded.Capacity, folded.Tier, folded.LinkCount = append(folded.Capacity, c), append(folded.Tier, tier), append(folded.LinkCount, count)
			for range count {
				unfolded.Capacity, unfolded.Tier = append(unfolded.Capacity, c), append(unfolded.Tier, tier)
			}
		}
		var startsF, startsU []engine.Time
		var bytesF, bytesU []int64
		for range flows {
			route := rapid.SliceOfNDistinct(rapid.IntRange(0, own+hubs-1), 1, 4, rapid.ID).Draw(t, "route")
			weight := rapid.SampledFrom([]uint32{WeightOne, WeightOne / 3}).Draw(t, "weight")
			beside := rapid.SampledFrom([]uint32{0, 0, 1, WeightOne / 7}).Draw(t, "more weight beside")
			at := engine.Time(rapid.SampledFrom([]int64{0, 0, 100, 499}).Draw(t, "start"))
			size := rapid.Int64Range(0, 3).Draw(t, "bytes")
			startsF, bytesF = append(startsF, at), append(bytesF, size)
			for _, l := range route {
				crossing := int64(1)
				if l >= own {
					crossing = copies
				}
				folded.Hops = append(folded.Hops, Hop{int32(l), weight, crossing})
				if l < own && copies > 1 && beside > 0 {
					folded.Hops = append(folded.Hops, Hop{int32(l), weight + beside, 1})
				}
			}
			folded.First, folded.FlowCount = append(folded.First, int32(len(folded.Hops))), append(folded.FlowCount, copies)
			for c := range int(copies) {
				startsU, bytesU = append(startsU, at), append(bytesU, size)
				for _, l := range route {
					link := l*int(copies) + c
					if l >= own {
						link = own*int(copies) + l - own
					}
					unfolded.Hops = append(unfolded.Hops, Hop{int32(link), weight, 1})
					if next := l*int(copies) + (c+1)%int(copies); l < own && copies > 1 && beside > 0 {
						unfolded.Hops = append(unfolded.Hops, Hop{int32(next), weight + beside, 1})
					}
				}
				unfolded.First = append(unfolded.First, int32(len(unfolded.Hops)))
			}
		}
		alone := func(n *Network) (rates []int64) {
			for f := range n.flows {
				rates = append(rates, n.Alone(int32(f)))
			}
			return rates
		}
		var aloneF, aloneU []int64
		slow := int64(rapid.IntRange(0, 1).Draw(t, "slow"))
		doneF, trafficF := timeline(folded, startsF, bytesF, func(n *Network) {
			n.SetCapacity(500, 0, 300*slow+1)
			aloneF = alone(n)
		})
		doneU, trafficU := timeline(unfolded, startsU, bytesU, func(n *Network) {
			for c := range int32(copies) {
				n.SetCapacity(500, c, 300*slow+1)
			}
			aloneU = alone(n)
		})
		for f := range doneU {
			if c := f / int(copies); doneU[f] != doneF[c] || aloneU[f] != aloneF[c] {
				t.Fatalf("flow %d: unfolded %d, alone %d B/s; folded %d, %d B/s", f, doneU[f], aloneU[f], doneF[c], aloneF[c])
			}
		}
		if fmt.Sprint(trafficF) != fmt.Sprint(trafficU) {
			t.Fatalf("traffic: folded %v, unfolded %v", trafficF, trafficU)
		}
	})
}
