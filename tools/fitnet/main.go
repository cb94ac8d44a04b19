// Command fitnet fits the latency and protocol parameters of each fabric to
// published collective measurements and prints them with their errors. The
// presets of sim/scenario/presets/network carry the rounded result.
//
//	go run ./tools/fitnet [-data ../shared/data/published]
//
// Parameters belong to a fabric, never to a number of GPUs: all group sizes
// and message sizes of a fabric are fitted together. The objective is the mean
// absolute log error, and of its square, which settles what the first leaves open;
// messages under 1 MiB count a quarter.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"log"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/optimize"

	"trainsim/sim/network"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("data", "../shared/data/published", "directory of nccl.csv and nccl_fits.csv")
	rows := flag.Bool("rows", false, "print every row")
	flag.Parse()
	measured, err := readMeasured(filepath.Join(*dir, "nccl.csv"))
	if err != nil {
		log.Fatal(err)
	}
	fits, err := readFits(filepath.Join(*dir, "nccl_fits.csv"))
	if err != nil {
		log.Fatal(err)
	}
	measured = append(measured, fits...)
	var fitted []*network.Fabric
	run := func(s system) {
		data := slices.DeleteFunc(slices.Clone(measured), func(r row) bool { return !s.match(r) })
		f := s.fit(data)
		fitted = append(fitted, f)
		report(s, f, data, *rows)
	}
	for _, s := range inside {
		run(s)
	}
	for _, s := range outside(fitted) {
		run(s)
	}
}

// row is one measurement: a collective that took seconds, or an asymptote of
// bus bandwidth ("large" messages), taken at 16 GiB.
type row struct {
	id, gpu, collective, algorithm, intra, inter string

	kind         network.Collective
	ranks, hosts int
	bytes        int64
	curve        bool // an asymptote, which stands for a curve
	seconds      float64
}

// error returns the log of predicted over measured time.
func (r row) error(m *machine) float64 {
	f := *m.fabric
	if r.ring() {
		f.Algorithm = "ring"
	}
	return math.Log(f.Time(r.kind, m.shape(r), r.bytes).Seconds() / r.seconds)
}

// machine is a fabric with the shapes of groups on it, each built once.
type machine struct {
	fabric *network.Fabric
	shapes map[row]network.Shape // by kind, ranks and hosts
}

func on(f *network.Fabric) *machine { return &machine{f, map[row]network.Shape{}} }

// shape returns that of the group of a row.
func (m *machine) shape(r row) network.Shape {
	key := row{kind: r.kind, ranks: r.ranks, hosts: r.hosts}
	s, ok := m.shapes[key]
	if !ok {
		s = m.fabric.Regular(r.kind, r.ranks, r.hosts)
		m.shapes[key] = s
	}
	return s
}

// small tells whether latency and protocol, more than bandwidth, decide.
func (r row) small() bool { return r.bytes < 1<<20 }

// fit minimises the mean absolute log error over the free parameters of s,
// from several starts, since the choice of algorithm is not smooth.
func (s system) fit(data []row) *network.Fabric {
	decode := func(x []float64) *network.Fabric {
		f := s.base
		for i, p := range s.free {
			p.set(&f, p.from+(p.to-p.from)/(1+math.Exp(-x[i])))
		}
		return &f
	}
	loss := func(x []float64) float64 {
		m, sum, weight := on(decode(x)), 0.0, 0.0
		for _, r := range data {
			w := 1.0
			if r.small() {
				w = 0.25
			}
			if r.curve && r.kind == network.AllToAll {
				w = 12 // about as much as the published fits of one group size
			}
			e := math.Abs(r.error(m))
			sum += w * (e + e*e)
			weight += w
		}
		return sum / weight
	}
	best, at := math.Inf(1), make([]float64, len(s.free))
	for round := range 24 {
		x := slices.Clone(at)
		for i := range x {
			x[i] += 1.5 * math.Sin(float64(1+round)*float64(3+7*i)) // a spread of starts, the same every time
		}
		result, err := optimize.Minimize(optimize.Problem{Func: loss}, x, &optimize.Settings{FuncEvaluations: 4000}, &optimize.NelderMead{})
		if result == nil {
			log.Fatal(err)
		}
		if result.F < best {
			best, at = result.F, result.X
		}
	}
	return decode(at)
}

func report(s system, f *network.Fabric, data []row, all bool) {
	m := on(f)
	fmt.Printf("%s: %d rows\n", s.name, len(data))
	for _, p := range s.free {
		fmt.Printf("  %-22s %.4g %s\n", p.name, p.get(f), p.unit)
	}
	for _, class := range []struct {
		name     string
		from, to int64
	}{{"< 1 MiB", 0, 1 << 20}, {">= 1 MiB", 1 << 20, 1 << 60}, {">= 64 MiB", 1 << 26, 1 << 60}} {
		var errs []float64
		for _, r := range data {
			if r.bytes >= class.from && r.bytes < class.to {
				errs = append(errs, math.Abs(math.Expm1(r.error(m))))
			}
		}
		if len(errs) > 0 {
			slices.Sort(errs)
			sum := 0.0
			for _, e := range errs {
				sum += e
			}
			fmt.Printf("  %-10s %3d rows: median %.1f %%, mean %.1f %%, worst %.1f %%\n", class.name, len(errs),
				100*errs[len(errs)/2], 100*sum/float64(len(errs)), 100*errs[len(errs)-1])
		}
	}
	if !all {
		return
	}
	slices.SortStableFunc(data, func(a, b row) int { return cmp.Or(a.ranks-b.ranks, cmp.Compare(a.bytes, b.bytes)) })
	for _, r := range data {
		g := *f
		if r.ring() {
			g.Algorithm = "ring"
		}
		c := g.Cost(r.kind, m.shape(r), r.bytes)
		fmt.Printf("  %-6s %-14v %3d ranks %2d hosts %12d B %11.1f us %+7.1f %% %s\n", r.id, r.kind, r.ranks, r.hosts, r.bytes,
			r.seconds*1e6, 100*math.Expm1(r.error(m)), c.Algorithm)
	}
}
