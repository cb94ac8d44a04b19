package network

import (
	"strings"
	"testing"

	"trainsim/sim/engine"
)

// Two hosts of four at 100 and 25 GB/s, 2 and 5 µs, S = 8 MB: 2·3·2 µs and
// 2·3/4·8e6/100e9 = 120 µs in the host, 2·1·5 µs and 2·1/2·2e6/25e9 = 80 µs on
// each rail, one after another: 222 µs.
func TestHierarchicalClosedForm(t *testing.T) {
	f := plain()
	f.Algorithm = "hierarchical"
	s := f.Regular(AllReduce, 8, 2)
	if got, want := f.Time(AllReduce, s, 8e6), engine.Duration(12_000+120_000+10_000+80_000); got != want {
		t.Errorf("%d ns, want %d", got, want)
	}
	if got := f.Cost(AllReduce, s, 8e6).Algorithm; got != "hierarchical" {
		t.Error(got)
	}
}

// A tree over two hosts of one: S/0.92 at 25 GB/s and two steps of 5 µs; over
// four, twice the bytes and four steps.
func TestTreeClosedForm(t *testing.T) {
	f := plain()
	f.Algorithm = "tree"
	if got, want := f.Time(AllReduce, f.Regular(AllReduce, 2, 2), 9_200_000), engine.Duration(10_000+400_000); got != want {
		t.Errorf("two hosts: %d ns, want %d", got, want)
	}
	if got, want := f.Time(AllReduce, f.Regular(AllReduce, 4, 4), 9_200_000), engine.Duration(20_000+800_000); got != want {
		t.Errorf("four hosts: %d ns, want %d", got, want)
	}
}

// Eight GPUs exchange 7/8·S over NVLink: 7·2 µs + 70 µs for 8 MB. Two hosts of
// four send half of S over the NIC: 12·… steps and 4e6/25e9 = 160 µs.
func TestAllToAllClosedForm(t *testing.T) {
	f := plain()
	if got, want := f.Time(AllToAll, f.Regular(AllToAll, 8, 1), 8e6), engine.Duration(14_000+70_000); got != want {
		t.Errorf("one host: %d ns, want %d", got, want)
	}
	if got, want := f.Time(AllToAll, f.Regular(AllToAll, 8, 2), 8e6), engine.Duration(6*2000+5000+160_000); got != want {
		t.Errorf("two hosts: %d ns, want %d", got, want)
	}
	f.PairEfficiency, f.PairLatency = 0.5, 3000
	if got, want := f.Time(AllToAll, f.Regular(AllToAll, 8, 1), 8e6), engine.Duration(3000+140_000); got != want {
		t.Errorf("at half the rate: %d ns, want %d", got, want)
	}
	f.PairNICShare = 0.8
	if got, want := f.Time(AllToAll, f.Regular(AllToAll, 8, 2), 8e6), engine.Duration(3000+5000+200_000); got != want {
		t.Errorf("at 80 %% of the NIC: %d ns, want %d", got, want)
	}
}

// In two phases, two hosts of four at 100 and 25 GB/s, 2 and 5 µs: 3/4·8e6/100e9 =
// 60 µs and 3·2 µs in the host, 1/2·8e6/25e9 = 160 µs and 1·5 µs on each rail. In
// one pipeline 160 µs, 6·2 and 5 µs. What the phases lose, 3/4·S/100e9, is the 6 µs
// that they save at S = 800 kB.
func TestHierarchicalAllToAllClosedForm(t *testing.T) {
	f := plain()
	s := f.Regular(AllToAll, 8, 2)
	for algorithm, want := range map[string]engine.Duration{"hierarchical": 60_000 + 6000 + 160_000 + 5000, "pairwise": 160_000 + 12_000 + 5000} {
		f.Algorithm = algorithm
		if got := f.Time(AllToAll, s, 8e6); got != want {
			t.Errorf("%s: %d ns, want %d", algorithm, got, want)
		}
		if got := f.Cost(AllToAll, s, 8e6).Algorithm; got != algorithm {
			t.Errorf("%s, forced, is %s", algorithm, got)
		}
	}
	f.Algorithm = "auto"
	if small, large := f.Cost(AllToAll, s, 799_000).Algorithm, f.Cost(AllToAll, s, 801_000).Algorithm; small != "hierarchical" || large != "pairwise" {
		t.Errorf("%s below 800 kB, %s above", small, large)
	}
	for name, c := range map[string]struct {
		ranks, hosts int
		change       func(f *Fabric)
	}{
		"one host":        {8, 1, func(*Fabric) {}},
		"one GPU a host":  {8, 8, func(*Fabric) {}},
		"PCIe, no relays": {8, 2, func(f *Fabric) { f.GPUsPerPCIeSwitch = 2 }},
	} {
		f := plain()
		f.Algorithm = "hierarchical"
		c.change(f)
		if got := f.Cost(AllToAll, f.Regular(AllToAll, c.ranks, c.hosts), 1000).Algorithm; got != "pairwise" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Eight GPUs share four NICs of 12.5 GB/s: 50 GB/s for the rings of a host,
// 1.875·16e6/50e9 = 600 µs. Of an all-to-all two GPUs send half of 16 MB over each
// NIC: 1280 µs. A send has a NIC for itself: 1280 µs for 16 MB.
func TestSharedNICs(t *testing.T) {
	f := plain()
	f.Algorithm, f.NVLinkLatency, f.NICLatency, f.NICsPerHost, f.NICBandwidth = "ring", 0, 0, 4, 12.5e9
	for c, want := range map[Collective]engine.Duration{AllReduce: 600_000, AllGather: 300_000, AllToAll: 1_280_000} {
		if got := f.Time(c, f.Regular(c, 16, 2), 16e6); got != want {
			t.Errorf("%v: %d ns, want %d", c, got, want)
		}
	}
	p := f.Build(2, 8)
	if _, s := p.Route(SendRecv, []int32{0, 8}); f.Time(SendRecv, s, 16e6) != 1_280_000 {
		t.Errorf("send: %d ns", f.Time(SendRecv, s, 16e6))
	}
}

// Each host is a pod whose rails leave it over uplinks of a quarter: 8·25/4 = 50
// GB/s for rings, 600 µs as above; the half that an all-to-all sends away takes
// 8e6/6.25e9 = 1280 µs.
func TestTaperIsPriced(t *testing.T) {
	f := plain()
	f.Algorithm, f.NVLinkLatency, f.NICLatency, f.SpineLatency, f.HostsPerPod, f.Oversubscription = "ring", 0, 0, 0, 1, 4
	for c, want := range map[Collective]engine.Duration{AllReduce: 600_000, AllToAll: 1_280_000} {
		if got := f.Time(c, f.Regular(c, 16, 2), 16e6); got != want {
			t.Errorf("%v: %d ns, want %d", c, got, want)
		}
	}
}

// Gathers at half of what rings reach: 7e6/50e9 = 140 µs and 14 µs of steps; a
// scatter takes 9 µs more.
func TestGatherEfficiency(t *testing.T) {
	f := plain()
	f.GatherEfficiency, f.ScatterLatency = 0.5, 9000
	if got, want := f.Time(AllGather, f.Regular(AllGather, 8, 1), 8e6), engine.Duration(154_000); got != want {
		t.Errorf("gather: %d ns, want %d", got, want)
	}
	if got, want := f.Time(ReduceScatter, f.Regular(ReduceScatter, 8, 1), 8e6), engine.Duration(163_000); got != want {
		t.Errorf("scatter: %d ns, want %d", got, want)
	}
}

// Four GPUs on each of two sockets, 40 GB/s between them, of which a ring gets
// half: 14e6/20e9 = 700 µs. Of an all-to-all, 4·4/7 of what each of the four
// sends crosses: 7e6·16/7/40e9 = 400 µs. Within a socket nothing changes.
func TestSockets(t *testing.T) {
	f := plain()
	f.NVLinkLatency, f.SocketGPUs, f.SocketBandwidth, f.SocketEfficiency = 0, 4, 40e9, 0.5
	if got := f.Time(AllReduce, f.Regular(AllReduce, 8, 1), 8e6); got != 700_000 {
		t.Errorf("ring: %d ns", got)
	}
	if got := f.Time(AllToAll, f.Regular(AllToAll, 8, 1), 8e6); got != 400_000 {
		t.Errorf("all-to-all: %d ns", got)
	}
	if got := f.Time(AllReduce, f.Regular(AllReduce, 4, 1), 8e6); got != 120_000 {
		t.Errorf("one socket: %d ns", got)
	}
}

// The loss of a pipeline across hosts: √(10 µs · 160 µs) = 40 µs on a transfer
// of 160 µs, or at most the limit; none inside a host.
func TestNICRamp(t *testing.T) {
	f := plain()
	f.NICRampTime = 10_000
	s := f.Regular(AllReduce, 2, 2)
	if got, want := f.Time(AllReduce, s, 4e6), engine.Duration(10_000+160_000+40_000); got != want {
		t.Errorf("%d ns, want %d", got, want)
	}
	f.NICRampLimit = 25_000
	if got, want := f.Time(AllReduce, s, 4e6), engine.Duration(10_000+160_000+25_000); got != want {
		t.Errorf("limited: %d ns, want %d", got, want)
	}
	if got := f.nicRamp(Shape{Hosts: 1}, 1); got != 0 {
		t.Errorf("%v s inside a host", got)
	}
}

// LL128 at 80 % with steps of 1 µs: 14 µs + 10.5/0.8 µs for 600 kB, where Simple
// takes 28 + 10.5 µs.
func TestLL128(t *testing.T) {
	f := plain()
	f.LL128Share, f.NVLinkLL128Step = 0.8, 1000
	if got, want := f.Time(AllReduce, f.Regular(AllReduce, 8, 1), 600_000), engine.Duration(14_000+13_125); got != want {
		t.Errorf("%d ns, want %d", got, want)
	}
	if got := f.Cost(AllReduce, f.Regular(AllReduce, 8, 1), 600_000).Algorithm; got != "ring ll128" {
		t.Error(got)
	}
}

// What is forced is taken, where the collective and the group have it.
func TestForced(t *testing.T) {
	f := plain()
	f.NVLinkLLShare, f.LL128Share, f.InSwitchEfficiency = 0.1, 0.9, 0.9
	eight, two, pair := [2]int{8, 1}, [2]int{16, 2}, [2]int{2, 1}
	for _, c := range []struct {
		algorithm, protocol string
		kind                Collective
		group               [2]int // ranks and hosts
		want                string
	}{
		{"auto", "auto", AllReduce, eight, "nvls"},
		{"ring", "auto", AllReduce, eight, "ring"},
		{"ring", "ll", AllReduce, eight, "ring ll"},
		{"tree", "ll128", AllReduce, two, "tree ll128"},
		{"tree", "simple", AllReduce, eight, "nvls"}, // one host has no tree
		{"nvls", "auto", AllReduce, two, "nvls_tree"},
		{"nvls", "simple", AllReduce, pair, "ring"}, // NVLS needs three
		{"tree", "simple", AllGather, two, "ring"},
		{"ring", "simple", AllToAll, two, "pairwise"},
		{"pairwise", "simple", AllReduce, eight, "nvls"},
	} {
		f.Algorithm, f.Protocol = c.algorithm, c.protocol
		if got := f.Cost(c.kind, f.Regular(c.kind, c.group[0], c.group[1]), 1e9).Algorithm; got != c.want {
			t.Errorf("%s %s, %v %+v: %s, want %s", c.algorithm, c.protocol, c.kind, c.group, got, c.want)
		}
	}
}

// What the fabric does not have at all cannot be forced.
func TestCheckTuning(t *testing.T) {
	for want, change := range map[string]func(f *Fabric){
		"nvls":                          func(f *Fabric) { f.Algorithm = "nvls" },
		`"ll"`:                          func(f *Fabric) { f.Protocol = "ll" },
		"ll128":                         func(f *Fabric) { f.Protocol = "ll128" },
		"socket_gpus = 4 needs socket_": func(f *Fabric) { f.SocketGPUs = 4 },
	} {
		f := plain()
		change(f)
		if err := f.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to name %s", err, want)
		}
	}
}

// The ideal is the wire: NVLink in a host, eight NICs between hosts.
func TestIdealBus(t *testing.T) {
	f := plain()
	f.NVLinkEfficiency, f.NICEfficiency = 0.5, 0.5
	for _, c := range []struct {
		kind         Collective
		ranks, hosts int
		want         float64
	}{
		{AllReduce, 8, 1, 100e9},
		{AllReduce, 4, 2, 50e9},
		{SendRecv, 2, 2, 25e9},
		{SendRecv, 2, 1, 100e9},
		{AllReduce, 1, 1, 0},
	} {
		if got := f.IdealBus(f.Regular(c.kind, c.ranks, c.hosts)); got != c.want {
			t.Errorf("%v over %d ranks in %d hosts: %v, want %v", c.kind, c.ranks, c.hosts, got, c.want)
		}
	}
}

func TestCollectiveByName(t *testing.T) {
	for i, name := range Collectives() {
		if c, ok := CollectiveByName(name); !ok || int(c) != i || c.String() != name {
			t.Errorf("%s: %v %v", name, c, ok)
		}
	}
	if _, ok := CollectiveByName("gossip"); ok {
		t.Error("gossip is a collective")
	}
}
