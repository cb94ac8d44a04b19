package training

import (
	"slices"
	"sort"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
)

// Power is how the hosts of a job are fed, and what is done where that is not enough.
type Power struct {
	Levels   []cluster.Level // from the hosts up, each of whole feeds of the one before; the last, the site, is one feed
	Supplies cluster.Guard   // of the supplies of a host; its limit is what those that work can deliver
	Failures []SupplyFailure
}

// SupplyFailure takes supplies of a host out of service.
type SupplyFailure struct {
	Host, Supplies int32
	At             engine.Time
	For            engine.Duration // 0: to the end
}

// grid is the feeds of a plan: of its hosts, or of their classes.
type grid struct {
	*cluster.Tree
	id    []int32 // number of each feed within its level, in the machine
	cap   []int64 // mW that each feed leaves to each GPU below it
	holds []Hold  // all that may be put on GPUs
	fails []int32 // host of each failure here, or −1
}

// layFeeds hangs the hosts of a plan, in which every rank stands for itself, on
// feeds.
func (p *plan) layFeeds(j *Job) {
	if j.Power == nil {
		return
	}
	g := &grid{Tree: &cluster.Tree{Levels: j.Power.Levels, Host: make([]int32, len(p.hostID)), Hosts: ones(len(p.hostID))}}
	under := make([]int32, len(p.hostID)) // feed of each host on the level before
	for l := range g.Levels {
		g.First = append(g.First, int32(len(g.id)))
		for i, h := range p.hostID {
			number := int32(0)
			if n := g.Levels[l].Hosts; n > 0 {
				number = h / n
			}
			if i == 0 || g.id[len(g.id)-1] != number {
				g.id, g.Parent = append(g.id, number), append(g.Parent, -1)
			}
			feed := int32(len(g.id) - 1)
			if l == 0 {
				g.Host[i] = feed
			} else {
				g.Parent[under[i]] = feed
			}
			under[i] = feed
		}
	}
	g.First = append(g.First, int32(len(g.id)))
	g.Count, g.Share = ones(len(g.id)), ones(len(g.id))
	g.Beside = j.switches(len(p.hostID))
	for _, f := range j.Power.Failures {
		host, there := slices.BinarySearch(p.hostID, f.Host)
		if !there {
			host = -1
		}
		g.fails = append(g.fails, int32(host))
	}
	p.grid = g
	g.findCaps(j, p)
}

// holds returns all that feeds may put on GPUs.
func (p *plan) holds() []Hold {
	if p.grid == nil {
		return nil
	}
	return p.grid.holds
}

// switches returns the power of the switches that so many hosts need, in mW.
func (j *Job) switches(hosts int) int64 {
	return int64(j.Fabric.Switches(hosts, j.Host.GPUs) * j.Fabric.SwitchPower * 1000)
}

// count returns the number of feeds.
func (g *grid) count() int {
	if g == nil {
		return 0
	}
	return len(g.id)
}

// each calls host for each host with its feed, and feed for each feed with its
// parent.
func (g *grid) each(host, feed func(child, parent int32)) {
	if g == nil {
		return
	}
	for h, up := range g.Host {
		host(int32(h), up)
	}
	for f, up := range g.Parent {
		if up >= 0 {
			feed(int32(f), up)
		}
	}
}

// hostColour returns the colour of a host: when which of its supplies fail tells it
// from others.
func (g *grid) hostColour(colour uint64, host int32, j *Job) uint64 {
	if g == nil {
		return colour
	}
	for i, h := range g.fails {
		if f := &j.Power.Failures[i]; h == host {
			colour = mixAll(7, colour, uint64(f.Supplies), uint64(f.At), uint64(f.For))
		}
	}
	return colour
}

// foldFeeds makes a feed of each class of feeds, and keeps what befalls the first
// host of each class of hosts.
func (f *folding) foldFeeds(q *plan) {
	whole := f.whole.grid
	if whole == nil {
		return
	}
	g := &grid{Tree: &cluster.Tree{Levels: whole.Levels, Count: f.feeds.size, Beside: whole.Beside}, holds: whole.holds}
	vertex := func(feed int32) int32 { return f.coupling.feeds + feed }
	for _, h := range f.hosts.first {
		feed := whole.Host[h]
		g.Host = append(g.Host, f.feeds.of[feed])
		g.Hosts = append(g.Hosts, f.countEdges(vertex(feed), labelHost, f.class[f.coupling.hosts+h]))
	}
	for _, first := range f.feeds.first {
		parent, share := whole.Parent[first], int64(1)
		if parent >= 0 {
			share = f.countEdges(vertex(parent), labelHost, f.class[vertex(first)])
			parent = f.feeds.of[parent]
		}
		g.Parent, g.Share = append(g.Parent, parent), append(g.Share, share)
		g.id, g.cap = append(g.id, whole.id[first]), append(g.cap, whole.cap[first])
	}
	for _, n := range whole.First { // classes are in the order of their first member
		g.First = append(g.First, int32(sort.Search(len(f.feeds.first), func(i int) bool { return f.feeds.first[i] >= n })))
	}
	for _, h := range whole.fails {
		if h >= 0 {
			if class := f.hosts.of[h]; f.hosts.first[class] == h {
				h = class
			} else {
				h = -1 // the first of its class stands for it
			}
		}
		g.fails = append(g.fails, h)
	}
	q.grid = g
}
