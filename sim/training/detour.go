package training

import (
	"slices"

	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// detours is where communicators go while links are dead.
type detours struct {
	outages []outage
	around  []around // for each set of outages that may be in force together, the empty one first
	routes  []detour
	labels  []uint64 // of hops: see label
}

// around is what communicators do while some outages are in force: those that
// have to leave their own route and can take detours.
type around struct {
	outages []int32
	colour  uint64  // tells the set from others, whichever links it kills
	takes   []int32 // detours, in order of their groups
	stuck   []int32 // groups that cross a dead link and have no other path, in order
}

// detour is another route of communicator group, and its number among those.
type detour struct {
	group, number int32
	hops          []network.Hop
}

// detours lays out where communicators of the plan, in which every rank stands
// for itself, go when links die as job j says. They keep their own route unless a
// link of it is dead and there is a path around.
func (p *plan) detours(j *Job) (*detours, error) {
	d := &detours{outages: j.outages()}
	sets, err := deadSets(d.outages)
	if err != nil || len(d.outages) == 0 {
		return &detours{}, err
	}
	crossing := p.crossing(d.outages)
	known := map[int32][]int32{} // detours of each group so far
	for _, set := range sets {
		var dead, groups []int32
		for _, o := range set {
			dead = append(dead, d.outages[o].links...)
			groups = append(groups, crossing[o]...)
		}
		slices.Sort(groups)
		t, a := j.Topology.Without(dead), around{outages: set, colour: d.colourOf(set)}
		for _, g := range slices.Compact(groups) {
			if hops := p.routeOn(j, t, g); hops == nil {
				a.stuck = append(a.stuck, g)
			} else {
				a.takes = append(a.takes, d.add(known, g, hops))
			}
		}
		d.around = append(d.around, a)
	}
	return d, nil
}

// colourOf tells a set of outages from others by when they are.
func (d *detours) colourOf(set []int32) uint64 {
	h := mixAll(5)
	for _, i := range set {
		o := &d.outages[i]
		h = mixAll(h, uint64(o.begin), uint64(o.end), uint64(o.pause))
	}
	return h
}

// add returns which of the detours of group g leads over some hops.
func (d *detours) add(known map[int32][]int32, g int32, hops []network.Hop) int32 {
	for _, i := range known[g] {
		if slices.Equal(d.routes[i].hops, hops) {
			return i
		}
	}
	i := int32(len(d.routes))
	d.routes = append(d.routes, detour{g, int32(len(known[g])), hops})
	known[g] = append(known[g], i)
	return i
}

// crossing returns the communicators whose own route crosses a link of each
// outage, in order.
func (p *plan) crossing(outages []outage) [][]int32 {
	of := make([][]int32, len(p.net.Capacity)) // outages of each link
	for o := range outages {
		for _, l := range outages[o].links {
			of[l] = append(of[l], int32(o))
		}
	}
	out := make([][]int32, len(outages))
	for g := range p.groupComm {
		for _, h := range p.hopsOf(int32(g)) {
			for _, o := range of[h.Link] {
				if n := len(out[o]); n == 0 || out[o][n-1] != int32(g) {
					out[o] = append(out[o], int32(g))
				}
			}
		}
	}
	return out
}

// routeOn returns the route of communicator g, or traffic of others, on a machine
// with dead links, nil where none is left.
func (p *plan) routeOn(j *Job, t *network.Topology, g int32) (hops []network.Hop) {
	switch of := p.groupSize[g]; p.groupComm[g] {
	case commBackground:
		hops = j.Background[of].route(t)
	case commNeighbour:
		hops, _ = j.Neighbours[of].route(t, p.nth(g))
	default:
		hops = p.groupRoute(j, t, g)
	}
	if t.CheckRoute(hops) != nil {
		return nil
	}
	if own := p.hopsOf(g); p.groupComm[g] == commBackground {
		hops = append(hops, own[len(own)-1])
	}
	return hops
}

// groupRoute returns the route of communicator g on a machine.
func (p *plan) groupRoute(j *Job, t *network.Topology, g int32) []network.Hop {
	var gpus []int32
	for _, m := range p.membersOf(g) {
		gpus = append(gpus, j.gpu(m.node))
	}
	grp := workload.Group{Comm: p.groupComm[g]}
	if i, ok := slices.BinarySearchFunc(p.patterns, g, func(x pattern, g int32) int { return int(x.group - g) }); ok {
		x := &p.patterns[i]
		grp.Shifting, grp.Pairwise, grp.Counts = x.shifting, !x.shifting, x.counts
	}
	hops, _ := routeOf(t, &grp, gpus)
	return hops
}

// addDetours adds the detours to the routes of the plan, in which each group
// stands for itself.
func (p *plan) addDetours(d *detours) {
	p.outages, p.around = d.outages, d.around
	if len(d.routes) == 0 {
		return
	}
	net := &p.net
	net.Hops, net.First = slices.Clip(net.Hops), slices.Clip(net.First) // runners share what is there
	for _, r := range d.routes {
		net.Detours = append(net.Detours, r.group)
		net.Hops = append(net.Hops, r.hops...)
		net.First = append(net.First, int32(len(net.Hops)))
	}
}
