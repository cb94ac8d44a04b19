package network

import (
	"strings"
	"testing"

	"trainsim/sim/engine"
)

// plain is a fabric of 100 and 25 GB/s with nothing but steps of 2 and 5 µs.
func plain() *Fabric {
	return &Fabric{
		NVLinkBandwidth: 100e9, NVLinkEfficiency: 1, NVLinkLatency: 2000,
		NICBandwidth: 25e9, NICEfficiency: 1, NICLatency: 5000, SpineLatency: 900, SendEfficiency: 1,
		HostsPerPod: 4, Oversubscription: 1, SwitchPorts: 40,
	}
}

// T = 2(n−1)·(α + S/n/B), rounded up to a nanosecond: 1 GiB at 50 GB/s and 500 ns.
func TestRingClosedForm(t *testing.T) {
	f := plain()
	f.NVLinkBandwidth, f.NVLinkLatency = 50e9, 500
	for n, want := range map[int]engine.Duration{
		// 2·7/8·2^30/50e9 = 37.580_963_84 ms + 7 µs
		8: 37_587_964,
		// 2·511/512·2^30/50e9 = 42.865_786_88 ms + 511 µs
		512: 43_376_787,
		// 2·4095/4096·2^30/50e9 = 42.939_187_2 ms + 4.095 ms
		4096: 47_034_188,
	} {
		if got := f.Time(AllReduce, f.Regular(AllReduce, n, 1), 1<<30); got != want {
			t.Errorf("n = %d: %d ns, want %d", n, got, want)
		}
	}
}

// The bytes are those of the closed form, but for one that goes with the floor of
// a rate that is no whole number: 100 GB/s · 8/7.
func TestCosts(t *testing.T) {
	const S = 800_000_000
	for _, c := range []struct {
		name                string
		kind                Collective
		ranks, hosts, inPod int
		want                Cost
	}{
		{"2·7/8·S in 14 steps", AllReduce, 8, 1, 1, Cost{1_400_000_000, 28_000, "ring"}},
		{"7/8·S in 7 steps", AllGather, 8, 1, 1, Cost{700_000_000, 14_000, "ring"}},
		{"7/8·S in 7 steps", ReduceScatter, 8, 1, 1, Cost{700_000_000, 14_000, "ring"}},
		{"S along a chain of 8", Broadcast, 8, 1, 1, Cost{S, 14_000, "ring"}},
		{"7/8·S to 7 others", AllToAll, 8, 1, 1, Cost{700_000_000, 14_000, "pairwise"}},
		{"2·3/4·S, 6 steps between hosts", AllReduce, 4, 4, 4, Cost{1_200_000_000, 30_000, "ring"}},
		{"of 15 steps one crosses hosts and pods", AllGather, 16, 2, 1, Cost{749_999_999, 14*2000 + 5000 + 900, "ring"}},
		{"over NVLink", SendRecv, 2, 1, 1, Cost{S, 2000, "send"}},
		{"over NICs and spine", SendRecv, 2, 2, 1, Cost{S, 5900, "send"}},
		{"alone", AllReduce, 1, 1, 1, Cost{0, 0, "none"}},
	} {
		f := plain()
		f.HostsPerPod = c.inPod
		if got := f.Cost(c.kind, f.Regular(c.kind, c.ranks, c.hosts), S); got != c.want {
			t.Errorf("%v over %d ranks in %d hosts (%s): %+v, want %+v", c.kind, c.ranks, c.hosts, c.name, got, c.want)
		}
	}
}

// Bytes that do not divide are rounded up: 2·2/3·100 = 133.3.
func TestWireRoundsUp(t *testing.T) {
	if got := plain().Cost(AllReduce, plain().Regular(AllReduce, 3, 1), 100).Wire; got != 134 {
		t.Errorf("%d, want 134", got)
	}
	if got := mulDiv(1<<60, 2*4095, 4096); got != 1<<61-1<<49 {
		t.Errorf("128-bit product: %d", got)
	}
}

// A tree of 64 hosts takes 2·6 steps instead of 126, with 2S/0.92 bytes: it is
// taken while that is shorter.
func TestTree(t *testing.T) {
	f := plain()
	f.HostsPerPod = 64
	s := f.Regular(AllReduce, 64, 64)
	small := f.Cost(AllReduce, s, 920)
	if small != (Cost{2000, 60_000, "tree"}) {
		t.Errorf("small: %+v", small)
	}
	// 2S/0.92 − 2·63/64·S = 0.205 S at 25 GB/s costs the 570 µs that 114 steps
	// save at S = 69.5 MB.
	if a := f.Cost(AllReduce, s, 69e6).Algorithm; a != "tree" {
		t.Errorf("69 MB by %s", a)
	}
	if a := f.Cost(AllReduce, s, 70e6).Algorithm; a != "ring" {
		t.Errorf("70 MB by %s", a)
	}
}

// Across two hosts of eight a tree's NICs carry S/0.92 in all, but its chains
// 2S/0.92 over NVLink at 7/8: 2·0.875·S/0.92/100 GB/s = 19.02 µs for 1 MB,
// against 1e6/0.92/200 GB/s = 5.4 µs. The route does 114.3 GB/s of wire.
func TestTreeOverNVLink(t *testing.T) {
	f := plain()
	s := f.Regular(AllReduce, 16, 2)
	w := f.tree(s, 1_000_000)
	if rate := s.Rate; rate < 114.28e9 || rate > 114.29e9 {
		t.Errorf("rate %v", rate)
	}
	if w.wire != 2_173_913 || w.intra != 14 || w.inter != 2 {
		t.Errorf("%+v", w)
	}
}

// LL at a tenth of 100 GB/s with steps of 0.1 µs: 1.4 µs + 10 × 17.5 ns for
// 1,000 bytes, where Simple takes 28 µs; at 10 MB Simple is back.
func TestLL(t *testing.T) {
	f := plain()
	f.NVLinkLLShare, f.NVLinkLLLatency, f.FixedLatency = 0.1, 100, 1000
	if got, want := f.Cost(AllReduce, f.Regular(AllReduce, 8, 1), 1000), (Cost{1750, 1000 + 1400 + 9*17.5 + .5, "ring ll"}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := f.Time(AllReduce, f.Regular(AllReduce, 8, 1), 1000), engine.Duration(1000+1400+175+1); got != want {
		t.Errorf("%d, want %d", got, want)
	}
	if a := f.Cost(AllReduce, f.Regular(AllReduce, 8, 1), 10e6).Algorithm; a != "ring" {
		t.Errorf("10 MB by %s", a)
	}
}

// Draining exposes half a ring step of S/n: 0.5·1e6/100e9 = 5 µs for 8 MB.
func TestDrain(t *testing.T) {
	f := plain()
	f.DrainSteps = 0.5
	if got := f.Cost(AllReduce, f.Regular(AllReduce, 8, 1), 8e6); got != (Cost{14e6, 28_000 + 5000, "ring"}) {
		t.Errorf("%+v", got)
	}
}

// In-switch: S·9/8 at 60 % where rings have 100 %: 15 MB of plan for 8 MB, or
// 150 µs, with √(6 µs · 150 µs) = 30 µs of ramp. Against the ring's 28 + 140 µs.
func TestInSwitch(t *testing.T) {
	f := plain()
	f.InSwitchEfficiency, f.InSwitchLatency, f.RampTime = 0.6, 3000, 6000
	got := f.inSwitch(f.Regular(AllReduce, 8, 1), 8e6)
	if got.Cost != (Cost{15e6, 33_000, "nvls"}) {
		t.Errorf("%+v", got)
	}
	f.InSwitchEfficiency = 0.9 // 10 MB: 100 µs + √600 µs
	if got := f.Cost(AllReduce, f.Regular(AllReduce, 8, 1), 8e6).Algorithm; got != "nvls" {
		t.Errorf("%s", got)
	}
	if got := f.Cost(AllReduce, f.Regular(AllReduce, 2, 1), 8e6).Algorithm; got != "ring" {
		t.Errorf("two GPUs by %s", got)
	}
	// Across 4 hosts NICs decide: 1.5·S over eight of 25 GB/s.
	c := f.Cost(AllReduce, f.Regular(AllReduce, 32, 4), 8e9)
	if c.Algorithm != "nvls_tree" || c.Wire < 857e7 || c.Wire > 1143e7 {
		t.Errorf("%+v", c)
	}
}

// A send that reaches half of what rings do needs the link twice as long.
func TestSendEfficiency(t *testing.T) {
	f := plain()
	f.NICEfficiency, f.SendEfficiency, f.SendLatency = 0.8, 0.4, 7000
	if got := f.Cost(SendRecv, f.Regular(SendRecv, 2, 2), 1000); got != (Cost{2000, 12_000, "send"}) {
		t.Errorf("%+v", got)
	}
	if got := f.Time(SendRecv, f.Regular(SendRecv, 2, 2), 1_000_000); got != 12_000+100_000 {
		t.Errorf("%d", got) // 2 MB at 20 GB/s
	}
}

// A shift of 8 GPUs on two hosts: each GPU link carries the message once a direction, and of
// each host one NIC out and one in, which a ring of collectives would share among four: 1 MB at
// 25 GB/s, and the 5.9 µs of a send between hosts; on one host 1 MB at 100 GB/s and 2 µs.
func TestShifting(t *testing.T) {
	f := plain()
	f.HostsPerPod = 1
	hops, s := f.Build(2, 4).Shifting([]int32{0, 1, 2, 3, 4, 5, 6, 7})
	if got := f.Time(SendRecv, s, 1_000_000); got != 5900+40_000 || s.Ranks != 8 || s.Hosts != 2 {
		t.Errorf("%d ns over %+v", got, s)
	}
	nics := 0
	topology := f.Build(2, 4)
	for _, h := range hops {
		if h.Weight != WeightOne {
			t.Errorf("link %s carries %d", topology.LinkName(h.Link), h.Weight)
		}
		if strings.HasPrefix(topology.LinkName(h.Link), "nic") {
			nics++
		}
	}
	if nics != 4 {
		t.Errorf("%d directions of NICs, want 4", nics)
	}
	_, s = f.Build(1, 8).Shifting([]int32{0, 2, 4, 6})
	if got := f.Time(SendRecv, s, 1_000_000); got != 2000+10_000 {
		t.Errorf("on one host %d ns", got)
	}
}

// nccl-tests: 1 GB in 10 ms on 8 GPUs is 175 GB/s of bus for an all-reduce.
func TestBusBandwidth(t *testing.T) {
	for c, want := range map[Collective]float64{AllReduce: 175e9, AllGather: 87.5e9, AllToAll: 87.5e9, SendRecv: 100e9} {
		if got := BusBandwidth(c, 8, 1e9, 10*engine.Millisecond); got != want {
			t.Errorf("%v: %v, want %v", c, got, want)
		}
	}
}
