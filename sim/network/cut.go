package network

import "math"

// bisection returns the most that the first half of the GPUs can send to the
// others at once, by augmenting shortest paths (Edmonds and Karp, JACM 19(2),
// 1972): the capacity of the least cut between them.
func (g *graph) bisection(gpus int) int64 {
	if gpus < 2 {
		return 0
	}
	half := int32(gpus / 2)
	left := append([]int64(nil), g.t.Capacity...)
	var total int64
	for {
		via, end := g.augmenting(left, half, int32(gpus))
		if end < 0 {
			return total
		}
		room := int64(math.MaxInt64)
		for node := end; node >= half; node = g.from[via[node]-1] {
			room = min(room, left[via[node]-1])
		}
		for node := end; node >= half; node = g.from[via[node]-1] {
			left[via[node]-1] -= room
			left[(via[node]-1)^1] += room // the opposite direction
		}
		total += room
	}
}

// augmenting returns, per node, the link by which it is reached from the first
// half of the GPUs (plus 1), and the first GPU of the others that is, or -1.
func (g *graph) augmenting(left []int64, half, gpus int32) (via []int32, end int32) {
	via = make([]int32, len(g.names))
	var queue []int32
	for node := range half {
		queue = append(queue, node)
	}
	for len(queue) > 0 {
		node := queue[0]
		queue = queue[1:]
		for _, l := range g.out[node] {
			to := g.to[l]
			if to < half || via[to] != 0 || left[l] == 0 {
				continue
			}
			via[to] = l + 1
			if to < gpus {
				return via, to
			}
			queue = append(queue, to)
		}
	}
	return via, -1
}
