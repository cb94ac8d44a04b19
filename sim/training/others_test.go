package training

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"trainsim/sim/engine"
	"trainsim/sim/network"
	"trainsim/sim/workload"
)

// reduce600 is a job of two ranks that reduce 600 MB, 2.5 ms at 240 GB/s.
func reduce600() *Job {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 600_000_000}
	j := handJob(2, []workload.Op{reduce}, sync(0))
	f := realFabric()
	f.NVLinkLatency = 0
	j.setFabric(f)
	return j
}

// TestBackground: traffic of others that wants all of a link shares it half and
// half: 2.5 ms become 5 ms, of which half is contention. Bounded to a quarter of
// the link it leaves three quarters: 3.33 ms. It gets 600 of 1200 MB, or all of 200.
func TestBackground(t *testing.T) {
	for _, c := range []struct {
		rate int64
		want engine.Time
		got  BackgroundUse
	}{
		{240e9, 5_000_000, BackgroundUse{1_200_000_000, 600_000_000, 5_000_000}},
		{60e9, 3_333_334, BackgroundUse{200_000_040, 200_000_040, 3_333_334}},
	} {
		for _, fold := range []bool{false, true} {
			j := reduce600()
			j.Background = []Background{{From: 0, To: 1, Link: -1, Rate: c.rate}}
			j.Fold = fold
			r := mustRun(t, j)
			if r.End != c.want {
				t.Errorf("beside %d B/s, folded %v: ends at %d ns, want %d", c.rate, fold, r.End, c.want)
			}
			if r.Background[0] != c.got {
				t.Errorf("beside %d B/s, folded %v: the background got %+v, want %+v", c.rate, fold, r.Background[0], c.got)
			}
		}
	}
}

// TestBackgroundOfItsTime: traffic that sends from 1 to 2 ms gets half of that time
// on the link, and nothing of what comes before and after.
func TestBackgroundOfItsTime(t *testing.T) {
	j := reduce600()
	j.Background = []Background{{From: 0, To: 1, Link: -1, Rate: 240e9, At: 1_000_000, For: engine.Millisecond}}
	r := mustRun(t, j)
	if want := (BackgroundUse{240_000_000, 120_000_000, 1_000_000}); r.End != 3_000_000 || r.Background[0] != want {
		t.Errorf("ends at %d ns, the background got %+v; want 3 ms and %+v", r.End, r.Background[0], want)
	}
}

// besideNeighbour is a job of two ranks that reduce 90 MB between the first hosts of two
// pods of two, over an uplink as wide as a NIC of 22.5 GB/s: 4 ms. A neighbour has
// GPU 0 of the second hosts.
func besideNeighbour() *Job {
	reduce := workload.Op{Name: "reduce", Kind: workload.AllReduce, Comm: workload.CommTensor, Size: 90_000_000}
	j := handJob(2, []workload.Op{reduce}, sync(0))
	f := realFabric()
	f.NICLatency, f.HostsPerPod, f.Oversubscription = 0, 2, 2
	j.Fabric, j.Topology = f, f.Build(4, 8)
	j.GPUs = []int32{0, 16}
	j.Neighbours = []Neighbour{{Groups: [][]int32{{8, 24}}, Collective: network.AllReduce, Bytes: 90_000_000, Compute: 2 * engine.Millisecond}}
	return j
}

// TestNeighbour: both reduce 90 MB, 4 ms alone, over one uplink. The neighbour
// computes for 2 ms first, in which the job moves half; then both move at half the
// rate. At 6 ms the job is done, and the neighbour has half left: 2 ms more.
func TestNeighbour(t *testing.T) {
	for _, fold := range []bool{false, true} {
		j := besideNeighbour()
		j.Fold = fold
		r := mustRun(t, j)
		if r.End != 6_000_000 {
			t.Errorf("folded %v: ends at %d ns, want 6 ms", fold, r.End)
		}
		if want := (NeighbourUse{Alone: 6 * engine.Millisecond}); r.Neighbours[0] != want {
			t.Errorf("folded %v: the neighbour got %+v, want %+v", fold, r.Neighbours[0], want)
		}
	}
}

// TestNeighbourStretches: a neighbour that reduces 9 MB without a pause shares the
// uplink all the time. Each period takes 0.8 instead of 0.4 ms, and the job 8 instead
// of 4: ten periods. One that comes at 2 ms and stays for 1 ms begins two periods, in
// which the job loses 0.8 ms. One that comes at 4 ms meets nobody.
func TestNeighbourStretches(t *testing.T) {
	for _, c := range []struct {
		at   engine.Time
		last engine.Duration
		end  engine.Time
		want NeighbourUse
	}{
		{0, 0, 8_000_000, NeighbourUse{10, 800_000, 400_000}},
		{2_000_000, engine.Millisecond, 4_800_000, NeighbourUse{2, 800_000, 400_000}},
		{4_000_000, engine.Millisecond, 4_000_000, NeighbourUse{0, 0, 400_000}},
	} {
		j := besideNeighbour()
		n := &j.Neighbours[0]
		n.Bytes, n.Compute, n.At, n.For = 9_000_000, 0, c.at, c.last
		r := mustRun(t, j)
		if r.End != c.end || r.Neighbours[0] != c.want {
			t.Errorf("from %d ns: ends at %d ns, and the neighbour got %+v; want %d and %+v", c.at, r.End, r.Neighbours[0], c.end, c.want)
		}
	}
}

// TestNeighbourWaitsForItsSlowest: of a neighbour's two communicators one shares
// the uplink and the other does not; the period ends with the slower.
func TestNeighbourWaitsForItsSlowest(t *testing.T) {
	j := besideNeighbour()
	n := &j.Neighbours[0]
	n.Groups, n.Bytes, n.Compute = [][]int32{{8, 24}, {9, 25}}, 9_000_000, 0
	r := mustRun(t, j)
	if want := (NeighbourUse{10, 800_000, 400_000}); r.End != 8_000_000 || r.Neighbours[0] != want {
		t.Errorf("ends at %d ns, and the neighbour got %+v; want 8 ms and %+v", r.End, r.Neighbours[0], want)
	}
	name := "nic_up[9]"
	for _, l := range r.HottestLinks {
		if l.Name == name && l.Bytes != 90_000_000 {
			t.Errorf("%s carried %d bytes, want 90 MB", name, l.Bytes)
		}
	}
}

// TestNeighbourAlone: two communicators of one neighbour that share an uplink take
// twice as long, also without anybody else.
func TestNeighbourAlone(t *testing.T) {
	j := besideNeighbour()
	n := &j.Neighbours[0]
	f := *j.Fabric
	f.Topology, f.Oversubscription = "fat-tree", 16
	j.Fabric, j.Topology = &f, f.Build(4, 8)
	n.Groups = [][]int32{{8, 24}, {9, 25}}
	if got := j.exchangeAlone(n); got != 8*engine.Millisecond {
		t.Errorf("%d ns alone, want 8 ms", got)
	}
}

// TestBlockedBesideNeighbour: a neighbour that goes on for ever does not hide that
// the step cannot finish, but one waits for a link that will be back.
func TestBlockedBesideNeighbour(t *testing.T) {
	j := besideNeighbour()
	link, _ := j.Topology.LinkByName("nic_up[0]")
	j.Degrade = []Degrade{{Target: TargetLink, ID: link, Speed: 0}}
	if _, err := Run(j); err == nil || !strings.Contains(err.Error(), "makes no progress") {
		t.Errorf("error %v does not say that the transfer makes no progress", err)
	}
	j = besideNeighbour()
	j.Degrade = []Degrade{{Target: TargetLink, ID: link, Speed: 0, For: 100 * engine.Millisecond}}
	if r := mustRun(t, j); r.End < 104_000_000 {
		t.Errorf("ends at %d ns, before the link is back and 4 ms more", r.End)
	}
}

// drawOthers draws traffic of others, and jobs beside that on hosts of their own.
func drawOthers(t *rapid.T, j *Job) func(*Job) {
	hosts := len(j.hosts())
	more := rapid.SampledFrom([]int{0, 0, 2, 3, 5}).Draw(t, "hosts of others")
	at := rapid.SampledFrom([]engine.Time{0, 1, 40_000, 700_000})
	last := rapid.SampledFrom([]engine.Duration{0, 0, 1, 30_000, 900_000})
	topology := j.Fabric.Build(hosts+more, j.Host.GPUs)
	var background []Background
	for range rapid.IntRange(0, 2).Draw(t, "backgrounds") {
		b := Background{Link: -1, Rate: rapid.SampledFrom([]int64{1, 1e9, 30e9, 400e9}).Draw(t, "rate"), At: at.Draw(t, "at"), For: last.Draw(t, "for")}
		if b.To = rapid.Int32Range(0, int32(topology.GPUs-1)).Draw(t, "to"); b.To == 0 {
			b.Link = rapid.Int32Range(0, int32(topology.Links()-1)).Draw(t, "link")
		}
		background = append(background, b)
	}
	var neighbours []Neighbour
	if more > 0 {
		n := Neighbour{Collective: rapid.SampledFrom([]network.Collective{network.AllReduce, network.AllGather, network.AllToAll}).Draw(t, "collective"),
			Bytes:   rapid.Int64Range(1, 1<<22).Draw(t, "bytes"),
			Compute: rapid.SampledFrom([]engine.Duration{0, 10_000, 300_000}).Draw(t, "compute"), At: at.Draw(t, "at"), For: last.Draw(t, "for")}
		for rail := range j.Host.GPUs {
			var gpus []int32
			for h := range more {
				gpus = append(gpus, int32((hosts+h)*j.Host.GPUs+rail))
			}
			n.Groups = append(n.Groups, gpus)
		}
		neighbours = append(neighbours, n)
	}
	return func(j *Job) { j.Topology, j.Background, j.Neighbours = topology, background, neighbours }
}

// drawSharedJob returns a builder of equal jobs on a machine that others use too.
func drawSharedJob(t *rapid.T) func() *Job {
	build := drawJob(t)
	share := drawOthers(t, build())
	return func() *Job {
		j := build()
		share(j)
		return j
	}
}
