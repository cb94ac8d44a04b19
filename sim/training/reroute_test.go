package training

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/trace"
	"trainsim/sim/workload"
)

const ms = engine.Millisecond

// twoPods has a leaf of eight uplinks for each host, hashed.
func twoPods() *network.Fabric {
	f := realFabric()
	f.Topology, f.HostsPerPod, f.Routing = "fat-tree", 1, "ecmp"
	f.NICEfficiency, f.SendEfficiency = 1, 1
	return f
}

// acrossPods is a job of two ranks in two pods, which reduce 600 MB: at 25 GB/s
// 24 ms after two steps of 15 µs. Two more ranks do the same beside them.
func acrossPods(f *network.Fabric, rings int) *Job {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	j := handJob(2*rings, []workload.Op{reduce}, sync(0))
	j.Fabric, j.Topology = f, f.Build(2, 8)
	j.GPUs, j.Groups = nil, nil
	for i := range int32(rings) {
		j.GPUs = append(j.GPUs, i, 8+i)
		j.Groups = append(j.Groups, workload.Group{Comm: workload.CommTensor, Ranks: []int32{2 * i, 2*i + 1}})
	}
	return j
}

// spineOf returns the number of the spine that traffic between two GPUs takes.
func spineOf(t *testing.T, top *network.Topology, a, b int32) int {
	for _, h := range top.Path(a, b) {
		if digits, found := strings.CutPrefix(top.LinkName(h.Link), "leaf_up["); found {
			var n int
			fmt.Sscanf(digits, "%d]", &n)
			return n % 8
		}
	}
	t.Fatalf("no uplink from GPU %d to %d", a, b)
	return 0
}

// TestReroute: the spine that a transfer crosses is gone from 5 ms on. It stalls
// until routing has seen that for the reroute time, then takes another of the
// eight, as fast; a flap that is no longer is waited for; and while it is back
// for no longer, traffic stays away.
func TestReroute(t *testing.T) {
	for _, c := range []struct {
		name                   string
		reroute, lasts, every  engine.Duration
		late                   engine.Duration
		rerouted, back, begins int // events
	}{
		{"for good", 2 * ms, 0, 0, 2 * ms, 1, 0, 1},
		{"at once", 0, 0, 0, 0, 1, 0, 1},
		{"back after the transfer", 2 * ms, 70 * ms, 0, 2 * ms, 1, 0, 1},
		{"back before the end", 2 * ms, 7 * ms, 0, 2 * ms, 1, 1, 1},
		{"shorter than the reroute time", 8 * ms, 7 * ms, 0, 7 * ms, 0, 0, 1},
		{"as long", 7 * ms, 7 * ms, 0, 7 * ms, 0, 0, 1},
		{"flapping", 1 * ms, 3 * ms, 6 * ms, 4 * ms, 4, 4, 4}, // dead from 5, 11, 17, 23
		{"flapping too fast to return", 3 * ms, 4 * ms, 6 * ms, 3 * ms, 1, 0, 4},
		{"flapping too fast to notice", 3 * ms, 2 * ms, 6 * ms, 10 * ms, 0, 0, 5}, // at 5, 11, 17, 23, 29
	} {
		f := twoPods()
		f.RerouteTime = c.reroute
		j := acrossPods(f, 1)
		links, err := j.Topology.SwitchLinks(fmt.Sprintf("spine[%d]", spineOf(t, j.Topology, 0, 8)))
		if err != nil {
			t.Fatal(err)
		}
		j.Degrade = linksAlike(links, Degrade{Part: "the spine", At: engine.Time(5 * ms), For: c.lasts, Every: c.every})
		rec := j.record()
		r := mustRun(t, j)
		if want := engine.Time(30_000 + 24*ms + c.late); r.End != want {
			t.Errorf("%s: ends at %d ns, want %d", c.name, r.End, want)
		}
		texts := map[string]int{}
		for _, e := range rec.Events {
			texts[e.Kind+": "+e.Text]++
		}
		if texts["reroute: 1 flow rerouted"] != c.rerouted || texts["reroute: 1 flow back on its own path"] != c.back || texts["degrade: at 0 % of its speed"] != c.begins {
			t.Errorf("%s: events %v, want %d rerouted, %d back, %d begun", c.name, texts, c.rerouted, c.back, c.begins)
		}
	}
}

// TestRerouteCollides: two transfers on two spines. All but the spine of the
// other are dead from 5 ms on, so that both share it from 7 ms on, at half the
// rate each: of 600 MB one has moved 5 ms' worth by then, the other 7. The other
// ends after 7 + 2·17 = 41 ms; the first has 19 − 17 ms' worth left: 43 ms.
func TestRerouteCollides(t *testing.T) {
	f := twoPods()
	f.NICLatency, f.RerouteTime = 0, 2*ms
	var j *Job
	for f.RoutingSeed = 1; ; f.RoutingSeed++ { // both ways of each ring over a spine of their own
		j = acrossPods(f, 2)
		a, b := spineOf(t, j.Topology, 0, 8), spineOf(t, j.Topology, 1, 9)
		if a == spineOf(t, j.Topology, 8, 0) && b == spineOf(t, j.Topology, 9, 1) && a != b {
			break
		}
	}
	keep := spineOf(t, j.Topology, 1, 9)
	for spine := range 8 {
		if links, _ := j.Topology.SwitchLinks(fmt.Sprintf("spine[%d]", spine)); spine != keep {
			j.Degrade = append(j.Degrade, linksAlike(links, Degrade{At: engine.Time(5 * ms)})...)
		}
	}
	j.record()
	r := mustRun(t, j)
	if want := engine.Time(43 * ms); r.End != want {
		t.Errorf("ends at %d ns, want %d", r.End, want)
	}
	for _, l := range r.HottestLinks { // all bytes are counted where they went
		switch spine := strings.HasPrefix(l.Name, "leaf_"); {
		case spine && strings.HasSuffix(l.Name, fmt.Sprintf("[%d]", keep)) && l.Bytes != 600_000_000+475_000_000,
			spine && strings.HasSuffix(l.Name, fmt.Sprintf("[%d]", spineOf(t, j.Topology, 0, 8))) && l.Bytes != 125_000_000,
			strings.HasPrefix(l.Name, "nic_") && l.Bytes != 600_000_000:
			t.Errorf("%s carried %d bytes", l.Name, l.Bytes)
		}
	}
}

// TestNoOtherPath: a job that loses a NIC for good stops and names it, also
// while another link flaps.
func TestNoOtherPath(t *testing.T) {
	for i := range 4 {
		j := acrossPods(twoPods(), 1)
		j.Fold = i%2 == 0
		dead, _ := j.Topology.LinkByName("nic_up[8]")
		flaps, _ := j.Topology.LinkByName("leaf_up[3]")
		j.Degrade = []Degrade{{Target: TargetLink, ID: dead, At: engine.Time(5 * ms)}}
		if i >= 2 {
			j.Degrade = append(j.Degrade, Degrade{Target: TargetLink, ID: flaps, At: 1, For: 1 * ms, Every: 3 * ms})
		}
		want := `waits for "reduce", whose transfer makes no progress: nic_up[8] is dead, and no other path leads around it`
		if _, err := Run(j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("job %d: %v, want %s", i, err, want)
		}
	}
}

// TestBlockedHasAnEnd: a job that loses a NIC for good stops at once, whatever comes again
// and again: for a year, it would be 10¹¹ caps or looks at temperatures.
func TestBlockedHasAnEnd(t *testing.T) {
	for i := range 10 {
		j := acrossPods(twoPods(), 1)
		j.Fold = i%2 == 0
		dead, _ := j.Topology.LinkByName("nic_up[8]")
		j.Degrade = []Degrade{{Target: TargetLink, ID: dead, At: engine.Time(5 * ms)}}
		if i < 4 {
			j.Caps = []Cap{{Target: TargetAll, Hold: Hold{Clock: 900_000}, For: 100 * engine.Microsecond, Every: 300 * engine.Microsecond}}
		}
		if i >= 2 {
			cooled(j, false)
		}
		if i >= 6 {
			flaps, _ := j.Topology.LinkByName("leaf_up[3]")
			j.Degrade = append(j.Degrade, Degrade{Target: TargetLink, ID: flaps, At: 1, For: 30 * engine.Microsecond, Every: 50 * engine.Microsecond})
		}
		if i >= 8 {
			j.Degrade = append(j.Degrade, Degrade{Target: TargetGPU, ID: 3, Speed: 500_000, At: 1, For: 10 * engine.Microsecond, Every: 20 * engine.Microsecond})
		}
		want := `waits for "reduce", whose transfer makes no progress: nic_up[8] is dead`
		if _, err := Run(j); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("job %d: %v, want %s", i, err, want)
		}
	}
}

// TestFlapsInTurn: of two NICs that a ring needs, each is dead for 30 of 50 µs. Where one
// dies before the other is back nothing ever moves, and the job stops; where they die
// together, or where one comes as often in 60 µs, the ring ends.
func TestFlapsInTurn(t *testing.T) {
	us := engine.Microsecond
	for _, c := range []struct {
		at    engine.Time
		every engine.Duration
		ends  bool
	}{{25_000, 50 * us, false}, {1, 50 * us, true}, {25_000, 60 * us, true}} {
		for _, fold := range []bool{false, true} {
			f := twoPods()
			f.RerouteTime = engine.Second
			j := acrossPods(f, 1)
			j.Fold = fold
			for i, name := range []string{"nic_up[0]", "nic_up[8]"} {
				link, _ := j.Topology.LinkByName(name)
				d := Degrade{Target: TargetLink, ID: link, At: 1, For: 30 * us, Every: 50 * us}
				if i == 1 {
					d.At, d.Every = c.at, c.every
				}
				j.Degrade = append(j.Degrade, d)
			}
			_, err := Run(j)
			if c.ends && err != nil || !c.ends && (err == nil || !strings.Contains(err.Error(), "whose transfer makes no progress")) {
				t.Errorf("the second from %d every %d ns: %v", c.at, c.every, err)
			}
		}
	}
}

// TestFoldedReroute: folded, 128 ranks are still a few classes when a link or
// switch dies and flows go around it, and all time stamps are those of
// the unfolded run.
func TestFoldedReroute(t *testing.T) {
	for _, c := range []struct {
		name     string
		pipeline int
		fabric   func(*network.Fabric)
		dead     string
		classes  int64
	}{
		{"rails", 1, func(f *network.Fabric) { f.HostsPerPod, f.Routing = 4, "ecmp" }, "spine[1]", 3},
		{"fat tree", 1, func(f *network.Fabric) {
			f.Topology, f.HostsPerPod, f.Oversubscription, f.Routing = "fat-tree", 4, 2, "ecmp"
		}, "spine[1]", 5},
		{"core", 1, func(f *network.Fabric) {
			f.HostsPerPod, f.PodsPerSpine, f.SpineOversubscription, f.Routing = 4, 2, 8, "ecmp"
		}, "core[1]", 7},
		{"torus", 1, func(f *network.Fabric) { f.Topology, f.Dims = "torus", []int{4, 4} }, "x_plus[1]", 1},
		{"torus of two stages", 2, func(f *network.Fabric) { f.Topology, f.Dims = "torus", []int{2, 8} }, "y_plus[1]", 12},
		{"graph", 2, func(f *network.Fabric) { f.Topology, f.Link = "graph", graphLinks(16, 8, 3) }, "spine[1]", 2},
		{"dragonfly", 1, func(f *network.Fabric) {
			f.Topology, f.Groups, f.RoutersPer, f.HostsPerRouter = "dragonfly", 4, 2, 2
		}, "global[0]", 1},
	} {
		build := func() *Job {
			f := realFabric()
			f.RerouteTime = 50 * engine.Microsecond
			c.fabric(f)
			j := newJob(t, small(), smallLayout(8, c.pipeline, 16/c.pipeline, 8), f)
			links, err := j.Topology.SwitchLinks(c.dead)
			if err != nil {
				if links, err = j.Topology.LinksByName(c.dead); err != nil {
					t.Fatal(err)
				}
			}
			j.Degrade = linksAlike(links, Degrade{Part: c.dead, At: engine.Time(300 * engine.Microsecond), For: 20 * ms})
			return j
		}
		compareFolds(t, build)
		j := build()
		j.Fold = true
		rec := j.record()
		r := mustRun(t, j)
		rerouted := func(e trace.Event) bool { return e.Kind == "reroute" && strings.HasSuffix(e.Text, " rerouted") }
		if !slices.ContainsFunc(rec.Events, rerouted) || r.Classes != c.classes {
			t.Errorf("%s: %d classes, want %d; events %v", c.name, r.Classes, c.classes, rec.Events)
		}
	}
}

// drawHosts draws a fabric in which hosts have several paths between them.
func drawHosts(t *rapid.T, hosts, gpus int) *network.Fabric {
	f := realFabric()
	f.HostsPerPod = rapid.IntRange(1, 2).Draw(t, "hosts per pod")
	f.Topology = rapid.SampledFrom([]string{"rail", "fat-tree", "fat-tree", "torus", "dragonfly", "graph", "graph"}).Draw(t, "topology")
	f.Routing = rapid.SampledFrom([]string{"spray", "ecmp"}).Draw(t, "routing")
	f.RoutingSeed = rapid.Int64Range(0, 9).Draw(t, "routing seed")
	switch f.Topology {
	case "rail", "fat-tree":
		f.Routing = "ecmp"
		f.Oversubscription = float64(rapid.SampledFrom([]int{1, 2, 3}).Draw(t, "oversubscription"))
		f.PodsPerSpine = rapid.IntRange(0, 2).Draw(t, "pods per spine")
		if f.Rails = 0; f.Topology == "rail" {
			f.Rails = rapid.SampledFrom([]int{1, 2, gpus}).Filter(func(n int) bool { return gpus%n == 0 }).Draw(t, "rails")
		}
	case "torus":
		for x := rapid.IntRange(1, hosts).Draw(t, "x"); f.Dims == nil; x-- {
			if hosts%x == 0 {
				f.Dims = []int{x, hosts / x}
			}
		}
	case "dragonfly":
		f.RoutersPer, f.HostsPerRouter = rapid.IntRange(1, 3).Draw(t, "routers"), rapid.IntRange(1, 2).Draw(t, "hosts per router")
		f.Groups = (hosts + f.RoutersPer*f.HostsPerRouter - 1) / (f.RoutersPer * f.HostsPerRouter)
		f.GlobalLinks = rapid.IntRange(1, 2).Draw(t, "global links")
	case "graph":
		f.Link = graphLinks(hosts, gpus, rapid.IntRange(1, 3).Draw(t, "spines"))
	}
	return f
}

// graphLinks returns the links of GPUs to a switch of their host, and of that to
// each spine.
func graphLinks(hosts, gpus, spines int) (links []network.Link) {
	for h := range hosts {
		host := fmt.Sprintf("host[%d]", h)
		for g := range gpus {
			links = append(links, network.Link{From: fmt.Sprintf("gpu[%d]", h*gpus+g), To: host, Bandwidth: 100e9})
		}
		for s := range spines {
			links = append(links, network.Link{From: host, To: fmt.Sprintf("spine[%d]", s), Bandwidth: 40e9})
		}
	}
	return links
}

// drawDead draws links that die for a while, or again and again, and what else is
// wrong.
func drawDead(t *rapid.T, j *Job) []Degrade {
	var out []Degrade
	if rapid.Bool().Draw(t, "more") {
		out = drawDegrades(t, j)
	}
	for i := range rapid.IntRange(1, 3).Draw(t, "dead") {
		d := Degrade{At: engine.Time(rapid.SampledFrom([]int{0, 1, 40_000, 700_000}).Draw(t, "at")),
			For: engine.Duration(rapid.SampledFrom([]int{30_000, 30_001, 400_000, 2_000_000}).Draw(t, "for"))}
		if i == 0 && rapid.Bool().Draw(t, "flaps") { // two in turn might let nothing through for ever
			d.Every = d.For + engine.Duration(rapid.SampledFrom([]int{20_000, 40_000, 500_000}).Draw(t, "pause"))
		}
		links := []int32{rapid.Int32Range(0, int32(j.Topology.Links()-1)).Draw(t, "link")}
		if sw, err := j.Topology.SwitchLinks(fmt.Sprintf("spine[%d]", rapid.IntRange(0, 2).Draw(t, "spine"))); err == nil && rapid.Bool().Draw(t, "switch") {
			links, d.Part = sw, "spine"
		}
		out = append(out, linksAlike(links, d)...)
	}
	return out
}

// drawRerouted returns a builder of equal jobs in which links die.
func drawRerouted(t *rapid.T) func() *Job {
	l := drawLayout(t)
	m := drawModel(t, l)
	gpus := rapid.SampledFrom([]int{2, 4, 6}).Draw(t, "GPUs per host")
	hosts := (l.Ranks() + gpus - 1) / gpus
	more := rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "hosts of a neighbour")
	f := drawHosts(t, hosts+more, gpus)
	f.RerouteTime = engine.Duration(rapid.SampledFrom([]int{0, 1, 30_000, 100_000}).Draw(t, "reroute time"))
	share := rapid.SampledFrom([]float64{1, 0.1}).Draw(t, "network")
	f.NICBandwidth *= share
	for i := range f.Link {
		f.Link[i].Bandwidth *= share
	}
	steps := rapid.IntRange(1, 2).Draw(t, "steps")
	background := rapid.Bool().Draw(t, "background")
	overlap := drawOverlap(t)
	build := func() *Job {
		j := newJob(t, m, l, realFabric())
		j.Fabric = f
		j.onMachine(hosts+more, gpus)
		j.GPU, j.Steps = poweredGPU(), steps
		overlap(j.GPU)
		if more > 0 {
			first := int32(hosts * gpus)
			j.Neighbours = []Neighbour{{Groups: [][]int32{{first, first + int32(gpus)}, {first + 1, first + 1 + int32(gpus)}}, Bytes: 1 << 20, Compute: 20_000}}
		}
		if last := int32(j.Topology.GPUs - 1); background && last > 0 {
			j.Background = []Background{{From: 0, To: last, Link: -1, Rate: 5e9, At: 50_000, For: 600_000}}
		}
		j.record()
		return j
	}
	degrades := drawDead(t, build())
	return func() *Job {
		j := build()
		j.Degrade = degrades
		return j
	}
}

// TestRandomOutages: links die during random jobs on networks of every shape.
// Folded or not, in whatever order an instant is taken, prepared or not, runs
// find the same.
func TestRandomOutages(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawRerouted(t)
		switch rapid.SampledFrom([]string{"fold", "fold", "order", "prepared", "fingerprint"}).Draw(t, "compare") {
		case "fold":
			compareFolds(t, build)
		case "order":
			compareOrders(t, build)
		case "prepared":
			comparePrepared(t, build, drawDead)
		case "fingerprint":
			compareFingerprints(t, build)
		}
	})
}

// TestDeadFromTheStart: what a degrade kills from the start is routed around like
// links that the fabric lists as dead, whose routes are found anew.
func TestDeadFromTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		build := drawRerouted(t)
		listed, degraded := build(), build()
		f := *listed.Fabric
		degraded.Degrade = nil
		for range rapid.IntRange(1, 2).Draw(t, "links") {
			l := rapid.Int32Range(0, int32(listed.Topology.Links()-1)).Draw(t, "link")
			f.DeadLinks = append(f.DeadLinks, listed.Topology.LinkName(l))
			degraded.Degrade = append(degraded.Degrade, Degrade{Target: TargetLink, ID: l})
		}
		listed.Fabric, listed.Topology = &f, f.Build(listed.Topology.GPUs/listed.Host.GPUs, listed.Host.GPUs)
		p := mustPrepare(t, degraded).plan
		d, err := p.detours(degraded)
		if err != nil || len(d.around) != 2 || d.around[1].outages == nil {
			t.Fatalf("%+v, %v; want what to do without outages and with the one", d, err)
		}
		q, err := Prepare(listed)
		if err != nil {
			if d.around[1].stuck == nil {
				t.Fatalf("%v, but nobody is stuck", err)
			}
			return
		}
		routes := make([][]network.Hop, len(p.groupComm))
		for g := range routes {
			routes[g] = p.hopsOf(int32(g))
		}
		for _, i := range d.around[1].takes {
			routes[d.routes[i].group] = d.routes[i].hops
		}
		for g, got := range routes {
			want := q.plan.hopsOf(int32(g))
			if slices.ContainsFunc(want, func(h network.Hop) bool { return q.plan.net.Capacity[h.Link] == 0 }) {
				continue // traffic of others without a way, that waits wherever it is
			}
			if !slices.Equal(got, want) {
				t.Fatalf("flow %d goes %v, want %v", g, got, want)
			}
		}
	})
}

// TestTooManyFlaps: links that each flap in their own way make more sets than
// can be laid out.
func TestTooManyFlaps(t *testing.T) {
	j := acrossPods(twoPods(), 1)
	for i := range int32(14) {
		j.Degrade = append(j.Degrade, Degrade{Target: TargetLink, ID: 64 + i, For: 1 * ms, Every: engine.Duration(3+i) * ms})
	}
	if _, err := Run(j); err == nil || !strings.Contains(err.Error(), "give those that flap the same at, for and every") {
		t.Errorf("%v", err)
	}
}
