package network

import (
	"fmt"

	"trainsim/sim/engine"
)

// dragonfly is groups of routers (Kim et al., "Technology-driven, highly-scalable
// dragonfly topology", ISCA 2008): the routers of a group are joined in pairs by
// local links, groups in pairs by global links. Those of a group, in the order
// of the groups they lead to, go around its routers in turn. Routes are minimal:
// local, global, local. The NICs of a host are on one router, or one by one on the
// routers of a set, which has as many times the hosts.
//
// Link local[(g·a + r)·(a−1) + i] leads from router r of group g, of a routers,
// to the i-th other one; global[g·s + i] from group g over the i-th of its s
// global links.
type dragonfly struct {
	t               *Topology
	groups, routers int32
	hosts           int32 // per router of a set
	set             int32 // routers over which the NICs of a host are spread
	parallel        int32 // global links between two groups
	local, global   int32 // first link
	ecmp            bool
	seed            uint64
	bisected        int64
	around          *paths // where links are dead
}

func newDragonfly(t *Topology, f *Fabric, hosts int) (*dragonfly, error) {
	w := &dragonfly{t: t, groups: int32(f.Groups), routers: int32(f.RoutersPer), hosts: int32(f.HostsPerRouter), set: int32(max(1, f.Rails)),
		parallel: int32(max(1, f.GlobalLinks)), ecmp: f.Routing == "ecmp", seed: uint64(f.RoutingSeed)}
	if w.groups < 1 || w.routers < 1 || w.hosts < 1 {
		return nil, fmt.Errorf("network: a dragonfly of groups = %d, routers_per_group = %d, hosts_per_router = %d; each is at least 1", w.groups, w.routers, w.hosts)
	}
	if room := f.Groups * f.RoutersPer * f.HostsPerRouter; hosts > room {
		return nil, fmt.Errorf("network: the dragonfly has room for %d hosts (groups = %d × routers_per_group = %d × hosts_per_router = %d), the machine has %d",
			room, w.groups, w.routers, w.hosts, hosts)
	}
	if t.nics%int(w.set) != 0 || w.routers%w.set != 0 {
		return nil, fmt.Errorf("network: rails = %d does not divide the %d NICs of a host and the routers_per_group = %d", w.set, t.nics, w.routers)
	}
	rate := f.nic()
	if f.LinkBandwidth > 0 {
		rate = f.LinkBandwidth * f.NICEfficiency
	}
	each := wholeRate(rate)
	w.local = t.add(int(w.groups*w.routers*(w.routers-1)), spec{"local", "local", each})
	w.global = t.add(int(w.groups*w.slots()), spec{"global", "global", each})
	half := int64(w.groups / 2)
	w.bisected = half * (int64(w.groups) - half) * int64(w.parallel) * each
	if w.groups == 1 {
		half = int64(w.routers / 2)
		w.bisected = half * (int64(w.routers) - half) * each
	}
	t.HostsPerPod = f.RoutersPer * f.HostsPerRouter
	return w, nil
}

func (w *dragonfly) bisection() int64 { return w.bisected }
func (w *dragonfly) uniform() bool    { return false }

// routerOf returns the router of a NIC.
func (w *dragonfly) routerOf(nic int32) int32 {
	return w.t.nicHost(nic)/(w.hosts*w.set)*w.set + nic%int32(w.t.nics)%w.set
}

func (w *dragonfly) on(t *Topology) wiring {
	u := *w
	u.t = t
	u.around = &paths{t: t, first: w.local, ecmp: w.ecmp, seed: w.seed}
	for r := range w.groups * w.routers {
		for i := range w.routers - 1 {
			u.around.join(r, r/w.routers*w.routers+unskip(i, r%w.routers))
		}
	}
	for g := range w.groups {
		for i := range w.slots() {
			h := unskip(i/w.parallel, g)
			there := w.slot(h, g, i%w.parallel)
			u.around.join(g*w.routers+i%w.routers, h*w.routers+there%w.routers)
		}
	}
	u.around.index(int(w.groups * w.routers))
	return &u
}

// slots returns the global links of a group.
func (w *dragonfly) slots() int32 { return (w.groups - 1) * w.parallel }

// slot returns which of the global links of group g is number k to group h.
func (w *dragonfly) slot(g, h, k int32) int32 { return skip(h, g)*w.parallel + k }

// skip returns the place of i among all but one.
func skip(i, without int32) int32 {
	if i > without {
		return i - 1
	}
	return i
}

// unskip is the inverse of skip.
func unskip(i, without int32) int32 {
	if i >= without {
		return i + 1
	}
	return i
}

// route takes all global links between two groups alike, or one by hash, and
// none that leads over a dead link while another does not. Where each does, it
// takes the shortest path there is: over another router, or, as Valiant routing
// does, another group.
func (w *dragonfly) route(out []crossing, from, to int32, amount uint64) []crossing {
	a, b := w.routerOf(from), w.routerOf(to)
	start := len(out)
	out = w.minimal(out, a, b, amount, engine.Hash(w.seed, uint64(uint32(from)), uint64(uint32(to))))
	if w.around == nil || w.t.alive(out[start:]) {
		return out
	}
	if around, ok := w.around.shortest(out[:start], a, b, amount, uint64(from)<<32|uint64(to)); ok {
		return around
	}
	return out
}

// minimal appends the links from router a to router b with at most one global
// link on the way, around dead ones if it can.
func (w *dragonfly) minimal(out []crossing, a, b int32, amount, hash uint64) []crossing {
	if a/w.routers == b/w.routers {
		return w.hop(out, a, b, amount)
	}
	start, first := len(out), int32(0)
	if w.ecmp {
		first = int32(hash % uint64(w.parallel))
	}
	var ways []int32
	for i := range w.parallel {
		k := (first + i) % w.parallel
		if out = w.over(out[:start], a, b, k, amount); w.t.alive(out[start:]) {
			ways = append(ways, k)
		}
	}
	out = out[:start]
	switch {
	case len(ways) == 0:
		return w.over(out, a, b, first, amount)
	case w.ecmp:
		return w.over(out, a, b, ways[0], amount)
	}
	for i, k := range ways {
		out = w.over(out, a, b, k, share64(amount, i, len(ways)))
	}
	return out
}

// share64 returns part i of n of an amount, whole and adding up to it.
func share64(amount uint64, i, n int) uint64 {
	if i == 0 {
		return amount - amount/uint64(n)*uint64(n-1)
	}
	return amount / uint64(n)
}

// over appends the links from router a to router b of another group over the
// k-th global link between the groups.
func (w *dragonfly) over(out []crossing, a, b, k int32, amount uint64) []crossing {
	g, h := a/w.routers, b/w.routers
	here, there := w.slot(g, h, k), w.slot(h, g, k)
	out = w.hop(out, a, g*w.routers+here%w.routers, amount)
	out = append(out, crossing{w.global + g*w.slots() + here, amount})
	return w.hop(out, h*w.routers+there%w.routers, b, amount)
}

// hop appends the local link between two routers of a group, if they are two.
func (w *dragonfly) hop(out []crossing, a, b int32, amount uint64) []crossing {
	if a == b {
		return out
	}
	return append(out, crossing{w.local + a*(w.routers-1) + skip(b%w.routers, a%w.routers), amount})
}
