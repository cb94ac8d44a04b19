package network

import "testing"

// hybridCube holds the NVLinks between the GPUs of a DGX-1 with V100 (NVIDIA
// DGX-1 System Architecture white paper, figure 4): six for each GPU.
var hybridCube = [8][8]int{
	{0, 1, 1, 2, 2, 0, 0, 0},
	{1, 0, 2, 1, 0, 2, 0, 0},
	{1, 2, 0, 2, 0, 0, 1, 0},
	{2, 1, 2, 0, 0, 0, 0, 1},
	{2, 0, 0, 0, 0, 1, 1, 2},
	{0, 2, 0, 0, 1, 0, 2, 1},
	{0, 0, 1, 0, 1, 2, 0, 2},
	{0, 0, 0, 1, 2, 1, 2, 0},
}

// packing searches rings over GPUs 0…n−1 that share no link in one direction.
type packing struct {
	n     int
	free  [8][8]int
	cache map[[8][8]int]int
}

// most returns how many more rings fit, at most limit.
func (p *packing) most(limit int) int {
	if limit == 0 {
		return 0
	}
	if best, ok := p.cache[p.free]; ok {
		return min(best, limit)
	}
	best := 0
	p.extend(0, 1, func() bool {
		best = max(best, 1+p.most(limit-1))
		return best == limit
	})
	p.cache[p.free] = best
	return best
}

// extend tries every way to close a ring that is at GPU at and has been at the
// seen ones, until found says enough.
func (p *packing) extend(at, seen int, found func() bool) bool {
	if seen == 1<<p.n-1 && p.free[at][0] > 0 {
		p.free[at][0]--
		enough := found()
		p.free[at][0]++
		return enough
	}
	for to := range p.n {
		if seen&(1<<to) == 0 && p.free[at][to] > 0 {
			p.free[at][to]--
			enough := p.extend(to, seen|1<<to, found)
			p.free[at][to]++
			if enough {
				return true
			}
		}
	}
	return false
}

// findRings returns how many rings fit into the first n GPUs.
func findRings(mesh [8][8]int, n int) int {
	out := 6 * n
	for a := range n { // no more than the links of the poorest GPU
		links := 0
		for b := range n {
			links += mesh[a][b]
		}
		out = min(out, links)
	}
	p := packing{n: n, free: mesh, cache: map[[8][8]int]int{}}
	return p.most(out)
}

// The rings of the hybrid cube mesh are those that a search finds. Five GPUs
// have none.
func TestHybridCubeRings(t *testing.T) {
	for n := 2; n <= 8; n++ {
		want := int(hybridCubeRings[n])
		if n == 5 {
			want = 0
		}
		if got := findRings(hybridCube, n); got != want {
			t.Errorf("%d GPUs: %d rings, want %d", n, got, want)
		}
	}
	for a := range hybridCube {
		sum := 0
		for b, links := range hybridCube[a] {
			sum += links
			if links != hybridCube[b][a] {
				t.Errorf("links %d-%d are not both ways", a, b)
			}
		}
		if sum != 6 {
			t.Errorf("GPU %d has %d links", a, sum)
		}
	}
}

// So are those of all pairs.
func TestFullMeshRings(t *testing.T) {
	var all [8][8]int
	for a := range all {
		for b := range all {
			if a != b {
				all[a][b] = 1
			}
		}
	}
	for n := 2; n <= 7; n++ {
		if got := findRings(all, n); got != int(fullMeshRings[n]) {
			t.Errorf("%d GPUs: %d rings, want %v", n, got, fullMeshRings[n])
		}
	}
}

// Two V100 of a hybrid cube mesh share one link of six: 8 MB at 25 GB/s is
// 2·1/2·8e6/25e9 = 320 µs where 150 GB/s of a switch would need 53.3 µs.
func TestMeshTime(t *testing.T) {
	f := plain()
	f.NVLinkBandwidth, f.NVLinkLatency, f.Mesh = 150e9, 0, "hybrid_cube"
	if got := f.Time(AllReduce, f.Regular(AllReduce, 2, 1), 8e6); got != 320_000 {
		t.Errorf("%d ns", got)
	}
	if got := f.Time(AllReduce, f.Regular(AllReduce, 8, 1), 8e6); got != 93_334 && got != 93_333 {
		t.Errorf("%d ns", got) // 1.75·8e6/150e9
	}
}
