package training

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/power"
	"trainsim/sim/trace"
)

// TestEnergyIsConserved: whatever is wrong, capped, hot, fed, lost, shared or noisy, energy
// is one: the integral of the series, however wide their bins are, is that of
// components, of buckets and of power states; at no instant does a supply or a feed
// draw less than it delivers, or know of another load than there is; and power
// management adds up. All but means over bins are exact, to the last mW·ns.
func TestEnergyIsConserved(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawEverything(t)
		j := build()
		w := &powerWitness{T: t}
		j.observeFinish = w.look
		r := mustRun(t, j)
		w.series(j, r)
		w.steady(j, r)
		w.levels(j, r)
		w.managed(j, r)
		w.compare(r, build(), engine.Time(rapid.Int64Range(1, 1<<36).Draw(t, "bins as of a run of")))
	})
}

// drawEverything returns a builder of equal jobs with all that changes power.
func drawEverything(t *rapid.T) func() *Job {
	build := drawSharedJob(t)
	first := build()
	feeds, lost := drawFeeds(t, first)
	fold := rapid.IntRange(0, 2).Draw(t, "fold") > 0
	var noise *Noise
	if rapid.IntRange(0, 2).Draw(t, "noise") == 0 {
		noise = &Noise{Seed: 7, Jitter: 0.1, Pause: 50_000, PauseEvery: 2}
	}
	var cooling *Cooling
	if rapid.IntRange(0, 2).Draw(t, "cooling") == 0 {
		cooling = &Cooling{Coolant: cluster.Coolant{Inlet: cluster.Celsius(27), Resistance: 200_000}, Capacity: 1e-6, Warm: rapid.Bool().Draw(t, "warm"),
			Throttle: cluster.Throttle{Above: cluster.Celsius(60), Hysteresis: 2 * cluster.Degree}, Shutdown: cluster.Celsius(195), Interval: 50 * engine.Microsecond}
	}
	steps := rapid.IntRange(1, 4).Draw(t, "more steps")
	return func() *Job {
		j := build()
		j.Degrade = slices.Concat(j.Degrade, lost)
		j.Power, j.Fold, j.Noise, j.Steps, j.Cooling = feeds, fold, noise, steps, cooling
		return j
	}
}

// drawFeeds draws levels of feeds, some with a limit that may bind, and supplies that
// fail; nil: nothing is fed.
func drawFeeds(t *rapid.T, j *Job) (*Power, []Degrade) {
	if rapid.IntRange(0, 3).Draw(t, "no feeds") == 0 {
		return nil, nil
	}
	each := float64(j.Host.PeakLoad(j.GPU))
	guard := func(name string, hosts int) cluster.Guard {
		g := cluster.Guard{Continuous: 950_000, Policy: rapid.SampledFrom([]cluster.Policy{cluster.Cap, cluster.Brake}).Draw(t, name+" policy"),
			Delay: 20 * engine.Microsecond, Below: 900_000, After: 100 * engine.Microsecond}
		g.Limit = int64(rapid.SampledFrom([]float64{0, 0.7, 0.9, 2}).Draw(t, name+" limit") * each * float64(hosts))
		return g
	}
	hosts := len(j.hosts())
	level := func(name string, below int) cluster.Level {
		l := cluster.Level{Name: name, Hosts: int32(below), Loss: rapid.SampledFrom([]int64{0, 20_000_001}).Draw(t, name+" loss"),
			Fixed: rapid.SampledFrom([]int64{0, 1_234_567}).Draw(t, name+" fixed loss")}
		if below == 0 {
			below = hosts
		}
		l.Guard = guard(name, below)
		return l
	}
	p := &Power{Supplies: guard("supplies", 0), Levels: []cluster.Level{level("rack", 1), level("row", 2), level("site", 0)}}
	p.Levels[2].Overhead = rapid.SampledFrom([]int64{0, 100_000_003}).Draw(t, "overhead")
	var lost []Degrade
	for range rapid.IntRange(0, 2).Draw(t, "failures") {
		lost = append(lost, Degrade{Target: TargetSupply, ID: int32(rapid.IntRange(0, hosts-1).Draw(t, "host")), Supplies: int32(rapid.IntRange(1, 2).Draw(t, "supplies")),
			At: engine.Time(rapid.SampledFrom([]int{0, 40_000}).Draw(t, "fail at")), For: engine.Duration(rapid.SampledFrom([]int{0, 300_000}).Draw(t, "fail for"))})
	}
	return p, lost
}

// powerWitness looks at a run from outside.
type powerWitness struct{ *rapid.T }

// look checks what supplies and feeds draw and deliver since the last instant.
func (w *powerWitness) look(s *simulation, _ int32, at engine.Time, _, _ uint32) {
	for h := range s.plan.hostCount {
		if in, out := s.supplies.Input(int32(h)), s.supplies.Load(int32(h)); in < out || out <= 0 {
			w.Fatalf("before %d ns the supplies of host %d draw %d mW and deliver %d", at, h, in, out)
		}
	}
	if s.control == nil {
		return
	}
	if err := s.checkFeeds(); err != nil {
		w.Fatalf("before %d ns: %v", at, err)
	}
	for f := range s.plan.grid.id {
		k := s.control.hosts + int32(f)
		level := &s.job.Power.Levels[s.plan.grid.level[f]]
		delivered := s.plan.grid.load[f]
		drawn := level.DrawnBy(delivered)
		if taken, out, in := s.control.guards[k].sum, s.loadOf(k), delivers(drawn, s.control.guards[k].sum); out < taken || in < out {
			w.Fatalf("before %d ns %s draws %d mW and delivers %d, hosts below draw %d", at, s.nameOfGuard(k), in, out, taken)
		}
	}
}

// series checks the integrals of a whole run, and that means over bins, which files
// keep, hold as much.
func (w *powerWitness) series(j *Job, r *Result) {
	var parts, mains, gpus engine.Total
	for _, s := range j.Trace.Series {
		total := s.Total()
		switch {
		case s.Name == "power_total":
			mains = total
		case s.Name == "power" && s.Part == "gpu":
			gpus = total
			fallthrough
		case s.Name == "power":
			parts.AddTotal(total)
		}
		w.same(s.Name+" "+s.Part+" by means", byMeans(s, j.Trace.End), total.Float())
	}
	w.equal("components and the mains", parts, mains)
	w.equal("buckets and GPUs", sumOfTotals(r.Buckets.Energy), gpus)
	_, states := r.States.Sum()
	w.equal("power states and GPUs", states, gpus)
}

// steady checks the books of the steady step against the series of the same time.
func (w *powerWitness) steady(j *Job, r *Result) {
	_, states := r.Steady.States.Sum()
	buckets := sumOfTotals(r.Steady.Buckets.Energy)
	w.equal("power states and buckets of the steady step", states, buckets)
	for i, s := range j.Trace.Series {
		var want engine.Total
		switch {
		case s.Name == "power_total":
			want = r.Steady.Energy()
		case s.Name == "power" && s.Part == "gpu":
			want = buckets
		case s.Name == "power":
			want = r.Steady.part(s.Part)
		default:
			continue
		}
		if j.Noise == nil {
			w.equal(s.Name+" "+s.Part+" in the steady step", r.Steady.Series[i], want)
		} else { // means, each rounded down
			w.same(s.Name+" "+s.Part+" in the mean step", r.Steady.Series[i].Float(), want.Float())
		}
	}
}

// levels checks that each level draws what it delivers and more, and that the chain is
// one: what a level delivers is at least what those below draw.
func (w *powerWitness) levels(j *Job, r *Result) {
	if len(r.Levels) == 0 {
		return
	}
	hosts := r.Steady.Energy()
	hosts.SubTotal(r.Steady.part("switch"))
	below := hosts
	for i, l := range r.Levels {
		if i == len(r.Levels)-1 {
			below.AddTotal(r.Steady.part("switch"))
		}
		if l.Delivered.Less(below) || l.Drawn.Less(l.Delivered) {
			w.Fatalf("%s draws %v mW·ns, delivers %v, and those below take %v", l.Name, l.Drawn, l.Delivered, below)
		}
		if j.Noise == nil { // else a mean step is rounded down to the ns
			ns := float64(r.Steady.To.Sub(r.Steady.From))
			w.same(l.Name+" by its power", l.Power.Fixed*ns+l.Power.Per*hosts.Float(), l.Drawn.Float())
		}
		below = l.Drawn
	}
}

// managed checks that power management adds up: drawn, short and discharged are load,
// burnt and charged.
func (w *powerWitness) managed(j *Job, r *Result) {
	for _, s := range j.Trace.Series {
		if s.Name != "power_total" {
			continue
		}
		load := power.OfBins(s, 0, j.Trace.End)
		w.equal("the wave of the mains and its series", load.Energy(), s.Total())
		p := power.Policy{Floor: load.Target(), Up: 1e9, Down: 2e9, Stair: engine.Microsecond, Storage: power.Storage{Capacity: engine.Total{Lo: 1e9}, Power: load.Target() / 3}}
		m, _ := p.Steady(&load)
		got, want := sumOfTotals([]engine.Total{m.Wave.Energy(), m.Short, m.Discharged}), sumOfTotals([]engine.Total{load.Energy(), m.Burnt, m.Charged})
		w.equal("power management", got, want)
	}
}

// compare runs the same job with bins of another width.
func (w *powerWitness) compare(r *Result, j *Job, end engine.Time) {
	j.Trace.Expect(end)
	other := mustRun(w.T, j)
	if !slices.Equal(other.Buckets.Energy, r.Buckets.Energy) || other.States != r.States || !slices.Equal(other.Steady.Series, r.Steady.Series) {
		w.Fatalf("bins of %d ns change the books", j.Trace.Series[0].Width())
	}
}

func (w *powerWitness) equal(what string, a, b engine.Total) {
	if a != b {
		w.Fatalf("%s: %s mW·ns and %s", what, print128(a), print128(b))
	}
}

func (w *powerWitness) same(what string, a, b float64) {
	if math.Abs(a-b) > 1e-9*math.Max(math.Abs(a), math.Abs(b)) {
		w.Fatalf("%s: %.15g and %.15g", what, a, b)
	}
}

func sumOfTotals(list []engine.Total) (sum engine.Total) {
	for _, e := range list {
		sum.AddTotal(e)
	}
	return sum
}

func print128(t engine.Total) string { return fmt.Sprintf("%.20g", t.Float()) }

// byMeans integrates a series as files keep it.
func byMeans(s *trace.Series, end engine.Time) (sum float64) {
	width := engine.Time(s.Width())
	for b, mean := range s.Means() {
		sum += mean * float64(min(width, end-engine.Time(b)*width))
	}
	return sum
}
