package network

import (
	"fmt"

	"trainsim/sim/engine"
)

// torus joins each host to its two neighbours along up to three dimensions.
// Host x + X·(y + Y·z) is at (x, y, z). A link of name y_plus[h] leads from host
// h to the next along y, y_minus[h] to the one before.
type torus struct {
	t      *Topology
	dims   []int32
	first  int32
	ecmp   bool
	seed   uint64
	halves int64
	orders [][]int // in which dimensions are crossed, the first preferred
	around *paths  // where links are dead
}

func newTorus(t *Topology, f *Fabric, hosts int) (*torus, error) {
	w := &torus{t: t, ecmp: f.Routing == "ecmp", seed: uint64(f.RoutingSeed)}
	if len(f.Dims) == 0 || len(f.Dims) > 3 {
		return nil, fmt.Errorf("network: dims = %v; a torus has one to three", f.Dims)
	}
	product, longest := 1, 1
	for _, d := range f.Dims {
		if d < 1 {
			return nil, fmt.Errorf("network: dims = %v; each is at least 1", f.Dims)
		}
		product, longest = product*d, max(longest, d)
		w.dims = append(w.dims, int32(d))
	}
	if product != hosts {
		return nil, fmt.Errorf("network: dims = %v are %d hosts, the machine has %d", f.Dims, product, hosts)
	}
	rate := f.nic() * float64(t.nics)
	if f.LinkBandwidth > 0 {
		rate = f.LinkBandwidth * f.NICEfficiency
	}
	var specs []spec
	for d := range w.dims {
		for _, way := range []string{"_plus", "_minus"} {
			specs = append(specs, spec{"xyz"[d:d+1] + way, "torus", wholeRate(rate)})
		}
	}
	w.first = t.add(hosts, specs...)
	if longest > 1 {
		w.halves = 2 * int64(hosts/longest) * wholeRate(rate)
	}
	w.orders = [][][]int{{{0}}, {{0, 1}, {1, 0}},
		{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}}[len(w.dims)-1]
	t.HostsPerPod = hosts
	return w, nil
}

func (w *torus) bisection() int64 { return w.halves }
func (w *torus) uniform() bool    { return false }

func (w *torus) on(t *Topology) wiring {
	u := *w
	u.t = t
	u.around = &paths{t: t, first: w.first, ecmp: w.ecmp, seed: w.seed}
	hosts := int32(t.GPUs / t.GPUsPerHost)
	for h := range hosts {
		stride := int32(1)
		for _, n := range w.dims {
			at := h / stride % n
			u.around.join(h, h+((at+1)%n-at)*stride)
			u.around.join(h, h+((at+n-1)%n-at)*stride)
			stride *= n
		}
	}
	u.around.index(int(hosts))
	return &u
}

// route crosses one dimension after another, the shorter way around. Of two
// ways of the same length sprayed traffic takes both, hashed traffic one. Around
// a dead link it takes the dimensions in another order, or the other way, or
// else the shortest path there is, as the fault-tolerant routing of TPU v4 does
// (Zu et al., "Resiliency at Scale: Managing Google's TPUv4 Machine Learning
// Supercomputer", NSDI 2024).
func (w *torus) route(out []crossing, from, to int32, amount uint64) []crossing {
	a, b := w.t.nicHost(from), w.t.nicHost(to)
	start := len(out)
	if !w.ecmp {
		out = w.walk(out, a, b, amount, w.orders[0], -1)
		if w.t.alive(out[start:]) {
			return out
		}
	}
	sides := uint64(1) << len(w.dims)
	first := engine.Hash(w.seed, uint64(uint32(from)), uint64(uint32(to))) % sides
	for _, order := range w.orders {
		for i := range sides {
			out = w.walk(out[:start], a, b, amount, order, int((first+i)%sides))
			if w.t.alive(out[start:]) {
				return out
			}
		}
	}
	if w.around != nil {
		if around, ok := w.around.shortest(out[:start], a, b, amount, uint64(from)<<32|uint64(to)); ok {
			return around
		}
	}
	return w.walk(out[:start], a, b, amount, w.orders[0], int(first))
}

// walk appends the links from host a to host b. Where both ways around
// dimension d are as long, bit d of side picks one; side -1 takes both.
func (w *torus) walk(out []crossing, a, b int32, amount uint64, order []int, side int) []crossing {
	for _, d := range order {
		stride := int32(1)
		for _, n := range w.dims[:d] {
			stride *= n
		}
		n := w.dims[d]
		ahead := ((b/stride-a/stride)%n + n) % n
		switch behind := n - ahead; {
		case ahead == 0:
			continue
		case ahead < behind || ahead == behind && side >= 0 && side>>d&1 == 0:
			out = w.along(out, a, d, stride, ahead, amount)
		case ahead > behind || side >= 0:
			out = w.along(out, a, d, stride, -behind, amount)
		default:
			out = w.along(out, a, d, stride, ahead, amount-amount/2)
			out = w.along(out, a, d, stride, -behind, amount/2)
		}
		at := a / stride % n
		a += ((at+ahead)%n - at) * stride
	}
	return out
}

// along appends steps links along dimension d, backwards where it is negative.
func (w *torus) along(out []crossing, a int32, d int, stride, steps int32, amount uint64) []crossing {
	n, links := w.dims[d], int32(2*len(w.dims))
	link, step := int32(2*d), int32(1)
	if steps < 0 {
		link, step, steps = link+1, n-1, -steps
	}
	for range steps {
		out = append(out, crossing{w.first + a*links + link, amount})
		at := a / stride % n
		a += ((at+step)%n - at) * stride
	}
	return out
}
