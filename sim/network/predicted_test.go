package network

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
)

// machine is a fabric with as many hosts and GPUs as it joins.
type machine struct {
	*Fabric
	hosts, gpus int
}

// anyMachine draws a fabric of any kind with hosts of 1 to 8 GPUs.
func anyMachine(t *rapid.T) machine {
	of := func(name string, values ...float64) float64 { return rapid.SampledFrom(values).Draw(t, name) }
	time := func(name string) engine.Duration { return engine.Duration(of(name, 0, 700, 5000)) }
	f := &Fabric{
		NVLinkBandwidth: of("nvlink", 31.5e9, 450e9), NVLinkEfficiency: of("nvlink efficiency", 1, 0.786),
		NICBandwidth: of("nic", 12.5e9, 50e9), NICEfficiency: of("nic efficiency", 1, 0.93), SendEfficiency: of("send", 1, 0.8),
		NVLinkLatency: time("α"), NICLatency: time("α nic"), SpineLatency: time("spine"), FixedLatency: time("fixed"),
		NVLinkLLShare: of("ll", 0, 0.2), LL128Share: of("ll128", 0, 0.92), InSwitchEfficiency: of("nvls", 0, 0.7), RampTime: time("ramp"),
		GatherEfficiency: of("gather", 0, 0.6), PairEfficiency: of("pairs", 0, 0.7), PairNICShare: of("pairs nic", 0, 0.5),
		PairLatency: time("pairs α"), NICRampTime: time("nic ramp"), DrainSteps: of("drain", 0, 0.5),
		Mesh:        rapid.SampledFrom([]string{"none", "hybrid_cube", "full"}).Draw(t, "mesh"),
		Routing:     rapid.SampledFrom([]string{"spray", "ecmp"}).Draw(t, "routing"),
		HostsPerPod: rapid.IntRange(1, 5).Draw(t, "pod"), Oversubscription: of("taper", 1, 3), SwitchPorts: 64,
		PodsPerSpine: rapid.IntRange(0, 2).Draw(t, "set"), SpineOversubscription: of("spine taper", 1, 7),
	}
	m := machine{f, rapid.IntRange(1, 12).Draw(t, "hosts"), int(of("GPUs", 1, 2, 3, 4, 8))}
	m.NICsPerHost = int(of("NICs", 0, 1, float64(2*m.gpus)))
	if m.gpus == 8 && rapid.Bool().Draw(t, "four NICs") {
		m.NICsPerHost = 4
	}
	m.GPUsPerPCIeSwitch = int(of("pcie", 0, 0, 2))
	if rapid.Bool().Draw(t, "sockets") {
		m.SocketGPUs, m.SocketBandwidth, m.SocketEfficiency = 2, 17e9, 0.7
	}
	switch m.Topology = rapid.SampledFrom([]string{"rail", "fat-tree", "torus", "dragonfly", "graph"}).Draw(t, "topology"); m.Topology {
	case torusTopology:
		m.Dims = []int{rapid.IntRange(1, 4).Draw(t, "x"), rapid.IntRange(1, 3).Draw(t, "y"), rapid.IntRange(1, 2).Draw(t, "z")}
		m.hosts = m.Dims[0] * m.Dims[1] * m.Dims[2]
	case dragonflyTopology:
		m.Groups, m.RoutersPer, m.HostsPerRouter, m.LinkBandwidth = 3, 2, 2, 9e9
		m.GlobalLinks = rapid.IntRange(1, 3).Draw(t, "global links")
	case graphTopology:
		m.ring()
	}
	return m
}

// ring makes the links of a graph: GPUs on a switch each host, those in a ring
// with two more ways between neighbours, one of which is slow.
func (m *machine) ring() {
	link := func(a string, b string, rate float64, latency engine.Duration) {
		m.Link = append(m.Link, Link{From: a, To: b, Bandwidth: rate, Latency: latency})
	}
	for h := range m.hosts {
		for g := range m.gpus {
			link(fmt.Sprintf("gpu[%d]", h*m.gpus+g), fmt.Sprintf("s%d", h), 40e9, 0)
		}
		if next := (h + 1) % m.hosts; m.hosts > 2 || next == 1 && m.hosts == 2 {
			here, there := fmt.Sprintf("s%d", h), fmt.Sprintf("s%d", next)
			for k, rate := range []float64{10e9, 3e9} {
				link(here, fmt.Sprintf("%s-%d", here, k), rate, 300)
				link(fmt.Sprintf("%s-%d", here, k), there, rate, 0)
			}
		}
	}
}

// The price of a collective is what it takes, alone on an idle network, to the
// nanosecond: on every topology, with NICs that GPUs share or have several of,
// tapered uplinks, hashed routes, and any members.
func TestPredictedIsSimulated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMachine(t)
		p := m.Build(m.hosts, m.gpus)
		if p.GPUs < 2 {
			return
		}
		c := Collective(rapid.IntRange(int(AllReduce), int(SendRecv)).Draw(t, "collective"))
		most := p.GPUs
		if c == SendRecv {
			most = 2
		}
		members := rapid.SliceOfNDistinct(rapid.Int32Range(0, int32(p.GPUs-1)), 2, most, rapid.ID).Draw(t, "members")
		m.Algorithm = rapid.SampledFrom(append([]string{"auto"}, algorithms[:]...)).Draw(t, "algorithm")
		if m.Protocol = rapid.SampledFrom([]string{"auto", "simple", "ll", "ll128"}).Draw(t, "protocol"); m.Check() != nil {
			return
		}
		bytes := rapid.Int64Range(1, 1<<36).Draw(t, "bytes")
		route, s := p.Route(c, members)
		cost := m.Cost(c, s, bytes)
		if got := simulated(p, route, cost); got != m.Time(c, s, bytes) {
			t.Fatalf("%v of %d B over %+v by %s: %d ns, predicted %d", c, bytes, s, cost.Algorithm, got, m.Time(c, s, bytes))
		}
	})
}

// simulated returns what a collective takes alone on a network.
func simulated(p *Topology, route []Hop, cost Cost) engine.Duration {
	q := new(engine.Queue)
	n := New(plan(p, route), q, testKind, nil)
	n.Start(0, 0, cost.Wire, cost.Latency)
	for {
		n.Settle(0)
		e, ok := q.Pop()
		if !ok {
			return -1
		}
		if n.Fired(e) {
			return engine.Duration(e.At)
		}
	}
}

// Every algorithm with every protocol on every topology has a price for each
// collective, or is refused with what is allowed.
func TestEveryCombination(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := anyMachine(t)
		p := m.Build(m.hosts, m.gpus)
		var all []int32
		for g := range int32(p.GPUs) {
			all = append(all, g)
		}
		if len(all) < 2 {
			return
		}
		for c := AllReduce; c <= SendRecv; c++ {
			if c == SendRecv {
				all = all[len(all)-2:]
			}
			_, s := p.Route(c, all)
			for _, algorithm := range append([]string{"auto"}, algorithms[:]...) {
				for _, protocol := range []string{"auto", "simple", "ll", "ll128"} {
					m.Algorithm, m.Protocol = algorithm, protocol
					cost := m.Cost(c, s, 1<<20)
					if err := m.Check(); err != nil {
						if !strings.Contains(err.Error(), "take ") {
							t.Fatalf("%v: does not say what to take", err)
						}
						continue
					}
					name, with, other := strings.Cut(cost.Algorithm, " ")
					if !other {
						with = "simple"
					}
					ignored := m.has(algorithm, c, s) && !strings.HasPrefix(name, algorithm) ||
						c != SendRecv && protocol != "auto" && protocol != with
					if cost.Wire < 1 || cost.Latency < 0 || name == "" || ignored {
						t.Fatalf("%s, %s, %v over %+v: %+v", algorithm, protocol, c, s, cost)
					}
				}
			}
		}
	})
}

// What members that are alike in every host exchange is the sum of their pairs.
func TestExchangeIsItsPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := clos()
		f.Topology = rapid.SampledFrom([]string{"rail", "fat-tree"}).Draw(t, "topology")
		f.NICsPerHost = rapid.SampledFrom([]int{0, 2, 8}).Draw(t, "NICs")
		p := f.Build(12, 4)
		places := rapid.SliceOfNDistinct(rapid.Int32Range(0, 3), 1, 4, rapid.ID).Draw(t, "places")
		var members []int32
		for _, h := range rapid.SliceOfNDistinct(rapid.Int32Range(0, 11), 1, 12, rapid.ID).Draw(t, "hosts") {
			for _, place := range places {
				members = append(members, 4*h+place)
			}
		}
		if len(members) < 2 {
			return
		}
		slices.Sort(members)
		got, want := p.AllToAll(members), hopsOf(p.pairwise(p.byHost(members), evenly(len(members))))
		if !slices.Equal(got, want) {
			t.Fatalf("%swant\n%s", show(p, got), show(p, want))
		}
	})
}
