package network

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The topologies that a fabric can have; "" is rail.
const (
	railTopology      = "rail"
	fatTreeTopology   = "fat-tree"
	torusTopology     = "torus"
	dragonflyTopology = "dragonfly"
	graphTopology     = "graph"
)

// Topology is the links of a machine, and the routes over them. GPU g is number
// g mod GPUsPerHost of host g / GPUsPerHost. A GPU has a link up, away from it,
// and one down, into the NVLink switch of its host or its PCIe switch; so has a
// NIC, into its leaf, its router, or its host's corner of a torus. What lies
// beyond the NICs is a wiring.
//
// A topology is not changed after Build: routes are a function of it and of the
// GPUs alone.
type Topology struct {
	Capacity []int64 // per link, bytes/s; 0: dead
	Tier     []uint8 // per link, index into Tiers
	Tiers    []string

	GPUs, GPUsPerHost int
	HostsPerPod       int // hosts between which no step crosses the spine

	banks  []bank
	nics   int // per host
	perGPU int // NICs of a GPU; 1 where GPUs share them
	gpu    row
	nic    row
	pcie   pcie
	socket int32 // GPUs on a CPU socket; 0: sockets do not matter
	wiring wiring
	graph  *graph // instead of all of the above
	dead   bool   // some links are
}

// wiring is what lies between NICs.
type wiring interface {
	// route appends the links from one NIC to another that carry the given
	// amount, split where routes are.
	route(out []crossing, from, to int32, amount uint64) []crossing
	// uniform tells whether all links of a switch upwards are one, so that what
	// leaves it needs no look at the pairs.
	uniform() bool
	// bisection returns the bytes/s between halves of the healthy machine.
	bisection() int64
	// on returns the same wiring of a machine with dead links.
	on(t *Topology) wiring
}

// crossing is an amount that a route moves over a link, in units that whoever
// routes chooses; Hop.Weight counts WeightOne.
type crossing struct {
	link   int32
	amount uint64
}

// bank is a run of links that take turns: those of thing 0, those of thing 1, …
type bank struct {
	first, things int32
	names         []string
}

// row finds the links of things: link first + i·stride is that of thing i.
type row struct{ first, stride int32 }

func (r row) up(i int32) int32   { return r.first + i*r.stride }
func (r row) down(i int32) int32 { return r.first + i*r.stride + 1 }

// spec describes one link of each thing of a bank.
type spec struct {
	name, tier string
	capacity   int64
}

// pair returns the two directions of a link.
func pair(name, tier string, bytesPerSecond float64) []spec {
	c := wholeRate(bytesPerSecond)
	return []spec{{name + "_up", tier, c}, {name + "_down", tier, c}}
}

// Build returns the links of that many hosts. Capacities are rounded to whole
// bytes/s and bounded by MaxCapacity. It panics on what Fits refuses.
func (f *Fabric) Build(hosts, gpusPerHost int) *Topology {
	t, err := f.build(hosts, gpusPerHost)
	if err != nil {
		panic(err.Error())
	}
	return t
}

// Fits tells what keeps the fabric from joining that many hosts, naming it.
func (f *Fabric) Fits(hosts, gpusPerHost int) error {
	_, err := f.build(hosts, gpusPerHost)
	return err
}

func (f *Fabric) build(hosts, gpusPerHost int) (*Topology, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if hosts < 1 || gpusPerHost < 1 {
		return nil, fmt.Errorf("network: Build(%d hosts, %d GPUs each)", hosts, gpusPerHost)
	}
	t := &Topology{GPUs: hosts * gpusPerHost, GPUsPerHost: gpusPerHost, HostsPerPod: f.HostsPerPod, socket: int32(f.SocketGPUs)}
	if f.Topology == graphTopology {
		t.HostsPerPod = hosts
		if err := t.joinGraph(f); err != nil {
			return nil, err
		}
		return t.withoutNamed(f.DeadLinks)
	}
	if err := t.joinHosts(f, hosts); err != nil {
		return nil, err
	}
	var err error
	switch f.Topology {
	case torusTopology:
		t.wiring, err = newTorus(t, f, hosts)
	case dragonflyTopology:
		t.wiring, err = newDragonfly(t, f, hosts)
	default:
		t.wiring, err = newFatTree(t, f, hosts)
	}
	if err != nil {
		return nil, err
	}
	return t.withoutNamed(f.DeadLinks)
}

// Joins returns how many hosts the links are built for when the first busy of
// all the hosts of a machine are at work: a tree grows with those, a torus, a
// dragonfly and a graph are those of the whole machine.
func (f *Fabric) Joins(busy, all int) int {
	if f.Topology == torusTopology || f.Topology == dragonflyTopology || f.Topology == graphTopology {
		return all
	}
	return busy
}

// add appends the links of things and returns where the first is.
func (t *Topology) add(things int, specs ...spec) int32 {
	b := bank{first: int32(len(t.Capacity)), things: int32(things)}
	tiers := make([]uint8, len(specs))
	for i, s := range specs {
		b.names = append(b.names, s.name)
		tiers[i] = t.tier(s.tier)
	}
	t.banks = append(t.banks, b)
	t.Capacity = slices.Grow(t.Capacity, things*len(specs))
	t.Tier = slices.Grow(t.Tier, things*len(specs))
	for range things {
		for i, s := range specs {
			t.Capacity = append(t.Capacity, s.capacity)
			t.Tier = append(t.Tier, tiers[i])
		}
	}
	return b.first
}

// tier returns the index of a tier, new or not.
func (t *Topology) tier(name string) uint8 {
	if i := slices.Index(t.Tiers, name); i >= 0 {
		return uint8(i)
	}
	t.Tiers = append(t.Tiers, name)
	return uint8(len(t.Tiers) - 1)
}

// withoutNamed returns the machine with the links of these names dead.
func (t *Topology) withoutNamed(names []string) (*Topology, error) {
	var dead []int32
	for _, name := range names {
		l, ok := t.LinkByName(name)
		if !ok {
			return nil, fmt.Errorf("network: there is no link %q to be dead; links are %s", name, t.LinkNames())
		}
		dead = append(dead, l)
	}
	return t.Without(dead), nil
}

// Without returns the machine with some more links dead. Its routes are those of
// t but for traffic that would cross one of them, where there is a path around.
func (t *Topology) Without(dead []int32) *Topology {
	if len(dead) == 0 {
		return t
	}
	u := *t
	u.Capacity, u.dead = slices.Clone(t.Capacity), true
	for _, l := range dead {
		u.Capacity[l] = 0
	}
	if t.graph != nil {
		g := *t.graph
		g.t, u.graph = &u, &g
	} else {
		u.wiring = t.wiring.on(&u)
	}
	return &u
}

// wholeRate rounds a rate to a capacity.
func wholeRate(bytesPerSecond float64) int64 {
	return int64(max(1, min(math.Round(bytesPerSecond), MaxCapacity)))
}

// Links returns the number of links.
func (t *Topology) Links() int { return len(t.Capacity) }

// Leaves returns the number of leaf switches (a pod's rail is one); 0 where the
// topology has none.
func (t *Topology) Leaves() int {
	if w, ok := t.wiring.(*fatTree); ok {
		return w.leaves
	}
	return 0
}

// HostLinks returns the links of the GPUs and NICs of a host, for whoever
// degrades it; of a graph those at its GPUs.
func (t *Topology) HostLinks(host int32) []int32 {
	first, gpus := host*int32(t.GPUsPerHost), int32(t.GPUsPerHost)
	if t.graph != nil {
		return t.graph.linksAt(first, first+gpus)
	}
	var links []int32
	for g := first; g < first+gpus; g++ {
		links = append(links, t.gpu.up(g), t.gpu.down(g))
	}
	for n := host * int32(t.nics); n < (host+1)*int32(t.nics); n++ {
		links = append(links, t.nic.up(n), t.nic.down(n))
	}
	slices.Sort(links)
	return links
}

// Bisection returns the bytes/s, per direction, between the two halves of the
// healthy machine: of a tree where it is thinnest between pods (or hosts, within
// one pod), of a torus across its longest dimension, of a dragonfly between
// groups. Of a graph it is the most that the first half of the GPUs can send to
// the others.
func (t *Topology) Bisection() int64 {
	if t.graph != nil {
		return t.graph.bisection(t.GPUs)
	}
	return t.wiring.bisection()
}

// LinkName returns the name of a link: "nic_up[17]" for that of GPU 17 (or NIC
// 17, where GPUs and NICs differ in number), "leaf_down[9]" for that of leaf 9;
// in a graph "gpu[3]->s0".
func (t *Topology) LinkName(l int32) string {
	if t.graph != nil {
		return t.graph.linkName(l)
	}
	for _, b := range t.banks {
		if n := int32(len(b.names)); l < b.first+b.things*n {
			return b.names[(l-b.first)%n] + "[" + strconv.Itoa(int((l-b.first)/n)) + "]"
		}
	}
	panic(fmt.Sprintf("network: link %d of %d", l, t.Links()))
}

// LinkByName is the inverse of LinkName; ok is false when there is no such link.
func (t *Topology) LinkByName(name string) (l int32, ok bool) {
	if t.graph != nil {
		return t.graph.linkByName(name)
	}
	kind, i, ok := numbered(name)
	if !ok {
		return 0, false
	}
	for _, b := range t.banks {
		for k, n := range b.names {
			if n == kind && i < b.things {
				return b.first + i*int32(len(b.names)) + int32(k), true
			}
		}
	}
	return 0, false
}

// numbered takes a name such as leaf_up[3] apart.
func numbered(name string) (kind string, i int32, ok bool) {
	kind, rest, _ := strings.Cut(name, "[")
	digits, closed := strings.CutSuffix(rest, "]")
	n, err := strconv.ParseUint(digits, 10, 31)
	return kind, int32(n), err == nil && closed && digits == strconv.FormatUint(n, 10)
}

// LinkNames says in words which links there are.
func (t *Topology) LinkNames() string {
	if t.graph != nil {
		return "named like " + t.graph.linkName(0)
	}
	var parts []string
	for _, b := range t.banks {
		if b.things == 0 {
			continue
		}
		last := len(b.names) - 1
		names := b.names[last]
		if last > 0 {
			names = strings.Join(b.names[:last], ", ") + " and " + names
		}
		parts = append(parts, fmt.Sprintf("%s [0] to [%d]", names, b.things-1))
	}
	return strings.Join(parts, ", ")
}

// host returns the host of a GPU.
func (t *Topology) host(gpu int32) int32 { return gpu / int32(t.GPUsPerHost) }

// pod returns the pod of a GPU.
func (t *Topology) pod(gpu int32) int32 { return t.host(gpu) / int32(t.HostsPerPod) }

// nicHost returns the host of a NIC.
func (t *Topology) nicHost(nic int32) int32 { return nic / int32(t.nics) }

// alive tells whether no link of a route is dead.
func (t *Topology) alive(route []crossing) bool {
	for _, c := range route {
		if t.Capacity[c.link] == 0 {
			return false
		}
	}
	return true
}
