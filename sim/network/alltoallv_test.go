package network

import (
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// Counts that are alike are an even all-to-all.
func TestEvenCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMachine(t)
		p := m.Build(m.hosts, m.gpus)
		if p.GPUs < 2 {
			return
		}
		members := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(p.GPUs-1)), 2, p.GPUs, rapid.ID).Draw(t, "members")
		n := len(members)
		even, s := p.Route(AllToAll, members)
		for _, counts := range [][]float64{slices.Repeat([]float64{3}, n), slices.Repeat([]float64{0.7}, n*n), Skewed(n, 1)} {
			hops, v := p.RouteV(members, counts)
			if len(hops) != len(even) || math.Abs(float64(v.Rate)/float64(s.Rate)-1) > 1e-4 || math.Abs(v.Inside/s.Inside-1) > 1e-9 || math.Abs(v.Outside/s.Outside-1) > 1e-9 {
				t.Fatalf("%d hops, %+v\nevenly %d, %+v", len(hops), v, len(even), s)
			}
		}
	})
}

// Eight GPUs of which the first gets 1.5 times the mean: 1.5·7/8·8 MB at 100 GB/s
// are 105 µs, and seven steps of 2 µs. By rows the first sends as much.
func TestSkewedClosedForm(t *testing.T) {
	f := plain()
	p := f.Build(1, 8)
	members := []int32{0, 1, 2, 3, 4, 5, 6, 7}
	byRows := slices.Repeat([]float64{6.5 / 7}, 64)
	for j := range 8 {
		byRows[j] = 1.5
	}
	for name, counts := range map[string][]float64{"gets": Skewed(8, 1.5), "sends": byRows} {
		_, s := p.RouteV(members, counts)
		if got := f.Time(AllToAll, s, 8e6); got != 119_000 {
			t.Errorf("the first %s more: %d ns", name, got)
		}
		if got := Skew(8, counts); math.Abs(got-1.5) > 1e-12 {
			t.Errorf("the first %s more: skew %v", name, got)
		}
	}
}

// Of two hosts of two, the last GPU gets all. Each sends it 9 MB: its neighbour over
// NVLink, the other host over the NIC of its second GPU, to which the first hands
// its part. So 18 MB take a NIC of 25 GB/s, 720 µs; in phases 9e6/100e9 = 90 µs for
// what crosses NVLink come before.
func TestOneGetsAll(t *testing.T) {
	f := plain()
	f.NVLinkLatency, f.NICLatency, f.Algorithm = 0, 0, "pairwise"
	p := f.Build(2, 2)
	hops, s := p.RouteV([]int32{0, 1, 2, 3}, []float64{0, 0, 0, 1})
	if got := f.Time(AllToAll, s, 9e6); got != 720_000 {
		t.Errorf("%d ns", got)
	}
	f.Algorithm = "hierarchical"
	if got := f.Time(AllToAll, s, 9e6); got != 810_000 {
		t.Errorf("in phases %d ns", got)
	}
	want := "nvlink_up[0] 1.333\nnvlink_down[1] 1.333\nnic_up[1] 2.667\nnvlink_up[2] 1.333\nnvlink_down[3] 1.333\nnic_down[3] 2.667\n"
	if got := show(p, hops); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
}

// Counts go with members in the order given, and what each NIC sends and gets is the
// sum of its row and column, where no two members share a host.
func TestCountsByMember(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := plain()
		p := f.Build(12, 2)
		var members []int32
		for _, h := range rapid.SliceOfNDistinct(rapid.Int32Range(0, 11), 2, 12, rapid.ID).Draw(t, "hosts") {
			members = append(members, 2*h+1)
		}
		n := len(members)
		counts := rapid.SliceOfN(rapid.Float64Range(0.01, 9), n*n, n*n).Draw(t, "counts")
		var sum float64
		for _, c := range counts {
			sum += c
		}
		hops, _ := p.RouteV(members, counts)
		for i, m := range members {
			var sent, got float64
			for j := range n {
				if j != i {
					sent, got = sent+counts[i*n+j], got+counts[j*n+i]
				}
			}
			for name, want := range map[int32]float64{p.nic.up(m): sent, p.nic.down(m): got} {
				at := slices.IndexFunc(hops, func(h Hop) bool { return h.Link == name })
				want *= float64(n*n) / sum / float64(n-1)
				if w := float64(hops[at].Weight) / WeightOne; math.Abs(w-want) > 1e-4 {
					t.Fatalf("%s: %v, want %v", p.LinkName(name), w, want)
				}
			}
		}
	})
}

// What uneven all-to-alls are priced at is what they take, to the nanosecond.
func TestPredictedIsSimulatedV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMachine(t)
		p := m.Build(m.hosts, m.gpus)
		if p.GPUs < 2 || m.Check() != nil {
			return
		}
		members := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(p.GPUs-1)), 2, p.GPUs, rapid.ID).Draw(t, "members")
		n := len(members)
		size := rapid.SampledFrom([]int{n, n * n}).Draw(t, "counts")
		counts := rapid.SliceOfN(rapid.Float64Range(0, 9), size, size).Draw(t, "of")
		if CheckCounts(n, counts) != nil {
			return
		}
		route, s := p.RouteV(members, counts)
		bytes := rapid.Int64Range(1<<10, 1<<36).Draw(t, "bytes")
		if got, want := simulated(p, route, m.Cost(AllToAll, s, bytes)), m.Time(AllToAll, s, bytes); got != want {
			t.Fatalf("%d B over %+v: %d ns, predicted %d", bytes, s, got, want)
		}
	})
}

// Two members on each of two sockets; of 4 MB that three send away, the first gets
// what the others do not: 2 MB·2 from the other socket at 40 GB/s.
func TestCountsOverSockets(t *testing.T) {
	f := plain()
	f.NVLinkLatency, f.SocketGPUs, f.SocketBandwidth, f.SocketEfficiency = 0, 2, 40e9, 1
	p := f.Build(1, 4)
	_, s := p.RouteV([]int32{0, 1, 2, 3}, []float64{1, 0, 0, 0})
	if got, want := f.Time(AllToAll, s, 4e6), engine.Duration(200_000); got != want {
		t.Errorf("%d ns, want %d", got, want)
	}
	if _, even := p.Route(AllToAll, []int32{1, 0}); even.Crossing != 0 {
		t.Errorf("one socket: %+v", even)
	}
}

// Counts that cannot be are told.
func TestCheckCounts(t *testing.T) {
	for want, c := range map[string]struct {
		n      int
		counts []float64
	}{
		"3 counts for 2 members": {2, []float64{1, 1, 1}},
		"a count of -1":          {2, []float64{-1, 1}},
		"a count of NaN":         {2, []float64{math.NaN(), 1}},
		"no member sends":        {2, []float64{1, 0, 0, 1}},
		"4096 at most":           {5000, nil},
	} {
		if err := CheckCounts(c.n, c.counts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", want, err)
		}
	}
}
