package study

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"trainsim/sim/network"
	"trainsim/sim/scenario"
)

// ringScenario is a host of n GPUs on an ideal network of 50 GB/s and 500 ns.
func ringScenario(t testing.TB, n int, set ...string) *scenario.Config {
	t.Helper()
	text := fmt.Sprintf(`model.preset = "gpt-1.7b"
layout.global_batch = %[1]d
layout.data = %[1]d
host.preset = "dgx-a100"
host.gpus = %[1]d
[network]
preset = "ideal"
nvlink_bandwidth = "50 GB/s"
nvlink_latency = "500 ns"
`, n)
	c, err := scenario.Parse("ring.toml", []byte(text), set)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func sweep(t testing.TB, c *scenario.Config, s CollectiveSweep) *CollectiveTable {
	t.Helper()
	table, err := Collective(context.Background(), c, s, func() {})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// T = 2(N−1)·(lat + c/B), c = bytes/N, through the simulator, folded and not: 1
// GiB at 50 GB/s and 500 ns (37,587.964, 43,376.787 and 47,034.187 µs).
func TestCollectiveRing(t *testing.T) {
	for _, n := range []int{8, 512, 4096} {
		want := 2 * float64(n-1) * (0.5 + float64(1<<30)/float64(n)/50e3)
		for _, fold := range []string{"true", "false"} {
			s := CollectiveSweep{Op: network.AllReduce, Min: 1 << 30, Max: 1 << 30, Factor: 2}
			table := sweep(t, ringScenario(t, n, "run.fold="+fold), s)
			if p := table.Points[0]; math.Abs(p.TimeUS-want) > 0.001 || p.Algorithm != "ring" {
				t.Errorf("%d ranks, fold %s: %v µs by %s, want %v", n, fold, p.TimeUS, p.Algorithm, want)
			}
			if wanted := map[string]int64{"true": 1, "false": int64(n)}[fold]; table.Classes != wanted {
				t.Errorf("%d ranks, fold %s: %d classes", n, fold, table.Classes)
			}
		}
	}
}

// Each collective over two hosts of eight takes what its closed form says.
func TestCollectiveEach(t *testing.T) {
	c, err := scenario.Parse("two.toml", []byte(`model.preset = "gpt-1.7b"
layout.global_batch = 16
layout.data = 16
host.preset = "dgx-a100"
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for op := network.AllReduce; op < network.SendRecv; op++ {
		table := sweep(t, c, CollectiveSweep{Op: op, Min: 8, Max: 1 << 30, Factor: 64})
		for _, p := range table.Points {
			want := float64(c.Fabric.Time(op, c.Fabric.Regular(op, 16, 2), p.Bytes)) / 1e3
			if p.TimeUS != want {
				t.Errorf("%v of %d B: %v µs, want %v", op, p.Bytes, p.TimeUS, want)
			}
		}
		if len(table.Points) != 5 || table.Hosts != 2 || table.Ranks != 16 {
			t.Errorf("%v: %+v", op, table)
		}
	}
	// A ring of sends goes as fast as the one that leaves the host.
	p := sweep(t, c, CollectiveSweep{Op: network.SendRecv, Min: 1 << 30, Max: 1 << 30, Factor: 2}).Points[0]
	want := float64(c.Fabric.Time(network.SendRecv, c.Fabric.Regular(network.SendRecv, 2, 2), p.Bytes)) / 1e3
	if p.TimeUS != want {
		t.Errorf("send: %v µs, want %v", p.TimeUS, want)
	}
	// One member a host is bound by its one NIC.
	table := sweep(t, c, CollectiveSweep{Op: network.AllGather, PerHost: 1, Min: 1 << 30, Max: 1 << 30, Factor: 2})
	if table.Ranks != 2 || table.Hosts != 2 || table.IdealBus != 25 {
		t.Errorf("%+v", table)
	}
}

// machines are topologies of every kind, on hosts of a DGX A100.
var machines = map[string]string{
	"rails":         "host.gpus = 8\nmachine.hosts = 4\nnetwork.hosts_per_pod = 2\nnetwork.oversubscription = 4",
	"fat tree":      "host.gpus = 4\nmachine.hosts = 8\nnetwork.topology = \"fat-tree\"\nnetwork.hosts_per_pod = 2\nnetwork.pods_per_spine = 2\nnetwork.spine_oversubscription = 3",
	"torus":         "host.gpus = 1\nmachine.hosts = 24\nnetwork.preset = \"ici-torus\"\nnetwork.dims = [4, 3, 2]",
	"dragonfly":     "host.gpus = 8\nmachine.hosts = 20\nnetwork.preset = \"slingshot-dragonfly\"",
	"graph":         "host.gpus = 8\nmachine.hosts = 1\nnetwork.preset = \"nvlink2-cube-graph\"",
	"PCIe":          "host.gpus = 8\nmachine.hosts = 2\nnetwork.preset = \"pcie4-2socket-hdr200\"\nnetwork.gpus_per_pcie_switch = 4",
	"4 NICs for 8":  "host.gpus = 8\nmachine.hosts = 3\nnetwork.preset = \"nvlink3-efa400\"",
	"2 NICs a GPU":  "host.gpus = 4\nmachine.hosts = 3\nnetwork.nics_per_host = 8\nnetwork.rails = 2",
	"hashed routes": "host.gpus = 4\nmachine.hosts = 6\nnetwork.routing = \"ecmp\"\nnetwork.hosts_per_pod = 2",
	"NVL72":         "host.gpus = 72\nmachine.hosts = 2\nnetwork.preset = \"nvlink5-nvl72\"",
}

// Every collective runs on every topology, among all and among some, and takes what
// it is priced at, folded or not. Sends, each member to the next, share links: they
// take at least what the slowest does alone.
func TestCollectiveEverywhere(t *testing.T) {
	for name, text := range machines {
		text = "model.preset = \"gpt-1.7b\"\nlayout.global_batch = 1\nlayout.data = 1\nhost.preset = \"dgx-a100\"\n" + text + "\n"
		for _, s := range []CollectiveSweep{{Ranks: 2}, {Ranks: 3}, {Ranks: 16}, {PerHost: 1, Ranks: 2}} {
			for op := network.AllReduce; op <= network.SendRecv; op++ {
				s.Op, s.Min, s.Max, s.Factor = op, 1<<20, 1<<20, 2
				var took [2]CollectivePoint
				for i, fold := range []string{"true", "false"} {
					c, err := scenario.Parse("m.toml", []byte(text), []string{"run.fold=" + fold})
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					if _, err := s.Check(c); err != nil {
						continue // too few hosts or GPUs
					}
					took[i] = sweep(t, c, s).Points[0]
					members, _ := s.members(c)
					j, err := c.Bare(int(members[len(members)-1]) + 1)
					if err != nil {
						t.Fatalf("%s: %v", name, err)
					}
					shape := slowest(j.Topology, op, collectiveGroups(op, members, nil))
					alone := float64(c.Fabric.Time(op, shape, 1<<20)) / 1e3
					if p := took[i]; p.TimeUS < alone || op != network.SendRecv && p.TimeUS > alone {
						t.Errorf("%s, %v, %+v: %v µs by %s, alone %v", name, op, s, p.TimeUS, p.Algorithm, alone)
					}
				}
				if took[0] != took[1] {
					t.Errorf("%s, %v, %+v: folded %+v, not folded %+v", name, op, s, took[0], took[1])
				}
			}
		}
	}
}

// A degraded link slows the collective that crosses it.
func TestCollectiveDegraded(t *testing.T) {
	s := CollectiveSweep{Op: network.AllReduce, Min: 1 << 30, Max: 1 << 30, Factor: 2}
	c := ringScenario(t, 8)
	c.Degrade = []scenario.Degrade{{GPU: -1, Host: -1, Link: "nvlink_up[3]", Speed: 0.5}}
	if got, want := sweep(t, c, s).Points[0].TimeUS, 7+2*37_580.96384; math.Abs(got-want) > 0.01 {
		t.Errorf("%v µs, want %v", got, want)
	}
}

func TestCollectiveMistakes(t *testing.T) {
	c := ringScenario(t, 8)
	for want, s := range map[string]CollectiveSweep{
		"go up":       {Min: 8, Max: 4, Factor: 2},
		"above 1":     {Min: 8, Max: 16, Factor: 1},
		"too large":   {Min: 8, Max: 1 << 60, Factor: 2},
		"10,000":      {Min: 1, Max: 1 << 30, Factor: 1.0000001},
		"2 to":        {Min: 8, Max: 8, Factor: 2, Ranks: 1},
		"has 8 GPUs":  {Min: 8, Max: 8, Factor: 2, PerHost: 9},
		"need 2 host": {Min: 8, Max: 8, Factor: 2, Ranks: 16},
	} {
		if _, err := s.Check(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", s, err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Collective(ctx, c, CollectiveSweep{Min: 8, Max: 8, Factor: 2}, nil); err == nil {
		t.Error("ran on after its end")
	}
}

// Sizes grow by the factor, and always grow.
func TestCollectiveSizes(t *testing.T) {
	s := CollectiveSweep{Min: 1, Max: 6, Factor: 1.1}
	if got, err := s.sizes(); err != nil || fmt.Sprint(got) != "[1 2 3 4 5 6]" {
		t.Error(got, err)
	}
}

// published is the folder of third-party data.
const publishedCollectives = "../../../shared/data/published/"

// The targets of accuracy on every published curve: from 1 MiB a median of
// 10 % (EFA 15 %), from 64 MiB 6 % (EFA 10 %), up to 64 KiB a factor of 2.
func TestPublishedCollectives(t *testing.T) {
	f, err := os.Open(publishedCollectives + "nccl.csv")
	if err != nil {
		t.Skip("published data is not here")
	}
	defer f.Close()
	rows, err := ReadMeasuredCollectives("nccl.csv", f)
	if err != nil {
		t.Fatal(err)
	}
	c, err := CompareCollectives(context.Background(), rows, func() {})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Rows)-c.Skipped < 370 {
		t.Errorf("only %d rows simulated", len(c.Rows)-c.Skipped)
	}
	for _, s := range c.Systems {
		all, large := 10.0, 6.0
		if strings.Contains(s.System, "efa") {
			all, large = 15, 10
		}
		t.Logf("%-44s %-10s %3d rows, × %.2f, %.1f %%, %.1f %%", s.System, s.Collective, s.Rows, s.SmallFactor, s.MedianPct, s.LargePct)
		if s.SmallFactor > 2 || s.MedianPct > all || s.LargePct > large {
			t.Errorf("%s, %s: × %.2f, %.1f %%, %.1f %%", s.System, s.Collective, s.SmallFactor, s.MedianPct, s.LargePct)
		}
	}
}
