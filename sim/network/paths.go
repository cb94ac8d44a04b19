package network

import (
	"slices"

	"trainsim/sim/engine"
)

// paths finds the shortest paths between nodes over links that live. Link
// first + i leads from node from[i] to node to[i].
type paths struct {
	t        *Topology
	first    int32
	from, to []int32   // per link
	out, in  [][]int32 // per node, its links as numbers i
	ecmp     bool
	seed     uint64
}

// join appends a link.
func (p *paths) join(from, to int32) {
	p.from, p.to = append(p.from, from), append(p.to, to)
}

// index lists the links of each of the nodes.
func (p *paths) index(nodes int) {
	p.out, p.in = make([][]int32, nodes), make([][]int32, nodes)
	for i := range p.from {
		p.out[p.from[i]] = append(p.out[p.from[i]], int32(i))
		p.in[p.to[i]] = append(p.in[p.to[i]], int32(i))
	}
}

// lives tells whether link first + i is not dead.
func (p *paths) lives(i int32) bool { return p.t.Capacity[p.first+i] > 0 }

// distances returns the number of links from every node to dst, or -1 where there
// is no path: over links that live, or over all.
func (p *paths) distances(dst int32, all bool) []int32 {
	d := make([]int32, len(p.in))
	for i := range d {
		d[i] = -1
	}
	d[dst] = 0
	queue := []int32{dst}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for _, l := range p.in[node] {
			if from := p.from[l]; d[from] < 0 && (all || p.lives(l)) {
				d[from] = d[node] + 1
				queue = append(queue, from)
			}
		}
	}
	return d
}

// shortest appends the shortest paths from src to dst, or returns false where
// dead links leave none. Sprayed traffic parts evenly at each node among the
// links that lead nearer; hashed traffic takes one of them.
func (p *paths) shortest(out []crossing, src, dst int32, amount, flow uint64) ([]crossing, bool) {
	d := p.distances(dst, false)
	if d[src] < 0 {
		return out, false
	}
	healthy := d
	if p.ecmp && p.t.dead {
		healthy = p.distances(dst, true)
	}
	at := []crossing{{src, amount}} // here link is a node
	for step := uint64(0); d[at[0].link] > 0; step++ {
		var next []crossing
		for _, a := range at {
			ways := p.ways(a.link, d)
			if p.ecmp {
				ways = []int32{p.hashed(a.link, ways, d, healthy, engine.Hash(p.seed, flow, step))}
			}
			for i, l := range ways {
				each := share64(a.amount, i, len(ways))
				out = append(out, crossing{p.first + l, each})
				next = append(next, crossing{p.to[l], each})
			}
		}
		at = mergeCrossings(next)
	}
	return out, true
}

// ways returns the links of a node that live and lead nearer.
func (p *paths) ways(node int32, d []int32) (ways []int32) {
	for _, l := range p.out[node] {
		if p.lives(l) && d[p.to[l]] == d[node]-1 {
			ways = append(ways, l)
		}
	}
	return ways
}

// hashed returns one of them. Where the way is no longer than in healthy days, the
// hash takes one of those of healthy days, or the next that will do, so that only
// traffic over a dead link takes another (resilient hashing, as of the kernel's
// resilient next-hop groups).
func (p *paths) hashed(node int32, ways, d, healthy []int32, hash uint64) int32 {
	if d[node] > healthy[node] {
		return ways[hash%uint64(len(ways))]
	}
	var before []int32
	for _, l := range p.out[node] {
		if healthy[p.to[l]] == healthy[node]-1 {
			before = append(before, l)
		}
	}
	for i := hash % uint64(len(before)); ; i = (i + 1) % uint64(len(before)) {
		if l := before[i]; slices.Contains(ways, l) {
			return l
		}
	}
}
