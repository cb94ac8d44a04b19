package training

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"trainsim/sim/cluster"
	"trainsim/sim/engine"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

// layouts returns one layout for each size, with tensor, pipeline and data > 1.
func foldLayouts() map[int]workload.Layout {
	return map[int]workload.Layout{
		8:    smallLayout(2, 2, 2, 4),
		64:   smallLayout(4, 4, 4, 8),
		512:  smallLayout(8, 8, 8, 8),
		1024: smallLayout(8, 8, 16, 8),
	}
}

// variants are the ways a job is changed before folded and unfolded runs of it
// are compared.
var variants = []struct {
	name   string
	layout func(*workload.Layout)
	change func(*Job)
}{
	{"undisturbed", nil, nil},
	{"one GPU at 0.9", nil, func(j *Job) { j.Degrade = []Degrade{{Target: TargetGPU, ID: 5, Speed: 900_000}} }},
	{"one host at 0.8", nil, func(j *Job) { j.Degrade = []Degrade{{Target: TargetHost, ID: 0, Speed: 800_000}} }},
	{"one link at 0.5", nil, func(j *Job) {
		l, _ := j.Topology.LinkByName("nic_up[3]")
		if len(j.Role) == 8 {
			l, _ = j.Topology.LinkByName("nvlink_up[3]")
		}
		j.Degrade = []Degrade{{Target: TargetLink, ID: l, Speed: 500_000}}
	}},
	{"a GPU slows midway and recovers", nil, func(j *Job) {
		j.Degrade = []Degrade{{Target: TargetGPU, ID: 2, Speed: 700_000, At: engine.Time(200 * engine.Microsecond), For: 3 * engine.Millisecond}}
	}},
	{"a link fails midway and returns", nil, func(j *Job) {
		l, _ := j.Topology.LinkByName("nvlink_down[1]")
		j.Degrade = []Degrade{{Target: TargetLink, ID: l, Speed: 0, At: engine.Time(300 * engine.Microsecond), For: 2 * engine.Millisecond}}
	}},
	{"a switch fails midway and returns", nil, func(j *Job) {
		links, err := j.Topology.SwitchLinks("leaf[3]")
		if err != nil {
			panic(err)
		}
		j.Degrade = linksAlike(links, Degrade{Part: "leaf[3]", At: engine.Time(300 * engine.Microsecond), For: 2 * engine.Millisecond})
	}},
	{"a rail at 0.5", nil, func(j *Job) {
		links, err := j.Topology.RailLinks(2)
		if err != nil {
			panic(err)
		}
		j.Degrade = linksAlike(links, Degrade{Part: "rail 2", Speed: 500_000})
	}},
	{"two GPUs slow alike recover at different times", nil, func(j *Job) {
		d := Degrade{Target: TargetGPU, Speed: 800_000, At: engine.Time(100 * engine.Microsecond), For: 400 * engine.Microsecond}
		longer := d
		longer.ID, longer.For = 1, 700*engine.Microsecond
		j.Degrade = []Degrade{d, longer}
	}},
	{"one NIC at 0.5, in pods of 20 hosts", nil, func(j *Job) { inPods(j, 20, 1) }},
	{"one NIC at 0.5, in pods of 20 hosts, tapered", nil, func(j *Job) { inPods(j, 20, 2) }},
	{"one GPU capped", nil, func(j *Job) {
		j.GPU, j.Caps = poweredGPU(), []Cap{{Target: TargetGPU, ID: 5, Hold: Hold{Power: 200_000}}}
	}},
	{"a host capped now and again, a stage at half its clock", nil, func(j *Job) {
		j.GPU = poweredGPU()
		j.Caps = []Cap{
			{Target: TargetHost, Hold: Hold{Power: 150_000}, At: engine.Time(100 * engine.Microsecond), For: 300 * engine.Microsecond, Every: engine.Millisecond},
			{Target: TargetStage, ID: 1, Hold: Hold{Clock: 500_000}, Phases: []workload.Phase{workload.Backward, workload.WeightGrad}},
		}
	}},
	{"parts of three grades at 250 W", nil, func(j *Job) {
		j.GPU = poweredGPU()
		j.GPU.PowerCap = 250
		for r := range j.Role {
			j.Draw = append(j.Draw, []cluster.Speed{cluster.Nominal, 1_050_000, 1_100_000}[r/8%3])
		}
	}},
	{"lost supplies", nil, func(j *Job) { fed(j, 2, 2) }},
	{"a rack limit that binds, and lost supplies", nil, func(j *Job) { fed(j, 0.8, 2) }},
	{"a site limit that binds", nil, func(j *Job) { fed(j, 2, 0.8); j.Degrade = nil }},
	{"every limit binds", nil, func(j *Job) { fed(j, 0.8, 0.75) }},
	{"cold GPUs, one in hot air, a host whose fans fail for a while", nil, func(j *Job) { cooled(j, false) }},
	{"the same from a warm start, under a cap", nil, func(j *Job) {
		cooled(j, true)
		j.Caps = []Cap{{Target: TargetHost, Hold: Hold{Power: 300_000}, At: engine.Time(150 * engine.Microsecond), For: 300 * engine.Microsecond}}
	}},
	{"heat below limits that bind", nil, func(j *Job) { fed(j, 0.8, 0.75); cooled(j, false) }},
	{"uneven stages", func(l *workload.Layout) {
		for p := range l.Pipeline {
			l.StageLayers = append(l.StageLayers, 1+p%2)
		}
	}, nil},
	{"uneven chunks", func(l *workload.Layout) {
		l.Schedule, l.VirtualPipeline = workload.Interleaved, 2
		l.StageLayers = make([]int, 2*l.Pipeline) // the first and the last without a layer
		for i := 1; i+1 < len(l.StageLayers); i++ {
			l.StageLayers[i] = 1 + i%2
		}
	}, nil},
	{"rings of context", func(l *workload.Layout) {
		l.Context, l.Data, l.FlashAttention, l.ZeRO = 2, max(1, l.Data/2), true, 1
	}, func(j *Job) { j.GPU = poweredGPU() }},
	{"gathers of context, and a slow GPU", func(l *workload.Layout) {
		l.Context, l.Data, l.FlashAttention, l.ContextComm = 2, max(1, l.Data/2), true, workload.ContextAllGather
	}, func(j *Job) { j.GPU = poweredGPU(); j.Degrade = []Degrade{{Target: TargetGPU, ID: 5, Speed: 900_000}} }},
	{"experts", func(l *workload.Layout) {
		l.SequenceParallel, l.ZeRO, l.Expert = true, 1, l.Tensor*l.Data/2
	}, nil},
	{"experts, of which the first rank of each group gets 1.5 times the mean, and a slow GPU", func(l *workload.Layout) {
		l.SequenceParallel, l.ZeRO, l.Expert, l.ExpertImbalance = true, 1, l.Tensor*l.Data/2, 1.5
	}, func(j *Job) { j.Degrade = []Degrade{{Target: TargetGPU, ID: 5, Speed: 900_000}} }},
	{"interleaved with ZeRO-2 overlap", func(l *workload.Layout) {
		l.Schedule, l.VirtualPipeline, l.ZeRO = workload.Interleaved, 2, 2
		l.OverlapGrad, l.OverlapParam, l.OverlapPipeline = true, true, true
		l.BucketBytes = 1 << 20
	}, nil},
}

// fed hangs a job on racks of two hosts and rows of four, with losses everywhere; a
// supply fails for a while, and racks and the site are held to shares of what they
// would take.
func fed(j *Job, rack, site float64) {
	j.GPU = cubicGPU()
	hang(j, rack, site)
	last := int32((len(j.Role)+7)/8 - 1)
	at, short := engine.Time(50*engine.Microsecond), 400*engine.Microsecond
	j.Degrade = append(j.Degrade, Degrade{Target: TargetSupply, ID: last, Supplies: 5, At: at}, Degrade{Target: TargetSupply, ID: last / 2, Supplies: 1, At: at, For: short})
}

// hang hangs a job on racks, rows and a site, of which racks and site are held to shares
// of what they would take.
func hang(j *Job, rack, site float64) {
	each := j.Host.PeakLoad(j.GPU)
	limit := func(share float64, hosts int) int64 { return int64(share * float64(each) * float64(hosts)) }
	guard := func(limit int64) cluster.Guard {
		return cluster.Guard{Limit: limit, Continuous: 950_000, Policy: cluster.Cap, Delay: 20 * engine.Microsecond, Below: 900_000, After: 100 * engine.Microsecond, Breaker: 100 * engine.Second}
	}
	hosts := len(j.hosts())
	j.Power = &Power{Supplies: guard(0), Levels: []cluster.Level{
		{Name: "rack", Hosts: 2, Loss: 10_000_000, Guard: guard(limit(rack, 2))},
		{Name: "row", Hosts: 4, Loss: 20_000_000, Fixed: 1_234_567},
		{Name: "site", Loss: 30_000_000, Overhead: 100_000_000, Guard: guard(limit(site, hosts))},
	}}
}

// cooled cools GPUs by air that is not enough for all of them, with a time constant
// of the length of a step.
func cooled(j *Job, warm bool) {
	j.GPU = cubicGPU()
	j.Cooling = &Cooling{Coolant: cluster.Coolant{Inlet: cluster.Celsius(20), Resistance: 200_000}, Capacity: 1e-3,
		Throttle: cluster.Throttle{Above: cluster.Celsius(55), Hysteresis: cluster.Degree}, Shutdown: cluster.Celsius(200),
		Interval: 20 * engine.Microsecond, Warm: warm, Failures: []CoolingFailure{
			{Target: TargetGPU, ID: 6, Coolant: cluster.Coolant{Inlet: cluster.Celsius(30)}},
			{Target: TargetHost, ID: 0, Coolant: cluster.Coolant{Resistance: 300_000}, At: engine.Time(100 * engine.Microsecond), For: 400 * engine.Microsecond},
		}}
}

// inPods puts the job on pods of so many hosts, one NIC of which is slow.
func inPods(j *Job, hosts int, taper float64) {
	f := *j.Fabric
	f.HostsPerPod, f.Oversubscription = hosts, taper
	j.Fabric, j.Topology = &f, f.Build(len(j.Role)/8, 8)
	l, _ := j.Topology.LinkByName("nic_up[3]")
	j.Degrade = []Degrade{{Target: TargetLink, ID: l, Speed: 500_000}}
}

// linksAlike returns a degrade of each link, all like d.
func linksAlike(links []int32, d Degrade) []Degrade {
	all := make([]Degrade, len(links))
	for i, l := range links {
		d.Target, d.ID = TargetLink, l
		all[i] = d
	}
	return all
}

// TestFoldedEqualsUnfolded compares every time stamp and the energy of the
// folded and the unfolded run of the same job.
func TestFoldedEqualsUnfolded(t *testing.T) {
	for _, ranks := range []int{8, 64, 512, 1024} {
		if testing.Short() && ranks > 64 {
			continue
		}
		for _, v := range variants {
			t.Run(fmt.Sprintf("%d GPUs/%s", ranks, v.name), func(t *testing.T) {
				l := foldLayouts()[ranks]
				if v.layout != nil {
					v.layout(&l)
				}
				m := small()
				m.Layers = 2 * l.Pipeline
				if l.Expert > 1 {
					m = mixed(m, l)
				}
				if l.StageLayers != nil {
					m.Layers = 0
					for _, n := range l.StageLayers {
						m.Layers += n
					}
				}
				compareFolds(t, func() *Job {
					j := newJob(t, m, l, realFabric())
					j.Steps = 2
					if v.change != nil {
						v.change(j)
					}
					return j
				})
			})
		}
	}
}

// TestTwoWeightsOnALeaf folds 192 GPUs on 32 hosts of 6, in pods of 4: rings of
// data-parallel groups cross leaf links of one class with different shares of
// their bytes.
func TestTwoWeightsOnALeaf(t *testing.T) {
	l := smallLayout(8, 4, 6, 4)
	f := realFabric()
	f.HostsPerPod, f.Oversubscription = 4, 4
	build := func() *Job { return newJob(t, small(), l, f).onHosts(6) }
	j := build()
	j.Fold = true
	prepared := mustPrepare(t, j)
	p, q := prepared.plan, prepared.Runner().folding.quotient(j)
	if !severalWeights(q) {
		t.Error("no group crosses a class of links with several weights")
	}
	if severalWeights(p) {
		t.Error("unfolded, a group names a link twice")
	}
	compareFolds(t, build)
}

// severalWeights tells whether a group names a link, or class of links, with
// several weights.
func severalWeights(p *plan) bool {
	for g := range p.groupComm {
		hops := p.hopsOf(int32(g))
		for i := range hops[:max(0, len(hops)-1)] {
			if hops[i].Link == hops[i+1].Link {
				return true
			}
		}
	}
	return false
}

func compareFolds(t failer, build func() *Job) {
	t.Helper()
	whole, folded := build(), build()
	folded.Fold = true
	whole.record()
	folded.record()
	ws, fs := stamps(t, whole), stamps(t, folded)
	for r := range ws.ends {
		if ws.ends[r] != fs.ends[r] {
			t.Fatalf("rank %d: time stamps digest to %v unfolded, %v folded", r, ws.ends[r], fs.ends[r])
		}
	}
	w, f := ws.result, fs.result
	if w.Digest != f.Digest {
		t.Errorf("digest %v unfolded, %v folded", w.Digest, f.Digest)
	}
	if w.PeakPower != f.PeakPower {
		t.Errorf("peak power %d mW unfolded, %d folded", w.PeakPower, f.PeakPower)
	}
	if w.End != f.End || w.Operations != f.Operations {
		t.Errorf("end %v and %d operations unfolded, %v and %d folded", w.End, w.Operations, f.End, f.Operations)
	}
	if !slices.Equal(w.Levels, f.Levels) || !slices.Equal(w.Supplies, f.Supplies) || w.Steady.LostToCaps != f.Steady.LostToCaps {
		t.Errorf("levels %v, supplies %v, %v lost to caps unfolded, %v, %v and %v folded", w.Levels, w.Supplies, w.Steady.LostToCaps, f.Levels, f.Supplies, f.Steady.LostToCaps)
	}
	if !slices.Equal(w.Background, f.Background) || !slices.Equal(w.Neighbours, f.Neighbours) {
		t.Errorf("others got %v and %v unfolded, %v and %v folded", w.Background, w.Neighbours, f.Background, f.Neighbours)
	}
	if f.Classes > w.Ranks || w.Classes != w.Ranks {
		t.Errorf("%d classes folded, %d unfolded of %d ranks", f.Classes, w.Classes, w.Ranks)
	}
	for i := range w.Buckets.Energy {
		if w.Buckets.Energy[i] != f.Buckets.Energy[i] || w.Buckets.Time[i] != f.Buckets.Time[i] {
			t.Errorf("bucket %d: %v ns and %v mW·ns unfolded, %v and %v folded", i,
				w.Buckets.Time[i], w.Buckets.Energy[i], f.Buckets.Time[i], f.Buckets.Energy[i])
		}
	}
	if w.States != f.States || w.Steady.States != f.Steady.States {
		t.Errorf("power states %v unfolded, %v folded", w.States, f.States)
	}
	for i, s := range whole.Trace.Series {
		if g := folded.Trace.Series[i]; s.Total() != g.Total() {
			t.Errorf("series %s %s integrates to %v unfolded, %v folded", s.Name, s.Part, s.Total(), g.Total())
		}
	}
	if (w.Temperatures == nil) != (f.Temperatures == nil) || w.Temperatures != nil && *w.Temperatures != *f.Temperatures {
		t.Errorf("temperatures %+v unfolded, %+v folded", w.Temperatures, f.Temperatures)
	}
	sameLinkUse(t, w, f)
	we, fe := sortedEvents(whole), sortedEvents(folded)
	if !slices.Equal(we, fe) {
		t.Errorf("events unfolded %v\nfolded %v", we, fe)
	}
}

// sortedEvents returns the events of a run; those of an instant are in no
// particular order. What a power limit does is told once for all places alike, with
// their number, so that only how many there are at a time is the same.
func sortedEvents(j *Job) []trace.Event {
	var out []trace.Event
	for _, e := range j.Trace.Events {
		n := 1
		if e.Kind == "power_cap" || e.Kind == "power_uncap" {
			if text, more, alike := strings.Cut(e.Text, ", here and at "); alike {
				fmt.Sscanf(more, "%d", &n)
				n, e.Text = n+1, text
			}
			e.Name, _, _ = strings.Cut(e.Name, " ")
		}
		for range n {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b trace.Event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Text, b.Text))
	})
	return out
}
