package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trainsim/sim/engine"
)

// Link is one link of a graph. Its ends are "gpu[3]", "nic[0]", or any other
// name, of a switch; each direction has the bandwidth for itself.
type Link struct {
	From      string  `toml:"from" default:"" help:"one end: gpu[3], nic[0] or the name of a switch"`
	To        string  `toml:"to" default:"" help:"the other end"`
	Bandwidth float64 `toml:"bandwidth" unit:"bandwidth" range:"(0,)" help:"what a large transfer reaches, per direction"`

	Latency engine.Duration `toml:"latency" unit:"duration" range:"[0,)" default:"0 s" help:"more time for a step or a send that crosses it"`
}

// graph is a network given link by link. Node i < GPUs is GPU i; links 2i and
// 2i+1 are the two directions of entry i.
type graph struct {
	paths
	names   []string          // per node
	latency []engine.Duration // per link
}

// joinGraph makes t the graph of the fabric.
func (t *Topology) joinGraph(f *Fabric) error {
	g := &graph{paths: paths{t: t, ecmp: f.Routing == "ecmp", seed: uint64(f.RoutingSeed)}}
	t.graph, t.perGPU = g, 1
	nodes := map[string]int32{}
	for i := range t.GPUs {
		g.names = append(g.names, "gpu["+strconv.Itoa(i)+"]")
		nodes[g.names[i]] = int32(i)
	}
	seen := map[[2]int32]bool{}
	for i, l := range f.Link {
		var ends [2]int32
		for k, name := range []string{l.From, l.To} {
			node, ok := nodes[name]
			switch {
			case name == "" || strings.ContainsAny(name, "> \t"):
				return fmt.Errorf("network: link[%d] has an end named %q", i, name)
			case !ok && strings.HasPrefix(name, "gpu["):
				return fmt.Errorf("network: link[%d] ends at %s; the machine has gpu[0] to gpu[%d]", i, name, t.GPUs-1)
			case !ok:
				node = int32(len(g.names))
				nodes[name] = node
				g.names = append(g.names, name)
			}
			ends[k] = node
		}
		name := l.From + " to " + l.To
		a, b := min(ends[0], ends[1]), max(ends[0], ends[1])
		switch {
		case !positive(l.Bandwidth):
			return fmt.Errorf("network: link[%d] from %s has no capacity", i, name)
		case a == b:
			return fmt.Errorf("network: link[%d] from %s joins a thing to itself", i, name)
		case seen[[2]int32{a, b}]:
			return fmt.Errorf("network: link[%d] from %s is given twice; give the sum of the bandwidths, or put a switch between", i, name)
		}
		seen[[2]int32{a, b}] = true
		g.joinBoth(ends[0], ends[1], wholeRate(l.Bandwidth))
		g.latency = append(g.latency, l.Latency, l.Latency)
	}
	return g.connected()
}

// joinBoth appends both directions of a link.
func (g *graph) joinBoth(a, b int32, capacity int64) {
	tier := "switch"
	if lower := g.names[a] + g.names[b]; strings.Contains(lower, "gpu[") {
		tier = "gpu"
	} else if strings.Contains(lower, "nic[") {
		tier = "nic"
	}
	g.join(a, b)
	g.join(b, a)
	g.t.Capacity = append(g.t.Capacity, capacity, capacity)
	g.t.Tier = append(g.t.Tier, g.t.tier(tier), g.t.tier(tier))
}

// connected indexes the links of each node and tells whether every GPU and
// switch can reach GPU 0.
func (g *graph) connected() error {
	g.index(len(g.names))
	for node, d := range g.distances(0, false) {
		if d < 0 {
			return fmt.Errorf("network: no path from %s to gpu[0]: the graph is not connected", g.names[node])
		}
	}
	return nil
}

// route appends the shortest paths from one GPU to another. Where dead links
// leave no path, it is the one of healthy days, over a dead link that CheckRoute
// names.
func (g *graph) route(out []crossing, src, dst int32, amount uint64) []crossing {
	out, ok := g.shortest(out, src, dst, amount, uint64(src)<<32|uint64(dst))
	if !ok {
		return g.throughDead(out, src, dst, amount)
	}
	return out
}

// throughDead appends the first shortest path, as if every link lived.
func (g *graph) throughDead(out []crossing, src, dst int32, amount uint64) []crossing {
	via := make([]int32, len(g.names)) // link towards src, plus 1
	queue := []int32{src}
	for len(queue) > 0 && via[dst] == 0 {
		node := queue[0]
		queue = queue[1:]
		for _, l := range g.out[node] {
			if to := g.to[l]; to != src && via[to] == 0 {
				via[to] = l + 1
				queue = append(queue, to)
			}
		}
	}
	start := len(out)
	for node := dst; node != src; node = g.from[via[node]-1] {
		out = append(out, crossing{via[node] - 1, amount})
	}
	slices.Reverse(out[start:])
	return out
}

// graphRing returns the route of the rings of a group: within a host from
// member to member, between hosts as Ring says, each over the shortest paths.
func (t *Topology) graphRing(hosts [][]int32) []crossing {
	var out []crossing
	for i, h := range hosts {
		g := len(h)
		inside := uint64(whole)
		if len(hosts) > 1 {
			inside = part(g-1, g)
		}
		for k := 0; g > 1 && k < g; k++ {
			out = t.graph.route(out, h[k], h[(k+1)%g], inside)
		}
		if len(hosts) == 1 {
			continue
		}
		next := hosts[(i+1)%len(hosts)]
		rings := max(g, len(next))
		for k := range rings {
			out = t.graph.route(out, h[k*g/rings], next[k*len(next)/rings], part(1, rings))
		}
	}
	return mergeCrossings(out)
}

// stepLatency returns the most latency between neighbours of a ring of GPUs, of
// parallel ways their mean.
func (g *graph) stepLatency(ring []int32) (most engine.Duration) {
	if !slices.ContainsFunc(g.latency, func(d engine.Duration) bool { return d > 0 }) {
		return 0
	}
	for i, gpu := range ring {
		next := ring[(i+1)%len(ring)]
		if next == gpu {
			continue
		}
		var sum engine.Duration
		for _, c := range g.route(nil, gpu, next, WeightOne) {
			sum += engine.Duration(c.amount) * g.latency[c.link]
		}
		most = max(most, sum/WeightOne)
	}
	return most
}

// linksAt returns the links at GPUs from a up to, but not including, b.
func (g *graph) linksAt(a, b int32) []int32 {
	var links []int32
	for l := range g.from {
		if g.from[l] >= a && g.from[l] < b || g.to[l] >= a && g.to[l] < b {
			links = append(links, int32(l))
		}
	}
	return links
}

func (g *graph) linkName(l int32) string { return g.names[g.from[l]] + "->" + g.names[g.to[l]] }

func (g *graph) linkByName(name string) (int32, bool) {
	for l := range g.from {
		if g.linkName(int32(l)) == name {
			return int32(l), true
		}
	}
	return 0, false
}
